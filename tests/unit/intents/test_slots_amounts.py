"""What people write about money, and the numbers in their messages that are none."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.lexicon import load_lexicon
from intents.slots.amounts import Amount, Comparison, parse_amounts
from intents.slots.numbers import numeral
from intents.slots.shares import parse_shares

ENGLISH = load_lexicon("en")

# written -> value, currency, comparison; several amounts are separated by "|"
AMOUNTS: dict[str, str] = {
    # plain figures and their separators
    "coffee 4": "4",
    "4": "4",
    "4.50": "4.50",
    ".50": "0.50",
    "12.": "12",
    "12,50": "12.50",
    "1,234.50": "1234.50",
    "1,234": "1234",
    "1.234,56": "1234.56",
    "1,23,456.00": "123456.00",
    "1'234.50": "1234.50",
    "-12.50": "12.50",
    "(12.50)": "12.50",
    "599/-": "599",
    # currencies
    "$4": "4 USD",
    "$ 4": "4 USD",
    "4$": "4 USD",
    "4 usd": "4 USD",
    "USD 4": "4 USD",
    "€12,50": "12.50 EUR",
    "12.50€": "12.50 EUR",
    "£7.20": "7.20 GBP",
    "₹599": "599 INR",
    "rs 599": "599 INR",
    "Rs.599.00": "599.00 INR",
    "rs599": "599 INR",
    "250 rupees": "250 INR",
    "20 bucks": "20 USD",
    "15 euros": "15 EUR",
    "us$20": "20 USD",
    "100 yen": "100 JPY",
    "4 ALL": "4 ALL",
    "43 dollar thing": "43 USD",
    "10 us dollars": "10 USD",
    "a $1 charge": "1 USD",
    "A$20": "20 AUD",
    # words
    "twenty quid": "20 GBP",
    "four dollars": "4 USD",
    "a hundred": "100",
    "a hundred bucks": "100 USD",
    "two hundred fifty": "250",
    "three hundred and twenty five dollars": "325 USD",
    "auto eighty to office": "80",
    "a tenner": "10",
    "a dollar": "1 USD",
    "a hundred and twenty dollars": "120 USD",
    "hundred rupees": "100 INR",
    "twelve hundred": "1200",
    "one thousand two hundred": "1200",
    # multipliers
    "1.2k": "1200",
    "12k": "12000",
    "1.5 lakh": "150000",
    "2 crore": "20000000",
    "2 crore 50 lakh": "25000000",
    "1 lakh 20 thousand": "120000",
    "₹1.5 lakh": "150000 INR",
    "two lakh": "200000",
    "3 grand": "3000",
    "1.5m": "1500000",
    # hundredths
    "fifty cents": "0.50 USD",
    "50c": "0.50 USD",
    "99p": "0.99 GBP",
    "25 paise": "0.25 INR",
    "4 dollars and 50 cents": "4.50 USD",
    "5 euros 50": "5.50 EUR",
    # sums
    "12+8.5": "20.5",
    "12 + 8.5": "20.5",
    "3x4.50": "13.50",
    "3 x 4.50": "13.50",
    "2*15+1": "31",
    "$12+$8": "20 USD",
    # comparisons
    "over 50": "50 over",
    "more than $100": "100 USD over",
    "at least 20": "20 over",
    ">50": "50 over",
    "50+": "50 over",
    "50 or more": "50 over",
    "under 15": "15 under",
    "less than 20 bucks": "20 USD under",
    "up to 40": "40 under",
    "about 30": "30 about",
    "~30": "30 about",
    "50ish": "50 about",
    "between 20 and 50": "20 between | 50 between",
    "between $20 and $50": "20 USD between | 50 USD between",
    "20-50 dollars": "20 USD between | 50 USD between",
    "20 to 50": "20 between | 50 between",
    "from 400 to 500": "400 | 500",
    # several
    "chai 30 auto 80 office": "30 | 80",
    "log uber 12, move 100 to savings": "12 | 100",
    "25 to pets and 35 to food": "25 | 35",
    "send ana 20": "20",
    "2 coffees 9": "9",
    "bought 3 tickets for 45": "45",
    "uber 12 drinks 30": "12 | 30",
    "can i afford 120 shoes": "120",
    "yes do it but only if its under 15": "15 under",
    "budget 400 food n tell me wen its 3/4 gone": "400",
    "split 90 dinner 3 ways me ana bo i paid": "90",
    "i returned the shoes got 80 back": "80",
}

NOTHING = [
    "APPROVE K7",
    "K7QM",
    "there r 2 charges from shell same day",
    "top 5 merchants",
    "last 10 transactions",
    "the second one",
    "one of them",
    "at 5pm",
    "at 10:30",
    "16gb",
    "2nd",
    "50% of it",
    "card ending 1234",
    "card ending in 1234",
    "transfer my 401k",
    "ref 998877",
    "UPI RRN 565512345678",
    "A/c X7477",
    "4111 1111 1111 1111 exp 12/27 cvv 123",
    "one twenty",
    "coffee four fifty",
    "covid-19 test",
    "#12",
    "+34600123456",
    "100-20",
    "3/4",
    "0",
    "",
]


def written(text: str) -> list[tuple[Decimal, str | None, str | None]]:
    found = []
    for part in text.split(" | "):
        value, *rest = part.split()
        currency = next((word for word in rest if word.isupper()), None)
        comparison = next((word for word in rest if word.islower()), None)
        found.append((Decimal(value), currency, comparison))
    return found


def ask(text: str, currency: str = "USD", *, decimal_comma: bool = False, **more):
    lexicon = more.pop("lexicon", ENGLISH)
    return parse_amounts(
        text, currency=currency, decimal_comma=decimal_comma, lexicon=lexicon, **more
    )


def plain(amounts: tuple[Amount, ...]) -> list[tuple[Decimal, str | None, str | None]]:
    return [(one.value, one.currency, one.comparison) for one in amounts]


class TestAnAmount:
    @pytest.mark.parametrize("text", AMOUNTS)
    def test_is_read(self, text):
        assert plain(ask(text)) == written(AMOUNTS[text])

    @pytest.mark.parametrize("text", NOTHING)
    def test_is_not_every_number(self, text):
        assert ask(text) == ()

    def test_says_where_it_stands(self):
        text = "dinner was about $40 at most"
        (amount,) = ask(text)
        assert text[amount.start : amount.end] == "about $40"

    def test_leaves_what_is_taken(self):
        text = "coffee 4 on 3 nov"
        start = text.index("on")
        assert plain(ask(text, taken=[(start, len(text))])) == written("4")

    def test_is_in_the_users_own_currency_when_the_sign_is_shared(self):
        assert plain(ask("$20", "CAD")) == written("20 CAD")
        assert plain(ask("$20", "EUR")) == written("20 USD")
        assert plain(ask("rs 20", "PKR")) == written("20 PKR")
        assert plain(ask("20 pesos", "ARS")) == written("20 ARS")

    def test_is_never_a_thousand_times_too_much(self):
        # 1.234 is read as the place writes it; with three decimals no currency takes it.
        assert plain(ask("1.234")) == written("1.234")
        assert plain(ask("1,234", decimal_comma=True)) == written("1.234")
        assert plain(ask("1.234", decimal_comma=True)) == written("1234")
        assert plain(ask("12,50", decimal_comma=True)) == written("12.50")
        assert plain(ask("12.50", decimal_comma=True)) == written("12.50")

    @given(st.text(max_size=60) | st.lists(st.sampled_from(sorted(AMOUNTS))).map(" ".join))
    def test_is_positive_and_in_order_whatever_is_typed(self, text):
        end = 0
        for amount in ask(text):
            assert amount.value > 0
            assert isinstance(amount.value, Decimal)
            assert end <= amount.start < amount.end
            assert amount.comparison is None or amount.comparison in Comparison
            end = amount.end

    @given(st.integers(1, 10**9), st.integers(0, 99))
    def test_written_with_cents_comes_back_exactly(self, whole, cents):
        assert [one.value for one in ask(f"paid ${whole:,}.{cents:02}")] == [
            Decimal(f"{whole}.{cents:02}")
        ]


class TestOtherLanguages:
    @pytest.mark.parametrize(
        ("language", "text", "expected"),
        [
            ("es", "gasté 12,50 en el super", "12.50"),
            ("es", "veinte euros", "20 EUR"),
            ("es", "más de 100 euros", "100 EUR over"),
            ("es", "entre 20 y 50", "20 between | 50 between"),
            ("es", "mil doscientos", "1200"),
            ("es", "ciento veinte euros", "120 EUR"),
            ("es", "cincuenta y cinco", "55"),
            ("hi", "chai 30", "30"),
            ("hi", "dedh lakh", "150000"),
            ("hi", "1.5 lakh fd me dala", "150000"),
            ("hi", "do sau rupaye", "200 INR"),
            ("hi", "पचास रुपये", "50 INR"),
            ("hi", "५० रुपये", "50 INR"),
            ("hi", "500 se zyada", "500 over"),
        ],
    )
    def test_have_their_own_words(self, language, text, expected):
        found = plain(ask(text, lexicon=load_lexicon(language, "en")))
        assert found == (written(expected) if expected else [])

    def test_do_not_disturb_english(self):
        mixed = load_lexicon("en", "es", "hi")
        for text, expected in AMOUNTS.items():
            assert plain(ask(text, lexicon=mixed)) == written(expected), text
        for text in NOTHING:
            assert ask(text, lexicon=mixed) == (), text


class TestShares:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("half of it", Fraction(1, 2)),
            ("tell me wen its 3/4 gone", Fraction(3, 4)),
            ("warn me at 75%", Fraction(3, 4)),
            ("fifty percent", Fraction(1, 2)),
            ("7.5 %", Fraction(3, 40)),
            ("a third", Fraction(1, 3)),
            ("a quarter of that", Fraction(1, 4)),
            ("two thirds of the rent", Fraction(2, 3)),
        ],
    )
    def test_are_exact(self, text, value):
        assert [share.value for share in parse_shares(text, lexicon=ENGLISH)] == [value]

    @pytest.mark.parametrize(
        "text", ["half price shoes", "the third one", "24/7", "this quarter", "coffee 4", ""]
    )
    def test_are_not_every_part(self, text):
        assert parse_shares(text, lexicon=ENGLISH) == ()


class TestFigures:
    @pytest.mark.parametrize(
        "figures", ["1,2,3", "12,3456", "18.11.2026", "1.2.3,4", "0,123", "1,23,45", "1" * 16]
    )
    def test_that_are_grouped_by_nobody_are_no_number(self, figures):
        assert numeral(figures, decimal_comma=False) is None
