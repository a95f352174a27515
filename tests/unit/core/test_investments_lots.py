from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.ids import UserId
from core.investments.lot import SoldMoreThanHeld, lots_of
from core.investments.quantity import PriceUnreadable, QuantityUnreadable, price_of, quantity_of
from core.investments.security import Security, SecurityKind, SymbolUnreadable, symbol_of
from core.investments.trade import (
    SplitUnreadable,
    Trade,
    TradeIncomplete,
    TradeKind,
    TradeMoveRefused,
    TradeState,
    move,
    pieces,
)
from core.money import Money

ME = UserId("u")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def trade(number: int, kind: TradeKind, on: str, many: str, each: str, fee: int = 0) -> Trade:
    made = pieces(ME, 1, kind, date.fromisoformat(on), quantity=many, each=(Decimal(each), "USD"))
    return replace(made, id=number, fee=usd(fee))


def buy(number: int, on: str, many: str, each: str, fee: int = 0) -> Trade:
    return trade(number, TradeKind.BUY, on, many, each, fee)


def sell(number: int, on: str, many: str, each: str, fee: int = 0) -> Trade:
    return trade(number, TradeKind.SELL, on, many, each, fee)


def split(number: int, on: str, new: int, old: int) -> Trade:
    day, none = date.fromisoformat(on), usd(0)
    return Trade(number, ME, 1, TradeKind.SPLIT, day, Decimal(0), none, none, new=new, old=old)


class TestLots:
    def test_a_sale_takes_the_oldest_pieces_first(self):
        """Worked by hand: 10 at 100.00 with 5.00 fee, 10 at 120.00; 15 sold at 130.00, 7.50 fee."""
        found = lots_of(
            [
                buy(1, "2025-01-10", "10", "100", 500),
                buy(2, "2025-03-10", "10", "120"),
                sell(3, "2025-06-10", "15", "130", 750),
            ]
        )
        first, second = found.matches
        # 1950.00 - 7.50 = 1942.50, of which ten of fifteen pieces are 1295.00.
        assert (first.quantity, first.cost, first.proceeds) == (
            Decimal(10),
            usd(100_500),
            usd(129_500),
        )
        assert (second.quantity, second.cost, second.proceeds) == (
            Decimal(5),
            usd(60_000),
            usd(64_750),
        )
        assert found.gained("USD") == usd(33_750)
        (left,) = found.open
        assert (left.trade_id, left.quantity, left.cost) == (2, Decimal(5), usd(60_000))

    def test_the_order_in_which_trades_are_told_changes_nothing(self):
        trades = [
            buy(1, "2025-01-10", "3", "10"),
            buy(2, "2025-01-11", "4", "11"),
            sell(3, "2025-01-12", "5", "12"),
        ]
        assert lots_of(trades) == lots_of(list(reversed(trades)))

    def test_what_was_bought_in_the_morning_may_be_sold_in_the_evening(self):
        found = lots_of([sell(1, "2025-01-10", "3", "11"), buy(2, "2025-01-10", "3", "10")])
        assert found.open == ()
        assert found.gained("USD") == usd(300)

    def test_more_than_there_was_on_the_day_is_refused(self):
        trades = [
            buy(1, "2025-01-10", "3", "10"),
            sell(2, "2025-01-11", "4", "11"),
            buy(3, "2025-01-12", "4", "10"),
        ]
        with pytest.raises(SoldMoreThanHeld) as caught:
            lots_of(trades)
        assert caught.value.fields == {"on": "2025-01-11"}

    def test_a_split_changes_pieces_and_no_cost(self):
        """Apple on 31 Aug 2020: four for one. 10 at 400.00 are 40 that cost 4,000.00."""
        found = lots_of(
            [
                buy(1, "2020-08-03", "10", "400"),
                split(2, "2020-08-31", 4, 1),
                sell(3, "2020-08-31", "8", "129.04"),
            ]
        )
        assert found.quantity == 32
        assert found.cost("USD") == usd(320_000)
        assert found.gained("USD") == usd(8 * 12_904 - 80_000)

    def test_pieces_joined_keep_a_third_to_eighteen_places(self):
        found = lots_of([buy(1, "2025-01-10", "10", "3"), split(2, "2025-02-10", 1, 3)])
        assert found.quantity == Decimal("3.333333333333333333")
        assert found.cost("USD") == usd(3_000)

    def test_selling_all_of_a_broken_quantity_leaves_nothing(self):
        bought = [buy(1, "2025-01-10", "0.1", "3.33"), buy(2, "2025-01-11", "0.2", "3.33")]
        found = lots_of([*bought, sell(3, "2025-01-12", "0.3", "3.33")])
        assert found.open == ()
        assert sum(match.cost.minor for match in found.matches) == 33 + 67


class TestATrade:
    def test_knows_what_it_does_to_the_account(self):
        assert buy(1, "2025-01-10", "5", "180.255", 100).cash == usd(-(90_128 + 100))
        assert sell(1, "2025-01-10", "5", "180", 100).cash == usd(89_900)
        assert split(1, "2025-01-10", 2, 1).cash == usd(0)

    @pytest.mark.parametrize("many", ["0", "-1", "1e16", "0.0000000000000000001"])
    def test_refuses_quantities_nobody_holds(self, many):
        with pytest.raises(QuantityUnreadable):
            quantity_of(many)

    @pytest.mark.parametrize("each", ["0", "-3"])
    def test_refuses_prices_that_are_none(self, each):
        with pytest.raises(PriceUnreadable):
            price_of(each)

    @pytest.mark.parametrize(("new", "old"), [(1, 1), (0, 1), (2, 0), (10_001, 1)])
    def test_refuses_splits_that_are_none(self, new, old):
        with pytest.raises(SplitUnreadable):
            split(1, "2025-01-10", new, old)

    def test_refuses_a_dividend_of_nothing(self):
        none = usd(0)
        with pytest.raises(TradeIncomplete):
            Trade(0, ME, 1, TradeKind.DIVIDEND, date(2025, 1, 1), Decimal(0), none, none)

    def test_is_deleted_once(self):
        gone = move(buy(1, "2025-01-10", "5", "180"), TradeState.DELETED)
        with pytest.raises(TradeMoveRefused):
            move(gone, TradeState.DELETED)


class TestASymbol:
    @pytest.mark.parametrize(
        ("typed", "symbol"),
        [("aapl", "AAPL"), ("$tsla", "TSLA"), (" brk.b ", "BRK.B"), ("infy.bse", "INFY.BSE")],
    )
    def test_is_read_as_people_type_it(self, typed, symbol):
        assert symbol_of(typed) == symbol

    @pytest.mark.parametrize("typed", ["", "a b", "-x", "=1+1", "A" * 25, "ü"])
    def test_is_refused_when_no_exchange_has_it(self, typed):
        with pytest.raises(SymbolUnreadable):
            symbol_of(typed)

    def test_of_a_security_is_in_its_one_spelling(self):
        with pytest.raises(SymbolUnreadable):
            Security(0, ME, "aapl", "Apple", SecurityKind.STOCK, "USD")
