"""No 13-19 digit Luhn-valid number is ever stored (property 42)."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from core.messaging.address import Address
from core.messaging.inbound import InboundKind, InboundMessage
from core.messaging.mask import cleaned, mask_cards

ISSUERS = ("4", "51", "55", "2221", "2720", "34", "37", "6011", "65", "3530", "36", "81", "5081")


def luhn_total(digits: str) -> int:
    """The textbook check, written apart from the one under test."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total


def with_check_digit(digits: str) -> str:
    return digits + next(d for d in "0123456789" if luhn_total(digits + d) % 10 == 0)


@st.composite
def cards(draw: st.DrawFn) -> str:
    start = draw(st.sampled_from(ISSUERS))
    length = draw(st.integers(13, 19)) - 1
    rest = draw(st.text("0123456789", min_size=length - len(start), max_size=length - len(start)))
    return with_check_digit(start + rest)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str]:
    """A card, and the way somebody typed it."""
    card = draw(cards())
    gaps = draw(
        st.lists(
            st.sampled_from(["", "", " ", "-", "\u00a0", "  ", " - ", "\n"]),
            min_size=len(card) - 1,
            max_size=len(card) - 1,
        )
    )
    return card, "".join(map("".join, zip(card, [*gaps, ""], strict=True)))


WORDS = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=40)


class TestMask:
    @given(WORDS, written(), WORDS)
    def test_no_card_survives_in_any_writing(self, before, pair, after):
        card, typed = pair
        # A blank between words and number, so that the number is the number and no more.
        masked = mask_cards(f"{before} {typed} {after}")
        assert masked.found >= 1
        digits = re.sub(r"\D", "", masked.text)
        assert card not in digits
        assert len(digits) <= 4 * masked.found + len(re.sub(r"\D", "", before + after))

    @given(st.text("0123456789", min_size=12, max_size=18))
    def test_no_valid_run_in_one_piece_survives_whoever_issued_it(self, start):
        number = with_check_digit(start)
        assert number not in mask_cards(f"ref {number}.").text

    @given(st.text(max_size=300))
    def test_text_without_a_find_is_untouched(self, text):
        masked = mask_cards(text)
        assert masked.found or masked.text == text

    @given(st.text(max_size=300))
    def test_masking_again_changes_nothing(self, text):
        once = mask_cards(text).text
        assert mask_cards(once).text == once

    @given(st.text(st.characters(), max_size=200))
    def test_whatever_comes_in_can_be_stored(self, text):
        message = InboundMessage("1", Address.parse("sms:+15550100"), InboundKind.TEXT, text)
        stored = cleaned(message).text
        assert "\x00" not in stored
        assert stored.encode("utf-8").decode("utf-8") == stored
