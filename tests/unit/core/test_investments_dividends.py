from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from core.investments.dividends import dividends
from core.investments.security import Security, SecurityKind
from core.investments.trade import TradeKind
from core.money import Money
from core.period import Period
from core.rates.rate import ECB, Rate, RateBook
from tests.unit.core.test_investments_lots import ME, buy, usd
from tests.unit.core.test_investments_value import APPLE, paid

YEAR = Period(date(2025, 1, 1), date(2026, 1, 1))
WORLD = Security(2, ME, "VWCE.DEX", "World", SecurityKind.FUND, "EUR", "")
RATES = RateBook([Rate("EUR", "USD", Decimal("1.1"), date(2025, 7, 10), frozenset({ECB}))])


def in_euros(on: str, minor: int):
    told = paid(9, TradeKind.DIVIDEND, on, minor)
    return replace(told, security_id=2, amount=Money(minor, "EUR"), fee=Money(0, "EUR"))


class TestDividends:
    def test_adds_up_each_payer_less_what_was_kept_back_and_the_largest_first(self):
        """By hand: 9.00 - 1.35 + 6.00 = 13.65; 20.00 euros at 1.1 = 22.00."""
        trades = [
            buy(1, "2025-01-10", "10", "100"),
            paid(2, TradeKind.DIVIDEND, "2025-07-10", 900, 135),
            paid(3, TradeKind.DIVIDEND, "2025-10-10", 600),
            paid(4, TradeKind.FEE, "2025-10-11", 500),
            in_euros("2025-07-10", 2_000),
        ]
        found = dividends([APPLE, WORLD], trades, RATES, currency="USD", period=YEAR)
        assert [(one.security.symbol, one.times, one.value) for one in found.payers] == [
            ("VWCE.DEX", 1, usd(2_200)),
            ("AAPL", 2, usd(1_365)),
        ]
        assert (found.value, found.times, found.unrated) == (usd(3_565), 3, ())

    def test_counts_only_the_days_asked_about(self):
        trades = [
            paid(2, TradeKind.DIVIDEND, "2024-12-31", 900),
            paid(3, TradeKind.DIVIDEND, "2025-01-01", 100),
        ]
        found = dividends([APPLE], trades, RATES, currency="USD", period=YEAR)
        assert found.value == usd(100)

    def test_leaves_out_what_has_no_rate_and_says_so(self):
        found = dividends(
            [WORLD], [in_euros("2025-07-10", 2_000)], RateBook(()), currency="USD", period=YEAR
        )
        assert (found.value, [one.value for one in found.unrated]) == (usd(0), [None])
