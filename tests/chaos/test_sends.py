"""A short run of what ``make chaos`` does for long: sends, kills, and a carrier that lies."""

from __future__ import annotations

import pytest

from tests.chaos.sends import Wanted, play_in_a_folder

pytestmark = [pytest.mark.slow, pytest.mark.chaos]


def test_nothing_is_lost_or_doubled_while_workers_are_killed():
    came = play_in_a_folder(Wanted(seed=1, sends=120, kills=10, seconds=150.0))
    assert came.wrong == []
    assert came.kills >= 10
    assert came.sends >= 90
