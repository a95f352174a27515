"""Reports in any order and number never take a delivery back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.messaging.delivery import MOVES, DeliveryState, rank, settled

STATES = st.sampled_from(list(DeliveryState))


class TestReports:
    @given(STATES, st.lists(STATES, max_size=12))
    def test_the_rank_never_falls_and_every_step_is_allowed(self, state, reports):
        for reported in reports:
            after = settled(state, reported)
            assert rank(after) >= rank(state)
            assert after is state or after in MOVES[state]
            state = after

    @given(STATES, STATES)
    def test_a_repeated_report_changes_nothing(self, state, reported):
        once = settled(state, reported)
        assert settled(once, reported) is once

    @given(st.permutations([DeliveryState.ACCEPTED] * 3 + [DeliveryState.DELIVERED] * 2))
    def test_the_order_of_good_news_does_not_matter(self, reports):
        state = DeliveryState.SENDING
        for reported in reports:
            state = settled(state, reported)
        assert state is DeliveryState.DELIVERED
