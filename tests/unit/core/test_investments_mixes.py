from __future__ import annotations

import csv
import math
import tomllib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from core.ids import UserId
from core.investments import optimal
from core.investments.history import History, histories
from core.investments.mix import CapTooLow, MixKind, mixes, shares, usual_cap
from core.investments.performance import Sources
from core.investments.price import Price, PriceBook
from core.investments.quadratic import Infeasible, least
from core.investments.security import Security, SecurityKind
from core.rates.rate import ECB, Rate, RateBook
from tests.unit.core.test_investments_lots import split

FOLDER = Path(__file__).parents[2] / "payloads/investments"
FIRST = date(2024, 1, 1)


def closes() -> list[list[float]]:
    with (FOLDER / "closes.csv").open(encoding="utf-8", newline="") as stream:
        return [[float(cell) for cell in row] for row in csv.reader(stream)]


def security(number: int, currency: str = "USD") -> Security:
    symbol = f"S{number}"
    return Security(number, UserId("u"), symbol, symbol, SecurityKind.STOCK, currency)


def history_of(rows: list[list[float]]) -> History:
    days = tuple(FIRST + timedelta(days=at) for at in range(len(rows)))
    securities = tuple(security(at) for at in range(1, len(rows[0]) + 1))
    return History(securities, days, tuple(map(tuple, rows)))


WORKED = tomllib.loads((FOLDER / "mixes.toml").read_text(encoding="utf-8"))
RETURNS = optimal.returns_of(closes())
MEAN = RETURNS.mean(axis=0) * 252
SHRUNK, SHARE = optimal.shrunk_covariance(RETURNS)
COVARIANCE = SHRUNK * 252


class TestAgainstTheFiguresOfOtherLibraries:
    """`mixes.toml` says by which library, of which version, each figure was worked out."""

    def test_the_covariance_is_shrunk_as_ledoit_and_wolf_say(self):
        known, share = ledoit_wolf(RETURNS)
        assert pytest.approx(share, abs=1e-12) == SHARE
        assert np.abs(known - SHRUNK).max() < 1e-15
        assert pytest.approx(WORKED["shrinkage"], abs=1e-9) == SHARE

    @pytest.mark.parametrize("case", WORKED["min_variance"], ids=lambda case: str(case["cap"]))
    def test_the_weights_of_least_variance(self, case):
        found = optimal.min_variance(COVARIANCE, case["cap"])
        assert list(found) == pytest.approx(case["weights"], abs=1e-6)
        assert math.sqrt(found @ COVARIANCE @ found) == pytest.approx(case["swing"], abs=1e-6)

    @pytest.mark.parametrize("case", WORKED["max_sharpe"], ids=lambda case: str(case["cap"]))
    def test_the_weights_of_the_best_return_for_its_swing(self, case):
        found = optimal.max_sharpe(MEAN, COVARIANCE, case["cap"])
        assert found is not None
        assert list(found) == pytest.approx(case["weights"], abs=1e-6)
        ratio = MEAN @ found / math.sqrt(found @ COVARIANCE @ found)
        assert ratio == pytest.approx(case["ratio"], abs=1e-6)

    @pytest.mark.parametrize("case", WORKED["frontier"], ids=lambda case: str(case["mean"]))
    def test_the_least_swing_for_a_mean(self, case):
        """Between two steps of the frontier the swing for a mean lies on a smooth curve."""
        steps = optimal.frontier(MEAN, COVARIANCE, 0.3, 7)
        found = next(one for one in steps if abs(one @ MEAN - case["mean"]) < 1e-9)
        assert math.sqrt(found @ COVARIANCE @ found) == pytest.approx(case["swing"], abs=1e-6)


