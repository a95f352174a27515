"""Measures the grammars of times and amounts on expressions the way people type them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.period import EARLIEST, LATEST, Calendar, Period
from intents.lexicon import Lexicon, load_lexicon
from intents.slots.amounts import parse_amounts
from intents.slots.periods import parse_period
from intents.slots.scene import Direction

_TODAY = date(2026, 11, 18)
_CALENDAR = Calendar(pay_day=25, fiscal_start_month=4)
_AHEAD = "ahead"  # the table of what is said of bills and goals, which lie ahead
# The currency of somebody who writes so, and the languages read after English, as in a turn.
_CURRENCIES = {"en_US": "USD", "en_IN": "INR", "es_ES": "EUR"}
_LANGUAGES = ("en", "es", "hi")


@dataclass(frozen=True, slots=True)
class Found:
    """An expression, what it means and what the grammar read."""

    text: str
    meant: str
    read: str

    @property
    def right(self) -> bool:
        """Tell whether it was read as it was meant."""
        return self.meant == self.read


def measured(path: Path) -> list[Found]:
    """Read every expression of a file."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        *(found for locale, rows in tables["periods"].items() for found in _periods(locale, rows)),
        *(found for locale, rows in tables["amounts"].items() for found in _amounts(locale, rows)),
    ]


def _periods(locale: str, rows: Mapping[str, Any]) -> Iterator[Found]:
    """Read the periods of one locale, those that lie ahead with that direction."""
    lexicon = _lexicon(locale)
    ahead = rows.get(_AHEAD, {})
    past = {text: meant for text, meant in rows.items() if text != _AHEAD}
    for direction, said in ((Direction.PAST, past), (Direction.FUTURE, ahead)):
        for text, meant in said.items():
            found = parse_period(
                text, today=_TODAY, calendar=_CALENDAR, lexicon=lexicon, direction=direction
            )
            yield Found(text, meant, _spelt(found.period) if found else "")


def _spelt(period: Period) -> str:
    """Write a period as the files do: its days, open ends empty, one day alone."""
    first = "" if period.start == EARLIEST else period.start.isoformat()
    last = "" if period.end == LATEST else period.last_day.isoformat()
    return first if first == last else f"{first}..{last}"


def _amounts(locale: str, rows: Mapping[str, str]) -> Iterator[Found]:
    lexicon = _lexicon(locale)
    for text, meant in rows.items():
        amounts = parse_amounts(
            text,
            currency=_CURRENCIES[locale],
            decimal_comma=lexicon.decimal_comma,
            lexicon=lexicon,
        )
        said = (
            " ".join(part for part in (_plain(one.value), one.currency, one.comparison) if part)
            for one in amounts
        )
        yield Found(text, _normal(meant), "|".join(said))


def _normal(meant: str) -> str:
    parts = (part.split(" ", 1) for part in meant.split("|") if part)
    return "|".join(" ".join([_plain(Decimal(value)), *rest]) for value, *rest in parts)


def _plain(value: Decimal) -> str:
    """Write a number without needless zeros: 4.50 and 4.5 are one amount."""
    return f"{value.normalize():f}"


def _lexicon(locale: str) -> Lexicon:
    return load_lexicon(locale.partition("_")[0], *_LANGUAGES, locale=locale)
