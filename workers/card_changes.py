"""Issuing, unfreezing and closing a card, after an approval of exactly that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.approvals.approval import Approval, ApprovalState
from core.approvals.telling import CONFIRMED, facts_of
from core.cards.card import ACTION, AFTER, Card, CardChange, CardMoveRefused, CardState, CardUnknown
from core.clock import Clock
from core.connect.card_issuer import CardIssuer
from core.facts import Answer, Fact
from core.ids import UserId
from core.store.unit_of_work import Database, UnitOfWork
from workers.actions import Performed, Ready, Stale

CARD_CHANGED = "card_changed"


@dataclass(frozen=True, slots=True)
class ChangeCard:
    """Asks ``issuer`` for a card, or moves one of ours; implements `Action`."""

    issuer: CardIssuer
    database: Database
    clock: Clock

    @property
    def name(self) -> str:
        """What proposals call it."""
        return ACTION

    @property
    def is_idempotent(self) -> bool:
        """The issuer gives one card for each key, and a card moves into a state once."""
        return True

    def prepare(
        self,
        uow: UnitOfWork,
        approval: Approval,
        *,
        now: datetime,  # noqa: ARG002 - a card does not end by itself
    ) -> Ready | Stale:
        """Read the card as it is; one that has changed since stops it."""
        try:
            card = _card(uow, approval)
        except CardUnknown:
            return Stale(CARD_CHANGED)
        present = card.payload(_change(approval))
        return (
            Ready((card, _change(approval)), present)
            if _same(present, approval)
            else Stale(CARD_CHANGED)
        )

    def perform(self, ready: Ready, *, key: str) -> Performed:
        """Do it: the issuer is asked with nothing open, our own record follows in one move."""
        card, change = ready.request
        issued = self.issuer.issue(key) if change is CardChange.ISSUE else None
        try:
            with self.database.work() as uow:
                uow.hold(card.user_id)
                if issued is not None:
                    uow.cards.issued(card, issued.token, issued.last4, now=self.clock.now())
                else:
                    uow.cards.move(card, AFTER[change], now=self.clock.now())
                uow.commit()
        except CardMoveRefused:
            return Performed(ApprovalState.FAILED, CARD_CHANGED)
        return self._done(issued.last4 if issued is not None else card.last4)

    def look_up(self, approval: Approval) -> Performed | None:
        """Tell whether the card is where it was to be brought."""
        with self.database.reading() as uow:
            card = _card(uow, approval)
        return self._done(card.last4) if card.state is AFTER[_change(approval)] else None

    def record(
        self, uow: UnitOfWork, approval: Approval, performed: Performed, *, now: datetime
    ) -> None:
        """Nothing is left to record: the card has been moved."""

    def tell(self, approval: Approval, *, facts: tuple[Fact, ...] = ()) -> Answer:
        """Word the recorded state."""
        change = _change(approval)
        told = (*facts_of(approval), *facts)
        shape = "request.unknown_outcome"
        if approval.state is ApprovalState.EXECUTED:
            shape = f"change_card.done_{change}"
        elif approval.state in (ApprovalState.FAILED, ApprovalState.SUPERSEDED):
            shape = "change_card.failed"
        return Answer(shape, told, options=("request.demo",) if self.issuer.demo else ())

    def _done(self, last4: str) -> Performed:
        receipt = {"state": CONFIRMED, "provider": self.issuer.name, "last4": last4}
        return Performed(ApprovalState.EXECUTED, receipt=receipt)


def _card(uow: UnitOfWork, approval: Approval) -> Card:
    return uow.cards.get(UserId(approval.user_id), str(approval.payload["card"]))


def _change(approval: Approval) -> CardChange:
    return CardChange(str(approval.payload["do"]))


def _same(present: dict[str, str | int], approval: Approval) -> bool:
    return present == dict(approval.payload) and present["state"] != CardState.CLOSED.value
