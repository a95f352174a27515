"""Net worth over time: postings added up day by day, valued at each day's rate or left out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.ids import AccountId
from core.money import Money
from core.rates.rate import Rate, RateBook
from core.reports.worth import Move, worth_over

DAYS = (date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 14))
DOLLARS, EUROS = AccountId(1), AccountId(2)
ACCOUNTS = {DOLLARS: "USD", EUROS: "EUR"}


def rate(value: str, on: date) -> Rate:
    return Rate("EUR", "USD", Decimal(value), on, frozenset({"ecb"}))


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


class TestWorthOver:
    def test_adds_up_to_the_end_of_each_day_and_no_further(self) -> None:
        moves = [
            Move(DOLLARS, date(2026, 4, 30), -2_000),
            Move(DOLLARS, date.min, 10_000),
            Move(DOLLARS, date(2026, 5, 1), 500),
        ]
        found = worth_over(DAYS, moves, ACCOUNTS, RateBook(()), "USD")
        assert [one.value for one in found] == [usd("100"), usd("80"), usd("85")]
        assert [one.on for one in found] == list(DAYS)

    def test_values_other_currencies_at_the_rate_of_each_day(self) -> None:
        book = RateBook([rate("1.10", DAYS[0]), rate("1.20", DAYS[1])])
        found = worth_over(DAYS, [Move(EUROS, date.min, 10_000)], ACCOUNTS, book, "USD")
        assert [one.value for one in found] == [usd("110"), usd("120"), usd("120")]

    def test_leaves_out_and_counts_what_has_no_rate(self) -> None:
        book = RateBook([rate("1.10", DAYS[1])])
        moves = [Move(EUROS, date.min, 10_000), Move(DOLLARS, date.min, 700)]
        found = worth_over(DAYS, moves, ACCOUNTS, book, "USD")
        assert [(one.value, one.missing) for one in found] == [
            (usd("7"), 1),
            (usd("117"), 0),
            (usd("117"), 0),
        ]