class TestOracles:
    """The same with the libraries themselves, where somebody has them."""

    @pytest.mark.parametrize("cap", [0.3, 0.5, 1.0])
    def test_pyportfolioopt_finds_the_same(self, cap):
        pypfopt = pytest.importorskip("pypfopt")
        # Its solver stops at 1e-8 of the variance by itself, which leaves 1e-5 in the weights.
        within = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-13)
        exact = {"solver": "CLARABEL", "solver_options": within}
        lowest = pypfopt.EfficientFrontier(MEAN, COVARIANCE, (0, cap), **exact)
        lowest.min_volatility()
        assert list(optimal.min_variance(COVARIANCE, cap)) == pytest.approx(
            list(lowest.weights), abs=1e-6
        )
        best = pypfopt.EfficientFrontier(MEAN, COVARIANCE, (0, cap), **exact)
        best.max_sharpe(risk_free_rate=0.0)
        found = optimal.max_sharpe(MEAN, COVARIANCE, cap)
        assert found is not None
        assert list(found) == pytest.approx(list(best.weights), abs=1e-6)


class TestTwoAssets:
    """Worked by hand: the least variance of two is at (s2^2 - c) / (s1^2 + s2^2 - 2c)."""

    COVARIANCE = np.array([[0.04, 0.006], [0.006, 0.09]])

    def test_least_variance_is_the_closed_form(self):
        found = optimal.min_variance(self.COVARIANCE, 1.0)
        assert list(found) == pytest.approx([0.084 / 0.118, 0.034 / 0.118], abs=1e-14)

    def test_a_cap_holds_exactly(self):
        found = optimal.min_variance(self.COVARIANCE, 0.6)
        assert list(found) == pytest.approx([0.6, 0.4], abs=1e-14)

    def test_best_ratio_is_the_closed_form(self):
        """Weights are the inverse covariance times the means, scaled to one."""
        mean = np.array([0.08, 0.10])
        raw = np.linalg.solve(self.COVARIANCE, mean)
        found = optimal.max_sharpe(mean, self.COVARIANCE, 1.0)
        assert found is not None
        assert list(found) == pytest.approx(list(raw / raw.sum()), abs=1e-13)

    def test_no_mix_is_best_when_none_had_more_than_cash(self):
        assert optimal.max_sharpe(np.array([-0.01, -0.02]), self.COVARIANCE, 1.0) is None
        assert optimal.max_sharpe(np.array([0.01, 0.02]), self.COVARIANCE, 1.0, 0.02) is None

    def test_equal_means_leave_one_step_of_the_frontier(self):
        steps = optimal.frontier(np.array([0.05, 0.05]), self.COVARIANCE, 1.0, 7)
        assert len(steps) == 1


