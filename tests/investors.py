"""Somebody who invests, with prices of many days, and the figures of an answer by their names."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.facts import Answer
from core.investments.price import Price
from core.ledger.account import AccountKind
from core.money import Money
from core.store.unit_of_work import Database
from tests.ledgers import changing
from tests.people import NOW, TODAY, Person, alice

# Days of prices that are more than a year of trading ones.
YEAR_AND_MORE = 330


def investor(database: Database) -> Person:
    """Alice with an account for investments."""
    found = alice(database)
    with changing(database) as uow:
        uow.accounts.open(
            found.id, name="Brokerage", kind=AccountKind.INVESTMENT, currency="USD", now=NOW
        )
    return found


def facts(answer: Answer) -> dict[str, Any]:
    return {fact.name: fact.value for fact in answer.facts}


def line_facts(answer: Answer, shape: str) -> list[dict[str, Any]]:
    return [
        {fact.name: fact.value for fact in line.facts}
        for line in answer.lines
        if line.shape == shape
    ]


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def told(person: Person, symbol: str, days: int, restless: float, currency: str = "USD") -> None:
    """Keep a price of each of the last days: a wave of the symbol's own over a slow rise."""
    quotes = []
    phase = sum(map(ord, symbol))
    for back in range(days):
        on = TODAY - timedelta(days=back)
        value = 100 * math.exp(0.0002 * -back + restless * math.sin((phase + back) * 1.7))
        at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        quotes.append(Price(symbol, Decimal(f"{value:.4f}"), currency, on, at, "file"))
    with changing(person.database) as uow:
        uow.prices.keep_own(person.id, quotes)


def bought(person: Person, symbol: str, quantity: str, price: str, on: str) -> None:
    person.do("add_trade", security=symbol, quantity=quantity, price=price, booked_date=on)
