"""Whom somebody in despair can call, where they live: stored, dated, with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

# How the numbers of these countries begin; +1 is shared with islands where 988 reaches nobody.
_PREFIXES: Mapping[str, str] = {
    "+1": "US",
    "+31": "NL",
    "+33": "FR",
    "+34": "ES",
    "+353": "IE",
    "+41": "CH",
    "+44": "GB",
    "+49": "DE",
    "+55": "BR",
    "+61": "AU",
    "+64": "NZ",
    "+91": "IN",
}
_ISLANDS = frozenset(
    {
        "242", "246", "264", "268", "284", "345", "441", "473", "649", "658", "664", "721", "758",
        "767", "784", "809", "829", "849", "868", "869", "876",
    }
)  # fmt: skip
_DATA = Path(__file__).with_name("crisis_lines.toml")


@dataclass(frozen=True, slots=True)
class CrisisLine:
    """One line: free, day and night. ``text`` tells whether it also answers text messages."""

    name: str
    number: str
    text: bool
    source: str
    checked: date


@cache
def crisis_lines() -> Mapping[str, CrisisLine]:
    """Return every line that is known, by its country."""
    tables = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return {country: CrisisLine(**table) for country, table in tables.items()}


def crisis_line(country: str) -> CrisisLine | None:
    """Return the line of a country; nothing where none is known, for a wrong one harms."""
    return crisis_lines().get(country.upper())


def country_of_number(number: str) -> str:
    """Return the country (ISO 3166) of a phone number like +34600000000, "" where it is not sure.

    Canada's +1 is told as the United States': 988 is the line of both.
    """
    _, plus, digits = number.rpartition("+")
    if not plus or not digits.isdecimal() or (digits[0] == "1" and digits[1:4] in _ISLANDS):
        return ""
    found = [prefix for prefix in _PREFIXES if f"+{digits}".startswith(prefix)]
    return _PREFIXES[max(found, key=len)] if found else ""
