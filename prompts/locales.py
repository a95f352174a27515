"""What Babel knows of a locale, read once and kept: separators, symbols, names of days and months.

Babel is loaded with the first figure, not at the start of the process.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel import Locale

# SMS is plain ASCII, so these write the sign that people of the country know.
_ASCII_SYMBOLS = {"INR": "Rs", "NPR": "Rs", "PKR": "Rs", "LKR": "Rs"}
_FALLBACK = "en_US"
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u061c]")


@dataclass(frozen=True, slots=True)
class DigitStyle:
    """How the locale separates the digits of a number, in Latin digits."""

    decimal: str
    group: str
    primary: int
    secondary: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """Names of days (Monday is 0) and months (January is 1), without abbreviation dots."""

    days: dict[int, str]
    short_months: dict[int, str]
    months: dict[int, str]


def is_locale(name: str) -> bool:
    """Tell whether figures can be written by ``name``: ``en_US``, or a rare one like ``en_JP``."""
    from babel.localedata import exists  # noqa: PLC0415

    language, _, country = name.partition("_")
    return exists(name) or (exists(language) and is_country(country))


def is_country(code: str) -> bool:
    """Tell whether ``code`` is a country's, in two capitals; ZZ stands for none."""
    return len(code) == 2 and code != "ZZ" and code in _locale(_FALLBACK).territories


@lru_cache(maxsize=128)
def digits(name: str, *, ascii_only: bool) -> DigitStyle:
    """Return the separators and the grouping of the locale ``name``."""
    locale = _locale(name)
    symbols = locale.number_symbols.get("latn") or _locale(_FALLBACK).number_symbols["latn"]
    primary, secondary = locale.decimal_formats[None].grouping
    group = _plain(symbols["group"])
    if ascii_only and not group.isascii():
        group = "'"
    return DigitStyle(symbols["decimal"], group, primary, secondary)


@lru_cache(maxsize=512)
def affixes(name: str, currency: str, *, ascii_only: bool) -> tuple[str, str]:
    """Return what stands before and after the digits of an amount in ``currency``."""
    from babel.numbers import get_currency_symbol  # noqa: PLC0415 - see the module

    locale = _locale(name)
    symbol = _plain(get_currency_symbol(currency, locale))
    if ascii_only:
        if not symbol.isascii():
            symbol = _ASCII_SYMBOLS.get(currency, currency)
        return (f"{symbol} " if symbol[-1].isalpha() else symbol), ""
    pattern = locale.currency_formats["standard"]
    prefix = _plain(pattern.prefix[0]).replace("¤", symbol)
    suffix = _plain(pattern.suffix[0]).replace("¤", symbol)
    return (f"{prefix} " if prefix[-1:].isalpha() else prefix), suffix


@lru_cache(maxsize=64)
def percent_sign(name: str) -> str:
    """Return the per cent sign with the gap that the locale puts before it."""
    suffix = _plain(_locale(name).percent_formats[None].suffix[0])
    return " %" if suffix.startswith(" ") else "%"


@lru_cache(maxsize=64)
def calendar(name: str) -> Calendar:
    """Return the names of days and months in the language of the locale ``name``."""
    locale = _locale(name)
    months = locale.months
    return Calendar(
        {i: text.rstrip(".") for i, text in locale.days["format"]["abbreviated"].items()},
        {i: text.rstrip(".") for i, text in months["format"]["abbreviated"].items()},
        dict(months["stand-alone"]["wide"].items()),
    )


@lru_cache(maxsize=128)
def zone(name: str) -> ZoneInfo:
    """Return the time zone."""
    return ZoneInfo(name)


@lru_cache(maxsize=64)
def _locale(name: str) -> Locale:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - see the module

    # A language in a country where few speak it: then as the language itself has it.
    for known in (name.replace("-", "_"), name[:2]):
        with suppress(UnknownLocaleError, ValueError):
            return Locale.parse(known)
    return Locale.parse(_FALLBACK)


def _plain(text: str) -> str:
    """Turn no-break spaces into plain ones and drop direction marks."""
    return _DIRECTION_MARKS.sub("", text.replace("\xa0", " ").replace("\u202f", " "))
