"""How well the days ahead are told: the lowest balance of the next month, and its chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.bench.figures import Figure, cpu_seconds
from bot.bench.spenders import Spender, spenders
from bot.bench.stage import Stage
from core.insights.calibration import calibrated, isotonic
from core.insights.expected import recurring
from core.insights.outlook import everyday, look_ahead

_FIRST = date(2024, 6, 1)
_LAST = date(2026, 6, 30)
_ORIGINS = tuple(date(2025, 7, 4) + timedelta(days=53 * step) for step in range(6))
_DAYS = 30
_STEP_OF = 12  # cases behind each step of the table


@dataclass(frozen=True, slots=True)
class Told:
    """One look ahead, and what came of it."""

    person: int
    balance: int
    low: int
    actual: int
    raw: float

    @property
    def came(self) -> bool:
        """Whether the balance did fall below nothing."""
        return self.actual < 0


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure on every second person; the others are what the table was fitted on."""
    told: list[Told] = []
    seconds = cpu_seconds(lambda: told.extend(looks(stage.size(120, 4))))
    test = [one for one in told if one.person % 2]
    today = _error(abs(one.balance - one.actual) for one in test)
    ours = _error(abs(one.low - one.actual) for one in test)
    yield Figure("lowest balance, error against today's", ours / today, "ratio", 0.75)
    raw, shown = (_calibration(test, raw=which) for which in (True, False))
    yield Figure("shown chance, calibration error", shown, "share", 0.05, baseline=raw)
    yield Figure("looks ahead measured", len(test), "looks")
    yield Figure("one look ahead", seconds / len(told) * 1000, "ms CPU", 50)


def looks(number: int) -> Iterator[Told]:
    """Look ahead for a number of people, from several days each."""
    for person in spenders(number, first=_FIRST, last=_LAST):
        for origin in _ORIGINS:
            yield _told(person, origin)


def table(number: int) -> list[tuple[float, float]]:
    """Return the calibration as it fits every second person: what `calibration.toml` holds."""
    fitted = [one for one in looks(number) if one.person % 2 == 0]
    return isotonic(((one.raw, one.came) for one in fitted), at_least=_STEP_OF)


def _told(person: Spender, origin: date) -> Told:
    known = person.until(origin)
    regular = recurring(known, today=origin)
    rest = everyday(known, regular.explained, today=origin)
    last = origin + timedelta(days=_DAYS)
    balance = person.balance(origin)
    dated = regular.dated(origin + timedelta(days=1), last)
    ahead = look_ahead(balance, rest, dated, today=origin, days=_DAYS)
    actual = person.lowest(origin, _DAYS)
    return Told(person.number, balance, ahead.low, actual, ahead.raw_chance)


def _error(errors: Iterator[int] | Iterator[bool]) -> float:
    found = list(errors)
    return sum(found) / len(found)


def _calibration(told: list[Told], *, raw: bool) -> float:
    """Return the mean distance between what was said and what came, over five bands."""
    distance = 0.0
    said = [(one.raw if raw else calibrated(one.raw), one.came) for one in told]
    for band in range(5):
        inside = [pair for pair in said if min(4, int(pair[0] * 5)) == band]
        if inside:
            mean = sum(pair[0] for pair in inside) / len(inside)
            came = sum(pair[1] for pair in inside) / len(inside)
            distance += abs(mean - came) * len(inside) / len(said)
    return distance
