"""Finds for each figure and day that a model typed the facts that it may come from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from bot.llm.figure_words import without_idioms, worded_figures
from bot.llm.grounds import Grounds, levelled, local_days, shown_text
from bot.llm.typed_dates import Dated, typed_dates
from bot.llm.typed_figures import Figure, Unit, typed_figures
from core.facts import Fact, FactKind
from core.money import Money
from core.period import Period
from prompts.draft import references

_SENTENCE = re.compile(r"[.!?\n]+\s|\n")
_WORD = re.compile(r"[^\W\d_]+")
_HEDGES = re.compile(
    r"(?:\babout|\baround|\bnearly|\balmost|\broughly|\bover|\bunder|\bsome|~|\bunos|\bunas"
    r"|\bcasi|\bcerca de|\balrededor de|\bm[a\u00e1]s de)\s*$",
    re.IGNORECASE,
)
_HEDGED = Decimal("0.01")
# "a third" of what is 33 % or 32.9 % of it
_NEAR = Decimal("0.5")
_HUNDRED = Decimal(100)
# Percentages that tell one figure by another of its kind.
_CHANGES = frozenset({"change", "growth"})
_COMPARED = _CHANGES | {"worked_out"}
_DAY_BEFORE = re.compile(r"\b(?:the|el|dia|day|al|del|on|until|till|by|from|since|hasta|desde)\s+$")
_DAY_AFTER = re.compile(
    r"\s*(?:[.,;:!?)\u2013-]|$|\s(?:to|and|is|was|you|your|it|the|that|for|with|y|al?|de|se|te|tu)\b)"
)
# "30 April 2026" is more than the April 2026 that a period is shown as.
_NO_DAY = r"(?<![\w.,])(?<!\d )(?<!\d\w\w )(?<!\d de )(?<! of )"
_TIME = re.compile(
    r"(?<![\w.,:])(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d\d))?\s?(?P<half>[ap]\.?m\b\.?|h\b)?"
    r"(?![\w:%]|[.,]\d)"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What was typed and where; ``by`` are the facts that it may come from.

    ``is_free`` needs none: the user said it, or it counts what stands in the text.
    """

    text: str
    start: int
    end: int
    by: frozenset[str] = frozenset()
    is_free: bool = False

    @property
    def is_vouched(self) -> bool:
        """Tell whether something stands behind it."""
        return self.is_free or bool(self.by)


# --- days -------------------------------------------------------------------------------------


def claims_of_days(text: str, grounds: Grounds) -> tuple[list[Claim], str]:
    """Return what ``text`` says of days, months and hours, and the text without it."""
    claims = list(_as_shown(text, grounds))
    text = _without(text, claims)
    hours = list(_hours(text, grounds))
    text = _without(text, hours)
    said = typed_dates(grounds.said.title())
    days = [_day_claim(one, said, grounds) for one in typed_dates(text)]
    claims += [*hours, *days]
    return claims, _without(text, days)


def _as_shown(text: str, grounds: Grounds) -> Iterator[Claim]:
    """Give days that stand in the text as they would be written for the user."""
    level = levelled(text)
    shown = {
        levelled(shown_text(fact, grounds))
        for fact in grounds.facts.values()
        if fact.kind in {FactKind.DATE, FactKind.DURATION}
    }
    for wanted in sorted(shown, key=len, reverse=True):
        if _WORD.search(wanted) is None:
            continue
        for found in re.finditer(rf"{_NO_DAY}{re.escape(wanted)}(?!\w)", level):
            by = frozenset(
                fact.id
                for fact in grounds.facts.values()
                if levelled(shown_text(fact, grounds)) == wanted
            )
            yield Claim(text[found.start() : found.end()], *found.span(), by)
            level = _blank(level, *found.span())


def _hours(text: str, grounds: Grounds) -> Iterator[Claim]:
    """Give hours that are a moment's among the facts; what is none is read as a figure."""
    for found in _TIME.finditer(levelled(text)):
        if not found["minute"] and not found["half"]:
            continue
        by = {fact.id for fact in grounds.facts.values() if _is_then(found, fact, grounds.zone)}
        is_free = found[0].strip() in levelled(grounds.said)
        if by or is_free:
            yield Claim(found[0], *found.span(), frozenset(by), is_free)


def _is_then(found: re.Match[str], fact: Fact, zone: str) -> bool:
    if not isinstance(fact.value, datetime):
        return False
    moment = fact.value.astimezone(ZoneInfo(zone))
    hour, half = int(found["hour"]), found["half"] or ""
    if half[:1] in {"a", "p"}:
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    return (hour, int(found["minute"] or 0)) == (moment.hour, moment.minute)


def _day_claim(dated: Dated, said: list[Dated], grounds: Grounds) -> Claim:
    claim = _judged(dated, said, grounds)
    if claim.is_vouched or not dated.is_loose:
        return claim
    # "In May 3 payments came": the number is none of the month's days but a count.
    month = re.match(r".*?[^\W\d_]+", dated.text)
    end = dated.start + (month.end() if month else 0)
    alone = replace(dated, text=dated.text[: end - dated.start], end=end, day=None, year=None)
    return _judged(alone, said, grounds)


def _judged(dated: Dated, said: list[Dated], grounds: Grounds) -> Claim:
    by = frozenset(
        fact.id
        for fact in grounds.facts.values()
        if any(dated.follows_from(day) for day in local_days(fact, grounds.zone))
    )
    is_free = dated.said_in(said) or any(map(dated.follows_from, grounds.days))
    return Claim(dated.text, dated.start, dated.end, by, is_free)


# --- figures ----------------------------------------------------------------------------------


