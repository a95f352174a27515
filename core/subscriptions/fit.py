"""Does a row of charges follow the calendar? The best cadence for it, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from core.period import month_number
from core.subscriptions.cadence import (
    STEP_DAYS,
    STEP_MONTHS,
    Cadence,
    day_in_month,
    days_in_month,
    length_in_days,
)
from core.subscriptions.charge import Charge, in_order, is_steady, variation

# Banks book late (weekends, holidays) more than early: days around the day that is due.
EARLY_DAYS, LATE_DAYS = 3, 6
_EARLY_WEEKLY, _LATE_WEEKLY = 1, 2
_ON_TIME = 0.8  # of the charges fall on the day that is due
_IN_TURN = 0.75  # of the steps are one period long; the rest may skip one
_VARIES_LEAST, _VARIES_MOST = 0.1, 0.45
_FEW, _ENOUGH = 4, 5
# A quick look before the exact one: charges per period that is at all possible.
_RARE, _DENSE, _SLACK = 0.7, 1.35, 1
_SHORTEST_MONTH = 28
# Some bill every 30 days, which wanders through the month.
_THIRTY_DAYS, _THIRTY_EXACT = 30, 1

# How many charges it takes to believe in a cadence.
NEEDED: Mapping[Cadence, int] = {
    Cadence.WEEKLY: 5,
    Cadence.BIWEEKLY: 4,
    Cadence.FOUR_WEEKLY: 4,
    Cadence.MONTHLY: 3,
    Cadence.QUARTERLY: 3,
    Cadence.HALF_YEARLY: 3,
    Cadence.YEARLY: 3,
}


@dataclass(frozen=True, slots=True)
class Fit:
    """A cadence that the charges follow: ``next_date`` is when the next one is due.

    ``strays`` are charges that were looked at and are not on a due day: a bill that was paid
    late, or something else that was bought there. ``on_time`` is the share that is not stray.
    ``day`` is the day of the month that is meant, 0 where the cadence counts days.
    """

    cadence: Cadence
    charges: tuple[Charge, ...]
    on_time: float
    next_date: date
    strays: tuple[Charge, ...] = ()
    day: int = 0

    def with_strays(self) -> Fit:
        """Return it with the strays taken in: they belong to it when nothing else is there."""
        return replace(self, charges=tuple(in_order([*self.charges, *self.strays])), strays=())


def best_fit(charges: Sequence[Charge], *, needed: Mapping[Cadence, int] = NEEDED) -> Fit | None:
    """Return the cadence that the charges (oldest first) follow best; `None` when none does.

    A fit needs enough charges, most of them on the due day and one period apart, and amounts
    that suit: weekly ones must be steady (groceries are not), monthly and longer ones may vary
    as a power bill does, the less the fewer they are.
    """
    fits = _fits(charges, needed)
    return max(fits, key=lambda fit: (fit.on_time, -list(Cadence).index(fit.cadence)), default=None)


def _fits(charges: Sequence[Charge], needed: Mapping[Cadence, int]) -> Iterator[Fit]:
    if len(charges) < 2:
        return
    due = 0  # asked for once, and only when some cadence is possible at all
    days = (charges[-1].booked_date - charges[0].booked_date).days
    for cadence in Cadence:
        if len(charges) < needed[cadence] or not _is_possible(len(charges), days, cadence):
            continue
        if not _amounts_suit(charges, cadence):
            continue
        if cadence in STEP_DAYS:
            fit = _by_days(charges, cadence)
        else:
            due = due or _due_day([one.booked_date for one in charges])
            fit = _by_months(charges, cadence, due)
        if fit is None and cadence is Cadence.MONTHLY:
            fit = _by_thirty_days(charges)
        if fit is not None:
            yield fit


def _is_possible(charges: int, days: int, cadence: Cadence) -> bool:
    """Tell whether so many charges in so many days can be one a period at all."""
    periods = days / length_in_days(cadence) + 1
    return _RARE * periods - _SLACK <= charges <= _DENSE * periods + _SLACK


def _amounts_suit(charges: Sequence[Charge], cadence: Cadence) -> bool:
    if is_steady(charges):
        return True
    if cadence in STEP_DAYS or len(charges) < _FEW:
        return variation(charges) <= _VARIES_LEAST and cadence in STEP_MONTHS
    allowed = _VARIES_MOST if len(charges) >= _ENOUGH else 2 * _VARIES_LEAST
    return variation(charges) <= allowed


def _by_months(charges: Sequence[Charge], cadence: Cadence, day: int) -> Fit | None:
    """Fit to one day of the month, the same in every month of the cadence."""
    step = STEP_MONTHS[cadence]
    turns = [_month_turn(one.booked_date, day) for one in charges]
    known = [turn for turn in turns if turn is not None]
    if len(known) < _ON_TIME * len(charges) or not _in_turn(known, step):
        return None
    following = known[-1] + step
    if day_in_month(following, day) <= charges[-1].booked_date:
        following += step  # the last one was paid so late that it looks like a stray
    on_day = [turn is not None for turn in turns]
    return replace(_fit(charges, on_day, cadence, day_in_month(following, day)), day=day)


def _fit(charges: Sequence[Charge], on_day: Sequence[bool], cadence: Cadence, due: date) -> Fit:
    kept = tuple(one for one, good in zip(charges, on_day, strict=True) if good)
    strays = tuple(one for one, good in zip(charges, on_day, strict=True) if not good)
    return Fit(cadence, kept, len(kept) / len(charges), due, strays)


def _due_day(days: Sequence[date]) -> int:
    """Return the day of the month that explains most dates, the closest to them if several do."""
    # A busy shop has thousands of dates but few different places in a month.
    places = Counter(_place(one) for one in days)

    def worth(day: int) -> tuple[int, int, int, int]:
        near = exact = away = 0
        for place, times in places.items():
            distance = _late(*place, day)
            if distance is not None:
                near += times
                exact += times * (distance == 0)
                away += times * abs(distance)
        return near, exact, -away, day

    # What is due on the 31st is seen on the 28th, 29th and 30th as well, and 31 says it best.
    seen = {one.day for one in days}
    return max(seen | {31} if max(seen) >= _SHORTEST_MONTH else seen, key=worth)


def _place(day: date) -> tuple[int, int, int, int]:
    """Return what decides how late a date is: its day, the length of its month, of those beside."""
    number = month_number(day)
    return day.day, days_in_month(number - 1), days_in_month(number), days_in_month(number + 1)


def _distance(day: date, due: int) -> int | None:
    """Return how many days after its due day a date is, `None` when it is near none."""
    return _late(*_place(day), due)


@cache
def _late(here: int, before: int, length: int, after: int, due: int) -> int | None:
    """Return how late the day ``here`` is in a month of ``length``, between two others' lengths.

    There are some two thousand answers, and they are asked for every charge.
    """
    late = here - min(due, length)
    if -EARLY_DAYS <= late <= LATE_DAYS:
        return late
    if here <= LATE_DAYS:
        late = here + before - min(due, before)
        return late if late <= LATE_DAYS else None
    if here > _SHORTEST_MONTH - EARLY_DAYS:
        late = here - length - min(due, after)
        return late if late >= -EARLY_DAYS else None
    return None


def _month_turn(day: date, due: int) -> int | None:
    """Return the number of the month to which a charge belongs, `None` when off its day."""
    late = _distance(day, due)
    return None if late is None else month_number(day - timedelta(days=late))


def _by_days(charges: Sequence[Charge], cadence: Cadence) -> Fit | None:
    """Fit to one day in 7, 14 or 28."""
    step = STEP_DAYS[cadence]
    places = [one.booked_date.toordinal() for one in charges]
    phase = _phase([place % step for place in places], step)
    spots = [divmod(place - phase + _EARLY_WEEKLY, step) for place in places]
    on_day = [late <= _EARLY_WEEKLY + _LATE_WEEKLY for _, late in spots]
    known = [turn for (turn, _), good in zip(spots, on_day, strict=True) if good]
    if len(known) < _ON_TIME * len(charges) or not _in_turn(known, 1):
        return None
    return _fit(charges, on_day, cadence, date.fromordinal((known[-1] + 1) * step + phase))


def _phase(rests: Sequence[int], step: int) -> int:
    """Return the day within the step that most dates fall on or just after."""
    counted = Counter(rests)

    def worth(phase: int) -> tuple[int, int]:
        window = [
            counted[(phase + late) % step] for late in range(-_EARLY_WEEKLY, _LATE_WEEKLY + 1)
        ]
        return sum(window), counted[phase]

    return max(range(step), key=worth)


def two_days_fits(charges: Sequence[Charge]) -> list[Fit]:
    """Return a monthly fit for each of two days of the month on which all charges fall.

    Wages that come on the 15th and on the last of a month are two streams, each monthly. Nothing
    may be left over: of purchases made on any day, two days always explain some.
    """
    days = (charges[-1].booked_date - charges[0].booked_date).days
    periods = days / length_in_days(Cadence.MONTHLY) + 1
    if not 2 * NEEDED[Cadence.MONTHLY] <= len(charges) <= 2 * (_DENSE * periods + _SLACK):
        return []
    first = _due_day([one.booked_date for one in charges])
    near = [one for one in charges if _distance(one.booked_date, first) is not None]
    rest = [one for one in charges if _distance(one.booked_date, first) is None]
    fits = [fit for part in (near, rest) if (fit := best_fit(part))]
    monthly = [fit for fit in fits if fit.cadence is Cadence.MONTHLY and fit.on_time == 1]
    return monthly if len(monthly) == 2 else []


def _by_thirty_days(charges: Sequence[Charge]) -> Fit | None:
    gaps = [(b.booked_date - a.booked_date).days for a, b in pairwise(charges)]
    exact = [abs(gap - _THIRTY_DAYS) <= _THIRTY_EXACT for gap in gaps]
    if len(gaps) < 2 or sum(exact) < _ON_TIME * len(gaps):
        return None
    following = charges[-1].booked_date + timedelta(days=_THIRTY_DAYS)
    return Fit(Cadence.MONTHLY, tuple(charges), sum(exact) / len(gaps), following)


def _in_turn(turns: Sequence[int], step: int) -> bool:
    """Tell whether most charges come one period after the other, and the rest skip one."""
    steps = [b - a for a, b in pairwise(turns)]
    if not steps:
        return False
    regular = sum(one == step for one in steps)
    skipped = sum(one == 2 * step for one in steps)
    return regular >= _IN_TURN * len(steps) and regular + skipped >= _ON_TIME * len(steps)
