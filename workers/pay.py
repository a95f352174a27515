"""Sending money to a saved payee, after an approval and a second factor; and adding a payee."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.approvals.approval import Approval, ApprovalState
from core.approvals.telling import CONFIRMED, facts_of
from core.clock import Clock
from core.connect.payment_rail import (
    OrderState,
    PaymentOrder,
    PaymentRail,
    PaymentReceipt,
    RailTimeout,
    RailUnavailable,
)
from core.facts import Answer, Fact, day
from core.failpoints import Point, reach
from core.ids import AccountId, UserId
from core.ledger.hold import FundsMissing
from core.messaging.outbound import MessageClass
from core.money import Money
from core.payments import contact as contacts
from core.payments.contact import Contact, ContactUnknown
from core.payments.payment import (
    ACTION,
    DayLimitReached,
    Payment,
    PaymentState,
    payment_payload,
)
from core.store.unit_of_work import Database, UnitOfWork
from workers.actions import Performed, Ready, Stale
from workers.compose import Notice, enqueue_notice
from workers.context import JobContext

UNAVAILABLE, NO_ANSWER, REFUSED = "unavailable", "no_answer", "refused"
GONE, FUNDS_MISSING, DAY_LIMIT = "payee_gone", "funds_missing", "day_limit"
SENT = "sent"
_FAILURES = frozenset({FUNDS_MISSING, DAY_LIMIT})
_STATES = {
    ApprovalState.FAILED: PaymentState.FAILED,
    ApprovalState.UNKNOWN: PaymentState.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class _Order:
    """What is about to leave, and the payment it is kept as."""

    payment: Payment
    contact: Contact


@dataclass(frozen=True, slots=True)
class SendMoney:
    """Holds the money, asks ``rail`` once under the approval's key; implements `Action`."""

    database: Database
    clock: Clock
    rail: PaymentRail

    @property
    def name(self) -> str:
        """What proposals call it."""
        return ACTION

    @property
    def is_idempotent(self) -> bool:
        """The port promises one order for each key."""
        return True

    def prepare(self, uow: UnitOfWork, approval: Approval, *, now: datetime) -> Ready | Stale:
        """Build the order from the books as they are now; a payee who is gone stops it."""
        told = approval.payload
        try:
            contact = uow.payments.contact(UserId(approval.user_id), int(str(told["contact"])))
        except ContactUnknown:
            return Stale(GONE)
        amount = Money(int(str(told["amount_minor"])), str(told["currency"]))
        account = AccountId(int(str(told["account"])))
        payment = Payment(
            approval.id,
            UserId(approval.user_id),
            contact.id,
            account,
            amount,
            PaymentState.RESERVED,
            0,
            now,
        )
        return Ready(_Order(payment, contact), payment_payload(contact, account, amount))

    def perform(self, ready: Ready, *, key: str) -> Performed:
        """Hold the money in a transaction of its own, then ask the rail with nothing open."""
        order: _Order = ready.request
        try:
            self._reserve(order)
        except (FundsMissing, DayLimitReached) as error:
            short = FUNDS_MISSING if isinstance(error, FundsMissing) else DAY_LIMIT
            return Performed(ApprovalState.FAILED, short)
        reach(Point.PAY_HELD)
        told = PaymentOrder(key, order.contact.name, order.contact.number, order.payment.amount)
        try:
            receipt = self.rail.submit(told)
        except RailUnavailable:
            return Performed(ApprovalState.EXECUTING, UNAVAILABLE)
        except RailTimeout:
            return Performed(ApprovalState.UNKNOWN, NO_ANSWER)
        reach(Point.PAY_ASKED)
        return _read(receipt)

    def look_up(self, approval: Approval) -> Performed | None:
        """Ask what became of the approval's key."""
        receipt = self.rail.lookup(approval.id)
        return _read(receipt) if receipt is not None else None

    def record(
        self, uow: UnitOfWork, approval: Approval, performed: Performed, *, now: datetime
    ) -> None:
        """Book what arrived, let go what did not, and leave held what nobody knows."""
        state = _STATES.get(performed.state)
        if performed.state is ApprovalState.EXECUTED:
            sent = performed.receipt.get("state") == SENT
            state = PaymentState.SENT if sent else PaymentState.ACCEPTED
        if state is not None:
            today = uow.users.get(UserId(approval.user_id)).preferences.today(now)
            uow.payments.settle(
                approval.id, state, reference=performed.reference, day=today, now=now
            )

    def tell(self, approval: Approval, *, facts: tuple[Fact, ...] = ()) -> Answer:
        """Word the recorded state: on its way is not arrived, and not known is neither."""
        told = (*facts_of(approval), *facts)
        options = ("request.demo",) if self.rail.demo else ()
        return Answer(_shape(approval), told, options=options)

    def _reserve(self, order: _Order) -> None:
        with self.database.work() as uow:
            now = self.clock.now()
            today = uow.users.get(order.payment.user_id).preferences.today(now)
            uow.payments.reserve(order.payment, order.contact, day=today, now=now)
            uow.commit()