class TestTheSolver:
    def test_lets_go_of_a_bound_that_holds_nothing_back_any_more(self):
        """Minimise x2 + y2 + z2 with x + y + z = 3, x >= 2 and y >= 0.8: z is what is left."""
        normals = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        found = least(np.eye(3), normals, np.array([3.0, 2.0, 0.8]), equalities=1)
        assert list(found) == pytest.approx([2.0, 0.8, 0.2], abs=1e-13)

    def test_says_when_nothing_keeps_all_bounds(self):
        normals = np.array([[1.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        with pytest.raises(Infeasible):
            least(np.eye(2), normals, np.array([1.0, -0.4, -0.4]), equalities=1)

    def test_takes_assets_that_are_the_same_twice(self):
        one = np.array([[1.0, 1.0, 0.1], [1.0, 1.0, 0.1], [0.1, 0.1, 2.0]]) + np.eye(3) * 1e-9
        found = optimal.min_variance(one, 1.0)
        assert found.sum() == pytest.approx(1.0)
        assert found[0] == pytest.approx(found[1], abs=1e-6)


class TestMixes:
    def test_stand_beside_each_other_in_per_cent_that_add_up(self):
        found = mixes(history_of(closes()), [float(at) for at in range(1, 9)])
        assert list(found.mixes) == [
            MixKind.CURRENT,
            MixKind.EQUAL,
            MixKind.MIN_VARIANCE,
            MixKind.MAX_SHARPE,
        ]
        assert all(sum(mix.percents) == 100 for mix in found.mixes.values())
        assert found.cap == 30
        swings = {kind: mix.swing for kind, mix in found.mixes.items()}
        assert swings[MixKind.MIN_VARIANCE] == min(swings.values())
        assert len(found.frontier) == optimal.FRONTIER_POINTS
        assert [one.swing for one in found.frontier] == sorted(one.swing for one in found.frontier)

    def test_are_tried_on_quarters_they_were_not_made_from(self):
        rows = closes()
        found = mixes(history_of(rows), [1.0] * 8)
        equal = RETURNS[250 : 250 + 63 * ((len(RETURNS) - 250) // 63)].mean(axis=1)
        told = found.forward[MixKind.EQUAL]
        per_year = history_of(rows).per_year
        assert float(told.mean) == pytest.approx(equal.mean() * per_year * 100, abs=1e-5)
        assert MixKind.MIN_VARIANCE in found.forward

    def test_are_not_tried_forward_without_a_quarter_to_try(self):
        assert mixes(history_of(closes()[:300]), [1.0] * 8).forward == {}

    def test_the_usual_cap_leaves_something_to_choose(self):
        assert [usual_cap(count) for count in (1, 2, 4, 6, 7, 20)] == [
            1,
            1,
            Decimal("0.5"),
            Decimal(2) / 6,
            Decimal("0.3"),
            Decimal("0.3"),
        ]

    def test_a_cap_that_does_not_add_up_is_refused_with_the_least_that_does(self):
        with pytest.raises(CapTooLow) as refused:
            mixes(history_of(closes()), [1.0] * 8, Decimal("0.12"))
        assert refused.value.fields == {"least": 13}

    def test_shares_add_up_to_a_hundred_by_the_largest_remainders(self):
        assert shares([1 / 3, 1 / 3, 1 / 3]) == (Decimal("33.4"), Decimal("33.3"), Decimal("33.3"))
        assert shares([0.6, 0.4]) == (Decimal(60), Decimal(40))


def price(symbol: str, on: date, value: str, currency: str = "USD") -> Price:
    at = datetime.combine(on, datetime.min.time(), UTC)
    return Price(symbol, Decimal(value), currency, on, at, "file")


class TestHistory:
    def test_takes_the_days_that_all_have_and_leaves_out_who_has_too_few(self):
        days = [FIRST + timedelta(days=at) for at in range(6)]
        told = [price("S1", on, "10") for on in days]
        told += [price("S2", on, "20") for on in days if on != days[2]]
        told += [price("S3", on, "30") for on in days[4:]]
        book = Sources(PriceBook(told), RateBook(()), "USD")
        found = histories([security(1), security(2), security(3)], [], book, on=days[-1], needed=3)
        assert [one.symbol for one in found.history.securities] == ["S1", "S2"]
        assert found.history.days == (*days[:2], *days[3:])
        assert found.history.returns == 4
        assert [(one.security.symbol, one.returns) for one in found.too_short] == [("S3", 1)]

    def test_tells_old_prices_in_pieces_of_after_a_split(self):
        days = [FIRST + timedelta(days=at) for at in range(4)]
        told = [
            price("S1", on, value) for on, value in zip(days, ["8", "8", "2", "2"], strict=True)
        ]
        book = Sources(PriceBook(told), RateBook(()), "USD")
        cut = split(1, days[2].isoformat(), 4, 1)
        found = histories([security(1)], [cut], book, on=days[-1], needed=2)
        assert [row[0] for row in found.history.closes] == [2.0, 2.0, 2.0, 2.0]

    def test_counts_in_one_currency_and_leaves_out_days_without_a_rate(self):
        days = [FIRST + timedelta(days=at) for at in range(3)]
        told = [price("S1", on, "10", "EUR") for on in days]
        rates = RateBook([Rate("EUR", "USD", Decimal(2), days[1], frozenset({ECB}))])
        book = Sources(PriceBook(told), rates, "USD")
        found = histories([security(1, "EUR")], [], book, on=days[-1], needed=1)
        assert found.history.days == tuple(days[1:])
        assert found.history.closes == ((20.0,), (20.0,))

    def test_has_as_many_steps_a_year_as_its_days_make(self):
        days = tuple(FIRST + timedelta(days=7 * at) for at in range(53))
        weekly = History((security(1),), days, tuple((float(at + 1),) for at in range(53)))
        assert weekly.per_year == pytest.approx(52.18, abs=0.01)
