"""How money moves in a household, as data: what comes when, for how much, with which words."""

from __future__ import annotations

from dataclasses import dataclass

from core.connect.households.household import HouseholdAccount, HouseholdBudget, HouseholdUser
from core.connect.households.trades import Deal

HISTORY_MONTHS = 14
LAST_WORKING_DAY = 0


@dataclass(frozen=True, slots=True)
class Monthly:
    """Once in a month, on ``day`` (clamped to the month's end) or its last working day.

    ``months`` are the calendar months it happens in, empty for all. It happens every ``every``
    months, counted back from ``newest`` months ago to ``oldest`` months ago; with ``late`` the
    bank books it up to that many days later. ``workday`` moves a weekend back to Friday.
    """

    day: int
    late: int = 0
    months: tuple[int, ...] = ()
    every: int = 1
    newest: int = 0
    oldest: int = HISTORY_MONTHS
    workday: bool = False


@dataclass(frozen=True, slots=True)
class Often:
    """About ``times`` a month on days that chance picks; ``months`` as calendar months."""

    times: int
    months: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EveryDays:
    """Every ``days`` days, counted back from ``ago`` days before today."""

    days: int
    ago: int


@dataclass(frozen=True, slots=True)
class Once:
    """Exactly ``ago`` days before today."""

    ago: int


@dataclass(frozen=True, slots=True)
class InMonth:
    """Once in the current month: on ``day``, or earlier as long as ``day`` has not come."""

    day: int


Rhythm = Monthly | Often | EveryDays | Once | InMonth


@dataclass(frozen=True, slots=True)
class Amount:
    """How much, in minor units: from ``low`` to ``high`` in steps of ``step``.

    ``season`` are twelve percentages by calendar month (heating, air conditioning). ``before``
    is the price that held until ``changed`` months ago.
    """

    low: int
    high: int = 0
    step: int = 1
    season: tuple[int, ...] = ()
    before: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of line: in which account, with whom, how much and how often.

    ``merchant`` is a key of ``merchants.toml``. Money goes out unless ``inward`` (salary,
    refund). A ``slow`` line is a card purchase that stays pending for a day or two.
    """

    account: str
    merchant: str
    amount: Amount
    rhythm: Rhythm
    inward: bool = False
    slow: bool = False

    @property
    def key(self) -> str:
        """What tells this pattern from all others of the household."""
        return f"{self.account}/{self.merchant}/{type(self.rhythm).__name__.lower()}"


@dataclass(frozen=True, slots=True)
class Place:
    """A merchant (a key of ``merchants.toml``) as seen in one account."""

    account: str
    merchant: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money between two own accounts: ``amount`` leaves the account of ``source``.

    Between two currencies ``rate`` is what 100 units of the source buy of the target, and moves
    by up to two per cent. With ``whole_card`` the amount is last month's purchases on the card.
    """

    source: Place
    target: Place
    amount: Amount
    rhythm: Rhythm
    rate: int = 100
    whole_card: bool = False

    @property
    def key(self) -> str:
        """What tells this transfer from all others of the household."""
        return f"{self.source.account}/{self.target.account}/{self.source.merchant}"


@dataclass(frozen=True, slots=True)
class Table:
    """What the household eats: small cups, meals out and shopping, against a monthly limit.

    Cups have real prices (``cup_low`` to ``cup_high``); meals and shops share what is left of
    the month's total. In a past month the total is 84 to 104 % of ``limit``. In the current
    month it grows with the day, so that the budget is well used but not yet at its warning on
    any day. ``twins_ago`` is the day on which two equal cups were bought from ``cups[0]``.
    """

    limit: int
    step: int
    cup_low: int
    cup_high: int
    cups: tuple[Place, ...]
    meals: tuple[Place, ...]
    shops: tuple[Place, ...]
    cups_in_ten: int
    meal_every: int
    shop_every: int
    twins_ago: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a household is made from.

    ``quiet_from`` to ``quiet_to`` is a range of minor units in the base currency that chance
    keeps free, so that "that 43 dollar thing" is one thing. Card purchases below
    ``slow_below`` minor units are pending for a day or two.
    """

    user: HouseholdUser
    accounts: tuple[HouseholdAccount, ...]
    patterns: tuple[Pattern, ...]
    transfers: tuple[Transfer, ...]
    table: Table
    budgets: tuple[HouseholdBudget, ...]
    truth: tuple[str, ...]
    ended: tuple[str, ...]
    slow_below: int
    quiet_from: int = 0
    quiet_to: int = 0
    deals: tuple[Deal, ...] = ()
