"""Expressions made of weeks, months, quarters, years: this one, the past three, year to date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from core.period import EARLIEST, LATEST, Grain, Period, months_later, period_of
from intents.grammar import Captures
from intents.slots.scene import (
    Builder,
    Direction,
    Scene,
    in_some_year,
    number,
    single_day,
    year_meant,
)

# What a weekend is; the week may start on any day, but nobody's weekend moves with it.
_SATURDAY = 5
_WEEKEND = "weekend"
_FORTNIGHT = "fortnight"
_HOUR = "hour"
_HOURS_A_DAY = 24
_DAYS: dict[str, int] = {Grain.DAY: 1, Grain.WEEK: 7, _FORTNIGHT: 14}
_MONTHS: dict[str, int] = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12, Grain.FISCAL_YEAR: 12}
_LAST = -1


def step_unit(captures: Captures, scene: Scene) -> Period | None:
    """This, last or next week, month, weekend: the whole unit of the calendar."""
    step = number(captures, "step")
    if captures["unit"] == _FORTNIGHT:
        return _rolling(1, captures, scene, forward=step > 0)
    return _unit(captures, scene.today, scene, step)


def weekend(_captures: Captures, scene: Scene) -> Period:
    """The weekend: the latest one begun when looking back, else the coming one."""
    coming = _weekend(0, scene)
    looks_back = scene.direction is Direction.PAST and coming.start > scene.today
    return _weekend(-1, scene) if looks_back else coming


def past_unit(captures: Captures, scene: Scene) -> Period | None:
    """The past week or month: as long as one, up to today."""
    return _rolling(1, captures, scene, forward=False)


def rolling(captures: Captures, scene: Scene) -> Period | None:
    """The last 3 months, the next 7 days: a stretch that ends or begins today."""
    step = number(captures, "step", -1)
    if step == 0:
        return None  # "I did this a few weeks later"
    return _rolling(number(captures, "n"), captures, scene, forward=step > 0)


def ago(captures: Captures, scene: Scene) -> Period | None:
    """So many days, weeks, months ago: that day, or the whole unit around it."""
    count = number(captures, "n")
    there = moved(scene.today, -count, str(captures["unit"]))
    if there is None or scene.exact or captures["unit"] in (Grain.DAY, _FORTNIGHT, _HOUR):
        return single_day(there) if there else None
    return _unit(captures, there, scene, 0)


def that_day(captures: Captures, scene: Scene) -> Period | None:
    """A week ago today: that day, whatever the unit."""
    there = moved(scene.today, -number(captures, "n"), str(captures["unit"]))
    return single_day(there) if there else None


def half_a_year(_captures: Captures, scene: Scene) -> Period | None:
    """Half a year: six months up to today, or from today."""
    forward = scene.direction is Direction.FUTURE
    return _rolling(6, {"unit": Grain.MONTH}, scene, forward=forward)


def same_time(captures: Captures, scene: Scene) -> Period | None:
    """This time, this day last month: that day; for last year see `same_last_year`."""
    if captures["unit"] == Grain.YEAR:
        return None
    there = moved(scene.today, number(captures, "step"), str(captures["unit"]))
    return single_day(there) if there else None


def within(captures: Captures, scene: Scene) -> Period | None:
    """In 3 days: that day; but "how much do I spend in a month" looks back over one."""
    if scene.direction is Direction.PAST and not scene.exact:
        return _rolling(number(captures, "n"), captures, scene, forward=False)
    return ahead(captures, scene)


def ahead(captures: Captures, scene: Scene) -> Period | None:
    """3 days from now: that day."""
    there = moved(scene.today, number(captures, "n"), str(captures["unit"]))
    return single_day(there) if there else None


def prior(captures: Captures, scene: Scene) -> Period | None:
    """The month before: before the one spoken of, or before the running one."""
    return _unit(captures, scene.focus.start if scene.focus else scene.today, scene, -1)


def following(captures: Captures, scene: Scene) -> Period | None:
    """The month after the one spoken of, or after the running one."""
    return _unit(captures, scene.focus.last_day if scene.focus else scene.today, scene, 1)


def one_before(_captures: Captures, scene: Scene) -> Period | None:
    """The one before: of the same kind as the one spoken of."""
    return scene.focus.previous() if scene.focus else None


def one_after(_captures: Captures, scene: Scene) -> Period | None:
    """The one after: of the same kind as the one spoken of."""
    return scene.focus.next() if scene.focus else None


def before_last(captures: Captures, scene: Scene) -> Period | None:
    """The month before last."""
    return _unit(captures, scene.today, scene, -2)


def after_next(captures: Captures, scene: Scene) -> Period | None:
    """The week after next."""
    return _unit(captures, scene.today, scene, 2)


def same_last_year(captures: Captures, scene: Scene) -> Period | None:
    """The same time last year: of what was spoken of, of a unit that is named, else this month."""
    if "unit" in captures:
        unit = _unit(captures, scene.today, scene, 0)
        return unit.same_period_last_year() if unit else None
    focus = scene.focus or period_of(Grain.MONTH, scene.today, scene.calendar)
    return focus.same_period_last_year()


def month(captures: Captures, scene: Scene) -> Period | None:
    """A month by its name; the calendar's, whatever day the user's own month begins on."""
    return _yearly(
        lambda year: period_of(Grain.MONTH, date(year, number(captures, "month"), 1)),
        captures,
        scene,
    )


def year(captures: Captures, _scene: Scene) -> Period | None:
    """A year in four figures."""
    return period_of(Grain.YEAR, date(number(captures, "year"), 1, 1))


def quarter(captures: Captures, scene: Scene) -> Period | None:
    """Q1 to Q4, "the second quarter of 2025", "the last quarter of 2025"."""
    count = number(captures, "quarter")
    count = 4 if count == _LAST else count
    return _part_of_year(count, 4, Grain.QUARTER, captures, scene)


def half_year(captures: Captures, scene: Scene) -> Period | None:
    """H1 and H2, of some year."""
    return _part_of_year(number(captures, "half"), 2, Grain.SPAN, captures, scene)


def fiscal_year(captures: Captures, scene: Scene) -> Period:
    """FY25-26, and FY26, which is named for the year it ends in."""
    first_month = scene.calendar.fiscal_start_month
    first = number(captures, "first", number(captures, "end") - (first_month > 1))
    return period_of(Grain.FISCAL_YEAR, date(first, first_month, 1), scene.calendar)


def this_fiscal_year(_captures: Captures, scene: Scene) -> Period:
    """The running fiscal year."""
    return period_of(Grain.FISCAL_YEAR, scene.today, scene.calendar)


def fiscal_quarter(captures: Captures, scene: Scene) -> Period | None:
    """Q2 FY26: the quarter counted from the start of the fiscal year."""
    count = number(captures, "quarter")
    whole = fiscal_year(captures, scene) if "end" in captures else this_fiscal_year(captures, scene)
    start = months_later(whole.start, 3 * (count - 1))
    return Period(start, months_later(start, 3), Grain.QUARTER) if 1 <= count <= 4 else None


def to_date(captures: Captures, scene: Scene) -> Period:
    """Month to date, YTD: the running unit up to today."""
    grain = Grain(str(captures["to_date"]))
    return period_of(grain, scene.today, scene.calendar).to_date(scene.today)


def ever(_captures: Captures, scene: Scene) -> Period:
    """All time: everything up to today, or everything from today."""
    if scene.direction is Direction.FUTURE:
        return Period(scene.today, LATEST)
    return Period(EARLIEST, scene.today + timedelta(days=1))


def month_end(_captures: Captures, scene: Scene) -> Period:
    """The last day of the running month."""
    return single_day(period_of(Grain.MONTH, scene.today, scene.calendar).last_day)


def year_end(_captures: Captures, scene: Scene) -> Period:
    """The last day of the running year."""
    return single_day(period_of(Grain.YEAR, scene.today, scene.calendar).last_day)


def _unit(captures: Captures, day: date, scene: Scene, step: int) -> Period | None:
    if captures["unit"] == _WEEKEND:
        return _weekend(step, scene.on(day, scene.direction))
    if captures["unit"] in (_FORTNIGHT, _HOUR):
        return None
    grain = Grain(str(captures["unit"]))
    if grain is Grain.PAY_CYCLE and scene.calendar.pay_day is None:
        return None
    return period_of(grain, day, scene.calendar).shift(step)


def _weekend(step: int, scene: Scene) -> Period:
    """Return the weekend of the running week (0), the last one that is over, or a later one."""
    to_saturday = _SATURDAY - scene.today.weekday()  # -1 on a Sunday
    start = scene.today + timedelta(days=to_saturday + 7 * step)
    return Period(start, start + timedelta(days=2))


def moved(day: date, count: int, unit: str) -> date | None:
    """Return the day so many units later, nothing for units that have no one length."""
    if unit == _HOUR:  # entries have no hour: five hours ago is today
        return day + timedelta(days=int(count / _HOURS_A_DAY))
    if unit in _DAYS:
        return day + timedelta(days=count * _DAYS[unit])
    return months_later(day, count * _MONTHS[unit]) if unit in _MONTHS else None


def _rolling(count: int, captures: Captures, scene: Scene, *, forward: bool) -> Period | None:
    tomorrow = scene.today + timedelta(days=1)
    anchor = scene.today if forward else tomorrow
    if captures["unit"] == _HOUR:  # the last 24 hours lie on two days
        count += _HOURS_A_DAY
    other = moved(anchor, count if forward else -count, str(captures["unit"]))
    if other is None or not count:
        return None
    return Period(min(anchor, other), max(anchor, other))


def _yearly(make: Callable[[int], Period], captures: Captures, scene: Scene) -> Period | None:
    """Place something yearly: by a year, by "last", "this" or "next", or by direction."""
    meant = year_meant(captures, scene)
    if meant is not None:
        return make(meant)
    match captures.get("step"):
        case -1:
            over = [make(scene.today.year - back) for back in (0, 1)]
            return next(period for period in over if period.end <= scene.today)
        case 0:
            return make(scene.today.year)
        case 1:
            later = [make(scene.today.year + on) for on in (0, 1)]
            return next(period for period in later if period.start > scene.today)
    return in_some_year(make, scene)


def _part_of_year(
    count: int, parts: int, grain: Grain, captures: Captures, scene: Scene
) -> Period | None:
    if not 1 <= count <= parts:
        return None
    length = 12 // parts

    def make(year: int) -> Period:
        start = date(year, 1 + length * (count - 1), 1)
        return Period(start, months_later(start, length), grain)

    return _yearly(make, captures, scene)


UNIT_BUILDERS: dict[str, tuple[Builder, str]] = {
    "step_unit": (step_unit, ""),
    "weekend": (weekend, "week"),
    "past_unit": (past_unit, ""),
    "rolling": (rolling, ""),
    "ago": (ago, ""),
    "within": (within, ""),
    "ahead": (ahead, ""),
    "half_a_year": (half_a_year, ""),
    "that_day": (that_day, ""),
    "after_next": (after_next, ""),
    "same_time": (same_time, ""),
    "prior": (prior, ""),
    "following": (following, ""),
    "one_before": (one_before, ""),
    "one_after": (one_after, ""),
    "before_last": (before_last, ""),
    "same_last_year": (same_last_year, ""),
    "month": (month, "year"),
    "year": (year, ""),
    "quarter": (quarter, "year"),
    "half_year": (half_year, "year"),
    "fiscal_year": (fiscal_year, ""),
    "this_fiscal_year": (this_fiscal_year, ""),
    "fiscal_quarter": (fiscal_quarter, ""),
    "to_date": (to_date, ""),
    "ever": (ever, ""),
    "month_end": (month_end, ""),
    "year_end": (year_end, ""),
}
