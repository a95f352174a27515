"""Subscriptions hidden in a busy merchant: one exact price on one day of most months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, takewhile
from math import comb

from core.period import month_number
from core.subscriptions.cadence import Cadence, day_in_month
from core.subscriptions.charge import Charge
from core.subscriptions.fit import Fit

_LEAST_HITS = 5
_MONTHS_HIT = 0.8
_NEW_HITS = 2  # charges of a new price before a rise is believed
_PRICE_STEP = 0.4  # how far a price may rise or fall and still be the same subscription
_EARLY, _LATE = 1, 4
_BY_CHANCE = 0.001
_MOST_A_MONTH = 3  # a price paid more often fills any day by chance


def hidden_fits(charges: Sequence[Charge]) -> Iterator[Fit]:
    """Give a monthly fit for each exact price that keeps to a day of the month.

    The other charges of that price (a second present at the same price) are left out. A price
    that is paid so often that chance alone would fill the days is no subscription.
    """
    by_price: dict[int, list[Charge]] = defaultdict(list)
    for one in charges:
        by_price[one.minor].append(one)
    for price in sorted(by_price):
        if len(by_price[price]) >= _LEAST_HITS:
            fit = _best_day(by_price[price])
            if fit is not None:
                yield _carried_on(fit, by_price)


def _best_day(charges: Sequence[Charge]) -> Fit | None:
    first, last = month_number(charges[0].booked_date), month_number(charges[-1].booked_date)
    months = last - first + 1
    needed = max(_LEAST_HITS, _MONTHS_HIT * months)
    if not needed <= len(charges) <= _MOST_A_MONTH * months:
        return None
    day = max(
        sorted({one.booked_date.day for one in charges}), key=lambda day: _worth(charges, day)
    )
    hits = _hits(charges, day)
    if len(hits) < needed:
        return None
    if _by_luck(len(hits), months, len(charges)) > _BY_CHANCE:
        return None
    kept = tuple(hits[number] for number in sorted(hits))
    due = day_in_month(max(hits) + 1, day)
    return Fit(Cadence.MONTHLY, kept, len(hits) / months, due, day=day)


def _carried_on(fit: Fit, by_price: Mapping[int, Sequence[Charge]]) -> Fit:
    """Return the fit with the first charges of the price that it rose or fell to.

    They are too few to be seen by themselves. One that comes when the next is due may be chance
    at a busy merchant; two of one new price, month after month from then on, are not.
    """
    old, last = fit.charges[-1].minor, fit.charges[-1]
    due = month_number(fit.next_date)
    for price in sorted(by_price, key=lambda one: abs(one - old)):
        seen_itself = len(by_price[price]) >= _LEAST_HITS
        if price == old or seen_itself or abs(price - old) > _PRICE_STEP * old:
            continue
        later = [one for one in by_price[price] if one.booked_date > last.booked_date]
        hits = _hits(later, fit.day)
        more = list(takewhile(hits.__contains__, count(due)))
        if len(more) >= _NEW_HITS:
            charges = (*fit.charges, *(hits[number] for number in more))
            return replace(fit, charges=charges, next_date=day_in_month(more[-1] + 1, fit.day))
    return fit


def _worth(charges: Sequence[Charge], day: int) -> tuple[int, int]:
    """Rank a day of the month: by the months it explains, then by those it hits exactly."""
    hits = _hits(charges, day)
    return len(hits), sum(
        one.booked_date == day_in_month(number, day) for number, one in hits.items()
    )


def _hits(charges: Sequence[Charge], day: int) -> dict[int, Charge]:
    """Return, for each month, the charge nearest to ``day`` within the window around it."""
    found: dict[int, tuple[int, Charge]] = {}
    for one in charges:
        here = month_number(one.booked_date)
        for number in (here - 1, here, here + 1):
            late = (one.booked_date - day_in_month(number, day)).days
            if -_EARLY <= late <= _LATE and abs(late) < found.get(number, (_LATE + 1, one))[0]:
                found[number] = (abs(late), one)
    return {number: one for number, (_, one) in found.items()}


def _by_luck(hits: int, months: int, charges: int) -> float:
    """Return how likely so many months are hit if the charges fell on any day, for any day."""
    window = (_EARLY + _LATE + 1) / 30.4
    chance = 1 - (1 - window) ** (charges / months)
    tail = sum(
        comb(months, count) * chance**count * (1 - chance) ** (months - count)
        for count in range(hits, months + 1)
    )
    return float(tail * 31)
