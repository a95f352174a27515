"""What holds for any prices, plans and trades: mixes within bounds, bands in order, losses kept."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.ids import UserId
from core.investments import optimal
from core.investments.lot import LotTooSmall, SoldMoreThanHeld, lots_of
from core.investments.mix import shares
from core.investments.projection import band
from core.investments.saving_plan import SavingPlan, grown
from core.investments.security import SecurityKind
from core.investments.set_off import set_off
from core.investments.tax_rules import Term, WashSaleRule, loss_rule, wash_sale_rule
from core.investments.trade import Trade, TradeKind, pieces
from core.investments.wash_sale import counted, wash_sales
from core.money import Money, total

ME = UserId("u")
FIRST = date(2026, 1, 1)


def rule_of_the_us() -> WashSaleRule:
    found = wash_sale_rule("US", SecurityKind.STOCK, FIRST)
    assert found is not None
    return found


RULE = rule_of_the_us()


@st.composite
def returns(draw: st.DrawFn) -> np.ndarray:
    """Draw daily returns of two to nine assets that move together more or less."""
    assets = draw(st.integers(2, 9))
    rows = draw(st.integers(30, 90))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    market = chance.normal(0.0003, 0.01, size=(rows, 1))
    own = chance.normal(0.0002, 1.0, size=(rows, assets)) * chance.uniform(0.001, 0.03, assets)
    return draw(st.floats(0.0, 2.0)) * market + own


@st.composite
def capped(draw: st.DrawFn) -> tuple[np.ndarray, float]:
    """Draw returns and a cap that leaves a whole."""
    drawn = draw(returns())
    assets = drawn.shape[1]
    return drawn, draw(st.floats(1.0 / assets + 1e-6, 1.0))


def variance(weights: np.ndarray, covariance: np.ndarray) -> float:
    return float(weights @ covariance @ weights)


def some_mix(assets: int, cap: float, seed: int) -> np.ndarray:
    """Return any mix under the cap: water poured into the assets in a random order."""
    chance = np.random.default_rng(seed)
    weights = chance.dirichlet(np.ones(assets))
    for _ in range(200):
        over = np.clip(weights - cap, 0.0, None).sum()
        if over <= 1e-15:
            break
        weights = np.minimum(weights, cap)
        room = cap - weights
        weights = weights + over * room / room.sum()
    return weights


class TestMixes:
    @given(capped(), st.integers(0, 2**32))
    def test_are_within_bounds_and_no_other_mix_swings_less(self, drawn, seed):
        rows, cap = drawn
        covariance, share = optimal.shrunk_covariance(rows)
        found = optimal.min_variance(covariance, cap)
        assets = len(found)
        assert 0.0 <= share <= 1.0
        assert found.sum() == pytest.approx(1.0, abs=1e-12)
        assert found.min() >= 0.0
        assert found.max() <= cap + 1e-9
        least = variance(found, covariance)
        equal = np.full(assets, 1.0 / assets)
        assert least <= variance(equal, covariance) * (1 + 1e-9)
        assert least <= variance(some_mix(assets, cap, seed), covariance) * (1 + 1e-9)

    @given(capped(), st.integers(0, 2**32))
    def test_no_other_mix_had_more_for_its_swing(self, drawn, seed):
        rows, cap = drawn
        mean, (covariance, _) = rows.mean(axis=0), optimal.shrunk_covariance(rows)
        found = optimal.max_sharpe(mean, covariance, cap)
        if found is None:
            assert float(optimal.highest(mean, cap) @ mean) <= 0.0
            return
        assert found.sum() == pytest.approx(1.0, abs=1e-12)
        assert found.min() >= 0.0
        assert found.max() <= cap + 1e-9
        best = float(mean @ found) / variance(found, covariance) ** 0.5
        for other in (some_mix(len(found), cap, seed), optimal.min_variance(covariance, cap)):
            ratio = float(mean @ other) / variance(other, covariance) ** 0.5
            assert ratio <= best + 1e-9 * abs(best) + 1e-12

    @given(capped())
    def test_the_frontier_swings_more_for_more(self, drawn):
        rows, cap = drawn
        mean, (covariance, _) = rows.mean(axis=0), optimal.shrunk_covariance(rows)
        steps = optimal.frontier(mean, covariance, cap, optimal.FRONTIER_POINTS)
        means = [float(one @ mean) for one in steps]
        swings = [variance(one, covariance) for one in steps]
        assert means == sorted(means)
        assert all(late >= early * (1 - 1e-7) for early, late in itertools.pairwise(swings))

    @given(returns(), st.floats(0.001, 1000.0))
    def test_do_not_depend_on_the_scale_of_the_returns(self, rows, scale):
        one = optimal.min_variance(optimal.shrunk_covariance(rows)[0], 1.0)
        other = optimal.min_variance(optimal.shrunk_covariance(rows * scale)[0], 1.0)
        assert list(one) == pytest.approx(list(other), abs=1e-7)

    @given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30))
    def test_told_in_per_cent_add_up_to_a_hundred(self, parts):
        whole = sum(parts)
        assume(whole > 1e-6)
        told = shares([part / whole for part in parts])
        assert sum(told) == 100
        assert all(
            abs(float(one) - part / whole * 100) <= 0.1
            for one, part in zip(told, parts, strict=True)
        )


plans = st.builds(
    SavingPlan,
    start=st.integers(0, 10**9).map(lambda minor: Money(minor, "USD")),
    monthly=st.integers(0, 10**6).map(lambda minor: Money(minor, "USD")),
    months=st.integers(1, 240),
    cost=st.decimals(0, 3, places=2),
    inflation=st.decimals(0, 9, places=2),
)
dailies = st.lists(st.floats(-0.05, 0.05), min_size=30, max_size=90).map(np.array)


class TestPlans:
    @given(plans, dailies)
    def test_a_band_is_in_order_and_is_the_same_again(self, plan, daily):
        found = band(plan, daily, 252.0)
        assert found.low <= found.middle <= found.high
        assert 0 <= found.losing <= 100
        assert found == band(plan, daily, 252.0)

    @given(plans, dailies, st.integers(1, 10**6))
    def test_putting_in_more_never_brings_less(self, plan, daily, more):
        richer = replace(plan, monthly=Money(plan.monthly.minor + more, "USD"))
        one, other = band(plan, daily, 252.0), band(richer, daily, 252.0)
        assert one.low <= other.low
        assert one.middle <= other.middle
        assert one.high <= other.high

    @given(plans, st.decimals(-10, 20, places=2), st.decimals("0.01", 5, places=2))
    def test_growing_more_and_putting_in_more_bring_more(self, plan, rate, more):
        assert grown(plan, rate) <= grown(plan, rate + more)
        richer = replace(plan, monthly=Money(plan.monthly.minor + 100, "USD"))
        assert grown(plan, rate) <= grown(richer, rate)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@st.composite
def trades(draw: st.DrawFn) -> list[Trade]:
    """Draw trades of a few months that never sell more than there is, some of a named lot."""
    made: list[Trade] = []
    for number in range(1, draw(st.integers(2, 10)) + 1):
        on = FIRST + timedelta(days=draw(st.integers(0, 90)))
        kind = draw(st.sampled_from([TradeKind.BUY, TradeKind.SELL, TradeKind.SELL]))
        many = draw(st.integers(1, 20))
        each = draw(st.integers(1, 50))
        one = replace(
            pieces(ME, 1, kind, on, quantity=str(many), each=(Decimal(each), "USD")), id=number
        )
        if kind is TradeKind.SELL and draw(st.booleans()):
            lots = [lot for lot in lots_of(made).open if lot.opened_on <= on]
            if lots:
                one = replace(one, lot_id=draw(st.sampled_from(lots)).trade_id)
        try:
            lots_of([*made, one])
        except (LotTooSmall, SoldMoreThanHeld):
            continue
        made.append(one)
    assume(made)
    return made


class TestNamedLots:
    @given(trades())
    def test_conserve_cost_and_take_from_no_other_purchase(self, found):
        lots = lots_of(found)
        bought = total((one.amount for one in found if one.kind is TradeKind.BUY), "USD")
        assert total((one.cost for one in lots.matches), "USD") + lots.cost("USD") == bought
        named = {one.id: one.lot_id for one in found if one.lot_id is not None}
        for match in lots.matches:
            assert named.get(match.sale_id, match.trade_id) == match.trade_id

    @given(trades())
    def test_hold_all_pieces_that_were_bought_and_not_sold(self, found):
        there = sum(one.quantity if one.kind is TradeKind.BUY else -one.quantity for one in found)
        assert lots_of(found).quantity == there


class TestWashSales:
    @given(trades())
    def test_disallow_no_more_than_was_lost_and_move_all_of_it(self, found):
        """No loss is made or lost: what does not count is on the cost of what was bought."""
        sales = counted(found, RULE)
        assert tuple(one.match for one in sales) == lots_of(found).matches
        sold = {(one.match.sale_id, one.match.trade_id): one for one in sales}
        replaced: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
        used: dict[int, Fraction] = defaultdict(Fraction)
        for washed in wash_sales(found, RULE):
            replaced[washed.sale_id, washed.lot_id] += washed.pieces
            used[washed.replacement_id] += washed.pieces
            assert abs((washed.replaced_on - washed.closed_on).days) <= 30
        for key, one in sold.items():
            lost = max(one.added.minor - one.match.gain.minor, 0)
            assert 0 <= one.disallowed.minor <= lost
            assert replaced[key] <= one.match.quantity
            if lost and replaced[key] == one.match.quantity:
                assert one.disallowed.minor == lost
        put = sum(one.disallowed.minor for one in sales)
        taken = sum(one.added.minor for one in sales)
        assert 0 <= taken <= put
        plain = sum(one.match.gain.minor for one in sales)
        assert sum(one.gain.minor for one in sales) == plain + put - taken
        bought = {one.id: one.quantity for one in found if one.kind is TradeKind.BUY}
        assert all(used[number] <= bought[number] for number in used)

    @given(trades(), st.randoms(use_true_random=False))
    def test_do_not_depend_on_the_order_of_telling(self, found, chance):
        mixed = list(found)
        chance.shuffle(mixed)
        assert wash_sales(mixed, RULE) == wash_sales(found, RULE)

    @given(trades())
    def test_are_not_touched_by_what_was_bought_long_before_or_after(self, found):
        far = FIRST + timedelta(days=200)
        one = pieces(ME, 1, TradeKind.BUY, far, quantity="5", each=(Decimal(3), "USD"))
        assert wash_sales([*found, replace(one, id=99)], RULE) == wash_sales(found, RULE)


sums = st.integers(0, 10**7).map(lambda minor: Money(minor, "USD"))
by_term = st.fixed_dictionaries({Term.SHORT: sums, Term.LONG: sums})


class TestSettingOff:
    @given(by_term, by_term, st.sampled_from([("US", "stock"), ("IN", "stock"), ("IN", "crypto")]))
    def test_makes_and_loses_nothing_and_meets_what_it_may_only(self, gains, losses, where):
        rule = loss_rule(where[0], SecurityKind(where[1]), FIRST)
        assert rule is not None
        plain = replace(rule, income_limit=rule.income_limit and usd(rule.income_limit.minor))
        found = set_off(gains, losses, plain)
        met_gains = sum(gains[term].minor - found.gains_left[term].minor for term in Term)
        met_losses = sum(losses[term].minor - found.carried[term].minor for term in Term)
        assert met_losses == met_gains + found.income.minor
        for term in Term:
            assert 0 <= found.gains_left[term].minor <= gains[term].minor
            assert 0 <= found.carried[term].minor <= losses[term].minor
            if found.carried[term]:  # a loss that is left has met all that it may
                assert all(not found.gains_left[gain] for gain in rule.meets(term))