def _shape(approval: Approval) -> str:
    match approval.state:
        case ApprovalState.EXECUTED:
            sent = (approval.receipt or {}).get("state") == SENT
            return "send_money.sent" if sent else "send_money.accepted"
        case ApprovalState.UNKNOWN:
            return "send_money.unknown_outcome"
        case ApprovalState.SUPERSEDED:
            return "send_money.changed"
    return f"send_money.{approval.reason}" if approval.reason in _FAILURES else "send_money.failed"


def _read(receipt: PaymentReceipt) -> Performed:
    match receipt.state:
        case OrderState.REFUSED:
            return Performed(ApprovalState.FAILED, REFUSED, receipt.reference)
        case OrderState.SENT:
            return Performed(
                ApprovalState.EXECUTED, reference=receipt.reference, receipt={"state": SENT}
            )
    return Performed(
        ApprovalState.EXECUTED, reference=receipt.reference, receipt={"state": CONFIRMED}
    )


def follow_payments(context: JobContext) -> int:
    """Ask what became of what is on its way, and tell its user once it has arrived or not."""
    action = context.actions.get(ACTION)
    if not isinstance(action, SendMoney):
        return 0
    with context.database.reading() as uow:
        waiting = uow.payments.on_their_way()
    return sum(_follow(context, action, one) for one in waiting)


def _follow(context: JobContext, action: SendMoney, payment: Payment) -> bool:
    receipt = action.rail.lookup(payment.key)
    if receipt is None or receipt.state is OrderState.SENT:
        return False
    arrived = receipt.state is OrderState.ACCEPTED
    state = PaymentState.ACCEPTED if arrived else PaymentState.FAILED
    now = context.clock.now()
    with context.database.work() as uow:
        uow.hold(payment.user_id)
        today = uow.users.get(payment.user_id).preferences.today(now)
        reference = receipt.reference
        if not uow.payments.settle(payment.key, state, reference=reference, day=today, now=now):
            return False
        approval = uow.approvals.get(payment.key)
        assert approval is not None
        shape = "send_money.arrived" if arrived else "send_money.came_back"
        notice = Notice(
            user_id=payment.user_id,
            answer=Answer(shape, facts_of(approval), options=("request.demo",)),
            message_class=MessageClass.APPROVAL,
            dedupe_key=f"payment:{payment.key}:{state}",
            conversation_id=approval.conversation_id,
        )
        enqueue_notice(context, uow, notice)
        uow.audit.append(
            payment.user_id,
            actor="worker:pay",
            action=f"send_money.{state}",
            subject=payment.key,
            now=now,
        )
        reach(Point.PAY_UNWRITTEN)
        uow.commit()
    reach(Point.PAY_WRITTEN)
    context.wake.ring("deliver_urgent")
    return True


@dataclass(frozen=True, slots=True)
class AddContact:
    """Keeps a payee that was approved, to be paid a day later; implements `Action`."""

    database: Database
    clock: Clock

    @property
    def name(self) -> str:
        """What proposals call it."""
        return contacts.ACTION

    @property
    def is_idempotent(self) -> bool:
        """A key is one payee."""
        return True

    def prepare(self, uow: UnitOfWork, approval: Approval, *, now: datetime) -> Ready | Stale:
        """Nothing can have changed: the name and the number are the user's own words."""
        del uow, now
        return Ready((approval.user_id, approval.payload), approval.payload)

    def perform(self, ready: Ready, *, key: str) -> Performed:
        """Keep it in a transaction of its own."""
        user_id, told = ready.request
        with self.database.work() as uow:
            now = self.clock.now()
            new = Contact(0, user_id, told["name"], told["number"], now, now + contacts.COOL_OFF)
            uow.payments.add_contact(new, key=key)
            kept = uow.payments.contact_by_key(key)
            uow.commit()
        assert kept is not None
        return _kept(kept)

    def look_up(self, approval: Approval) -> Performed | None:
        """Tell whether the key was kept; a database that does not answer raises."""
        with self.database.reading() as uow:
            kept = uow.payments.contact_by_key(approval.id)
        return _kept(kept) if kept is not None else None

    def record(
        self, uow: UnitOfWork, approval: Approval, performed: Performed, *, now: datetime
    ) -> None:
        """Nothing is left to record."""

    def tell(self, approval: Approval, *, facts: tuple[Fact, ...] = ()) -> Answer:
        """Say from when it can be paid."""
        told = (*facts_of(approval), *facts)
        if approval.state is ApprovalState.EXECUTED and approval.receipt:
            usable = datetime.fromisoformat(approval.receipt["usable_at"])
            return Answer("add_contact.added", (*told, day("usable", usable)))
        return Answer("request.show_failed", told)


def _kept(contact: Contact) -> Performed:
    receipt = {"state": CONFIRMED, "usable_at": contact.usable_at.isoformat()}
    return Performed(ApprovalState.EXECUTED, reference=contact.handle, receipt=receipt)
