from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.investments.performance import Sources, performance
from core.investments.price import PriceBook
from core.investments.returns import CashFlow, Silence, Step, present_value, time_weighted, xirr
from core.investments.trade import TradeKind
from core.money import Money
from core.rates.rate import RateBook
from tests.unit.core.test_investments_lots import buy, sell, split, usd
from tests.unit.core.test_investments_value import APPLE, paid, price, rate

_CASES = tomllib.loads(
    (Path(__file__).parents[2] / "payloads/investments/xirr.toml").read_text(encoding="utf-8")
)["case"]


def flow(on: str, minor: int) -> CashFlow:
    return CashFlow(date.fromisoformat(on), usd(minor))


class TestMoneyWeighted:
    @pytest.mark.parametrize("case", _CASES, ids=lambda case: case["name"])
    def test_is_what_pyxirr_finds(self, case):
        found = xirr([flow(on, minor) for on, minor in case["flows"]])
        assert found.yearly
        assert found.percent is not None
        assert float(found.percent) / 100 == pytest.approx(case["rate"], rel=1e-7, abs=1e-7)

    @pytest.mark.parametrize(
        ("flows", "silence"),
        [
            ([], Silence.NO_FLOWS),
            ([("2025-01-01", -100)], Silence.NO_FLOWS),
            ([("2025-01-01", -100), ("2025-06-01", -5)], Silence.NO_FLOWS),
            ([("2025-01-01", -100), ("2025-01-30", 101)], Silence.TOO_SHORT),
            # Money goes in, comes out and goes in again: 10 % and 50 % both make it nothing.
            (
                [("2023-01-01", -10_000), ("2024-01-01", 26_000), ("2024-12-31", -16_500)],
                Silence.SEVERAL,
            ),
            # More is owed at the end than any rate explains.
            (
                [("2023-01-01", 10_000), ("2024-01-01", -10_000), ("2024-12-31", 10_000)],
                Silence.NO_ROOT,
            ),
        ],
    )
    def test_says_when_there_is_no_answer(self, flows, silence):
        found = xirr([flow(on, minor) for on, minor in flows])
        assert (found.percent, found.silence) == (None, silence)

    def test_makes_the_present_value_nothing(self):
        flows = [
            flow("2025-01-01", -100_000),
            flow("2025-09-01", 30_000),
            flow("2026-02-01", 80_000),
        ]
        found = xirr(flows)
        assert found.percent is not None
        assert abs(present_value(flows, float(found.percent) / 100)) < 0.01


def step(on: str, before: int, after: int, paid_in: int = 0, paid_out: int = 0) -> Step:
    sums = [usd(one) for one in (before, after, paid_in, paid_out)]
    return Step(date.fromisoformat(on), *sums)


class TestTimeWeighted:
    def test_chains_the_stretches(self):
        """By hand: 100 grows to 110, 1000 more come in, all of it falls by a tenth: 1.1 x 0.9."""
        found = time_weighted(
            [
                step("2025-01-01", 0, 10_000, 10_000),
                step("2025-02-01", 11_000, 111_000, 100_000),
                step("2025-03-01", 99_900, 99_900),
            ]
        )
        assert found.percent == Decimal("-1.000000")
        assert not found.yearly

    def test_says_nothing_of_nothing(self):
        assert time_weighted([]).silence is Silence.NO_FLOWS
        assert time_weighted([step("2025-01-01", 0, 0)]).silence is Silence.NO_FLOWS


DOLLARS = Sources(
    PriceBook(
        [
            price("AAPL", "2024-12-31", "100"),
            price("AAPL", "2025-06-02", "120"),
            price("AAPL", "2025-12-01", "110"),
        ]
    ),
    RateBook(()),
    "USD",
)
START, END = date(2025, 1, 1), date(2025, 12, 1)


class TestPerformance:
    def test_counts_what_was_there_at_the_start_as_paid_in(self):
        """By hand: 10 pieces worth 1,000.00 at the turn of the year, 1,100.00 in December."""
        found = performance(
            [APPLE], [buy(1, "2024-03-01", "10", "80")], DOLLARS, start=START, end=END
        )
        assert found.gain == usd(10_000)
        assert found.time_weighted.percent == Decimal("10.000000")
        expected = (1.1 ** (365 / 335) - 1) * 100
        assert float(found.money_weighted.percent or 0) == pytest.approx(expected, abs=1e-5)

    def test_counts_dividends_and_fees(self):
        """1,000.00 in at the start; 50.00 - 5.00 paid out, 10.00 charged; 1,100.00 left."""
        found = performance(
            [APPLE],
            [
                buy(1, "2024-03-01", "10", "80"),
                paid(2, TradeKind.DIVIDEND, "2025-06-02", 5_000, 500),
                paid(3, TradeKind.FEE, "2025-06-02", 1_000),
            ],
            DOLLARS,
            start=START,
            end=END,
        )
        assert found.gain == usd(10_000 + 4_500 - 1_000)
        # 1200/1000, then (1200 + 45) / (1200 + 10), then 1100/1200.
        whole = Decimal(12) / 10 * Decimal(1245) / Decimal(1210) * Decimal(11) / 12
        assert found.time_weighted.percent == ((whole - 1) * 100).quantize(Decimal("0.000001"))

    def test_a_split_is_no_gain(self):
        trades = [buy(1, "2024-12-31", "10", "100"), split(2, "2025-03-03", 2, 1)]
        told = Sources(
            PriceBook([price("AAPL", "2024-12-31", "100"), price("AAPL", "2025-12-01", "50")]),
            RateBook(()),
            "USD",
        )
        found = performance([APPLE], trades, told, start=START, end=END)
        assert found.gain == usd(0)
        assert found.time_weighted.percent == 0

    def test_all_sold_counts_until_it_was(self):
        trades = [buy(1, "2025-01-02", "10", "100"), sell(2, "2025-06-02", "10", "120")]
        found = performance([APPLE], trades, DOLLARS, start=START, end=END)
        assert found.gain == usd(20_000)
        assert found.time_weighted.percent == Decimal("20.000000")

    def test_leaves_out_and_names_what_has_no_price_on_a_day_that_mattered(self):
        other = replace(APPLE, id=2, symbol="ACME")
        hidden = replace(buy(2, "2023-03-01", "5", "80"), security_id=2)
        trades = [buy(1, "2024-03-01", "10", "80"), hidden]
        found = performance([APPLE, other], trades, DOLLARS, start=START, end=END)
        assert found.left_out == (other,)
        assert found.gain == usd(10_000)
        alone = performance([other], [hidden], DOLLARS, start=START, end=END)
        assert alone.time_weighted.silence is Silence.NO_PRICE
        assert alone.money_weighted.silence is Silence.NO_PRICE

    def test_values_each_day_at_its_own_rate(self):
        """1,000.00 USD are 800.00 EUR at the start; 1,100.00 USD are 1,100.00 EUR at the end."""
        told = replace(
            DOLLARS,
            currency="EUR",
            rates=RateBook([rate("2024-12-31", "1.25"), rate("2025-12-01", "1")]),
        )
        found = performance([APPLE], [buy(1, "2024-03-01", "10", "80")], told, start=START, end=END)
        assert found.gain == Money(30_000, "EUR")
        assert found.time_weighted.percent == Decimal("37.500000")

    def test_without_a_rate_there_is_no_answer(self):
        told = replace(DOLLARS, currency="INR")
        found = performance([APPLE], [buy(1, "2024-03-01", "10", "80")], told, start=START, end=END)
        assert found.left_out == (APPLE,)
