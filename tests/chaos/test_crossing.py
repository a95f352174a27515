"""Fault 31: one pool of connections, a few threads, people who hang up: nobody hears of another."""

from __future__ import annotations

import pytest

from tests.chaos.crossing import Wanted, cross

pytestmark = pytest.mark.slow
TURNS = {"sqlite": 200, "postgresql": 400}


@pytest.mark.parametrize("database_url", list(TURNS), indirect=True)
def test_nobody_is_told_a_word_of_anybody_else(database_url, tmp_path):
    turns = TURNS[database_url.partition(":")[0].partition("+")[0]]
    came = cross(Wanted(turns, people=16), database_url, tmp_path)
    assert came.wrong == []
    assert came.turns == turns
    assert came.own_words > turns // 2  # the words that are looked for are told
    assert came.answers[200] > 10
    assert came.hung_up > 10
