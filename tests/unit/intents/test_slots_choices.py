from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.lexicon import load_lexicon
from intents.slots.choices import parse_choice, parse_yes_no

ENGLISH = load_lexicon("en")


def pick(text: str, count: int = 3, language: str = "en") -> tuple[int, ...] | None:
    picked = parse_choice(text, lexicon=load_lexicon(language), count=count)
    return picked.numbers if picked else None


class TestAChoice:
    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("2", (2,)),
            ("2)", (2,)),
            ("(2)", (2,)),
            ("#2", (2,)),
            ("2\ufe0f\u20e3", (2,)),
            ("2.", (2,)),
            ("2nd", (2,)),
            ("option 2", (2,)),
            ("number two pls", (2,)),
            ("no. 2", (2,)),
            ("no 2", (2,)),
            ("the second", (2,)),
            ("the second one", (2,)),
            ("second one please", (2,)),
            ("3rd one", (3,)),
            ("i want the first", (1,)),
            ("one", (1,)),
            ("one and three", (1, 3)),
            ("1 and 3", (1, 3)),
            ("1,3", (1, 3)),
            ("1, 3", (1, 3)),
            ("2 2", (2,)),
            ("the last one", (3,)),
            ("all", (1, 2, 3)),
            ("all of them", (1, 2, 3)),
            ("none", ()),
            ("none of them", ()),
            ("neither", ()),
        ],
    )
    def test_is_read(self, text, numbers):
        assert pick(text) == numbers

    @pytest.mark.parametrize(
        "text",
        [
            "", "4", "0", "250", "4.50", "2 coffees", "coffee 2", "k7", "that one",
            "the one", "no", "yes", "2 dollars", "none 2", "both", "food?", "2x",
            "second hand bike", "1 million", "-",
        ],
    )  # fmt: skip
    def test_is_nothing_else(self, text):
        assert pick(text) is None

    def test_of_both_needs_two(self):
        assert pick("both", 2) == (1, 2)
        assert pick("both of them", 2) == (1, 2)

    @pytest.mark.parametrize(
        ("language", "text", "numbers"),
        [
            ("es", "la segunda", (2,)),
            ("es", "opción 3", (3,)),
            ("es", "ninguna", ()),
            ("hi", "pehla wala", (1,)),
            ("hi", "dono", (1, 2)),
        ],
    )
    def test_is_read_in_other_languages(self, language, text, numbers):
        assert pick(text, 2 if text == "dono" else 3, language) == numbers

    @given(st.text(max_size=30), st.integers(0, 9))
    def test_is_always_one_of_those_offered(self, text, count):
        picked = parse_choice(text, lexicon=ENGLISH, count=count)
        assert picked is None or all(1 <= number <= count for number in picked.numbers)


class TestYesAndNo:
    @pytest.mark.parametrize(
        "text",
        ["yes", "Yes!", "yep", "yeah", "y", "ok", "okay", "k", "sure", "do it", "go ahead",
         "yes please thanks", "ok do it", "👍", "👍🏽", "✅", "yes yes", "sure, why not", "fine",
         "correct", "yes, do it."],
    )  # fmt: skip
    def test_a_yes_is_a_yes(self, text):
        answer = parse_yes_no(text, lexicon=ENGLISH)
        assert answer is not None
        assert (answer.is_yes, answer.rest) == (True, "")

    @pytest.mark.parametrize(
        "text",
        ["no", "No.", "nope", "nah", "n", "no thanks", "not now", "don't", "dont do it",
         "never mind", "👎", "❌", "no no no", "leave it", "wrong"],
    )  # fmt: skip
    def test_a_no_is_a_no(self, text):
        answer = parse_yes_no(text, lexicon=ENGLISH)
        assert answer is not None
        assert (answer.is_yes, answer.rest) == (False, "")

    @pytest.mark.parametrize(
        ("text", "is_yes", "rest"),
        [
            ("yes do it but only if its under 15", True, "but only if its under 15"),
            ("go ahead but 400", True, "but 400"),
            ("No, that was Groceries", False, "that was Groceries"),
            ("no it was 12", False, "it was 12"),
            ("ok so what is my balance", True, "so what is my balance"),
            ("yes no", True, "no"),
            ("no 2", False, "2"),
        ],
    )
    def test_keep_what_is_said_after_them(self, text, is_yes, rest):
        answer = parse_yes_no(text, lexicon=ENGLISH)
        assert answer is not None
        assert (answer.is_yes, answer.rest) == (is_yes, rest)

    @pytest.mark.parametrize(
        "text",
        ["", "food?", "fine dining 80", "right now", "cool shoes 50", "great clips 20",
         "not that one", "wait no", "nothing", "yesterday", "notes", "wrong category",
         "pass 12", "K7QM"],
    )  # fmt: skip
    def test_are_not_read_into_other_words(self, text):
        assert parse_yes_no(text, lexicon=ENGLISH) is None

    @pytest.mark.parametrize(
        ("language", "text", "is_yes"),
        [
            ("es", "sí", True), ("es", "si", True), ("es", "vale", True),
            ("es", "dale", True), ("es", "mejor no", False), ("hi", "haan", True),
            ("hi", "haan ji", True), ("hi", "kar do", True), ("hi", "nahi", False),
            ("hi", "हाँ", True), ("hi", "मत करो", False),
        ],
    )  # fmt: skip
    def test_are_said_in_other_languages(self, language, text, is_yes):
        answer = parse_yes_no(text, lexicon=load_lexicon(language))
        assert answer is not None
        assert (answer.is_yes, answer.rest) == (is_yes, "")

    def test_words_that_carriers_act_on_are_no_answer(self):
        for word in ("stop", "cancel", "end", "quit", "unsubscribe", "help", "start", "revoke"):
            assert parse_yes_no(word, lexicon=ENGLISH) is None
