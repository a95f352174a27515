"""Long text is cut where it reads well; choices become numbers or buttons."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.split import html_width, split_text, utf16_width, with_numbers
from bot.channels.telegram_text import keyboard_of, parts_of
from core.messaging.outbound import Attachment, AttachmentKind, Choice, OutboundMessage

PDF = Attachment(AttachmentKind.PDF, "spending-2026-11.pdf", "k1", "application/pdf")
PNG = Attachment(AttachmentKind.IMAGE, "spending.png", "k2", "image/png")


def choices(*labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(label, label.lower(), f"ch:{label}") for label in labels)


class TestSplitText:
    def test_keeps_short_text_whole(self):
        assert split_text("hello", 10) == ("hello",)

    def test_has_no_parts_for_no_text(self):
        assert split_text("  ", 10) == ()

    def test_prefers_a_line_then_a_word(self):
        assert split_text("one two\nthree four", 12) == ("one two", "three four")
        assert split_text("one two three", 9) == ("one two", "three")

    def test_counts_as_the_channel_counts(self):
        assert [utf16_width(part) for part in split_text("😀" * 9, 8, utf16_width)] == [8, 8, 2]

    @given(st.text(max_size=400), st.integers(8, 60))
    def test_no_part_is_too_wide_and_no_word_is_lost(self, text, limit):
        parts = split_text(text, limit, html_width)
        assert all(0 < html_width(part) <= limit for part in parts)
        assert "".join("".join(parts).split()) == "".join(text.split())


class TestWithNumbers:
    def test_adds_numbered_lines(self):
        assert with_numbers("Which one?", choices("Gym", "Rent")) == "Which one?\n1) Gym\n2) Rent"

    def test_goes_on_from_the_last_number_in_the_text(self):
        text = "1) 4.00 Cafe\n2) 9.00 Books"
        assert with_numbers(text, choices("More")) == f"{text}\n3) More"

    def test_never_numbers_an_approval_that_is_typed_with_its_code(self):
        answers = (
            Choice("Approve", "APPROVE K7QM", "ap:1"),
            Choice("Decline", "DECLINE K7QM", "ap:2"),
        )
        text = "Cancel StreamBox? APPROVE K7QM or DECLINE K7QM"
        assert with_numbers(text, answers) == text

    def test_says_nothing_about_no_choices(self):
        assert with_numbers("Hi", ()) == "Hi"


class TestParts:
    def test_escapes_what_telegram_would_read_as_markup(self):
        (part,) = parts_of(OutboundMessage('Tom & <Jerry> "x" Ann<3'))
        assert part.html == "Tom &amp; &lt;Jerry&gt; &quot;x&quot; Ann&lt;3"

    def test_hangs_the_buttons_under_the_last_piece(self):
        parts = parts_of(OutboundMessage("word " * 2000, choices("Yes", "No")))
        assert len(parts) == 3
        assert [bool(part.keyboard) for part in parts] == [False, False, True]

    def test_writes_the_caption_under_a_single_file(self):
        (part,) = parts_of(OutboundMessage("Total 12.00", attachments=(PDF,)))
        assert (part.text, part.attachment) == ("Total 12.00", PDF)

    def test_sends_long_words_and_many_files_apart(self):
        parts = parts_of(OutboundMessage("x" * 1100, attachments=(PNG,)))
        assert [part.attachment for part in parts] == [None, PNG]
        parts = parts_of(OutboundMessage("Two files", attachments=(PNG, PDF)))
        assert [part.attachment for part in parts] == [None, PNG, PDF]

    def test_is_the_same_every_time(self):
        message = OutboundMessage("a b " * 3000, choices("Yes"), (PNG, PDF))
        assert parts_of(message) == parts_of(message)

    def test_writes_numbers_when_a_choice_cannot_be_a_button(self):
        too_long = Choice("Food", "food", "x" * 65)
        (part,) = parts_of(OutboundMessage("Which?", (too_long,)))
        assert (part.text, part.keyboard) == ("Which?\n1) Food", ())


class TestKeyboard:
    def test_puts_short_labels_side_by_side(self):
        rows = keyboard_of(choices("Food", "Rent", "Gym", "Other"))
        assert [len(row) for row in rows] == [3, 1]

    def test_gives_long_labels_a_row_each(self):
        rows = keyboard_of(choices("Groceries and household", "Rent"))
        assert [len(row) for row in rows] == [1, 1]

    def test_counts_the_bytes_behind_a_button(self):
        assert keyboard_of((Choice("x", "x", "é" * 32),))
        assert keyboard_of((Choice("x", "x", "é" * 33),)) == ()
        assert keyboard_of((Choice("x", "x", ""),)) == ()
