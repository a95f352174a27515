from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.investments.holding import Holding, holdings
from core.investments.portfolio import portfolio
from core.investments.price import DEMO, Price, PriceBook
from core.investments.security import Security, SecurityKind
from core.investments.snapshot import snapshot
from core.investments.spread import By, spread
from core.investments.trade import Trade, TradeKind, TradeState
from core.money import Money
from core.rates.rate import ECB, Rate, RateBook
from tests.unit.core.test_investments_lots import ME, buy, sell, split, usd

TODAY = date(2025, 12, 1)
APPLE = Security(1, ME, "AAPL", "Apple", SecurityKind.STOCK, "USD", "technology")


def price(symbol: str, on: str, value: str, currency: str = "USD", hour: int = 20) -> Price:
    day = date.fromisoformat(on)
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return Price(symbol, Decimal(value), currency, day, at, DEMO)


def paid(number: int, kind: TradeKind, on: str, minor: int, fee: int = 0) -> Trade:
    day = date.fromisoformat(on)
    return Trade(number, ME, 1, kind, day, Decimal(0), usd(minor), usd(fee))


def held(trades: list[Trade], *prices: Price, on: date = TODAY) -> Holding:
    (found,) = holdings([APPLE], trades, PriceBook(prices), on)
    return found


class TestAHolding:
    def test_adds_up_what_it_brought(self):
        """By hand: 10 at 100.00 + 5.00; 4 sold at 150.00 - 2.00; 6 left at 160.00."""
        found = held(
            [
                buy(1, "2025-01-10", "10", "100", 500),
                sell(2, "2025-06-10", "4", "150", 200),
                paid(3, TradeKind.DIVIDEND, "2025-07-10", 900, 135),
                paid(4, TradeKind.FEE, "2025-08-10", 300),
            ],
            price("AAPL", "2025-11-28", "160"),
        )
        assert (found.quantity, found.cost, found.value) == (Decimal(6), usd(60_300), usd(96_000))
        assert found.realised == usd(59_800 - 40_200)
        assert (found.unrealised, found.dividends) == (usd(35_700), usd(765))
        assert (found.charges, found.fees) == (usd(300), usd(500 + 200 + 135 + 300))
        assert found.gain == usd(35_700 + 19_600 + 765 - 300)

    def test_without_a_price_has_no_value_and_never_nought(self):
        dividend = paid(1, TradeKind.DIVIDEND, "2025-07-10", 900)
        gift = replace(buy(2, "2025-01-10", "3", "1"), amount=usd(0))
        found = held([dividend, gift])
        assert (found.price, found.value, found.unrealised, found.gain) == (None,) * 4
        assert found.quantity == 3

    def test_counts_what_the_user_paid_as_the_price_until_a_source_tells_more(self):
        bought = [buy(1, "2025-11-20", "2", "100")]
        assert held(bought).value == usd(20_000)
        assert held(bought, price("AAPL", "2025-11-19", "90")).value == usd(20_000)
        assert held(bought, price("AAPL", "2025-11-20", "101")).value == usd(20_200)
        assert held(bought, price("AAPL", "2025-11-21", "102")).value == usd(20_400)

    def test_takes_no_price_of_another_currency_or_of_more_than_a_year_ago(self):
        bought = [buy(1, "2024-01-10", "2", "100")]
        assert held(bought, price("AAPL", "2025-11-28", "90", "EUR")).value is None
        assert held(bought, price("AAPL", "2024-11-20", "90")).value is None
        assert held(bought, price("AAPL", "2025-03-01", "90")).value == usd(18_000)

    def test_a_price_from_before_a_split_is_told_in_pieces_of_after_it(self):
        trades = [buy(1, "2025-11-03", "10", "400"), split(2, "2025-11-28", 4, 1)]
        before = price("AAPL", "2025-11-27", "480")
        assert held(trades, before).value == usd(480_000)
        assert held(trades, before, on=date(2025, 11, 27)).value == usd(480_000)
        assert held(trades, before, price("AAPL", "2025-11-28", "121")).value == usd(484_000)

    def test_leaves_out_deleted_trades_and_those_of_later_days(self):
        gone = replace(buy(1, "2025-01-10", "3", "10"), state=TradeState.DELETED)
        later = buy(2, "2025-12-02", "3", "10")
        assert holdings([APPLE], [gone, later], PriceBook(()), TODAY) == ()

    def test_says_when_a_price_is_old(self):
        assert not price("AAPL", "2025-11-24", "1").is_old(TODAY)
        assert price("AAPL", "2025-11-23", "1").is_old(TODAY)


def rate(on: str, value: str) -> Rate:
    return Rate("EUR", "USD", Decimal(value), date.fromisoformat(on), frozenset({ECB}))


