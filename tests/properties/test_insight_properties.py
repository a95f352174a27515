"""What is said about the days ahead does not depend on the currency, and the score is fair."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.insights.expected import Recurring
from core.insights.forecast import Spending, forecast
from core.insights.movement import Movement
from core.insights.score import Inputs, score, tips
from core.insights.unusual import unusual
from core.ledger.entry import Flow
from core.period import Calendar, Grain, period_of

pytestmark = pytest.mark.slow

TODAY = date(2026, 5, 20)
_MONEY = st.integers(1, 10**8)
_FEW = st.integers(0, 12)
_INPUTS = st.builds(
    Inputs,
    income=st.none() | _MONEY,
    spent=_MONEY,
    essential=st.none() | _MONEY,
    debt_payments=st.integers(0, 10**7),
    liquid=st.integers(0, 10**9),
    bills=_FEW,
    bills_late=st.just(0),
    days=st.just(90),
    days_above=st.integers(0, 90),
    budgets=_FEW,
    budgets_kept=st.just(0),
)
_WORSE = ("spent", "debt_payments", "bills_late")
_BETTER = ("income", "liquid", "days_above", "budgets_kept")
_ROWS = st.lists(
    st.tuples(st.integers(0, 170), st.integers(1_000, 90_000), st.sampled_from("abcd")),
    min_size=60,
    max_size=90,
)


def movements(rows, scale=1):
    return [
        Movement(
            at, 1, TODAY - timedelta(days=day), minor * scale, "USD", Flow.SPEND, payee, payee, "X"
        )
        for at, (day, minor, payee) in enumerate(rows, start=1)
    ]


class TestScore:
    @given(_INPUTS)
    def test_lies_between_0_and_100_or_is_none_for_want_of_coverage(self, inputs):
        told = score(inputs)
        if told.value is None:
            assert told.coverage < 0.6
        else:
            assert 0 <= told.value <= 100

    @given(_INPUTS, st.integers(2, 500))
    def test_does_not_depend_on_the_currency(self, inputs, scale):
        names = ("income", "spent", "essential", "debt_payments", "liquid")
        values = {name: getattr(inputs, name) for name in names}
        other = replace(inputs, **{k: None if v is None else v * scale for k, v in values.items()})
        assert score(other).factors == score(inputs).factors

    @given(
        _INPUTS, st.sampled_from(["spent", "debt_payments", "bills_late"]), st.integers(1, 10**7)
    )
    def test_never_rises_by_what_makes_things_worse(self, inputs, name, more):
        now = getattr(inputs, name)
        worse = replace(
            inputs, **{name: min(inputs.bills, now + more) if name == "bills_late" else now + more}
        )
        _never_better(score(inputs), score(worse))

    @given(
        _INPUTS,
        st.sampled_from(["income", "liquid", "days_above", "budgets_kept"]),
        st.integers(1, 10**7),
    )
    def test_never_falls_by_what_makes_things_better(self, inputs, name, more):
        now = getattr(inputs, name)
        if now is None:
            return
        most = {"days_above": inputs.days, "budgets_kept": inputs.budgets}
        better = replace(inputs, **{name: min(most.get(name, 10**12), now + more)})
        _never_better(score(better), score(inputs))

    @given(_INPUTS)
    def test_each_tip_gains_what_it_says(self, inputs):
        now = score(inputs).value
        for tip in tips(inputs):
            assert now is not None
            assert 0 < tip.gain <= 100 - now


def _never_better(better, worse):
    values = {one.factor: one.value for one in better.factors}
    assert all(one.value <= values[one.factor] for one in worse.factors)


class TestAhead:
    @settings(max_examples=25)
    @given(_ROWS, st.integers(2, 1000))
    def test_unusual_charges_are_the_same_in_any_currency(self, rows, scale):
        one = [found.movement.entry_id for found in unusual(movements(rows))]
        other = [found.movement.entry_id for found in unusual(movements(rows, scale))]
        assert one == other

    @settings(max_examples=25)
    @given(_ROWS, st.randoms(use_true_random=False))
    def test_the_order_of_rows_changes_nothing(self, rows, chance):
        found = movements(rows)
        mixed = list(found)
        chance.shuffle(mixed)
        assert unusual(mixed) == unusual(found)

    @settings(max_examples=25)
    @given(_ROWS, st.integers(2, 1000))
    def test_forecasts_scale_with_the_currency_and_their_range_is_in_order(self, rows, scale):
        month = period_of(Grain.MONTH, TODAY)
        # As many as there have to be, so that rows made by chance are never too few.
        early = [(170, 1_000, "a"), *((day, 500, "b") for day in range(20, 160, 10)), *rows]
        one, other = (
            forecast(
                Spending(tuple(movements(early, by)), Recurring((), frozenset()), Calendar()),
                month,
                today=TODAY,
            )
            for by in (1, scale)
        )
        assert one.low <= one.middle <= one.high
        for name in ("low", "middle", "high", "spent"):
            assert (
                abs(getattr(other, name) - scale * getattr(one, name))
                <= 2 * scale + getattr(other, name) // 50
            )
