from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.text import MAX_CHARACTERS, TokenKind, fold, read


class TestReading:
    @pytest.mark.parametrize(
        ("typed", "clean"),
        [
            ("  coffee   4 ", "coffee 4"),
            ("coffee\t4\u00a04", "coffee 4 4"),
            ("chai 30\r\n\n auto 80", "chai 30\nauto 80"),
            ("don\u2019t \u201cdo\u201d it", 'don\'t "do" it'),
            ("12\u201315\u201420", "12-15-20"),
            ("net\u200bflix\u202e 5", "netflix 5"),
            ("a\ufeffb\u00adc\x00d\x07", "abcd"),
            ("\uff24\uff2f\uff30 \uff04\uff15", "DOP $5"),
            ("\u20b9\u096b\u0966", "\u20b950"),
            ("\u0665\u0660 rupees", "50 rupees"),
            ("1\u00bd and \u00bd", "1.5 and 0.5"),
            ("\u2153", "1/3"),
            ("cafe\u0301", "caf\u00e9"),
            ("\U0001f44d\U0001f3fd \u2705\ufe0f", "\U0001f44d \u2705"),
            ("\ud800ok", "ok"),
            ("", ""),
            (" \n ", ""),
        ],
    )
    def test_makes_it_clean(self, typed, clean):
        assert read(typed).text == clean

    def test_never_makes_42_of_a_superscript(self):
        assert read("4\u00b2").text == "4\u00b2"

    def test_keeps_case_beside_a_lower_copy_of_the_same_length(self):
        message = read("ISTANBUL \u0130 Caf\u00c9")
        assert message.text == "ISTANBUL \u0130 Caf\u00c9"
        assert len(message.lower) == len(message.text)
        assert message.lower.startswith("istanbul")

    def test_is_done_once(self):
        message = read("coffee 4")
        assert read(message) is message

    def test_knows_where_everything_came_from(self):
        typed = "  pay  \u200b Zoe\u0308 \u00bd"
        message = read(typed)
        place = message.text.index("Zo")
        start, end = message.original_span(place, place + 3)
        assert typed[start:end] == "Zoe"
        assert message.original_span(len(message.text) - 1, len(message.text)) == (14, 15)

    def test_cuts_very_long_messages_and_says_so(self):
        assert not read("x" * MAX_CHARACTERS).capped
        message = read("x " * MAX_CHARACTERS)
        assert message.capped
        assert len(message.text) <= MAX_CHARACTERS
        # one character that becomes eighteen
        assert len(read("\ufdfa" * MAX_CHARACTERS).text) <= MAX_CHARACTERS

    @given(st.text(max_size=60))
    def test_holds_together_whatever_is_typed(self, typed):
        message = read(typed)
        assert len(message.text) == len(message.lower) == len(message.offsets)
        assert list(message.offsets) == sorted(message.offsets)
        assert read(message.text).text == message.text
        for token in message.tokens:
            assert message.lower[token.start : token.end] == token.text


class TestTokens:
    @pytest.mark.parametrize(
        ("typed", "tokens"),
        [
            ("coffee $4.50!", ["coffee", "$", "4.50", "!"]),
            ("12+8.5 yday", ["12", "+", "8.5", "yday"]),
            ("1,23,456.00 and .50", ["1,23,456.00", "and", ".50"]),
            ("Rs.599.00", ["rs", ".", "599.00"]),
            ("12. Then", ["12", ".", "then"]),
            ("can't o'clock'", ["can't", "o'clock", "'"]),
            ("5k K7QM 3rd", ["5", "k", "k", "7", "qm", "3", "rd"]),
            ("परसों कल", ["परसों", "कल"]),
            ("a\nb", ["a", "\n", "b"]),
            ("3/11-x_y", ["3", "/", "11", "-", "x", "_", "y"]),
        ],
    )
    def test_are_numbers_words_and_signs(self, typed, tokens):
        assert [token.text for token in read(typed).tokens] == tokens

    def test_know_their_kind_and_what_they_touch(self):
        dollar, four, k, line, word = read("$4k\nx").tokens
        kinds = [dollar.kind, four.kind, k.kind, line.kind, word.kind]
        assert kinds == [
            TokenKind.SYMBOL, TokenKind.NUMBER, TokenKind.WORD, TokenKind.LINE, TokenKind.WORD,
        ]  # fmt: skip
        assert (dollar.glued, four.glued, k.glued) == (False, True, True)


class TestFolding:
    @pytest.mark.parametrize(
        ("word", "folded"),
        [
            ("año", "ano"),
            ("sí", "si"),
            ("café", "cafe"),
            ("food", "food"),
            ("कल", "कल"),
            ("हाँ", "हाँ"),
        ],
    )
    def test_drops_latin_accents_only(self, word, folded):
        assert fold(word) == folded
