"""Reads the figures that a model typed itself, and what each may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# A group of digits with separators inside; what follows tells a size or a unit.
_CODES = (
    "INR|USD|EUR|GBP|MXN|JPY|CNY|CHF|CAD|AUD|NZD|SGD|HKD|SEK|NOK|DKK|PLN|BRL|ZAR|THB|COP|CLP|ARS"
)
_MARKS = "$\u20ac\u00a3\u20b9\u00a5\u20a9\u20ab\u20bd\u20ba\u20aa\u20a6\u20b1\u0e3f\u20b4"
_PERCENT = r"(?P<percent>\s?(?:%|per ?cent\b|por ciento\b|percentage points?\b))?"
_AFTER = (
    rf"(?P<after>\s?(?:[{_MARKS}]|(?:dollars?|euros?|pounds?|rupees?|bucks|quid|pesos?"
    rf"|d[o\u00f3]lar(?:es)?|rupias?|libras?|yen(?:es)?|pavos|kr|z\u0142|{_CODES})\b))?"
)
_FIGURE = re.compile(
    rf"(?P<before>[{_MARKS}]\s?|\b(?:Rs\.?|US\$|{_CODES})\s?)?"
    r"(?P<digits>\d+(?:[.,\u00a0\u202f']\d+)*)"
    r"(?P<size>\s?(?:k|m|mn|bn|lakhs?|lacs?|crores?|cr|hundred|thousand|grand|million|billion|mil"
    r"|mill[o\u00f3]n|millones)\b)?"
    rf"{_PERCENT}{_AFTER}",
    re.IGNORECASE,
)
_UNIT = re.compile(rf"(?:\s+(?:de|of)\b)?{_PERCENT}{_AFTER}", re.IGNORECASE)
_ORDINAL = re.compile(r"(?m)^\s*\d{1,2}[.)]\s")
_SIZES = {
    "hundred": 100,
    "grand": 1000,
    "bn": 1_000_000_000,
    "billion": 1_000_000_000,
    "millon": 1_000_000,
    "mill\u00f3n": 1_000_000,
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
    "jpy": frozenset({"JPY"}),
    "yen": frozenset({"JPY"}),
    "cny": frozenset({"CNY"}),
    "cad": frozenset({"CAD"}),
    "aud": frozenset({"AUD"}),
    "chf": frozenset({"CHF"}),
    "libra": frozenset({"GBP"}),
    "quid": frozenset({"GBP"}),
    "pavo": frozenset({"EUR"}),
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
    # "a third of it", in per cent
    SHARE = "share"
    # "twice as much"
    TIMES = "times"


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


def unit_after(text: str, place: int) -> tuple[Unit, frozenset[str], int]:
    """Return what follows a number that ends at ``place``: its unit, currencies, and their end."""
    found = _UNIT.match(text, place)
    if found is None or not (found["percent"] or found["after"]):
        return Unit.PLAIN, frozenset(), place
    unit = Unit.PERCENT if found["percent"] else Unit.MONEY
    return unit, _currencies(found["after"] or ""), found.end()


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
