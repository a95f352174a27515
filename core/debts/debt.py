"""A debt: how much is owed, what it costs a year, and the least that is paid each month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.money import Money

MOST_DEBTS = 50
_HIGHEST_RATE = Decimal(200)


class DebtTermsOutOfRange(FinanceError):
    """A debt has an amount above nothing, a rate from 0 to 200 per cent and no negative minimum."""

    code = "debt.terms_out_of_range"


class DebtMoveRefused(FinanceError):
    """The debt cannot go from the state it is in to the one asked for."""

    code = "debt.move_refused"


class TooManyDebts(FinanceError):
    """The user has as many debts as we keep."""

    code = "debt.too_many"


class DebtState(StrEnum):
    """Whether a debt counts."""

    ACTIVE = "active"
    DELETED = "deleted"


DEBT_MOVES: Mapping[DebtState, frozenset[DebtState]] = {
    DebtState.ACTIVE: frozenset({DebtState.DELETED}),
    # Only undo brings a deleted debt back.
    DebtState.DELETED: frozenset({DebtState.ACTIVE}),
}


@dataclass(frozen=True, slots=True)
class Debt:
    """One debt of one user; ``id`` 0 means that it is not stored yet.

    ``owed`` is what was told, or what the account ``account_id`` owes now. ``rate_percent`` is
    the yearly rate, charged a twelfth each month.
    """

    id: int
    user_id: UserId
    name: str
    owed: Money
    rate_percent: Decimal
    minimum: Money
    account_id: AccountId | None = None
    state: DebtState = DebtState.ACTIVE

    def __post_init__(self) -> None:
        """Refuse terms with which nothing can be worked out."""
        fits = self.owed.minor >= 0 and self.minimum.minor >= 0
        if not fits or not 0 <= self.rate_percent <= _HIGHEST_RATE:
            raise DebtTermsOutOfRange(name=self.name)

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"debt:{self.id}"


def move(debt: Debt, to: DebtState) -> Debt:
    """Return the debt in state ``to``; raise `DebtMoveRefused` when it cannot go there."""
    if to not in DEBT_MOVES[debt.state]:
        raise DebtMoveRefused(state=debt.state, to=to)
    return replace(debt, state=to)
