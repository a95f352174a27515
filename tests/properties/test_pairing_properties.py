"""The two sides of a transfer find each other, or nobody does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.ledger.pairing import WINDOW, Leg, pair

DAY = date(2026, 5, 1)


@st.composite
def legs(draw) -> list[Leg]:
    """Few amounts on few days and accounts, so that many of them could belong together."""
    rows = st.tuples(
        st.integers(1, 3),
        st.integers(0, 9),
        st.sampled_from([-500, -500, -120, 120, 500, 500]),
        st.sampled_from(["USD", "EUR"]),
    )
    return [
        Leg(number, account, DAY + timedelta(days=day), minor, currency)
        for number, (account, day, minor, currency) in enumerate(draw(st.lists(rows, max_size=14)))
    ]


class TestPairs:
    @given(legs())
    def test_hold_each_row_at_most_once_and_only_what_fits(self, found):
        by_id = {leg.entry_id: leg for leg in found}
        pairs = pair(found)
        ids = [number for both in pairs for number in both]
        assert len(ids) == len(set(ids))
        for out, into in ((by_id[one], by_id[other]) for one, other in pairs):
            assert out.minor < 0 < into.minor == -out.minor
            assert out.currency == into.currency
            assert out.account_id != into.account_id
            assert abs(out.booked_date - into.booked_date) <= WINDOW

    @given(legs())
    def test_are_the_same_seen_from_the_other_side(self, found):
        mirrored = [replace(leg, minor=-leg.minor) for leg in found]
        assert {(into, out) for out, into in pair(mirrored)} == set(pair(found))

    @given(legs(), st.randoms(use_true_random=False))
    def test_do_not_depend_on_the_order_of_the_rows(self, found, chance):
        shuffled = list(found)
        chance.shuffle(shuffled)
        assert set(pair(shuffled)) == set(pair(found))

    @given(legs(), st.data())
    def test_that_were_rejected_never_return(self, found, data):
        pairs = pair(found)
        rejected = set(data.draw(st.lists(st.sampled_from(pairs)))) if pairs else set()
        assert not rejected & set(pair(found, rejected))
