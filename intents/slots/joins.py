"""Expressions made of other expressions: parts of a period, ranges, since, until, before."""

from __future__ import annotations

from datetime import date, timedelta

from core.period import EARLIEST, LATEST, Grain, Period, months_later, period_of
from intents.grammar import Captures
from intents.slots.dates import pay_day
from intents.slots.scene import Atom, Builder, Direction, Scene, number, single_day
from intents.slots.units import following, moved, prior, step_unit

_WEEK = 7
_THIRD = 10  # days of a third of a month, and how many thirds there are
_PARTS = 3


def first_day(captures: Captures, scene: Scene) -> Period | None:
    """The start of a period, as a day."""
    whole = _inner(captures, scene)
    return single_day(whole.start) if whole else None


def last_day(captures: Captures, scene: Scene) -> Period | None:
    """The end of a period, as a day."""
    whole = _inner(captures, scene)
    return single_day(whole.last_day) if whole and whole.days else None


def rest(captures: Captures, scene: Scene) -> Period | None:
    """The rest of a period: from today on."""
    whole = _inner(captures, scene)
    return Period(scene.today, whole.end) if whole and scene.today in whole else None


def half_of(captures: Captures, scene: Scene) -> Period | None:
    """The first or second half: of a month up to its 15th, of whole months by months."""
    whole, half = _inner(captures, scene), number(captures, "half")
    if whole is None or half not in (-1, 1, 2):
        return None
    months = 12 * (whole.end.year - whole.start.year) + whole.end.month - whole.start.month
    if months % 2 == 0 and months:
        middle = months_later(whole.start, months // 2)
    else:
        middle = whole.start + timedelta(days=15 if months else whole.days // 2)
    return Period(whole.start, middle) if half == 1 else Period(middle, whole.end)


def week_of(captures: Captures, scene: Scene) -> Period | None:
    """The first, second ... or last seven days of a month."""
    whole, nth = _inner(captures, scene), number(captures, "nth")
    if whole is None or nth == 0:
        return None
    if nth < 0:
        start = whole.end - timedelta(days=_WEEK)
    else:
        start = whole.start + timedelta(days=_WEEK * (nth - 1))
    end = start + timedelta(days=_WEEK)
    return Period(start, min(end, whole.end)) if start in whole else None


def third_of(captures: Captures, scene: Scene) -> Period | None:
    """Early, mid or late in a month: its first ten days, the ten after, the rest."""
    whole, part = _inner(captures, scene), number(captures, "part")
    if whole is None or whole.grain is not Grain.MONTH:
        return None
    start = whole.start + timedelta(days=_THIRD * (part - 1))
    is_last = part == _PARTS
    return Period(start, whole.end if is_last else start + timedelta(days=_THIRD))


def first_days(captures: Captures, scene: Scene) -> Period | None:
    """The first so many days of a period."""
    whole = _inner(captures, scene)
    count = number(captures, "n")
    return (
        Period(whole.start, min(whole.end, whole.start + timedelta(days=count))) if whole else None
    )


def first_units(captures: Captures, scene: Scene) -> Period | None:
    """The first three months of a year, the last two weeks of a month."""
    whole, unit, count = _inner(captures, scene), captures["of"], number(captures, "n")
    if whole is None or unit not in (Grain.WEEK, Grain.MONTH, Grain.QUARTER) or not count:
        return None
    forward = number(captures, "step", 1) > 0
    edge = whole.start if forward else whole.end
    other = moved(edge, count if forward else -count, str(unit)) or edge
    start, end = min(edge, other), max(edge, other)
    return Period(start, end) if whole.start <= start and end <= whole.end else None


def so_far(captures: Captures, scene: Scene) -> Period | None:
    """A period up to today: "so far this month"."""
    whole = _inner(captures, scene)
    return whole.to_date(scene.today) if whole and whole.start <= scene.today else None


def week_around(captures: Captures, scene: Scene) -> Period | None:
    """The week of 5 October: the whole week that holds the start of an expression."""
    whole = _inner(captures, scene)
    return period_of(Grain.WEEK, whole.start, scene.calendar) if whole else None


def until_now(captures: Captures, scene: Scene) -> Period | None:
    """This year until now is a part of the year; March until now is more than March."""
    whole = _inner(captures, scene)
    is_running = whole is not None and scene.today in whole
    return so_far(captures, scene) if is_running else since(captures, scene)


def unit_before(captures: Captures, scene: Scene) -> Period | None:
    """The month before October."""
    return prior(captures, _about(captures, scene))


def unit_after(captures: Captures, scene: Scene) -> Period | None:
    """The month after October."""
    return following(captures, _about(captures, scene))


def plain(captures: Captures, scene: Scene) -> Period | None:
    """An expression with a preposition that changes nothing: in October, on Friday."""
    return _inner(captures, scene)


def between(captures: Captures, scene: Scene) -> Period | None:
    """From one expression to another, both included; what was left open is placed by the other."""
    one, other = captures["a"], captures["b"]
    if not isinstance(one, Atom) or not isinstance(other, Atom):
        return None
    first, last = _placed(one, other, scene)
    if first is None or last is None:
        return None
    start, end = min(first.start, last.start), max(first.end, last.end)
    grain = first.grain if first == last else Grain.SPAN
    return Period(start, end, grain)


def both(captures: Captures, scene: Scene) -> Period | None:
    """Two that follow each other, taken together: "yesterday and today", "q1 and q2"."""
    one, other = captures["a"], captures["b"]
    if not isinstance(one, Atom) or not isinstance(other, Atom):
        return None
    first, last = _placed(one, other, scene)
    if first is None or last is None:
        return None
    first, last = sorted((first, last), key=lambda period: period.start)
    return Period(first.start, last.end) if first.end == last.start else None


def since(captures: Captures, scene: Scene) -> Period | None:
    """From the start of an expression up to today; it always lies behind us."""
    first = _inner(captures, scene.on(scene.today, Direction.PAST))
    tomorrow = scene.today + timedelta(days=1)
    return Period(first.start, tomorrow) if first and first.start < tomorrow else None


def until(captures: Captures, scene: Scene) -> Period | None:
    """Up to an expression: a day is included (pay day is not), a month is not yet begun.

    "Until Friday" and "by payday" lie ahead even in a question; then it begins today.
    """
    atom = captures.get("period")
    is_pay_day = isinstance(atom, Atom) and atom.build is pay_day
    if isinstance(atom, Atom) and atom.cycle in ("week", "pay"):
        scene = scene.on(scene.today, Direction.FUTURE)
    limit = _inner(captures, scene)
    if limit is None:
        return None
    end = limit.end if limit.grain is Grain.DAY and not is_pay_day else limit.start
    return _up_to(end, limit, scene)


def before(captures: Captures, scene: Scene) -> Period | None:
    """Everything before an expression, without it; "before the end of June" holds its last day."""
    atom = captures.get("period")
    if isinstance(atom, Atom) and atom.build is last_day:
        return until(captures, scene)
    limit = _inner(captures, scene)
    return _up_to(limit.start, limit, scene) if limit else None


def after(captures: Captures, scene: Scene) -> Period | None:
    """Everything after an expression, without it: up to today, or open when it lies ahead."""
    limit = _inner(captures, scene)
    if limit is None:
        return None
    tomorrow = scene.today + timedelta(days=1)
    if limit.end < tomorrow:
        return Period(limit.end, tomorrow)
    return Period(limit.end, LATEST) if scene.direction is Direction.FUTURE else None


def _inner(captures: Captures, scene: Scene) -> Period | None:
    """Return what the expression is made of: another one, or the running unit."""
    inner = captures.get("period")
    if isinstance(inner, Atom):
        return inner.at(scene)
    return step_unit(captures, scene)


def _about(captures: Captures, scene: Scene) -> Scene:
    inner = captures["period"]
    assert isinstance(inner, Atom)
    return Scene(scene.today, scene.calendar, scene.direction, inner.at(scene))


def _up_to(end: date, limit: Period, scene: Scene) -> Period | None:
    """Begin today when the limit lies ahead, at the beginning of all records when behind."""
    if limit.end > scene.today + timedelta(days=1) and end >= scene.today:
        return Period(scene.today, end)
    return Period(EARLIEST, end)


def _placed(one: Atom, other: Atom, scene: Scene) -> tuple[Period | None, Period | None]:
    """Place both ends of a range: January to March of one year, Monday to the Friday after it."""
    if one.cycle and not other.cycle:
        last = other.at(scene)
        first = one.at(scene.on(last.start, Direction.PAST)) if last else None
        return first, last
    first = one.at(scene)
    if first is None or not other.cycle:
        return first, other.at(scene)
    last = other.at(scene.on(first.start, Direction.FUTURE))
    if last and one.cycle and _not_yet_begun(first, last, scene):
        first = one.at(scene.on(first.start - timedelta(days=1), Direction.PAST))
        last = other.at(scene.on(first.start, Direction.FUTURE)) if first else None
    return first, last


def _not_yet_begun(first: Period, last: Period, scene: Scene) -> bool:
    """Tell whether a question about "November to January" must mean last winter."""
    looks_back = scene.direction is Direction.PAST and last.start > scene.today
    return looks_back and last.start.year != first.start.year


JOIN_BUILDERS: dict[str, tuple[Builder, str]] = {
    "first_day": (first_day, ""),
    "last_day": (last_day, ""),
    "rest": (rest, ""),
    "half_of": (half_of, ""),
    "week_of": (week_of, ""),
    "first_units": (first_units, ""),
    "third_of": (third_of, ""),
    "first_days": (first_days, ""),
    "so_far": (so_far, ""),
    "week_around": (week_around, ""),
    "until_now": (until_now, ""),
    "unit_before": (unit_before, ""),
    "unit_after": (unit_after, ""),
    "plain": (plain, ""),
    "both": (both, ""),
    "range": (between, ""),
    "since": (since, ""),
    "until": (until, ""),
    "before": (before, ""),
    "after": (after, ""),
}
