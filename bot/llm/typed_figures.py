"""Reads the figures that a model typed itself, and what each may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# A group of digits with separators inside; what follows tells a size or a unit.
_FIGURE = re.compile(
    r"(?P<before>[$€£₹¥]\s?|\b(?:Rs\.?|INR|USD|EUR|GBP|MXN|US\$)\s?)?"
    r"(?P<digits>\d+(?:[.,\u00a0\u202f']\d+)*)"
    r"(?P<size>\s?(?:k|m|mn|lakhs?|lacs?|crores?|cr|thousand|million|mil|millones)\b)?"
    r"(?P<percent>\s?(?:%|per ?cent\b|por ciento\b|percentage points?\b))?"
    r"(?P<after>\s?(?:[€$£₹¥]|(?:dollars?|euros?|pounds?|rupees?|bucks|pesos?|d[oó]lares|rupias"
    r"|INR|USD|EUR|GBP|MXN)\b))?",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"(?m)^\s*\d{1,2}[.)]\s")
_SIZES = {
    "k": 1000,
    "thousand": 1000,
    "mil": 1000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "million": 1_000_000,
    "millones": 1_000_000,
    "lakh": 100_000,
    "lac": 100_000,
    "crore": 10_000_000,
    "cr": 10_000_000,
}
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"})
# The first that is found counts: "US$" is no Mexican peso.
_SIGNS = {
    "us$": frozenset({"USD"}),
    "usd": frozenset({"USD"}),
    "mxn": frozenset({"MXN"}),
    "peso": frozenset({"MXN", "COP", "ARS", "CLP", "PHP"}),
    "$": _DOLLARS,
    "dol": _DOLLARS,
    "d\u00f3l": _DOLLARS,
    "buck": _DOLLARS,
    "\u20ac": frozenset({"EUR"}),
    "eur": frozenset({"EUR"}),
    "\u00a3": frozenset({"GBP"}),
    "gbp": frozenset({"GBP"}),
    "pound": frozenset({"GBP"}),
    "\u20b9": frozenset({"INR"}),
    "inr": frozenset({"INR"}),
    "rs": frozenset({"INR", "PKR", "LKR", "NPR"}),
    "rup": frozenset({"INR", "PKR", "LKR", "NPR"}),
    "\u00a5": frozenset({"JPY", "CNY"}),
}


class Unit(StrEnum):
    """What a figure says it is."""

    MONEY = "money"
    PERCENT = "percent"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as typed: ``readings`` are its possible values with the size of the last digit.

    ``currencies`` are those that its sign may stand for, none when it has no sign.
    """

    text: str
    unit: Unit
    readings: tuple[tuple[Decimal, Decimal], ...]
    start: int
    currencies: frozenset[str] = frozenset()


def typed_figures(text: str) -> Iterator[Figure]:
    """Give every figure of ``text`` but the numbers of a list."""
    spans = [found.span() for found in _ORDINAL.finditer(text)]
    for found in _FIGURE.finditer(text):
        if any(start <= found.start("digits") < end for start, end in spans):
            continue
        readings = tuple(_readings(found["digits"], _size(found["size"])))
        currencies = _currencies(f"{found['before'] or ''} {found['after'] or ''}")
        yield Figure(found[0].strip(), _unit(found), readings, found.start(), currencies)


def _unit(found: re.Match[str]) -> Unit:
    if found["percent"]:
        return Unit.PERCENT
    return Unit.MONEY if found["before"] or found["after"] or found["size"] else Unit.PLAIN


def _currencies(signs: str) -> frozenset[str]:
    for sign, currencies in _SIGNS.items():
        if sign in signs.casefold():
            return currencies
    return frozenset()


def _size(word: str | None) -> int:
    word = (word or "").strip().casefold()
    return _SIZES.get(word, _SIZES.get(word.removesuffix("s"), 1)) if word else 1


def _readings(digits: str, size: int) -> Iterator[tuple[Decimal, Decimal]]:
    """Give what separators may mean: all of them grouping, or the last one a decimal sign."""
    plain = re.sub(r"\D", "", digits)
    last = re.split(r"\D", digits)[-1]
    if plain == digits or len(last) == 3:
        yield Decimal(plain) * size, Decimal(size)
    if plain != digits and digits[-len(last) - 1] in ".,":
        step = Decimal(1).scaleb(-len(last))
        yield Decimal(plain) * step * size, step * size
