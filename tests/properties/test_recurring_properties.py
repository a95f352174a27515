"""What recurs is found whatever the order of the rows, and whatever else was bought."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.subscriptions.charge import Charge
from core.subscriptions.detect import detect

TODAY = date(2026, 11, 1)
_STEPS = (7, 14, 28, 30, 91)


@st.composite
def charges(draw) -> list[Charge]:
    """A few merchants: some by the calendar with a late day now and then, some by chance."""
    found: list[Charge] = []
    for place, name in enumerate(draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=3))):
        step = draw(st.sampled_from(_STEPS))
        amount = draw(st.sampled_from([499, 999, 64_000]))
        for turn in range(draw(st.integers(1, 14))):
            away = draw(st.integers(-1, 9)) if draw(st.booleans()) else 0
            found.append(
                Charge(
                    entry_id=100 * place + turn,
                    account_id=1,
                    merchant_key=f"shop {name}",
                    name=f"Shop {name}",
                    booked_date=TODAY - timedelta(days=step * turn + away + 3),
                    minor=amount + draw(st.sampled_from([0, 0, 0, 150])),
                    currency="USD",
                    category="ENTERTAINMENT_TV_AND_MOVIES",
                )
            )
    return found


class TestStreams:
    @given(charges(), st.randoms(use_true_random=False))
    def test_do_not_depend_on_the_order_of_the_rows(self, found, chance):
        shuffled = list(found)
        chance.shuffle(shuffled)
        assert detect(shuffled, today=TODAY) == detect(found, today=TODAY)

    @given(charges(), st.integers(1, 90_000), st.integers(1, 700))
    def test_are_the_same_beside_a_merchant_that_has_nothing_to_do_with_them(
        self, found, minor, ago
    ):
        other = Charge(
            entry_id=9_999,
            account_id=1,
            merchant_key="quite another",
            name="Quite Another",
            booked_date=TODAY - timedelta(days=ago),
            minor=minor,
            currency="USD",
            category="GENERAL_MERCHANDISE",
        )
        assert detect([*found, other], today=TODAY) == detect(found, today=TODAY)

    @given(charges(), st.sampled_from([3, 7, 10]))
    def test_are_the_same_in_a_currency_of_larger_figures(self, found, scale):
        """Prices of trials apart, which are small in any money: none is that small here."""
        larger = [replace(one, minor=one.minor * scale) for one in found]

        def shape(charges: list[Charge]) -> list[tuple[object, ...]]:
            return [
                (one.entry_ids, one.cadence, one.next_date, one.kind, one.phase)
                for one in detect(charges, today=TODAY)
            ]

        assert shape(larger) == shape(found)
