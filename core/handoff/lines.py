"""Whom somebody in despair can call, where they live: stored, dated, with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

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
