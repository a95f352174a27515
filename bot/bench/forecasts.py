"""How well a month's spending is told: its error beside the median of six, and its band."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from bot.bench.figures import Figure, cpu_seconds
from bot.bench.spenders import Spender, spenders
from bot.bench.stage import Stage
from core.insights.expected import recurring
from core.insights.forecast import Forecast, Spending, forecast
from core.ledger.entry import Flow
from core.period import Calendar, Grain, Period, period_of

_FIRST = date(2024, 6, 1)
_LAST = date(2026, 6, 30)
# The day before each held-out month, and its eleventh day.
_CUTS = (date(2025, 8, 31), date(2025, 12, 31), date(2026, 3, 31), date(2026, 5, 31))
_INSIDE = (date(2025, 10, 11), date(2026, 2, 11))
_CALENDAR = Calendar()


@dataclass(frozen=True, slots=True)
class _Told:
    forecast: Forecast
    actual: int
    last: int
    median: int


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure months that nobody has seen when they are told: whole ones and begun ones."""
    people = list(spenders(stage.size(100, 3), first=_FIRST, last=_LAST, seed=31))
    whole: list[_Told] = []
    seconds = cpu_seconds(lambda: whole.extend(_all(people, _CUTS)))
    begun = list(_all(people, _INSIDE))
    ours = _wape(whole, [one.forecast.middle for one in whole])
    six = _wape(whole, [one.median for one in whole])
    yield Figure("month ahead, WAPE", ours, "share", six, baseline=six)
    yield Figure(
        "month ahead, WAPE of last month", _wape(whole, [one.last for one in whole]), "share"
    )
    yield Figure("month ahead, band holds at least", _held(whole), "share", 0.75, at_least=True)
    yield Figure("month ahead, band holds at most", _held(whole), "share", 0.85)
    inside = _wape(begun, [one.forecast.middle for one in begun])
    usual = _wape(begun, [one.median for one in begun])
    yield Figure("begun month, WAPE", inside, "share", usual, baseline=usual)
    yield Figure("begun month, band holds", _held(begun), "share", 0.75, at_least=True)
    yield Figure("one forecast", seconds / max(1, len(whole)) * 1000, "ms CPU", 50)


def _all(people: list[Spender], cuts: tuple[date, ...]) -> Iterator[_Told]:
    for person in people:
        for cut in cuts:
            yield _told(person, cut)


def _told(person: Spender, cut: date) -> _Told:
    known = [one for one in person.until(cut) if one.flow is Flow.SPEND]
    spent = tuple(replace(one, minor=-one.minor) for one in known)
    spending = Spending(spent, recurring(known, today=cut), _CALENDAR)
    month = period_of(Grain.MONTH, date.fromordinal(cut.toordinal() + 1), _CALENDAR)
    sums = [_spent(person, one) for one in spending.months(month.start)]
    return _Told(
        forecast=forecast(spending, month, today=cut),
        actual=_spent(person, month),
        last=sums[-1],
        median=round(median(sums[-6:])),
    )


def _spent(person: Spender, month: Period) -> int:
    return -sum(one.minor for one in person.movements if one.on in month and one.flow is Flow.SPEND)


def _wape(told: list[_Told], said: list[int]) -> float:
    errors = sum(abs(one.actual - guess) for one, guess in zip(told, said, strict=True))
    return errors / sum(one.actual for one in told)


def _held(told: list[_Told]) -> float:
    return sum(one.forecast.low <= one.actual <= one.forecast.high for one in told) / len(told)
