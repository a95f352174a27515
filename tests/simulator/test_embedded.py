"""Plays of the default set-up: one process, so that whoever dies takes everybody along."""

from __future__ import annotations

import pytest

from tests.simulator.judged import judged

SEEDS = 250
_BATCH = 25


def test_a_few_seeds_lose_and_double_nothing(theatre):
    wrong, _ = judged(theatre, range(2), one_process=True)
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.chaos
@pytest.mark.parametrize("first", range(0, SEEDS, _BATCH))
def test_nothing_is_lost_or_doubled(theatre, first):
    wrong, _ = judged(theatre, range(first, first + _BATCH), one_process=True)
    assert wrong == {}
