"""Amounts of every country are read exactly, or not at all."""

from __future__ import annotations

import pytest

from core.money import Money
from core.statements.amounts import (
    AmountNotUnderstood,
    decimal_mark,
    minor_from,
    money_from,
    one_of_each_shape,
    plain_pattern,
    take_apart,
)
from core.statements.refusals import AmountAmbiguous


def parts(text: str):
    printed = take_apart(text)
    return printed.digits, printed.negative, printed.marked, printed.unit


class TestTakeApart:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("12.50", ("12.50", False, 0, "")),
            ("-1,234.56", ("1,234.56", True, 0, "")),
            ("12,50-", ("12,50", True, 0, "")),
            ("(45.00)", ("45.00", True, 0, "")),
            ("\u22127,10", ("7,10", True, 0, "")),
            ("£67.40", ("67.40", False, 0, "GBP")),
            ("+ £1,100.00", ("1,100.00", False, 1, "GBP")),
            ("- $25.00", ("25.00", True, 0, "$")),
            ("-$25.00", ("25.00", True, 0, "$")),
            ("$-25.00", ("25.00", True, 0, "$")),
            ("US$ 9.99", ("9.99", False, 0, "USD")),
            ("1 234,56 €", ("1234,56", False, 0, "EUR")),
            ("1\u202f234,56\u00a0€", ("1234,56", False, 0, "EUR")),
            ("CHF 1'234.50", ("1234.50", False, 0, "CHF")),
            ("1’234.50", ("1234.50", False, 0, "")),
            ("Rs.500.00", ("500.00", False, 0, "INR")),
            ("Rs. 500", ("500", False, 0, "INR")),
            ("₹ 1,23,456.78", ("1,23,456.78", False, 0, "INR")),
            ("1,234.50 Cr", ("1,234.50", False, 1, "")),
            ("500.00(Dr)", ("500.00", False, -1, "")),
            ("500.00 DR.", ("500.00", False, -1, "")),
            ("1.234,-", ("1.234", False, 0, "")),
            (".50", (".50", False, 0, "")),
            ("EUR -3,20", ("3,20", True, 0, "EUR")),
        ],
    )
    def test_separates_digits_sign_mark_and_currency(self, text, expected):
        assert parts(text) == expected

    @pytest.mark.parametrize("text", ["", "-", "abc", "12.50 apples", "12 of 13x", "9" * 41])
    def test_refuses_what_is_no_amount(self, text):
        with pytest.raises(AmountNotUnderstood):
            take_apart(text)


class TestDecimalMark:
    @pytest.mark.parametrize(
        ("amounts", "mark"),
        [
            (["1,234.56"], "."),
            (["1.234,56"], ","),
            (["12.5", "3"], "."),
            (["12,5", "1.234"], ","),
            (["1.234.567"], ","),
            (["1,23,456", "5"], "."),
            (["0.125"], "."),
            (["1234.567"], "."),
            (["12", "500"], "."),
            (["1.234", "500"], ","),  # beside whole amounts a point can only group
            (["1,234", "500"], "."),
            ([], "."),
        ],
    )
    def test_is_proved_by_the_amounts(self, amounts, mark):
        assert decimal_mark(amounts, decimals=2) == mark

    def test_one_amount_settles_all_others(self):
        assert decimal_mark(["1.234", "2.500", "7,5"], decimals=2) == ","

    @pytest.mark.parametrize("amounts", [["1.234"], ["1,234", "12,500"]])
    def test_is_asked_for_when_nothing_settles_it(self, amounts):
        with pytest.raises(AmountAmbiguous) as refused:
            decimal_mark(amounts, decimals=2)
        assert refused.value.fields["example"] in amounts

    def test_is_refused_when_amounts_contradict_each_other(self):
        with pytest.raises(AmountAmbiguous) as refused:
            decimal_mark(["1,50", "2.25"], decimals=2)
        assert refused.value.fields["reason"] == "amounts_contradict"

    def test_follows_the_currency_where_it_has_other_decimals(self):
        assert decimal_mark(["1.234"], decimals=3) == "."
        assert decimal_mark(["1,234"], decimals=0) == "."


class TestMoneyFrom:
    @pytest.mark.parametrize(
        ("digits", "mark", "currency", "minor"),
        [
            ("1,234.56", ".", "USD", 123456),
            ("1.234,5", ",", "EUR", 123450),
            ("1,23,456.78", ".", "INR", 12345678),
            ("500", ".", "JPY", 500),
            ("1.234", ".", "KWD", 1234),
            (".5", ".", "USD", 50),
            ("7.500", ".", "USD", 750),
        ],
    )
    def test_is_exact(self, digits, mark, currency, minor):
        assert money_from(digits, mark, currency) == (Money(minor, currency), False)

    def test_rounds_half_to_even_and_says_so(self):
        assert money_from("115.8331", ".", "USD") == (Money(11583, "USD"), True)
        assert money_from("0.125", ".", "USD") == (Money(12, "USD"), True)

    @pytest.mark.parametrize("digits", ["12,34.56", "1,2345.00", "1.2.3", ",12.5"])
    def test_refuses_groups_that_are_none(self, digits):
        with pytest.raises(AmountNotUnderstood):
            money_from(digits, ".", "USD")

    def test_reads_whole_minor_units(self):
        assert minor_from("10", "GBP") == Money(10, "GBP")
        with pytest.raises(AmountNotUnderstood):
            minor_from("1.5", "GBP")


class TestShortcuts:
    def test_one_amount_stands_for_all_written_alike(self):
        assert len(one_of_each_shape(["12.51", "99.99", "-12.51", "1,234.00"])) == 3

    @pytest.mark.parametrize("text", ["12.50", "-0.05", "123456.00"])
    def test_the_quick_way_reads_the_same_as_the_thorough_one(self, text):
        assert plain_pattern(".", "USD").fullmatch(text)
        printed = take_apart(text)
        money, _ = money_from(printed.digits, ".", "USD")
        assert int(text.replace(".", "")) == (-money.minor if printed.negative else money.minor)

    @pytest.mark.parametrize("text", ["12.5", "12", "1,234.00", "+12.50", "12.50 EUR", "12.500"])
    def test_the_quick_way_leaves_all_else_alone(self, text):
        assert not plain_pattern(".", "USD").fullmatch(text)
