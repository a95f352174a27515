"""Self-made bank statements: any number of rows over ten years, the same ones in every run."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_KNOWN = (
    "WHOLEFDS MKT", "TRADER JOE S", "SAFEWAY", "COSTCO WHSE", "TARGET", "WALMART SUPERCENTER",
    "STARBUCKS", "DUNKIN", "MCDONALD S", "CHIPOTLE", "SUBWAY", "DOMINO S", "UBER TRIP",
    "LYFT RIDE", "SHELL OIL", "CHEVRON", "EXXONMOBIL", "AMZN MKTP US", "BEST BUY", "HOME DEPOT",
    "IKEA", "CVS PHARMACY", "WALGREENS", "NETFLIX.COM", "SPOTIFY USA", "HULU", "COMCAST",
    "VERIZON WRLS", "GEICO", "DELTA AIR", "AIRBNB", "MARRIOTT", "PLANET FITNESS", "PETSMART",
    "NORDSTROM", "MACY S", "SEPHORA", "GAP ONLINE", "ZARA", "REI",
)  # fmt: skip
_FIRST = (
    "LINDEN", "HARBOR", "MAPLE", "CEDAR", "UNION", "SUNSET", "RIVER", "GRANITE", "MERIDIAN",
    "COPPER", "JUNIPER", "ORCHARD", "LANTERN", "SUMMIT", "WILLOW", "ANCHOR", "COBALT", "PRAIRIE",
)  # fmt: skip
_TRADE = (
    "BAKERY", "COFFEE", "GRILL", "PHARMACY", "BOOKS", "HARDWARE", "GARAGE", "DENTAL", "CLEANERS",
    "FLORIST", "PARKING", "TAPROOM", "SALON", "MARKET", "OPTICAL", "STUDIO", "TOYS", "VENTURES",
    "HOLDINGS", "PARTNERS",
)  # fmt: skip
_PLACES = ("AUSTIN TX", "SEATTLE WA", "DENVER CO", "BOSTON MA", "PORTLAND OR", "CHICAGO IL")
YEARS = 10
MERCHANTS = 400


@dataclass(frozen=True, slots=True)
class BankRow:
    """One row as a bank prints it; ``minor`` is negative for money out."""

    day: date
    text: str
    minor: int


def bank_rows(rows: int, *, last: date, seed: int = 7) -> list[BankRow]:
    """Return ``rows`` rows of `YEARS` years up to ``last``, oldest first.

    The chance is seeded, so that two runs measure the same books: 400 merchants, the frequent
    ones often, wages, rent and moves to savings each month. Every third text carries a reference
    of its own, so that what a program remembers of a text does not help it there.
    """
    chance = random.Random(seed)
    names = _merchants()
    weights = [1 / (place + 3) for place in range(len(names))]
    days = YEARS * 365
    first = last - timedelta(days=days - 1)
    fixed = list(_monthly(first, last))[: rows // 4]
    wanted = rows - len(fixed)
    chosen = chance.choices(range(len(names)), weights, k=wanted)
    shops = [
        BankRow(first + timedelta(days=number * days // wanted), *_purchase(names[at], chance))
        for number, at in enumerate(chosen)
    ]
    return sorted([*fixed, *shops], key=lambda row: row.day)


def csv_text(rows: list[BankRow], *, opening: int = 250_000_00) -> str:
    """Return rows as a bank's CSV with a running balance."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(("Date", "Description", "Amount", "Balance"))
    balance = opening
    for row in rows:
        balance += row.minor
        writer.writerow((row.day.isoformat(), row.text, _units(row.minor), _units(balance)))
    return target.getvalue()


def _merchants() -> list[str]:
    made = [f"{first} {trade}" for trade in _TRADE for first in _FIRST]
    mixed: list[str] = []
    for place, name in enumerate(made):
        mixed.append(name)
        if place % 9 == 0:
            mixed.append(_KNOWN[place // 9])
    return mixed[:MERCHANTS]


def _purchase(name: str, chance: random.Random) -> tuple[str, int]:
    minor = -chance.randint(150, 12_000)
    if chance.random() < 0.02:
        minor = -minor
    kind = chance.randrange(3)
    if kind == 0:
        return f"{name} {chance.choice(_PLACES)}", minor
    if kind == 1:
        return f"SQ *{name} #{len(name) * 37:04d}", minor
    return f"POS PURCHASE {name} {chance.choice(_PLACES)} REF {chance.randrange(10**9):09d}", minor


def _monthly(first: date, last: date) -> Iterator[BankRow]:
    day = first.replace(day=1)
    while day <= last:
        if day >= first:
            yield BankRow(day, "NORTHWIND INC PAYROLL DIRECT DEP", 640_000)
            yield BankRow(day, "PARKVIEW APARTMENTS RENT", -210_000)
            yield BankRow(day, "TRANSFER TO SAVINGS", -50_000)
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _units(minor: int) -> str:
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"
