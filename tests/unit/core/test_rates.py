"""Rates: which one is found, what it makes of an amount, and that there and back never gains."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.connect.ecb_history import EcbHistory
from core.currencies import EXPONENTS
from core.money import Money
from core.rates.rate import (
    ECB,
    MAX_AGE,
    USER,
    Rate,
    RateBook,
    RateMissing,
    RateUnreadable,
    SameCurrency,
    per_unit,
    shown,
    user_rate,
)

TODAY = date(2026, 5, 14)


def rate(base, quote, value, *, on=TODAY, source=ECB):
    return Rate(base, quote, Decimal(value), on, frozenset({source}))


def euros(**values):
    return [rate("EUR", quote, value) for quote, value in values.items()]


class TestTheRateFound:
    def test_is_the_newest_up_to_the_day(self):
        days = [TODAY - timedelta(days=back) for back in (5, 3, 0)]
        book = RateBook(
            rate("EUR", "USD", value, on=on)
            for on, value in zip(days, ("1.1", "1.2", "1.3"), strict=True)
        )
        found = book.find("EUR", "USD", TODAY - timedelta(days=1))
        assert (found.value, found.on) == (Decimal("1.2"), days[1])

    def test_is_missing_before_the_first_and_when_the_last_is_too_old(self):
        book = RateBook([rate("EUR", "USD", "1.1")])
        for day in (TODAY - timedelta(days=1), TODAY + MAX_AGE + timedelta(days=1)):
            with pytest.raises(RateMissing):
                book.find("EUR", "USD", day)
        assert book.find("EUR", "USD", TODAY + MAX_AGE).on == TODAY

    def test_goes_by_way_of_the_shared_currency(self):
        book = RateBook(euros(USD="1.25", INR="100"))
        assert book.find("USD", "INR", TODAY).value == Decimal(80)
        assert book.find("INR", "USD", TODAY).of(Money.of("100", "INR")) == Money.of("1.25", "USD")

    def test_is_as_old_as_its_oldest_part_and_names_every_source(self):
        old = TODAY - timedelta(days=9)
        own = rate("AED", "USD", "0.27", on=old, source=USER)
        found = RateBook([*euros(USD="1.25"), own]).find("AED", "EUR", TODAY)
        assert (found.on, found.source) == (old, "rate_ecb_user")

    def test_prefers_the_fresher_way_and_then_the_shorter(self):
        own = rate("USD", "INR", "90", on=TODAY - timedelta(days=1), source=USER)
        shared = euros(USD="1.25", INR="100")
        assert RateBook([*shared, own]).find("USD", "INR", TODAY).value == Decimal(80)
        today = rate("USD", "INR", "91", source=USER)
        assert RateBook([*shared, today]).find("USD", "INR", TODAY).value == Decimal(91)

    def test_of_a_stranger_is_never_one_or_nought(self):
        book = RateBook(euros(USD="1.25"))
        assert book.value(Money.of("200", "AED"), "USD", TODAY) is None


class TestWhatItMakesOfAnAmount:
    def test_follows_the_decimals_of_both_currencies(self):
        assert rate("USD", "JPY", "150.5").of(Money.of("10.01", "USD")) == Money(1507, "JPY")
        assert rate("JPY", "KWD", "0.002").of(Money(1001, "JPY")) == Money(2002, "KWD")

    def test_is_refused_for_another_currency(self):
        with pytest.raises(ValueError, match="another currency"):
            rate("USD", "JPY", "150").of(Money(1, "EUR"))

    @pytest.mark.slow
    @given(
        minor=st.integers(min_value=-(10**15), max_value=10**15),
        value=st.decimals(min_value="0.0001", max_value="99999", places=4),
        pair=st.permutations(sorted(EXPONENTS)).map(lambda codes: codes[:2]),
    )
    def test_there_and_back_never_gains(self, minor, value, pair):
        there = Rate(pair[0], pair[1], value, TODAY, frozenset({ECB}))
        amount = Money(abs(minor), pair[0])
        # What is beyond the largest amount cannot be exchanged at all.
        if there._exact(amount) > 10**17:
            return
        assert there.turned().at_most(there.at_most(amount)) <= amount


class TestARateOfTheUsersOwn:
    @pytest.mark.parametrize("value", ["0", "-1", "0.00000001", "10000001"])
    def test_is_refused_when_nobody_can_mean_it(self, value):
        with pytest.raises(RateUnreadable):
            user_rate("AED", "USD", Decimal(value), TODAY)

    def test_is_refused_between_the_same_currency(self):
        with pytest.raises(SameCurrency):
            user_rate("AED", "AED", Decimal(1), TODAY)

    def test_may_be_given_for_several_units(self):
        assert per_unit(Decimal("0.65"), Decimal(100)) == Decimal("0.0065")
        with pytest.raises(RateUnreadable):
            per_unit(Decimal(1), Decimal(0))

    @pytest.mark.parametrize(
        ("value", "text"),
        [("1.08960001", "1.0896"), ("94.95499", "94.955"), ("0.0105313", "0.010531"), ("2", "2")],
    )
    def test_is_shown_with_five_figures(self, value, text):
        assert shown(Decimal(value)) == text


class TestTheHistoryThatCameAlong:
    def test_gives_exact_decimals_of_known_currencies_up_to_today(self):
        first, today = date(2026, 1, 5), date(2026, 1, 9)
        rates = list(EcbHistory(first).since(None, today=today))
        days = sorted({one.on for one in rates})
        assert (days[0], days[-1]) == (first, today)
        assert all(type(one.value) is Decimal and one.value > 0 for one in rates)
        assert {"USD", "INR", "GBP", "JPY"} <= {one.quote for one in rates} <= set(EXPONENTS)

    def test_goes_on_after_the_day_that_is_known(self):
        source = EcbHistory(date(2026, 1, 5))
        rates = source.since(date(2026, 1, 7), today=date(2026, 1, 9))
        assert sorted({one.on.day for one in rates}) == [8, 9]
