"""Holds: money that is spoken for, until it is taken, let go, or its time is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.money import Money


class HoldState(StrEnum):
    """How far a hold has come."""

    HELD = "held"
    CAPTURED = "captured"  # all of it was taken, or its last part
    VOID = "void"
    EXPIRED = "expired"


HOLD_MOVES: dict[HoldState, frozenset[HoldState]] = {
    HoldState.HELD: frozenset({HoldState.CAPTURED, HoldState.VOID, HoldState.EXPIRED}),
    HoldState.CAPTURED: frozenset(),
    HoldState.VOID: frozenset(),
    HoldState.EXPIRED: frozenset(),
}


class HoldUnknown(FinanceError):
    """There is no such hold, or it is not this user's."""

    code = "hold.unknown"


class HoldClosed(FinanceError):
    """The hold has been taken, let go or has expired: each happens at most once."""

    code = "hold.closed"


class HoldExceeded(FinanceError):
    """More is to be taken than is left of the hold."""

    code = "hold.exceeded"


class HoldKeyReused(FinanceError):
    """The key was used for something else."""

    code = "hold.key_reused"


class FundsMissing(FinanceError):
    """The account has less than this available; it never goes below nought."""

    code = "wallet.funds_missing"


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount of an account that is spoken for; ``captured`` of it was taken already."""

    id: int
    user_id: UserId
    account_id: AccountId
    amount: Money
    captured: Money
    state: HoldState
    label: str
    created_at: datetime
    expires_at: datetime
    card_id: str = ""

    @property
    def left(self) -> Money:
        """How much is still held: nothing once it is closed."""
        if self.state is not HoldState.HELD:
            return Money.zero(self.amount.currency)
        return self.amount - self.captured
