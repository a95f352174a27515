"""Invented people with years of movements, to measure what is said about the days ahead.

The chance is seeded, so that two runs measure the same people. They differ in what makes looking
ahead hard: paid monthly or every two weeks, bills that vary, weekends, seasons, large one-offs,
months without some of it, and money that is nearly gone before payday for a third of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, exp, pi

from core.insights.movement import Movement
from core.ledger.entry import Flow

_BILLS = (
    ("Landlord", "RENT_AND_UTILITIES_RENT", 0.30, 0.0, 1),
    ("City Power", "RENT_AND_UTILITIES_GAS_AND_ELECTRICITY", 0.03, 0.25, 1),
    ("Fibre Net", "RENT_AND_UTILITIES_INTERNET_AND_CABLE", 0.015, 0.0, 1),
    ("Mobile One", "RENT_AND_UTILITIES_TELEPHONE", 0.012, 0.02, 1),
    ("Sure Insurance", "GENERAL_SERVICES_INSURANCE", 0.03, 0.0, 1),
    ("Water Works", "RENT_AND_UTILITIES_WATER", 0.02, 0.1, 3),
    ("Netflix", "ENTERTAINMENT_TV_AND_MOVIES", 0.005, 0.0, 1),
    ("Spotify", "ENTERTAINMENT_MUSIC_AND_AUDIO", 0.004, 0.0, 1),
)
_DAILY = (
    ("Market Hall", "FOOD_AND_DRINK_GROCERIES", 9.0, 0.014, 0.5),
    ("Corner Cafe", "FOOD_AND_DRINK_COFFEE", 7.0, 0.0014, 0.25),
    ("Blue Door", "FOOD_AND_DRINK_RESTAURANT", 4.0, 0.011, 0.45),
    ("Fuel Stop", "TRANSPORTATION_GAS", 3.0, 0.013, 0.2),
    ("Big Store", "GENERAL_MERCHANDISE_SUPERSTORES", 2.5, 0.013, 0.7),
    ("Wardrobe", "GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES", 1.0, 0.02, 0.6),
    ("Drugstore", "MEDICAL_PHARMACIES_AND_SUPPLEMENTS", 1.5, 0.006, 0.5),
    ("Cinema", "ENTERTAINMENT_OTHER_ENTERTAINMENT", 1.0, 0.008, 0.4),
)
_ONE_OFF = ("Workshop", "TRANSPORTATION_OTHER_TRANSPORTATION", 0.3, 0.12, 0.6)


@dataclass(frozen=True, slots=True)
class Spender:
    """One invented person: every movement as the account sees it, and the balance before all."""

    number: int
    movements: tuple[Movement, ...]
    opening: int

    def until(self, day: date) -> tuple[Movement, ...]:
        """Return what is known at the end of ``day``."""
        return tuple(one for one in self.movements if one.on <= day)

    def balance(self, day: date) -> int:
        """Return what is there at the end of ``day``."""
        return self.opening + sum(one.minor for one in self.movements if one.on <= day)

    def lowest(self, after: date, days: int) -> int:
        """Return the lowest balance at the end of one of the days after ``after``."""
        balance = self.balance(after)
        low = None
        for step in range(1, days + 1):
            on = after + timedelta(days=step)
            balance += sum(one.minor for one in self.movements if one.on == on)
            low = balance if low is None else min(low, balance)
        assert low is not None
        return low


def spenders(number: int, *, first: date, last: date, seed: int = 11) -> Iterator[Spender]:
    """Give ``number`` people with books from ``first`` to ``last``."""
    for which in range(number):
        yield _spender(which, first, last, random.Random(f"{seed}:{which}"))


def _spender(which: int, first: date, last: date, chance: random.Random) -> Spender:
    salary = round(exp(chance.gauss(12.6, 0.35)))  # minor units a month
    fixed = [*_wages(salary, first, last, chance), *_bills(salary, first, last, chance)]
    opening = round(salary * chance.uniform(0.3, 1.2))
    purse = _Purse(opening, salary, chance.uniform(0.08, 0.9), chance.uniform(0.85, 1.08))
    rows = sorted([*fixed, *_everyday(purse, fixed, (first, last), chance)], key=_place)
    movements = tuple(
        Movement(
            entry_id=number,
            account_id=1,
            on=on,
            minor=minor,
            currency="USD",
            flow=flow,
            merchant_key=payee.casefold(),
            payee=payee,
            category=category,
        )
        for number, (on, minor, payee, category, flow) in enumerate(rows, start=1)
    )
    return Spender(which, movements, opening)


Row = tuple[date, int, str, str, Flow]


def _wages(salary: int, first: date, last: date, chance: random.Random) -> Iterator[Row]:
    if chance.random() < 0.35:
        on = first + timedelta(days=chance.randrange(14))
        while on <= last:
            yield on, salary * 12 // 26, "Northwind Payroll", "INCOME_WAGES", Flow.INCOME
            on += timedelta(days=14)
        return
    day = chance.choice((1, 15, 25, 28))
    for on in _monthly(day, first, last):
        yield _workday(on), salary, "Northwind Payroll", "INCOME_WAGES", Flow.INCOME


def _bills(salary: int, first: date, last: date, chance: random.Random) -> Iterator[Row]:
    for payee, category, share, varies, every in _BILLS:
        if payee != "Landlord" and chance.random() < 0.2:
            continue
        amount = salary * share * chance.uniform(0.7, 1.3)
        day = chance.choice((1, 3, 5)) if payee == "Landlord" else chance.randrange(1, 29)
        rises = chance.random() < 0.2
        for turn, on in enumerate(_monthly(day, first, last)):
            if turn % every or chance.random() < 0.01:
                continue
            season = 1 + varies * cos(2 * pi * on.timetuple().tm_yday / 365)
            price = amount * season * exp(chance.gauss(0, varies / 2))
            if rises and turn > 9:
                price *= 1.08
            late = on + timedelta(days=chance.choice((0, 0, 0, 1, 2)) if varies else 0)
            yield late, -max(100, round(price)), payee, category, Flow.SPEND


@dataclass(slots=True)
class _Purse:
    """What somebody has and how he lives: ``cushion`` is kept (of a month's wages), the rest saved.

    ``thrift`` is the part of what is left after bills that goes on everyday things.
    """

    balance: int
    salary: int
    cushion: float
    thrift: float

    def mood(self) -> float:
        """Return how freely is spent: less when little is there, more when much is."""
        return min(1.25, max(0.15, 0.1 + 1.5 * self.balance / self.salary))

    def put_aside(self, chance: random.Random) -> int:
        """Return what is moved to savings after payday: some of what is over the cushion."""
        over = self.balance - round(self.salary * (1 + self.cushion))
        return round(max(0, over) * chance.uniform(0.3, 0.9))


def _everyday(
    purse: _Purse, fixed: list[Row], days: tuple[date, date], chance: random.Random
) -> Iterator[Row]:
    """Give purchases day by day, more at weekends and when there is money, and what is saved."""
    first, last = days
    kinds = [(*kind, chance.uniform(0.5, 1.6)) for kind in (*_DAILY, _ONE_OFF)]
    usual = sum(often * size * taste for _, _, often, size, _, taste in kinds)
    left = sum(row[1] for row in fixed) * 30.4 / max(1, (last - first).days)
    planned: dict[date, int] = {}
    for row in fixed:
        planned[row[0]] = planned.get(row[0], 0) + row[1]
    for step in range((last - first).days + 1):
        on = first + timedelta(days=step)
        purse.balance += planned.get(on, 0)
        if planned.get(on, 0) > 0 and (aside := purse.put_aside(chance)):
            purse.balance -= aside
            yield on, -aside, "Transfer To Savings", "TRANSFER_OUT_SAVINGS", Flow.MOVE
        busy = (1.3 if on.weekday() >= 5 else 0.88) * (1.2 if on.month == 12 else 1.0)
        for payee, category, often, size, spread, taste in kinds:
            if chance.random() >= min(0.95, often * taste * busy * purse.mood() / 30.4):
                continue
            scale = max(0.05 * purse.salary, left * purse.thrift) / usual * size
            minor = -max(50, round(scale * exp(chance.gauss(-spread * spread / 2, spread))))
            purse.balance += minor
            yield on, minor, payee, category, Flow.SPEND


def _place(row: Row) -> tuple[date, str, int]:
    return row[0], row[2], row[1]


def _monthly(day: int, first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        on = month.replace(day=day)
        if first <= on <= last:
            yield on
        month = (month + timedelta(days=32)).replace(day=1)


def _workday(on: date) -> date:
    return on - timedelta(days=max(0, on.weekday() - 4))
