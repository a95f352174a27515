"""Messages that WhatsApp approves beforehand: well written, the same in every language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prompts.gsm import GLUE
from prompts.phrasebook import PhraseFault, languages
from prompts.whatsapp_templates import (
    VARIABLE_CHARACTERS,
    Template,
    announcing,
    breaches,
    carrying,
    fits_variable,
    one_line,
    read_templates,
    with_buttons,
)

PLAIN = Template("alert", "en", "News: {{1}} Answer here.", ("Food",), "alert", "UTILITY")
BUTTONS = Template("decide", "en", "{{1}}", ("Cancel it?",), buttons=("Approve", "Decline"))


class TestTheRegistry:
    @pytest.mark.parametrize("lang", languages())
    def test_holds_nothing_that_would_be_refused(self, lang):
        found = [(one.name, each) for one in read_templates(lang) for each in breaches(one)]
        assert found == []

    def test_is_the_same_in_every_language_but_for_its_words(self):
        shapes = {
            lang: [
                (one.name, one.message_class, one.category, len(one.buttons), one.variables)
                for one in read_templates(lang)
            ]
            for lang in languages()
        }
        assert shapes["en"]
        assert all(shape == shapes["en"] for shape in shapes.values())

    @pytest.mark.parametrize("lang", languages())
    def test_has_a_template_for_whatever_is_said_unasked(self, lang):
        for kind in ("alert", "summary", "approval", "security"):
            found = carrying(lang, kind)
            assert found is not None
            assert found.needs_approval
        assert carrying(lang, "reply") is None
        assert carrying(lang, "report") is None  # it has a file: that waits instead
        waits = announcing(lang)
        assert waits is not None
        assert waits.needs_approval

    def test_finds_buttons_by_what_they_say_and_in_their_order(self):
        found = with_buttons("en", ["Approve", "Decline"])
        assert found is not None
        assert found.name == "decide"
        assert not found.needs_approval
        assert with_buttons("en", ["Decline", "Approve"]) is None
        assert with_buttons("es", ["Aprobar", "Rechazar"]) is not None
        assert with_buttons("en", ["Groceries", "Fun"]) is None

    def test_is_empty_for_a_language_without_one(self):
        assert read_templates("hi") == ()

    def test_refuses_a_field_it_does_not_know(self, tmp_path):
        for folder, text in (("en", '[a]\nb = "c"\n'), ("whatsapp", None)):
            (tmp_path / folder).mkdir()
            if text:
                (tmp_path / folder / "replies.toml").write_text(text)
        (tmp_path / "whatsapp" / "en.toml").write_text('[alert]\nbody = "x"\ncolour = "red"\n')
        with pytest.raises(PhraseFault):
            read_templates("en", tmp_path)


class TestBreaches:
    @pytest.mark.parametrize(
        "template",
        [
            replace(PLAIN, body="{{1}} is the news."),
            replace(PLAIN, body="The news: {{1}}"),
            replace(PLAIN, body="The news: {{1}}."),
            replace(PLAIN, body="News {{1}} {{2}} here.", samples=("a", "b")),
            replace(PLAIN, body="News {{2}} here."),
            replace(PLAIN, body="News    {{1}} here."),
            replace(PLAIN, body=f"News {{{{1}}}} {'here ' * 300}."),
            replace(PLAIN, samples=()),
            replace(PLAIN, samples=("",)),
            replace(PLAIN, samples=("x" * (VARIABLE_CHARACTERS + 1),)),
            replace(PLAIN, category="GOSSIP"),
            replace(BUTTONS, buttons=("One", "Two", "Three", "Four")),
            replace(BUTTONS, buttons=("One", "One")),
            replace(BUTTONS, buttons=("A button with far too many words",)),
            replace(BUTTONS, buttons=("Stop",)),
        ],
    )
    def test_says_what_would_be_refused(self, template):
        assert list(breaches(template))

    @pytest.mark.parametrize("template", [PLAIN, BUTTONS])
    def test_leaves_what_is_well_alone(self, template):
        assert list(breaches(template)) == []


class TestWording:
    def test_has_another_name_at_the_provider_when_it_changes(self):
        other = replace(PLAIN, body="News: {{1}} Answer here!")
        assert other.provider_name != PLAIN.provider_name
        assert replace(PLAIN, samples=("Fun",)).provider_name == PLAIN.provider_name
        assert PLAIN.provider_name.startswith("fm_alert_en_")


class TestOneLine:
    def test_ends_every_line_as_a_sentence_and_keeps_every_figure(self):
        text = f"Due this week\nNetflix:{GLUE}$15.49, tomorrow\n\nRent: $900.00.\n  Reply  MORE "
        assert one_line(text) == (
            "Due this week. Netflix: $15.49, tomorrow. Rent: $900.00. Reply MORE."
        )

    @pytest.mark.parametrize(("text", "fits"), [("", False), ("x" * 255, True), ("x" * 256, False)])
    def test_fits_a_variable_or_does_not(self, text, fits):
        assert fits_variable(text) is fits