def claims_of_figures(text: str, whole: str, grounds: Grounds) -> Iterator[Claim]:
    """Give the figures of ``text``, in digits and in words; ``whole`` has its references."""
    said = set(_values(grounds.said))
    words = set(_WORD.findall(levelled(grounds.said)))
    for figure in typed_figures(text):
        is_free = any(value in said for value, _ in figure.readings)
        yield _figure_claim(figure, text, grounds, is_free=is_free)
    rows = {len(answer.lines) for answer in grounds.answers}
    for figure in worded_figures(text):
        value = figure.readings[0][0]
        is_free = value in said or set(_WORD.findall(figure.text)) <= words
        if figure.unit is Unit.PLAIN and value:
            is_free |= value in rows or value == _rows_told(figure.start, whole)
        yield _figure_claim(figure, text, grounds, is_free=is_free)


def _figure_claim(figure: Figure, text: str, grounds: Grounds, *, is_free: bool) -> Claim:
    end = figure.start + len(figure.text)
    hedged = _HEDGES.search(text[: figure.start]) is not None
    level = levelled(text)
    as_day = _DAY_BEFORE.search(level[: figure.start]) and _DAY_AFTER.match(level, end)
    by = frozenset(
        fact.id
        for fact in grounds.facts.values()
        if _vouches(fact, figure, hedged=hedged)
        or (figure.unit is Unit.PLAIN and _is_of_day(fact, figure, grounds, as_day=bool(as_day)))
    )
    return Claim(figure.text, figure.start, end, by, is_free)


def _values(said: str) -> Iterator[Decimal]:
    said = without_idioms(said)
    for figure in (*typed_figures(said), *worded_figures(said)):
        yield from (value for value, _ in figure.readings)


def _rows_told(place: int, whole: str) -> int:
    """Return how many facts the sentence at a place refers to."""
    ends = [found.start() for found in _SENTENCE.finditer(whole)]
    start = max((end for end in ends if end < place), default=0)
    return len(references(whole[start : min((end for end in ends if end >= place), default=None)]))


def _vouches(fact: Fact, figure: Figure, *, hedged: bool) -> bool:
    """Tell whether a fact is what was typed: exactly, or rounded to the digits shown."""
    value = fact.value
    if isinstance(value, Money):
        if figure.currencies and value.currency not in figure.currencies:
            return False
        return _is_amount(figure, value.decimal, Unit.MONEY, hedged=hedged)
    if fact.kind is FactKind.PERCENT and isinstance(value, Decimal):
        if figure.unit is Unit.SHARE:
            return abs(abs(value) - figure.readings[0][0]) <= _NEAR
        if figure.unit is Unit.TIMES:
            return _is_times(figure, fact.name, value)
        return _is_amount(figure, value, Unit.PERCENT, hedged=hedged)
    if figure.unit is not Unit.PLAIN:
        return False
    count = _count(fact)
    return count is not None and any(reading == count for reading, _ in figure.readings)


def _is_amount(figure: Figure, value: Decimal, unit: Unit, *, hedged: bool) -> bool:
    """Judge an amount or a percentage; a bare whole number is a count and neither."""
    if figure.unit is unit:
        return _matches(figure, value, hedged=hedged)
    if figure.unit is not Unit.PLAIN:
        return False
    if any(step > 1 for _, step in figure.readings):
        return _matches(figure, value, hedged=hedged)
    return any(
        reading == abs(value) and (Decimal("0.001") < step < 1 or not value)
        for reading, step in figure.readings
    )


def _is_times(figure: Figure, name: str, value: Decimal) -> bool:
    """Judge "twice as much": 200 % of the other by a share, 100 % more by a change."""
    meant = figure.readings[0][0] * _HUNDRED
    if name in _CHANGES:
        meant -= _HUNDRED
    return name in _COMPARED and abs(value - meant) <= _NEAR


def _count(fact: Fact) -> Decimal | None:
    """Return the number of things that a fact counts; shares held are kept as a name."""
    if isinstance(fact.value, int) and not isinstance(fact.value, bool):
        return Decimal(abs(fact.value))
    if fact.kind is not FactKind.NAME:
        return None
    try:
        return abs(Decimal(str(fact.value)))
    except InvalidOperation:
        return None


def _is_of_day(fact: Fact, figure: Figure, grounds: Grounds, *, as_day: bool) -> bool:
    """Tell whether a number is a year, or a day of the month where it stands as one."""
    readings = {reading for reading, _ in figure.readings}
    for value in local_days(fact, grounds.zone):
        days: tuple[date, ...] = (value,) if isinstance(value, date) else _ends(value)
        if any(day.year in readings or (as_day and day.day in readings) for day in days):
            return True
    return False


def _ends(period: Period) -> tuple[date, date]:
    return period.start, period.last_day


def _matches(figure: Figure, value: Decimal, *, hedged: bool) -> bool:
    value = abs(value)
    for reading, step in figure.readings:
        near = (value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
        even = (value / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * step
        is_fine = step <= 1 or _significant(reading, step) > 1 or reading == value
        if reading in (near, even) and is_fine:
            return True
        if hedged and _significant(reading, step) > 1 and abs(reading - value) <= value * _HEDGED:
            return True
    return False


def _significant(reading: Decimal, step: Decimal) -> int:
    """Return how many digits were really given: 1.2 lakh has two."""
    return len(str(int(reading / step)).rstrip("0") or "0")


def _without(text: str, claims: list[Claim]) -> str:
    for claim in claims:
        text = _blank(text, claim.start, claim.end)
    return text


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + "\u2026" * (end - start) + text[end:]
