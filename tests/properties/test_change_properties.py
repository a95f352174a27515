"""Differences are explained exactly: the parts add up, whatever the books hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.insights.contributions import (
    NAMED,
    Amounts,
    contributions,
    explain,
    visits_and_price,
)

_SUMS = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.builds(Amounts, st.just("x"), st.integers(-(10**9), 10**9), st.integers(1, 40)),
)


@given(_SUMS, _SUMS)
def test_named_parts_and_the_rest_add_up_to_the_difference(now, then):
    told = explain(contributions(now, then))
    whole = sum(one.minor for one in now.values()) - sum(one.minor for one in then.values())
    assert told.difference == whole
    assert sum(one.minor for one in told.named) + told.rest == whole
    assert len(told.named) <= NAMED
    assert (told.others == 0) <= (told.rest == 0)


@given(_SUMS, _SUMS)
def test_the_largest_that_pull_the_way_of_the_difference_are_named_first(now, then):
    parts = contributions(now, then)
    told = explain(parts)
    pulling = sorted((one.minor * (told.difference or 1) for one in parts), reverse=True)
    first = [one.minor * (told.difference or 1) for one in told.named]
    assert [one for one in first if one > 0] == [one for one in pulling[:NAMED] if one > 0]


@given(_SUMS, _SUMS)
def test_swapping_the_periods_turns_every_sign(now, then):
    there, back = contributions(now, then), contributions(then, now)
    assert {one.key: one.minor for one in there} == {one.key: -one.minor for one in back}


@given(
    st.integers(-(10**9), 10**9),
    st.integers(1, 50),
    st.integers(-(10**9), 10**9),
    st.integers(1, 50),
)
def test_visits_and_price_add_up_at_one_shop(now, visits, then, visits_before):
    split = visits_and_price(Amounts("", now, visits), Amounts("", then, visits_before))
    assert split is not None
    assert split.visits + split.price == now - then
    assert split.more_visits == visits - visits_before


def test_a_first_visit_is_not_split():
    assert visits_and_price(Amounts("", 500, 1), Amounts("", 0, 0)) is None
