from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prompts.fit import Label, fit, utf16_units
from prompts.gsm import GLUE, segments
from prompts.phrasebook import Phrasebook

BOOK = Phrasebook.load("en")
ROWS = "\n".join(
    f"{i}) Fri 20 Nov Merchant number {i} -$1{i},234.50 (Groceries)" for i in range(1, 31)
)
FIGURES = (f"Rs{GLUE}1,23,456.00", "EUR 12.50", "1 234,50 €", "-$42.10", "12.5 %")
APPROVAL = (Label("approve K7QM", "Approve"), Label("decline K7QM", "Decline"))


def choices(*texts):
    return tuple(Label(text.lower(), text) for text in texts)


def fitted(text, labels=(), profile="web", **more):
    return fit(text, labels, profile, BOOK, **more)


class TestSms:
    def test_keeps_a_short_text_as_it_is(self):
        message = fitted("Checking $2,140.18.", profile="sms")
        assert (message.text, message.rest, message.buttons) == ("Checking $2,140.18.", "", ())

    def test_cuts_at_a_line_and_tells_how_to_get_more(self):
        message = fitted(ROWS, profile="sms")
        assert segments(message.text) <= 2
        shown, _, hint = message.text.rpartition("\n")
        assert hint == "Reply MORE"
        assert f"{shown}\n{message.rest}" == ROWS

    def test_a_whole_text_may_take_a_third_segment(self):
        text = "word " * 70
        assert segments(fitted(text, profile="sms", whole=True).text) == 3
        assert fitted(text, profile="sms", whole=True).rest == ""
        assert segments(fitted(text, profile="sms").text) <= 2

    def test_numbers_the_choices_and_has_no_buttons(self):
        message = fitted("Which one?", choices("Chase ••1234", "Savings"), "sms")
        assert message.text == "Which one?\n1) Chase ..1234\n2) Savings\nReply 1-2."
        assert message.buttons == ()
        assert [(number, label.send) for number, label in message.numbered] == [
            (1, "chase ••1234"),
            (2, "savings"),
        ]

    def test_goes_on_counting_after_numbered_lines(self):
        message = fitted("1) a\n2) b", choices("Undo it", "Keep"), "sms", first_number=3)
        assert message.text.endswith("3) Undo it\n4) Keep\nReply 3-4.")

    def test_never_lets_a_number_approve(self):
        text = "Cancel Netflix? Reply APPROVE K7QM or DECLINE K7QM."
        message = fitted(text, APPROVAL, "sms")
        assert message.text == text
        assert message.numbered == ()

    def test_lists_choices_whose_numbers_stand_in_the_text_by_chance(self):
        labels = (Label("1", "Chase"), Label("2", "Savings"))
        message = fitted("Which one, for 1-20 Nov and 2 entries?", labels, "sms")
        assert message.text.endswith("1) Chase\n2) Savings\nReply 1-2.")

    def test_keeps_all_choices_when_the_text_must_give_way(self):
        labels = choices(*(f"Account number {i} at some bank" for i in range(8)))
        message = fitted("x " * 200, labels, "sms")
        assert segments(message.text) <= 3
        assert all(f"{i + 1}) {label.text}" in message.text for i, label in enumerate(labels))
        assert message.rest

    def test_bounds_a_list_that_no_message_could_hold(self):
        message = fitted("Which?", choices(*("y" * 60 + str(i) for i in range(20))), "sms")
        assert segments(message.text) <= 3
        assert message.text.startswith("Which?")


class TestTelegram:
    def test_keeps_buttons_and_all_text_up_to_its_limit(self):
        message = fitted(ROWS, APPROVAL, "telegram")
        assert message.text == ROWS
        assert [button.text for button in message.buttons] == ["Approve", "Decline"]

    def test_counts_utf16_units(self):
        message = fitted("😀 " * 2000, profile="telegram")
        assert utf16_units(message.text) <= 4096
        assert message.rest.startswith("😀")


class TestWhatsApp:
    def test_shows_up_to_three_buttons(self):
        message = fitted("Which?", choices("One", "Two", "Three"), "whatsapp")
        assert len(message.buttons) == 3
        assert message.text == "Which?"

    def test_takes_the_short_label_where_the_long_one_does_not_fit(self):
        label = Label("all", "From now on and all 12 past ones", "Past ones too")
        assert fitted("?", (label,), "whatsapp").buttons[0].text == "Past ones too"

    @pytest.mark.parametrize(
        "labels", [choices("a", "b", "c", "d"), choices("x" * 21), choices("Same", "Same")]
    )
    def test_numbers_what_buttons_cannot_show(self, labels):
        message = fitted("Which?", labels, "whatsapp")
        assert message.buttons == ()
        assert f"\n1) {labels[0].text}" in message.text

    def test_keeps_within_its_limit(self):
        message = fitted(ROWS, profile="whatsapp")
        assert len(message.text) <= 1024
        assert message.rest


class TestEveryProfile:
    @pytest.mark.parametrize("profile", ["web", "terminal", "telegram", "whatsapp", "sms"])
    def test_a_typed_number_means_the_same_choice(self, profile):
        message = fitted("Which?", choices("One", "Two"), profile)
        assert dict(message.numbered)[2].send == "two"

    def test_glue_is_gone_in_the_end(self):
        assert fitted(f"Fri{GLUE}20{GLUE}Nov").text == "Fri 20 Nov"

    @pytest.mark.parametrize("profile", ["telegram", "whatsapp", "sms"])
    @given(
        st.lists(
            st.sampled_from([*FIGURES, "word", "x.", "\n"]),
            min_size=1,
            max_size=900,
        )
    )
    @example(["EUR 12.50"] * 700)
    def test_never_cuts_inside_a_figure_or_loses_a_word(self, profile, tokens):
        text = " ".join(tokens)
        message = fitted(text, profile=profile)
        parts = [message.text]
        while message.rest:
            message = fitted(message.rest, profile=profile)
            parts.append(message.text)
        shown = [re.sub(r"\n?Reply MORE( for the rest\.)?$", "", part) for part in parts]
        assert not [part for part in shown[:-1] if re.search(r"(Rs|EUR|\b1|12\.5|234,50)$", part)]
        assert not [part for part in shown[1:] if re.match(r"(1,23|234,50|€|%)", part)]
        assert " ".join(shown).split() == text.replace(GLUE, " ").split()

    def test_breaks_a_word_without_end_rather_than_send_too_much(self):
        message = fitted("x" * 5000, profile="sms")
        assert segments(message.text) <= 2
        assert message.rest


class TestWordsToTypeInAnotherLanguage:
    def test_are_no_numbers_when_the_text_tells_them(self):
        labels = (
            Label("APPROVE K7QM", "Aprobar", typed="APROBAR K7QM"),
            Label("DECLINE K7QM", "Rechazar", typed="RECHAZAR K7QM"),
        )
        text = "Responde APROBAR K7QM o RECHAZAR K7QM."
        assert fit(text, labels, "sms", BOOK).text == text
        english = "Reply APPROVE K7QM or DECLINE K7QM."
        assert "1) Aprobar" in fit(english, labels, "sms", BOOK).text