class TestAPortfolio:
    def test_tells_the_effect_of_the_currency_apart(self):
        """By hand: 10 at 100.00 USD when a euro was 1.25 USD; now 120.00 USD and 1.00 USD."""
        found = held([buy(1, "2025-01-10", "10", "100")], price("AAPL", "2025-11-28", "120"))
        rates = RateBook([rate("2025-01-10", "1.25"), rate("2025-11-28", "1")])
        whole = portfolio([found], rates, currency="EUR", on=TODAY)
        (item,) = whole.held
        assert (item.cost, item.value) == (Money(80_000, "EUR"), Money(120_000, "EUR"))
        assert (item.by_price, item.by_currency) == (Money(20_000, "EUR"), Money(20_000, "EUR"))
        assert whole.unrealised == Money(40_000, "EUR")

    def test_names_what_has_no_price_and_what_has_no_rate(self):
        other = Security(2, ME, "ACME", "Acme", SecurityKind.OTHER, "USD")
        gift = replace(buy(2, "2024-01-10", "3", "1"), security_id=2)
        found = holdings(
            [APPLE, other],
            [buy(1, "2025-01-10", "10", "100"), gift],
            PriceBook([price("AAPL", "2025-11-28", "120")]),
            TODAY,
        )
        whole = portfolio(found, RateBook(()), currency="USD", on=TODAY)
        assert [one.holding.security.symbol for one in whole.unpriced] == ["ACME"]
        assert (whole.value, whole.cost) == (usd(120_000), usd(100_000))
        assert snapshot(whole).left_out == 1
        whole = portfolio(found, RateBook(()), currency="EUR", on=TODAY)
        assert [one.holding.security.symbol for one in whole.unrated] == ["AAPL"]
        assert whole.value == Money(0, "EUR")
        assert whole.covered == ()

    def test_counts_a_gain_of_a_day_without_a_rate_as_not_covered(self):
        found = held([buy(1, "2025-01-10", "1", "10"), sell(2, "2025-11-28", "1", "15")])
        rates = RateBook([rate("2025-11-28", "1")])
        whole = portfolio([found], rates, currency="EUR", on=TODAY)
        assert whole.uncounted == {"USD"}
        assert whole.realised == Money(0, "EUR")

    def test_knows_how_old_its_oldest_price_is(self):
        second = replace(APPLE, id=2, symbol="MSFT")
        found = holdings(
            [APPLE, second],
            [
                buy(1, "2025-01-10", "1", "10"),
                replace(buy(2, "2025-01-10", "1", "10"), security_id=2),
            ],
            PriceBook([price("AAPL", "2025-11-28", "120"), price("MSFT", "2025-11-25", "100")]),
            TODAY,
        )
        whole = portfolio(found, RateBook(()), currency="USD", on=TODAY)
        assert whole.oldest_price == datetime(2025, 11, 25, 20, tzinfo=UTC)
        assert whole.sources == {DEMO}


def spread_of(by: By, *minors: tuple[str, str, int]):
    securities = [
        Security(at, ME, f"S{at}", "", SecurityKind.STOCK, "USD", sector)
        for at, (sector, _, _) in enumerate(minors)
    ]
    trades = [
        replace(buy(at + 1, "2025-11-28", "1", f"{minor / 100:.2f}"), security_id=at)
        for at, (_, _, minor) in enumerate(minors)
    ]
    found = holdings(securities, trades, PriceBook(()), TODAY)
    return spread(portfolio(found, RateBook(()), currency="USD", on=TODAY), by)


class TestSpread:
    def test_four_equal_parts_are_four(self):
        found = spread_of(By.ASSET, *[("x", "USD", 10_000)] * 4)
        assert found is not None
        assert found.effective == 4
        assert [part.percent for part in found.parts] == [25] * 4
        assert found.much == ()

    def test_more_than_a_quarter_is_much(self):
        """Shares 60, 30, 10: one over 0.36 + 0.09 + 0.01 is 2.17."""
        minors = [("tech", "USD", 60_000), ("tech", "USD", 30_000), ("", "USD", 10_000)]
        found = spread_of(By.ASSET, *minors)
        assert found is not None
        assert found.effective == Decimal("2.17")
        assert [part.name for part in found.much] == ["S0", "S1"]
        sectors = spread_of(By.SECTOR, *minors)
        assert sectors is not None
        assert [(part.name, part.percent) for part in sectors.parts] == [("tech", 90), ("", 10)]

    def test_nothing_of_value_has_no_spread(self):
        whole = portfolio((), RateBook(()), currency="USD", on=TODAY)
        assert all(spread(whole, by) is None for by in By)


class TestPrices:
    def test_of_one_day_the_latest_counts(self):
        book = PriceBook(
            [price("AAPL", "2025-11-28", "2", hour=20), price("AAPL", "2025-11-28", "1", hour=9)]
        )
        found = book.find("AAPL", "USD", TODAY)
        assert found is not None
        assert found.value == 2

    @pytest.mark.parametrize(("days", "is_there"), [(2, False), (3, True)])
    def test_is_only_as_old_as_asked(self, days, is_there):
        book = PriceBook([price("AAPL", "2025-11-28", "2")])
        found = book.find("AAPL", "USD", TODAY, within=timedelta(days=days))
        assert (found is not None) is is_there
