"""Cases worked by hand; each says how its figures come about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from core.investments.holding import holding
from core.investments.loss_lots import LossLot, loss_lots
from core.investments.price import PriceBook
from core.investments.security import SecurityKind
from core.investments.set_off import results, set_off, tax_year
from core.investments.tax_rules import (
    Term,
    WashSaleRule,
    countries,
    loss_rule,
    wash_sale_rule,
)
from core.investments.wash_sale import WashSale, counted, recent_losses, wash_sales
from core.money import Money
from tests.unit.core.test_investments_lots import buy, sell, split, usd
from tests.unit.core.test_investments_value import APPLE, price

TODAY = date(2026, 11, 18)


def rule_of_the_us() -> WashSaleRule:
    found = wash_sale_rule("US", SecurityKind.STOCK, TODAY)
    assert found is not None
    return found


RULE = rule_of_the_us()


def washed(*trades) -> list[tuple[int, int, str, int]]:
    """Return sale, replacement, pieces as they are written, and what does not count in cents."""
    return [
        (one.sale_id, one.replacement_id, str(one.pieces), one.disallowed.minor)
        for one in wash_sales(trades, RULE)
    ]


class TestRules:
    def test_have_a_source_and_the_day_from_which_they_hold(self):
        assert countries() == {"US", "IN"}
        assert RULE.window == 61
        assert RULE.source
        old = loss_rule("IN", SecurityKind.STOCK, date(2024, 7, 22))
        new = loss_rule("IN", SecurityKind.STOCK, date(2024, 7, 23))
        assert old is not None
        assert new is not None
        assert (old.short_percent, old.long_percent) == (Decimal(15), Decimal(10))
        assert (new.short_percent, new.long_percent) == (Decimal(20), Decimal("12.5"))
        assert new.long_free == Money.of("125000", "INR")
        assert loss_rule("IN", SecurityKind.STOCK, date(2018, 3, 31)) is None
        assert loss_rule("FR", SecurityKind.STOCK, TODAY) is None

    def test_of_wash_sales_name_securities_and_no_coins_and_india_has_none(self):
        assert wash_sale_rule("US", SecurityKind.CRYPTO, TODAY) is None
        assert wash_sale_rule("IN", SecurityKind.STOCK, TODAY) is None

    @pytest.mark.parametrize(
        ("opened", "closed", "term"),
        [
            ("2025-11-18", "2026-11-18", Term.SHORT),  # a year to the day is not more than one
            ("2025-11-17", "2026-11-18", Term.LONG),
            ("2024-02-29", "2025-02-28", Term.SHORT),
            ("2024-02-29", "2025-03-01", Term.LONG),
        ],
    )
    def test_long_is_more_than_a_year(self, opened, closed, term):
        rule = loss_rule("US", SecurityKind.STOCK, TODAY)
        assert rule is not None
        assert rule.term(date.fromisoformat(opened), date.fromisoformat(closed)) is term

    def test_say_what_may_be_set_off_against_what(self):
        india = loss_rule("IN", SecurityKind.ETF, TODAY)
        coins = loss_rule("IN", SecurityKind.CRYPTO, TODAY)
        america = loss_rule("US", SecurityKind.ETF, TODAY)
        assert india is not None
        assert coins is not None
        assert america is not None
        assert india.meets(Term.SHORT) == {Term.SHORT, Term.LONG}
        assert india.meets(Term.LONG) == {Term.LONG}
        assert coins.meets(None) == frozenset()
        assert america.meets(Term.LONG) == {Term.SHORT, Term.LONG}
        assert america.income_limit == Money.of("3000", "USD")


class TestWashSales:
    def test_bought_again_after_the_sale_moves_all_of_the_loss(self):
        """500 at 10.00 sold at 5.00 lose 2,500.00; 500 bought 18 days later take it all."""
        found = wash_sales(
            [
                buy(1, "2024-01-10", "500", "10"),
                sell(2, "2026-04-01", "500", "5"),
                buy(3, "2026-04-19", "500", "4"),
            ],
            RULE,
        )
        assert found == (
            WashSale(2, 1, 3, date(2026, 4, 1), date(2026, 4, 19), Fraction(500), usd(250_000)),
        )

    def test_pieces_kept_of_a_purchase_just_before_take_their_part(self):
        """200 bought at 50.00, 150 sold at 40.00 within the month: of the loss of 1,500.00 the
        part of the 50 that are kept, 500.00, does not count."""
        assert washed(buy(1, "2026-03-01", "200", "50"), sell(2, "2026-03-20", "150", "40")) == [
            (2, 1, "50", 50_000)
        ]

    def test_all_sold_and_none_bought_again_counts(self):
        assert washed(buy(1, "2026-03-01", "200", "50"), sell(2, "2026-03-20", "200", "40")) == []

    @pytest.mark.parametrize(
        ("bought", "counts_not"),
        [
            ("2026-03-01", True),  # the 30th day before the sale of 31 March
            ("2026-02-28", False),  # the 31st
            ("2026-04-30", True),  # the 30th day after
            ("2026-05-01", False),
        ],
    )
    def test_the_window_is_thirty_days_on_each_side(self, bought, counts_not):
        trades = (
            buy(1, "2025-01-10", "10", "10"),
            buy(3, bought, "10", "7"),
            sell(2, "2026-03-31", "10", "6"),
        )
        assert bool(washed(*trades)) is counts_not

    def test_is_share_by_share(self):
        """Of 100 sold at a loss of 3.00 each 40 are replaced: 120.00 of 300.00."""
        assert washed(
            buy(1, "2025-01-10", "100", "10"),
            sell(2, "2026-03-31", "100", "7"),
            buy(3, "2026-04-10", "40", "8"),
        ) == [(2, 3, "40", 12_000)]

    def test_one_purchase_replaces_each_piece_once(self):
        """10 bought take the loss of 6 and of 4 of the next 6, in the order of the sales."""
        assert washed(
            buy(1, "2025-01-10", "12", "10"),
            sell(2, "2026-03-01", "6", "8"),
            sell(3, "2026-03-02", "6", "7"),
            buy(4, "2026-03-20", "10", "9"),
        ) == [(2, 4, "6", 1_200), (3, 4, "4", 1_200)]

    def test_a_sale_at_a_gain_is_none(self):
        assert (
            washed(
                buy(1, "2025-01-10", "10", "10"),
                sell(2, "2026-03-01", "10", "12"),
                buy(3, "2026-03-02", "10", "12"),
            )
            == []
        )

    def test_only_the_lots_of_a_sale_that_lost_are_looked_at(self):
        """10 at 10.00 and 10 at 20.00 sold together at 15.00: one gains, one loses 50.00."""
        assert washed(
            buy(1, "2025-01-10", "10", "10"),
            buy(2, "2025-01-11", "10", "20"),
            sell(3, "2026-03-01", "20", "15"),
            buy(4, "2026-03-02", "5", "15"),
        ) == [(3, 4, "5", 2_500)]

    def test_pieces_are_counted_over_a_split(self):
        """10 sold at a loss of 40.00; after 4 for 1, 20 new pieces are 5 of them: half."""
        assert washed(
            buy(1, "2025-01-10", "10", "12"),
            sell(2, "2026-03-01", "10", "8"),
            split(3, "2026-03-05", 4, 1),
            buy(4, "2026-03-10", "20", "2"),
        ) == [(2, 4, "20", 2_000)]

    def test_a_sale_before_the_rule_began_is_none(self):
        old = replace(RULE, since=date(2026, 4, 1))
        trades = [
            buy(1, "2025-01-10", "10", "10"),
            sell(2, "2026-03-31", "10", "6"),
            buy(3, "2026-04-02", "10", "6"),
        ]
        assert wash_sales(trades, old) == ()

    def test_a_loss_of_late_tells_until_when_its_window_is_open(self):
        trades = [buy(1, "2025-01-10", "10", "10"), sell(2, "2026-11-01", "10", "6")]
        (found,) = recent_losses(trades, RULE, TODAY)
        assert (found.loss, found.until) == (usd(4_000), date(2026, 12, 1))
        assert recent_losses(trades, RULE, date(2026, 12, 1)) != ()
        assert recent_losses(trades, RULE, date(2026, 12, 2)) == ()


class TestWhatCounts:
    def test_the_cost_that_moved_counts_when_the_replacement_is_sold(self):
        """A loss of 30.00 moves to 10 bought at 8.00; sold at 9.00 they lose 20.00, not gain 10.00.

        Together that is 20.00 lost, as without any rule: 30.00 lost and 10.00 gained.
        """
        trades = [
            buy(1, "2025-01-10", "10", "10"),
            sell(2, "2026-03-01", "10", "7"),
            buy(3, "2026-03-10", "10", "8"),
            sell(4, "2026-05-20", "10", "9"),
        ]
        first, second = counted(trades, RULE)
        assert (first.gain, first.disallowed) == (usd(0), usd(3_000))
        assert (second.gain, second.added, second.disallowed) == (usd(-2_000), usd(3_000), usd(0))
        assert [one.gain for one in counted(trades, None)] == [usd(-3_000), usd(1_000)]

    def test_a_loss_that_comes_of_a_moved_cost_can_move_again(self):
        """As before, but 5 are bought 10 days after: half of the 20.00 moves on."""
        trades = [
            buy(1, "2025-01-10", "10", "10"),
            sell(2, "2026-03-01", "10", "7"),
            buy(3, "2026-03-10", "10", "8"),
            sell(4, "2026-05-20", "10", "9"),
            buy(5, "2026-05-30", "5", "9"),
        ]
        assert [one.gain for one in counted(trades, RULE)] == [usd(0), usd(-1_000)]

    def test_pieces_with_a_moved_cost_go_first(self):
        """4 of 10 bought take on 12.00; of 6 sold at cost it is 12.00 lost, of the rest nothing."""
        trades = [
            buy(1, "2025-01-10", "4", "10"),
            sell(2, "2026-03-01", "4", "7"),
            buy(3, "2026-03-10", "10", "8"),
            sell(4, "2026-05-20", "6", "8"),
            sell(5, "2026-05-21", "4", "8"),
        ]
        assert [one.gain for one in counted(trades, RULE)] == [usd(0), usd(-1_200), usd(0)]


def sums(short: int, long: int) -> dict[Term, Money]:
    return {Term.SHORT: usd(short * 100), Term.LONG: usd(long * 100)}


class TestSettingOff:
    """Each case: gains short and long, losses short and long, then what is left of all four."""

    @pytest.mark.parametrize(
        ("country", "gains", "losses", "left", "income", "carried"),
        [
            # Short losses of 3,000 meet 1,000 short, then 500 long; 1,500 meet other income.
            ("US", (1_000, 500), (3_000, 0), (0, 0), 1_500, (0, 0)),
            # Of 8,000 short and 2,000 long lost, 3,000 of the short ones meet other income.
            ("US", (0, 0), (8_000, 2_000), (0, 0), 3_000, (5_000, 2_000)),
            # Long losses meet short gains there: 700 of 1,000 are left.
            ("US", (1_000, 0), (0, 300), (700, 0), 0, (0, 0)),
            # In India the 400 that short gains leave over meet long ones: 1,000 - 300 - 400.
            ("IN", (100, 1_000), (500, 300), (0, 300), 0, (0, 0)),
            # Long losses never meet short gains there: they are carried.
            ("IN", (800, 0), (0, 1_000), (800, 0), 0, (0, 1_000)),
        ],
    )
    def test_meets_what_the_law_lets_it(self, country, gains, losses, left, income, carried):
        rule = loss_rule(country, SecurityKind.STOCK, TODAY)
        assert rule is not None
        found = set_off(sums(*gains), sums(*losses), rule)
        assert found.gains_left == sums(*left)
        assert found.income == usd(income * 100)
        assert found.carried == sums(*carried)

    def test_leaves_coins_in_india_alone(self):
        rule = loss_rule("IN", SecurityKind.CRYPTO, TODAY)
        assert rule is not None
        found = set_off(sums(500, 0), sums(400, 0), rule)
        assert found.gains_left == sums(500, 0)
        assert found.carried == sums(400, 0)

    @pytest.mark.parametrize(
        ("country", "on", "first"),
        [
            ("US", "2026-11-18", "2026-01-01"),
            ("IN", "2026-11-18", "2026-04-01"),
            ("IN", "2026-03-31", "2025-04-01"),
            ("IN", "2026-04-01", "2026-04-01"),
        ],
    )
    def test_is_of_the_tax_year_of_the_country(self, country, on, first):
        rule = loss_rule(country, SecurityKind.STOCK, TODAY)
        assert rule is not None
        year = tax_year(rule, date.fromisoformat(on))
        assert year.start == date.fromisoformat(first)
        assert 365 <= year.days <= 366

    def test_takes_the_sales_of_the_year_by_their_term(self):
        """Sold in the year: 10 long at a gain of 20.00, 5 short at a loss of 10.00."""
        rule = loss_rule("US", SecurityKind.STOCK, TODAY)
        assert rule is not None
        sales = counted(
            [
                buy(1, "2025-01-10", "20", "10"),
                sell(2, "2025-12-30", "10", "5"),
                sell(3, "2026-02-10", "10", "12"),
                buy(4, "2026-04-10", "5", "10"),
                sell(5, "2026-08-10", "5", "8"),
            ],
            RULE,
        )
        found = results(sales, rule, tax_year(rule, TODAY), "USD")
        assert (found.gains, found.losses) == (sums(0, 20), sums(10, 0))
        assert found.gains_left == sums(0, 10)


def looked_at(*trades, country: str = "US", quote: str = "7") -> tuple[LossLot, ...]:
    book = PriceBook([price("AAPL", "2026-11-17", quote)])
    return loss_lots(holding(APPLE, trades, book, TODAY), country=country, on=TODAY)


class TestLotsBelowTheirCost:
    def test_are_told_one_by_one_with_loss_and_term(self):
        found = looked_at(
            buy(1, "2025-01-10", "10", "10"),
            buy(2, "2025-02-10", "10", "6"),
            buy(3, "2026-08-10", "5", "8"),
        )
        assert [(one.lot.trade_id, one.loss, one.term) for one in found] == [
            (1, usd(3_000), Term.LONG),
            (3, usd(500), Term.SHORT),
        ]
        assert all(one.bought is None for one in found)
        assert {one.buy_again_from for one in found} == {date(2026, 12, 19)}

    def test_are_flagged_by_what_was_bought_in_the_month_before(self):
        """4 of 10 bought 12 days ago: 40 % of the loss of 30.00 would not count."""
        first, second = looked_at(
            buy(1, "2025-01-10", "10", "10"), buy(2, "2026-11-06", "4", "7.50")
        )
        assert first.bought is not None
        assert (first.bought.pieces, first.bought.at_risk) == (Decimal(4), usd(1_200))
        assert first.bought.last_on == date(2026, 11, 6)
        assert first.bought.clear_from == date(2026, 12, 7)
        assert second.bought is None

    def test_never_put_more_at_risk_than_the_loss(self):
        first, _ = looked_at(buy(1, "2025-01-10", "10", "10"), buy(2, "2026-11-06", "40", "8"))
        assert first.bought is not None
        assert first.bought.at_risk == first.loss

    def test_without_a_price_there_are_none(self):
        nothing = holding(APPLE, [buy(1, "2024-01-10", "10", "10")], PriceBook(()), TODAY)
        assert nothing.price is None
        assert loss_lots(nothing, country="US", on=TODAY) == ()

    def test_in_india_tell_the_most_a_set_off_could_save(self):
        """30.00 long at 12.5 % is 3.75; 5.00 short, against short gains at 20 %, is 1.00."""
        found = looked_at(
            buy(1, "2025-01-10", "10", "10"), buy(3, "2026-08-10", "5", "8"), country="IN"
        )
        assert [one.saves for one in found] == [usd(375), usd(100)]
        assert all(one.buy_again_from is None for one in found)

    def test_elsewhere_have_no_rule_and_no_term(self):
        (found,) = looked_at(buy(1, "2025-01-10", "10", "10"), country="FR")
        assert (found.term, found.rule, found.saves, found.bought) == (None, None, None, None)
