"""Law 1 from the outside: every figure in a reply is a fact of its turn or the user's own.

Written apart from the product's own renderer: it reads the figures out of a finished text and
looks for their values among the facts, whatever separators and order the text has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.facts import Fact
from core.money import Money
from core.period import Period
from prompts.phrasebook import Phrasebook, languages

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_QUOTED = re.compile(r"[\"\u201c][^\"\u201d\n]*[\"\u201d]")
_NOT_FIGURES = re.compile(
    r"^\d+\) |\bReply \d+-\d+\.|^\d+ more\. Reply MORE\.|Reply MORE\b"
    r"|\bResponde \d+-\d+\.|^\d+ m[áa]s\. Responde M[ÁA]S\.|Responde M[ÁA]S\b",
    re.MULTILINE,
)
_SLOT = re.compile(r"\{[^}]*\}")


def ungrounded(
    text: str, facts: Iterable[Fact], *, said: Iterable[str], plain: Iterable[str], zone: str
) -> list[str]:
    """Return the figures of ``text`` that nobody can vouch for.

    ``said`` is what the user wrote; ``plain`` are fields without a type and codes. Examples in
    quotes and the bank's own words in quotes are no figures of ours.
    """
    facts = list(facts)
    known = set(_literals())
    names = [str(fact.value) for fact in facts if fact.kind == "name"]
    for fact in facts:
        known |= _values(fact, zone)
    # A name of digits and signs only is an hour or a span of hours: a value, not a word.
    hours = [name for name in names if not any(char.isalpha() for char in name)]
    for source in (*said, *plain, *hours):
        known |= {value for token in _FIGURE.findall(source) for value in _readings(token)}
    left = _QUOTED.sub(" ", text.replace("\xa0", " "))
    left = _NOT_FIGURES.sub(" ", left)
    for name in sorted({*names, *plain}, key=len, reverse=True):
        if any(char.isdigit() for char in name) and any(char.isalpha() for char in name):
            left = left.replace(name, " ")
    return [token for token in _FIGURE.findall(left) if not _readings(token) & known]


def _readings(token: str) -> set[Decimal]:
    """Return what a written figure may mean: separators are decimal or grouping."""
    plain = token.replace(",", "").replace(".", "")
    found = {Decimal(plain)} if len(re.split(r"[.,]", token)[-1]) >= 3 or plain == token else set()
    for point in ".,":
        whole, sign, fraction = token.rpartition(point)
        if sign and fraction.isdigit() and len(fraction) != 3:
            found.add(Decimal(f"{whole.replace(',', '').replace('.', '')}.{fraction}"))
    return found


def _values(fact: Fact, zone: str) -> set[Decimal]:
    found = set() if fact.as_of is None else _of_date(fact.as_of, zone)
    match fact.value:
        case Money():
            found.add(abs(Decimal(fact.value.plain)))
        case Decimal():
            for step in ("0.1", "0.01", "1"):
                if step != "1" or fact.value == fact.value.to_integral_value():
                    rounded = abs(fact.value).quantize(Decimal(step), rounding=ROUND_HALF_EVEN)
                    found.add(rounded)
        case int():
            found.add(Decimal(abs(fact.value)))
        case date():
            found |= _of_date(fact.value, zone)
        case Period():
            found |= _of_date(fact.value.start, zone)
            found |= _of_date(fact.value.end - timedelta(days=1), zone)
        case _:
            pass
    return found


def _of_date(value: date, zone: str) -> set[Decimal]:
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone))
        clock = {Decimal(value.hour), Decimal(value.minute)}
        return {Decimal(value.day), Decimal(value.year), *clock}
    return {Decimal(value.day), Decimal(value.year)}


@lru_cache(maxsize=1)
def _literals() -> frozenset[Decimal]:
    """Return the figures that stand in phrases themselves: help lines, limits, "80%"."""
    found: set[Decimal] = set()
    for phrase in (phrase for lang in languages() for phrase in Phrasebook.load(lang)):
        for _, template in phrase.templates():
            text = _QUOTED.sub(" ", _SLOT.sub(" ", template.source))
            found |= {value for token in _FIGURE.findall(text) for value in _readings(token)}
    return frozenset(found)
