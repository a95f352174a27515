"""What holds for any trades: pieces and cost are conserved, and no figure is made of nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.ids import UserId
from core.investments.holding import holdings
from core.investments.lot import SoldMoreThanHeld, lots_of
from core.investments.performance import Sources, performance
from core.investments.portfolio import portfolio
from core.investments.price import DEMO, Price, PriceBook
from core.investments.quantity import worth
from core.investments.returns import CashFlow, present_value, xirr
from core.investments.security import Security, SecurityKind
from core.investments.spread import By, spread
from core.investments.trade import Trade, TradeKind, in_order, pieces
from core.investments.watch import Direction, Watch, WatchState, seen
from core.money import Money, total
from core.rates.rate import ECB, Rate, RateBook

ME = UserId("u")
FIRST = date(2024, 1, 1)
ONE = Security(1, ME, "AAA", "A", SecurityKind.STOCK, "USD")

quantities = st.decimals("0.000001", 5_000, places=6)
prices = st.decimals("0.01", 2_000, places=4)
days = st.integers(0, 700)
fees = st.integers(0, 5_000)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@st.composite
def trades(draw: st.DrawFn) -> list[Trade]:
    """Draw trades of one security that never sell more than there is."""
    made: list[Trade] = []
    for number in range(1, draw(st.integers(1, 9)) + 1):
        kind = draw(st.sampled_from([TradeKind.BUY, TradeKind.SELL, TradeKind.SPLIT]))
        on = FIRST + timedelta(days=draw(days))
        if kind is TradeKind.SPLIT:
            new, old = draw(st.sampled_from([(2, 1), (3, 2), (1, 3), (10, 1), (7, 5)]))
            none = usd(0)
            one = Trade(number, ME, 1, kind, on, Decimal(0), none, none, new=new, old=old)
        else:
            many, each = draw(quantities), draw(prices)
            one = pieces(ME, 1, kind, on, quantity=many, each=(each, "USD"))
            one = replace(one, id=number, fee=usd(draw(fees)))
        try:
            lots_of([*made, one])
        except SoldMoreThanHeld:
            continue
        made.append(one)
    assume(made)
    return made


def bought(found: list[Trade]) -> Money:
    buys = (one.amount + one.fee for one in found if one.kind is TradeKind.BUY)
    return total(buys, "USD")


def came_in(found: list[Trade]) -> Money:
    return total((one.cash for one in found if one.kind is TradeKind.SELL), "USD")


class TestLots:
    @given(trades())
    def test_conserve_cost_and_proceeds_to_the_minor_unit(self, found):
        lots = lots_of(found)
        taken = total((match.cost for match in lots.matches), "USD")
        assert taken + lots.cost("USD") == bought(found)
        assert total((match.proceeds for match in lots.matches), "USD") == came_in(found)

    @given(trades())
    def test_conserve_pieces(self, found):
        """Without splits exactly; with them to the eighteenth place of each lot."""
        lots = lots_of(found)
        there = Decimal(0)
        for one in sorted(found, key=in_order):
            match one.kind:
                case TradeKind.BUY:
                    there += one.quantity
                case TradeKind.SELL:
                    there -= one.quantity
                case TradeKind.SPLIT:
                    there = there * one.new / one.old
        has_split = any(one.kind is TradeKind.SPLIT for one in found)
        assert abs(lots.quantity - there) <= (Decimal("1e-12") if has_split else 0)

    @given(trades(), st.randoms(use_true_random=False))
    def test_do_not_depend_on_the_order_of_telling(self, found, chance):
        mixed = list(found)
        chance.shuffle(mixed)
        assert lots_of(mixed) == lots_of(found)

    @given(trades())
    def test_are_first_in_first_out(self, found):
        lots = lots_of(found)
        opened = [lot.opened_on for lot in lots.open]
        assert opened == sorted(opened)
        for sale in {match.sale_id for match in lots.matches}:
            days_of_sale = [one.opened_on for one in lots.matches if one.sale_id == sale]
            assert days_of_sale == sorted(days_of_sale)

    @given(quantities, prices, fees, fees)
    def test_buying_and_selling_at_one_price_gains_nothing_but_the_fees(self, many, each, one, two):
        buy = pieces(ME, 1, TradeKind.BUY, FIRST, quantity=many, each=(each, "USD"))
        sale = pieces(ME, 1, TradeKind.SELL, FIRST, quantity=many, each=(each, "USD"))
        lots = lots_of([replace(buy, id=1, fee=usd(one)), replace(sale, id=2, fee=usd(two))])
        assert lots.open == ()
        assert lots.gained("USD") == usd(-one - two)

    @given(trades(), st.sampled_from([(2, 1), (3, 1), (3, 2), (1, 5)]))
    def test_a_split_leaves_the_value(self, found, ratio):
        new, old = ratio
        on = FIRST + timedelta(days=701)
        none = usd(0)
        split = Trade(99, ME, 1, TradeKind.SPLIT, on, Decimal(0), none, none, new=new, old=old)
        quote = Price("AAA", Decimal(120), "USD", FIRST + timedelta(days=700), _at(700), DEMO)
        before = _value([*found], quote, FIRST + timedelta(days=700))
        after = _value([*found, split], quote, on)
        assert abs(after.minor - before.minor) <= 1
        assert lots_of([*found, split]).cost("USD") == lots_of(found).cost("USD")


def _at(day: int) -> datetime:
    return datetime(FIRST.year, FIRST.month, FIRST.day, 20, tzinfo=UTC) + timedelta(days=day)


def _value(found: list[Trade], quote: Price, on: date) -> Money:
    (one,) = holdings([ONE], found, PriceBook([quote]), on)
    assert one.value is not None
    return one.value


class TestAPortfolio:
    @given(trades(), prices, st.decimals("0.5", 2, places=4), st.decimals("0.5", 2, places=4))
    def test_price_and_currency_make_up_the_whole_gain(self, found, each, then, now):
        last = FIRST + timedelta(days=700)
        quote = Price("AAA", each, "USD", last, _at(700), DEMO)
        book = RateBook(
            [
                Rate("USD", "EUR", then, FIRST - timedelta(days=1), frozenset({ECB})),
                Rate("USD", "EUR", now, last, frozenset({ECB})),
            ]
        )
        held = holdings([ONE], found, PriceBook([quote]), last)
        # Rates of a year ago would be none: every day has the one of before.
        assume(all(one.traded_on <= FIRST + timedelta(days=365) for one in found))
        whole = portfolio(held, book, currency="EUR", on=last)
        for item in whole.held:
            assert item.by_price is not None
            assert item.by_currency is not None
            assert item.unrealised == item.by_price + item.by_currency
        assert whole.unrealised == whole.value - whole.cost

    @given(trades(), prices)
    def test_all_that_it_gained_is_what_came_out_and_is_left_less_what_went_in(self, found, each):
        last = FIRST + timedelta(days=700)
        quote = Price("AAA", each, "USD", last, _at(700), DEMO)
        (one,) = holdings([ONE], found, PriceBook([quote]), last)
        assert one.value is not None
        cash = total((trade.cash for trade in found), "USD")
        assert one.gain == one.value + cash

    @given(st.lists(st.integers(1, 10**9), min_size=1, max_size=12))
    def test_a_spread_is_whole_and_between_one_and_the_number_of_parts(self, minors):
        securities = [replace(ONE, id=at, symbol=f"S{at}") for at in range(len(minors))]
        found = [
            replace(pieces(ME, at, TradeKind.BUY, FIRST, quantity="1", each=usd(minor)), id=at + 1)
            for at, minor in enumerate(minors)
        ]
        held = holdings(securities, found, PriceBook(()), FIRST)
        whole = portfolio(held, RateBook(()), currency="USD", on=FIRST)
        told = spread(whole, By.ASSET)
        assert told is not None
        assert total((part.value for part in told.parts), "USD") == whole.value
        shares = sum((part.percent for part in told.parts), start=Decimal(0))
        assert abs(shares - 100) < Decimal("0.1")
        assert 1 <= told.effective <= len(minors)
        currency = spread(whole, By.CURRENCY)
        assert currency is not None
        assert currency.effective == 1


class TestReturns:
    @given(
        st.lists(st.tuples(days, st.integers(100, 10**8)), min_size=1, max_size=8),
        st.integers(100, 10**9),
    )
    def test_the_money_weighted_rate_makes_everything_nothing(self, paid_in, left):
        """Money goes in and comes out at the end: there is exactly one rate, or it is silent."""
        flows = [CashFlow(FIRST + timedelta(days=on), usd(-minor)) for on, minor in paid_in]
        flows.append(CashFlow(FIRST + timedelta(days=900), usd(left)))
        found = xirr(flows)
        assume(found.percent is not None and found.percent < 10_000)
        assert found.percent is not None
        rate = float(found.percent) / 100
        sizes = [CashFlow(flow.on, abs(flow.amount)) for flow in flows]
        # A rate is told to 12 places. Next to a total loss the last of them alone moves (1 + rate),
        # and the value with it, by so much a year.
        told_to = 5e-13 / (1 + rate) * 900 / 365
        assert abs(present_value(flows, rate)) <= present_value(sizes, rate) * (1e-7 + told_to)

    @given(
        st.lists(st.decimals("1", 500, places=2), min_size=3, max_size=8),
        st.lists(st.decimals("0.1", 5_000, places=2), min_size=8, max_size=8),
    )
    def test_the_time_weighted_return_does_not_depend_on_deposits(self, values, deposits):
        """However many pieces are bought on whichever day, it is what one piece made."""
        quotes = [
            Price("AAA", value, "USD", FIRST + timedelta(days=at), _at(at), DEMO)
            for at, value in enumerate(values)
        ]
        found = [
            replace(
                pieces(
                    ME,
                    1,
                    TradeKind.BUY,
                    quote.on,
                    quantity=deposits[at],
                    each=(quote.value, "USD"),
                ),
                id=at + 1,
            )
            for at, quote in enumerate(quotes[:-1])
        ]
        told = Sources(PriceBook(quotes), RateBook(()), "USD")
        result = performance([ONE], found, told, start=FIRST, end=quotes[-1].on)
        assert result.time_weighted.percent is not None
        # Cents are the grain of every value on the way.
        smallest = min(worth(found[0].quantity, value, "USD").minor for value in values)
        assume(smallest > 1_000)
        expected = (values[-1] / values[0] - 1) * 100
        grain = float(Decimal(200 * len(values)) / smallest * (values[-1] / values[0]))
        assert float(result.time_weighted.percent) == pytest.approx(float(expected), abs=grain)


class TestAWatch:
    @given(
        st.sampled_from(list(Direction)),
        st.lists(st.decimals("90", 110, places=2), min_size=1, max_size=30),
    )
    def test_is_told_at_most_once_between_two_retreats(self, direction, values):
        watch = Watch(1, ME, "AAA", "A", "USD", direction, Decimal(100))
        may_tell = False
        for at, value in enumerate(values):
            before = watch.passes
            quote = Price("AAA", value, "USD", FIRST, _at(at), DEMO)
            watch = seen(watch, quote, _at(at))
            assert watch.passes - before in (0, 1)
            if watch.passes > before:
                assert may_tell
                assert watch.is_passed(value)
                may_tell = False
            if watch.is_back(value) or (at == 0 and not watch.is_passed(value)):
                may_tell = True
        assert watch.state in (WatchState.ARMED, WatchState.PASSED)
