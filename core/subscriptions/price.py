"""The price of a subscription changed: from what, to what, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from core.money import Money
from core.subscriptions.charge import Charge, same_price, without_trials

# Two charges at the old price make it a price; a rate of exchange moves a little every month.
_EXACT = 0.01
_MOST_TIMES = 3


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price that held before, the price that holds now, and the first day of the new one."""

    before: Money
    after: Money
    on: date

    @property
    def percent(self) -> Decimal:
        """How much it went up (or down, negative), in per cent with one decimal."""
        share = Decimal(100 * (self.after.minor - self.before.minor)) / Decimal(self.before.minor)
        return share.quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)


def price_change(charges: Sequence[Charge]) -> PriceChange | None:
    """Return the last change of price in one stream (oldest first), `None` when there is none.

    Both prices must hold to one per cent around the change, the old one for at least two
    charges: so a bill that varies and a price that only follows a rate of exchange change
    nothing, and neither does the end of a trial.
    """
    paid = without_trials(charges)
    start = len(paid) - 1
    while start > 0 and same_price(paid[start - 1].minor, paid[-1].minor, _EXACT):
        start -= 1
    if start < 2:
        return None
    before, after = paid[start - 1], paid[start]
    if not same_price(paid[start - 2].minor, before.minor, _EXACT):
        return None
    if (
        not before.minor <= _MOST_TIMES * after.minor
        or not after.minor <= _MOST_TIMES * before.minor
    ):
        return None
    return PriceChange(
        before=Money(before.minor, before.currency),
        after=Money(after.minor, after.currency),
        on=after.booked_date,
    )
