from __future__ import annotations

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from prompts.gsm import fold, is_carrier_word, segments


class TestFold:
    @pytest.mark.parametrize(
        ("text", "folded"),
        [
            ("plain 7-bit [text] {stays} ~", "plain 7-bit [text] {stays} ~"),
            ("“quoted” ‘words’ and “it’s”", '"quoted" \'words\' and "it\'s"'),
            ("1–2 — 3 − 4", "1-2 - 3 - 4"),
            ("• one\n• two", "- one\n- two"),
            ("Chase ••1234", "Chase ..1234"),
            ("paid ₹1,200.00", "paid Rs 1,200.00"),
            ("₹ 5", "Rs 5"),
            ("✅ done 👍🏽 ok 👨‍👩‍👧", "done ok"),
            ("a → b…", "a -> b..."),
            ("Café José Åse Größe", "Café José Åse Größe".replace("José", "José")),
            ("áíóúâêç", "aiouaec"),
            ("Łódź", "Lodz"),
            ("tab\there `code`", "tab here 'code'"),
            ("चाय 30", "? 30"),
            ("½ ≤ 3 × 2", "1/2 <= 3 x 2"),
            ("€5 £5 ñ ü à", "€5 £5 ñ ü à"),
        ],
    )
    def test_spells_in_the_alphabet_of_sms(self, text, folded):
        assert fold(text) == folded

    @given(st.text(max_size=60))
    def test_leaves_nothing_that_needs_ucs2(self, text):
        folded = fold(text).replace("\xa0", " ")
        assert not folded or smsutil.is_valid_gsm(folded.replace("\n", "")) or folded.isspace()
        assert all(smsutil.is_valid_gsm(char) for char in folded)

    @given(st.text(max_size=60))
    def test_folding_twice_changes_nothing_more(self, text):
        assert fold(fold(text)) == fold(text)


class TestSegments:
    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("x" * 160, 1),
            ("x" * 161, 2),
            ("x" * 306, 2),
            ("x" * 307, 3),
            ("€" * 80, 1),
            ("€" * 81, 2),
        ],
    )
    def test_count_as_the_carrier_does(self, text, count):
        assert segments(text) == count


class TestCarrierWords:
    @pytest.mark.parametrize(
        "word", ["STOP", "cancel", " Yes. ", "opt-out", "End!", "help", "info"]
    )
    def test_are_known_alone_in_any_case(self, word):
        assert is_carrier_word(word)

    @pytest.mark.parametrize(
        "word", ["CANCEL NETFLIX", "APPROVE K7QM", "UNDO", "stop texting me", ""]
    )
    def test_are_none_with_more_words(self, word):
        assert not is_carrier_word(word)
