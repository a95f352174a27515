"""What the law gives somebody who was charged wrongly, where he lives: stored, with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("consumer_rights.toml")
_UNION = "EU"
_MEMBERS = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip


class Wrong(StrEnum):
    """What somebody says has been done to him."""

    UNAUTHORISED = "unauthorised"  # a payment he has not made
    BILLING = "billing"  # charged twice, too much, or after he had ended it
    REFUND = "refund"  # money that a shop does not give back


@dataclass(frozen=True, slots=True)
class Right:
    """One right: the time in which to speak up (in the one unit that is not 0), and the law."""

    law: str
    source: str
    checked: date
    days: int = 0
    weeks: int = 0
    months: int = 0


@cache
def rights() -> Mapping[str, Mapping[Wrong, Right]]:
    """Return every right that is known, by country (or EU) and what was done."""
    tables = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return {
        country: {Wrong(wrong): Right(**table) for wrong, table in cases.items()}
        for country, cases in tables.items()
    }


def right_in(country: str, wrong: Wrong) -> Right | None:
    """Return the right of somebody who lives in ``country``; nothing where none is sure."""
    place = _UNION if country.upper() in _MEMBERS else country.upper()
    return rights().get(place, {}).get(wrong)
