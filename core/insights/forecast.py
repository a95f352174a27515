"""What a month will cost: what comes back by the calendar, and the usual rest, month by month.

The rest is the median of the last six whole months, blended with the month so far by the part of
it that has passed. How far off it may be is read from how far off it would have been in the
months before: the same method, at the same point of each month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import median

from core.errors import FinanceError
from core.insights.expected import Recurring
from core.insights.movement import Movement
from core.period import Calendar, Grain, Period, period_of

METHOD = "recurring+median6"
MONTHS_NEEDED = 3
# So many charges in the months used, unless all of them come back by the calendar.
CHARGES_NEEDED = 5
_MONTHS_USED = 6
_MONTHS_TESTED = 12
_BAND = Fraction(8, 10)
# How far off forecasts usually are, until somebody's own months say it (invented people).
_PRIOR = (0.04, 0.08, 0.12, 0.17, 0.26)


class NotEnoughMonths(FinanceError):
    """There are too few whole months to tell what is usual."""

    code = "insight.not_enough_months"


class TooFewCharges(NotEnoughMonths):
    """There are whole months enough, but hardly a charge in them, and none by the calendar."""

    code = "insight.too_few_charges"


@dataclass(frozen=True, slots=True)
class Forecast:
    """A month's spending: ``low`` to ``high`` should hold it four times out of five.

    ``spent`` is what it came to so far, ``due`` what is still to come by the calendar, and
    ``tested`` how many earlier months the band was measured on.
    """

    month: Period
    cut_off: date
    spent: int
    due: int
    low: int
    middle: int
    high: int
    tested: int


@dataclass(frozen=True, slots=True)
class Spending:
    """What was spent, as counted, apart into what comes back and the rest; one currency."""

    rows: tuple[Movement, ...]
    recurring: Recurring
    calendar: Calendar

    def months(self, before: date) -> list[Period]:
        """Return the whole months that the books hold and that end by ``before``, oldest first."""
        if not self.rows:
            return []
        first = min(one.on for one in self.rows)
        month = period_of(Grain.MONTH, before, self.calendar).previous()
        found: list[Period] = []
        while month.start >= first or (month.start <= first and (first - month.start).days <= 3):
            found.append(month)
            month = month.previous()
        return found[::-1]

    def regular(self, period: Period) -> int:
        """Return what came back by the calendar in a period."""
        known = self.recurring.explained
        return sum(one.minor for one in self.rows if one.on in period and one.entry_id in known)

    def rest(self, period: Period) -> int:
        """Return all other spending of a period."""
        known = self.recurring.explained
        return sum(one.minor for one in self.rows if one.on in period and one.entry_id not in known)


def forecast(spending: Spending, month: Period, *, today: date) -> Forecast:
    """Forecast ``month`` as of ``today``; raise `NotEnoughMonths` or `TooFewCharges`.

    ``today`` may lie in the month or before it. What is booked after ``today`` is not used.
    """
    known = Spending(
        tuple(one for one in spending.rows if one.on <= today),
        spending.recurring,
        spending.calendar,
    )
    whole = known.months(min(today + timedelta(days=1), month.start))
    if len(whole) < MONTHS_NEEDED:
        raise NotEnoughMonths(months=len(whole), needed=MONTHS_NEEDED)
    _check_charges(known, whole[-_MONTHS_USED:])
    so_far = month.to_date(today)
    whole = whole[-_MONTHS_USED - _MONTHS_TESTED :]
    rests = {one: known.rest(one) for one in whole}
    passed = Fraction(so_far.days, month.days)
    spent = known.rest(so_far) + known.regular(so_far)
    due = _due(known.recurring, month, today)
    rest = _blended(_usual(list(rests.values())), known.rest(so_far), passed)
    middle = known.regular(so_far) + due + rest
    errors = _past_errors(known, whole, rests, passed)
    spread = _spread(errors)
    return Forecast(
        month=month,
        cut_off=today,
        spent=spent,
        due=due,
        low=min(middle, max(spent, round(middle * (1 - spread)))),
        middle=middle,
        high=max(middle, round(middle * (1 + spread))),
        tested=len(errors),
    )


def _check_charges(known: Spending, months: Sequence[Period]) -> None:
    """Refuse to call a few charges a usual month; what comes by the calendar is none of them."""
    used = [one for one in known.rows if months[0].start <= one.on < months[-1].end]
    by_chance = any(one.entry_id not in known.recurring.explained for one in used)
    if len(used) < CHARGES_NEEDED and (by_chance or not used):
        raise TooFewCharges(charges=len(used), needed=CHARGES_NEEDED)


def _due(recurring: Recurring, month: Period, today: date) -> int:
    """Return what is still to come in the month by the calendar."""
    first = max(month.start, date.fromordinal(today.toordinal() + 1))
    if first > month.last_day:
        return 0
    return -sum(one.minor for one in recurring.dated(first, month.last_day))


def _usual(rests: Sequence[int]) -> int:
    return round(median(rests[-_MONTHS_USED:]))


def _blended(usual: int, so_far: int, passed: Fraction) -> int:
    """Blend the usual rest with this month's pace: the more has passed, the more it counts."""
    if passed <= 0:
        return usual
    pace = so_far / passed
    remaining = (1 - passed) * ((1 - passed) * usual + passed * pace)
    return so_far + round(remaining)


def _past_errors(
    known: Spending, whole: Sequence[Period], rests: Mapping[Period, int], passed: Fraction
) -> list[float]:
    """Return how far off each earlier month would have been told, as a share of the forecast."""
    errors = []
    # A month told from three before it is further off than one told from six.
    first = _MONTHS_USED if len(whole) >= 2 * _MONTHS_USED else MONTHS_NEEDED
    for at in range(first, len(whole)):
        month = whole[at]
        days = round(passed * month.days)
        so_far = known.rest(Period(month.start, month.start + timedelta(days=days)))
        usual = _usual([rests[one] for one in whole[:at]])
        regular = known.regular(month)
        told = regular + _blended(usual, so_far, Fraction(days, month.days))
        if told > 0:
            errors.append(abs(regular + rests[month] - told) / told)
    return errors[-_MONTHS_TESTED:]


def _spread(errors: Sequence[float]) -> float:
    """Return the share on each side that holds the wanted part of past errors.

    With n errors the one of rank (n + 1) times that part is the honest bound, and between two
    ranks what lies between. Few own errors are filled up with what is usual for other people.
    """
    filled = sorted([*errors, *_PRIOR[: max(0, len(_PRIOR) - len(errors))]])
    place = min((len(filled) + 1) * _BAND, Fraction(len(filled)))
    below = int(place)
    above = min(below + 1, len(filled))
    part = float(place - below)
    return filled[below - 1] * (1 - part) + filled[above - 1] * part


@dataclass(frozen=True, slots=True)
class Kept:
    """A forecast that was kept, with what the month really came to."""

    month: int
    cut_off: date
    low: int
    middle: int
    high: int
    actual: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """How kept forecasts did: ``off`` is the share they were off by together, ``held`` the band."""

    scored: int
    off: Fraction
    held: int


def record_of(kept: Iterable[Kept]) -> Record | None:
    """Score kept forecasts whose month is over; nothing when there are none."""
    over = [one for one in kept if one.actual is not None]
    whole = sum(abs(one.actual or 0) for one in over)
    if not over or not whole:
        return None
    off = Fraction(sum(abs((one.actual or 0) - one.middle) for one in over), whole)
    held = sum(one.low <= (one.actual or 0) <= one.high for one in over)
    return Record(len(over), off, held)
