"""What an issuer tells of a card becomes holds and entries: each event once, and told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.cards.card import Card
from core.cards.purchase import HOLD_LIFE, Purchase, Refusal, most_to_capture, refusal
from core.categories.cover import flow_of
from core.connect.card_issuer import CardEvent, CardEventKind
from core.facts import Answer, Fact, money, named
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.ledger.hold import FundsMissing, Hold, HoldState
from core.messaging.outbound import MessageClass
from core.money import Money
from core.payees.cases import Payment
from core.payees.categorise import recognise
from core.payees.guess import UNKNOWN
from core.period import start_of_day
from core.store.unit_of_work import UnitOfWork
from workers.compose import Notice, enqueue_notice
from workers.context import JobContext

_ACTOR = "issuer"
UNKNOWN_CARD = "unknown_card"
UNKNOWN_AUTHORISATION = "unknown_authorisation"
ALREADY_OVER = "already_over"
TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is answered to the issuer. ``news`` is the phrase its user hears, if any."""

    approved: bool
    reason: str = ""
    news: str = ""


@dataclass(frozen=True, slots=True)
class _Desk:
    """One event at work: nobody else changes this user's books meanwhile."""

    uow: UnitOfWork
    card: Card
    event: CardEvent
    now: datetime

    @property
    def key(self) -> str:
        """What the hold of this authorisation is kept under."""
        return f"card:{self.event.authorisation}"

    def hold(self) -> Hold | None:
        """Return the hold of this authorisation, if it is this card's."""
        found = self.uow.holds.by_key(self.card.user_id, self.key)
        return found if found is not None and found.card_id == self.card.id else None

    def available(self) -> Money:
        """Return what the card's wallet has for spending."""
        balances = self.uow.accounts.balances(self.card.user_id)
        found = (one.available for one in balances if one.account.id == self.card.account_id)
        return next(found, Money.zero(self.card.currency))


def take_card_event(context: JobContext, event: CardEvent) -> Ruling:
    """Take one verified event in one transaction; the same event again changes nothing."""
    now = context.clock.now()
    with context.database.work() as uow:
        known = uow.cards.by_token(event.token)
        if known is None:
            return Ruling(approved=False, reason=UNKNOWN_CARD)
        uow.hold(known.user_id)
        desk = _Desk(uow, uow.cards.get(known.user_id, known.id), event, now)
        ruling = _TAKE[event.kind](desk)
        if ruling.news:
            _record(desk, ruling)
            enqueue_notice(context, uow, _notice(desk, ruling))
        uow.commit()
    context.wake.ring("deliver_urgent")
    return ruling


def _authorise(desk: _Desk) -> Ruling:
    known = desk.hold()
    if known is not None:
        return Ruling(approved=known.state is HoldState.HELD, reason=known.state.value)
    card, event = desk.card, desk.event
    preferences = desk.uow.users.get(card.user_id).preferences
    morning = start_of_day(preferences.today(desk.now), preferences.zone)
    holds = desk.uow.holds.of_card(card.user_id, card.id, morning)
    purchase = Purchase(event.amount, event.merchant, event.mcc)
    reason = refusal(card, purchase, holds, desk.available())
    if reason:
        return Ruling(approved=False, reason=reason, news=f"card_event.declined_{reason}")
    desk.uow.holds.place(
        card.user_id,
        card.account_id,
        event.amount,
        key=desk.key,
        label=event.merchant,
        expires_at=desk.now + HOLD_LIFE,
        now=desk.now,
        card_id=card.id,
    )
    return Ruling(approved=True, news="card_event.held")


def _capture(desk: _Desk) -> Ruling:
    hold = desk.hold()
    if hold is None:
        return Ruling(approved=False, reason=UNKNOWN_AUTHORISATION)
    if desk.uow.holds.was_taken(hold.id, desk.event.id):
        return Ruling(approved=True)
    if hold.state is not HoldState.HELD:
        return Ruling(approved=False, reason=ALREADY_OVER)
    amount = desk.event.amount
    if hold.left < amount:
        # More than was held: only the first capture may have a tip in it, or what the pump gave.
        if hold.captured or most_to_capture(hold.amount, desk.event.mcc) < amount:
            return Ruling(approved=False, reason=TOO_MUCH, news="card_event.too_much")
        try:
            hold = desk.uow.holds.raise_to(desk.card.user_id, hold.id, amount)
        except FundsMissing:
            return Ruling(approved=False, reason=Refusal.FUNDS, news="card_event.declined_funds")
    desk.uow.holds.capture(
        desk.card.user_id,
        hold.id,
        _entry(desk, amount),
        key=desk.event.id,
        last=desk.event.final,
        now=desk.now,
    )
    return Ruling(approved=True, news="card_event.paid")


def _void(desk: _Desk) -> Ruling:
    hold = desk.hold()
    if hold is None:
        return Ruling(approved=False, reason=UNKNOWN_AUTHORISATION)
    if hold.state is not HoldState.HELD:
        return Ruling(approved=hold.state is HoldState.VOID, reason=ALREADY_OVER)
    desk.uow.holds.void(desk.card.user_id, hold.id, now=desk.now)
    return Ruling(approved=True, news="card_event.let_go")


_TAKE = {
    CardEventKind.AUTHORISATION: _authorise,
    CardEventKind.CAPTURE: _capture,
    CardEventKind.VOID: _void,
}


def _entry(desk: _Desk, amount: Money) -> NewEntry:
    card, event = desk.card, desk.event
    knowledge = desk.uow.decisions.knowledge(card.user_id)
    payment = Payment(
        inflow=False, minor=amount.minor, currency=amount.currency, account_id=int(card.account_id)
    )
    found = recognise(event.merchant, inflow=False, knowledge=knowledge, payment=payment)
    # What a card buys is spending, whatever its merchant is called.
    guess = found.guess if flow_of(found.guess.category) is Flow.SPEND else UNKNOWN
    part = Allocation(guess.category, amount, guess.source.value, guess.confidence)
    return NewEntry(
        account_id=card.account_id,
        booked_date=desk.uow.users.get(card.user_id).preferences.today(desk.now),
        amount=-amount,
        flow=Flow.SPEND,
        allocations=(part,),
        payee=found.payee.name or event.merchant,
        merchant_key=found.payee.key,
        description=event.merchant,
        source=Source.CARD,
        external_id=event.id,
        occurred_at=desk.now,
    )


def _record(desk: _Desk, ruling: Ruling) -> None:
    said = "approved" if ruling.approved else ruling.reason
    desk.uow.audit.append(
        desk.card.user_id,
        actor=_ACTOR,
        action=f"card.{desk.event.kind}.{said}",
        subject=desk.card.id,
        now=desk.now,
        values={"event": desk.event.id, "authorisation": desk.event.authorisation},
    )


def _notice(desk: _Desk, ruling: Ruling) -> Notice:
    facts: tuple[Fact, ...] = (
        named("card", desk.card.shown),
        money("amount", desk.event.amount),
        named("payee", desk.event.merchant),
        money("available", desk.available()),
    )
    return Notice(
        user_id=desk.card.user_id,
        answer=Answer(ruling.news, facts, options=("card_event.demo",)),
        message_class=MessageClass.ALERT,
        dedupe_key=f"card:{desk.event.id}",
    )
