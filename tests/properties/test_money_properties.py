"""What holds for every amount in every currency."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.currencies import EXPONENTS
from core.errors import FinanceError
from core.money import (
    MAX_MINOR,
    AmountTooLarge,
    AmountTooPrecise,
    AmountUnreadable,
    Money,
    exponent,
    to_decimal,
    total,
)

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(min_value=-MAX_MINOR, max_value=MAX_MINOR)
amounts = st.builds(Money, minors, currencies)
weights = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12).filter(any)
factors = st.fractions(min_value=-1000, max_value=1000, max_denominator=10**6)
small = st.integers(min_value=-(10**13), max_value=10**13)


class TestWritingAndReading:
    @given(amount=amounts)
    def test_give_the_same_amount_in_every_currency(self, amount):
        assert Money.of(amount.plain, amount.currency) == amount
        assert Money.of(amount.decimal, amount.currency) == amount
        assert Money.rounded(amount.plain, amount.currency) == amount

    @pytest.mark.parametrize("currency", sorted(EXPONENTS))
    def test_know_the_decimals_of_each(self, currency):
        places = exponent(currency)
        one = Money(1, currency)
        assert one.plain == ("1" if places == 0 else f"0.{'0' * (places - 1)}1")
        with pytest.raises(AmountTooPrecise):
            Money.of(Decimal(1).scaleb(-places - 1), currency)

    @given(text=st.text(max_size=12), currency=currencies)
    def test_never_break_on_any_text(self, text, currency):
        try:
            amount = Money.of(text, currency)
        except FinanceError:
            return
        assert Money.of(amount.plain, currency) == amount

    @given(amount=amounts, more=st.integers(min_value=1, max_value=10**20))
    def test_refuse_what_the_books_cannot_hold(self, amount, more):
        with pytest.raises(AmountTooLarge):
            Money(MAX_MINOR + more, amount.currency)
        with pytest.raises(AmountTooLarge):
            Money.of(Decimal(MAX_MINOR + more), amount.currency)

    def test_round_once_and_never_twice(self):
        nearly = "0.0149999999999999999999999999999999999999"
        assert Money.rounded(nearly, "USD").minor == 1
        with pytest.raises(AmountTooPrecise):
            Money.of("1.0000000000000000000000000000000000001", "USD")

    @pytest.mark.parametrize("text", ["1e-999999999", "0e999999999", "1e999999999"])
    def test_take_no_time_over_a_monstrous_number(self, text):
        with pytest.raises((AmountUnreadable, AmountTooLarge)):
            Money.of(text, "USD")

    @pytest.mark.parametrize("text", ["NaN", "Infinity", "-inf", "sNaN", "1e999999999", "0x10", ""])
    def test_refuse_what_is_no_plain_number(self, text):
        with pytest.raises((AmountUnreadable, AmountTooLarge)):
            Money.of(text, "USD")


class TestAFloat:
    @given(number=st.floats(), currency=currencies)
    def test_never_becomes_money(self, number, currency):
        for make in (
            lambda: Money(number, currency),
            lambda: Money.of(number, currency),
            lambda: Money.rounded(number, currency),
            lambda: to_decimal(number),
        ):
            with pytest.raises(TypeError):
                make()

    def test_and_no_truth_value_is_an_amount(self):
        with pytest.raises(TypeError):
            Money(True, "USD")


class TestSplitting:
    @given(amount=amounts, shares=weights)
    def test_adds_up_exactly(self, amount, shares):
        assert total(amount.split(shares), amount.currency) == amount

    @given(amount=amounts, shares=weights)
    def test_is_within_one_unit_of_fair(self, amount, shares):
        whole = sum(shares)
        for part, share in zip(amount.split(shares), shares, strict=True):
            assert abs(part.minor - Fraction(amount.minor * share, whole)) < 1

    @given(amount=amounts, shares=weights)
    def test_gives_nothing_to_a_weight_of_nothing(self, amount, shares):
        parts = amount.split([*shares, 0])
        assert parts[-1].minor == 0
        assert parts[:-1] == amount.split(shares)

    @given(amount=amounts, shares=weights)
    def test_of_a_refund_is_the_mirror_of_the_purchase(self, amount, shares):
        assert (-amount).split(shares) == tuple(-part for part in amount.split(shares))


class TestTurningTheSign:
    @given(minor=small, currency=currencies, factor=factors)
    def test_commutes_with_multiplying(self, minor, currency, factor):
        amount = Money(minor, currency)
        assert (-amount).times(factor) == -(amount.times(factor))

    @given(
        number=st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=6),
        currency=currencies,
    )
    def test_commutes_with_rounding(self, number, currency):
        assert Money.rounded(-number, currency) == -Money.rounded(number, currency)

    @given(one=small, other=small, currency=currencies)
    def test_and_adding_keep_the_laws_of_sums(self, one, other, currency):
        first, second = Money(one, currency), Money(other, currency)
        assert first + second == second + first
        assert first - second == -(second - first)
        assert (first + second) - second == first
        assert (first < second) == (one < other)


class TestTwoCurrencies:
    @given(one=small, other=small, pair=st.lists(currencies, min_size=2, max_size=2, unique=True))
    def test_never_meet_in_one_sum(self, one, other, pair):
        first, second = Money(one, pair[0]), Money(other, pair[1])
        for mix in (
            lambda: first + second,
            lambda: first - second,
            lambda: first < second,
            lambda: first <= second,
        ):
            with pytest.raises(ValueError, match="currencies"):
                mix()
