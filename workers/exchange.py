"""Exchanging between a user's own wallets, after an approval of the very quote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.approvals.approval import Approval, ApprovalState
from core.approvals.telling import CONFIRMED, facts_of
from core.clock import Clock
from core.errors import FinanceError
from core.facts import Answer, Fact
from core.ids import UserId
from core.ledger.hold import FundsMissing
from core.store.unit_of_work import Database, UnitOfWork
from core.wallets.exchange import ACTION, QuoteExpired, QuoteUnknown
from workers.actions import Performed, Ready, Stale

QUOTE_EXPIRED = "quote_expired"
FUNDS_MISSING = "funds_missing"

_SHAPES = {
    ApprovalState.EXECUTED: "exchange_money.executed",
    ApprovalState.FAILED: "exchange_money.failed",
    ApprovalState.UNKNOWN: "request.unknown_outcome",
    ApprovalState.SUPERSEDED: "exchange_money.expired",
}


@dataclass(frozen=True, slots=True)
class ExchangeMoney:
    """Books the exchange in a transaction of its own, keyed by the approval; implements `Action`.

    Nobody outside is asked: wallets are ours. The key makes a second booking impossible.
    """

    database: Database
    clock: Clock

    @property
    def name(self) -> str:
        """What proposals call it."""
        return ACTION

    @property
    def is_idempotent(self) -> bool:
        """A key is booked once."""
        return True

    def prepare(self, uow: UnitOfWork, approval: Approval, *, now: datetime) -> Ready | Stale:
        """Find the quote as it stands; one that is over or taken stops it."""
        try:
            quote = uow.wallets.quote(UserId(approval.user_id), str(approval.payload["quote"]))
        except QuoteUnknown:
            return Stale(QUOTE_EXPIRED)
        if not quote.is_open(now):
            return Stale(QUOTE_EXPIRED)
        return Ready(quote, quote.payload())

    def perform(self, ready: Ready, *, key: str) -> Performed:
        """Book it; what has changed since it was prepared leaves everything as it was."""
        quote = ready.request
        try:
            with self.database.work() as uow:
                now = self.clock.now()
                today = uow.users.get(quote.user_id).preferences.today(now)
                uow.wallets.exchange(quote.user_id, quote.id, key=key, day=today, now=now)
                uow.commit()
        except (FundsMissing, QuoteExpired) as error:
            return Performed(ApprovalState.FAILED, _reason(error))
        return _done(quote.id)

    def look_up(self, approval: Approval) -> Performed | None:
        """Tell whether the key was booked; a database that does not answer raises."""
        with self.database.reading() as uow:
            quote = uow.wallets.used_by(approval.id, UserId(approval.user_id))
        return _done(quote.id) if quote is not None else None

    def record(
        self, uow: UnitOfWork, approval: Approval, performed: Performed, *, now: datetime
    ) -> None:
        """Nothing is left to record: the booking is the record."""

    def tell(self, approval: Approval, *, facts: tuple[Fact, ...] = ()) -> Answer:
        """Word the recorded state."""
        shape = _SHAPES[approval.state]
        if approval.reason == FUNDS_MISSING:
            shape = "exchange_money.funds_missing"
        return Answer(shape, (*facts_of(approval), *facts), options=("request.demo",))


def _done(quote_id: str) -> Performed:
    return Performed(ApprovalState.EXECUTED, reference=quote_id, receipt={"state": CONFIRMED})


def _reason(error: FinanceError) -> str:
    return FUNDS_MISSING if isinstance(error, FundsMissing) else QUOTE_EXPIRED
