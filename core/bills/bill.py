"""A bill or a pay: an amount that is due again and again, seen in the books or told by the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.money import Money
from core.schedules.banking import Roll
from core.subscriptions.cadence import Cadence

MOST_BILLS = 200


class BillAmountTooLow(FinanceError):
    """A bill needs an amount above nothing."""

    code = "bill.amount_too_low"


class BillMoveRefused(FinanceError):
    """The bill cannot go from the state it is in to the one asked for."""

    code = "bill.move_refused"


class TooManyBills(FinanceError):
    """The user has as many bills as we keep."""

    code = "bill.too_many"


class BillKind(StrEnum):
    """Which way the money goes."""

    BILL = "bill"
    INCOME = "income"


class BillSource(StrEnum):
    """Who says that it comes: the books, or the user, whose word stands."""

    FOUND = "found"
    TYPED = "typed"


class BillState(StrEnum):
    """Whether it is still expected."""

    ACTIVE = "active"
    ENDED = "ended"  # the books show that it comes no more
    DELETED = "deleted"  # by the user: never found again by itself


BILL_MOVES: Mapping[BillState, frozenset[BillState]] = {
    BillState.ACTIVE: frozenset({BillState.ENDED, BillState.DELETED}),
    BillState.ENDED: frozenset({BillState.ACTIVE, BillState.DELETED}),
    # Only undo brings a deleted bill back.
    BillState.DELETED: frozenset({BillState.ACTIVE, BillState.ENDED}),
}


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill (or pay) of one user; ``id`` 0 means that it is not stored yet.

    ``anchor`` is one of its due days, before any bank holiday moves it; all others are counted
    from there, and ``day`` is the day of the month that is meant (0: that of the anchor).
    ``varies`` says that ``amount`` is only about what it will be. Payments are known by
    ``merchant_key`` or, for a typed bill, by its name and ``category``. ``pays_account_id`` is
    the card that is paid off: then what is owed on it is the amount. ``lead_days`` is when to
    remind of this one, where the user wants it otherwise than of all others.
    """

    id: int
    user_id: UserId
    kind: BillKind
    source: BillSource
    name: str
    amount: Money
    cadence: Cadence
    anchor: date
    first_date: date
    state: BillState = BillState.ACTIVE
    varies: bool = False
    day: int = 0
    roll: Roll = Roll.NONE
    merchant_key: str = ""
    category: str = ""
    account_id: AccountId | None = None
    pays_account_id: AccountId | None = None
    last_date: date | None = None
    previous_amount: Money | None = None
    price_changed_on: date | None = None
    lead_days: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse an amount that cannot be due."""
        if self.amount.minor <= 0:
            raise BillAmountTooLow(name=self.name)

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"bill:{self.id}"

    @property
    def live(self) -> bool:
        """Whether another payment is to be expected."""
        return self.state is BillState.ACTIVE


def move(bill: Bill, to: BillState) -> Bill:
    """Return the bill in state ``to``; raise `BillMoveRefused` when it cannot go there."""
    if to not in BILL_MOVES[bill.state]:
        raise BillMoveRefused(state=bill.state, to=to)
    return replace(bill, state=to)
