"""What a user has said about single payments, kept for good: no rule and no model may undo it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CaseState(StrEnum):
    """Whether a case still speaks."""

    ACTIVE = "active"
    EXCEPTION = "exception"  # true of its own entry only, by the user's word
    RETIRED = "retired"  # taken back, or replaced by a later word


CASE_MOVES: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.ACTIVE: frozenset({CaseState.RETIRED}),
    CaseState.EXCEPTION: frozenset({CaseState.RETIRED}),
    CaseState.RETIRED: frozenset({CaseState.ACTIVE}),
}


@dataclass(frozen=True, slots=True)
class Payment:
    """What there is to go by beside a bank's text: where the money went, how much, from where.

    ``minor`` carries no sign; None, like a missing account, means that nobody knows it.
    """

    inflow: bool
    minor: int | None = None
    currency: str = ""
    account_id: int | None = None

    @property
    def band(self) -> int | None:
        """Return which half of a doubling the amount lies in: 40.96 to 57.92, then to 81.91, ..."""
        return None if self.minor is None else _band(self.minor)


@dataclass(frozen=True, slots=True)
class Case:
    """One correction: the payment as it came, and what the user said it was."""

    id: int
    key: str
    text: str
    payment: Payment
    category: str
    made_at: datetime
    entry_id: int | None = None

    def is_like(self, payment: Payment) -> bool:
        """Tell whether a payment to the same payee is of the very kind the user spoke about."""
        own = self.payment
        return (
            own.minor is not None
            and own.band == payment.band
            and (own.inflow, own.currency, own.account_id)
            == (payment.inflow, payment.currency, payment.account_id)
        )


def nearest(cases: Sequence[Case], payment: Payment) -> Case | None:
    """Return the case that comes nearest to a payment of the same payee; of equals the newest.

    One payee may sell many things: the direction tells first, then the amount, then the account.
    """
    return max(cases, key=lambda case: _nearness(case, payment), default=None)


def _nearness(case: Case, payment: Payment) -> tuple[bool, int, bool, int]:
    own = case.payment
    comparable = own.band is not None and payment.band is not None
    apart = -_UNKNOWN
    if comparable and own.currency == payment.currency:
        apart = -abs((own.band or 0) - (payment.band or 0))
    return (
        own.inflow == payment.inflow,
        apart,
        own.account_id == payment.account_id,
        case.id,
    )


# Further apart than any two amounts can be.
_UNKNOWN = 1_000


def _band(minor: int) -> int:
    doublings = abs(minor).bit_length()
    in_upper_half = 2 * minor * minor >= 1 << (2 * doublings)
    return 2 * doublings + in_upper_half
