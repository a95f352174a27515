from __future__ import annotations

import pytest

from prompts.checks import (
    carrier_breaches,
    keys_in,
    language_breaches,
    lint_phrases,
    start_up_breaches,
    unused_keys,
)
from prompts.phrasebook import Phrasebook, languages


def book(folder, text, lang="en"):
    (folder / lang).mkdir(exist_ok=True)
    (folder / lang / "replies.toml").write_text(text)
    return Phrasebook.load(lang, folder)


class TestLintPhrases:
    @pytest.mark.parametrize(
        "phrase",
        [
            '"Reply STOP to end it."',
            '"Answer YES or NO."',
            '"Say \\"cancel\\"."',
            '"To go on, reply yes."',
            '"Cancel"',
            '{ text = "Go on?", sms = "Go on? YES/NO" }',
        ],
    )
    def test_finds_carriers_words_offered_alone(self, tmp_path, phrase):
        assert lint_phrases(book(tmp_path, f"[a]\nb = {phrase}"))

    @pytest.mark.parametrize(
        "phrase",
        [
            '"Reply APPROVE {code} or DECLINE {code}."',
            '"Say \\"cancel Netflix\\" or CANCEL NETFLIX."',
            '"Reply CANCEL {name}."',
            '"Yes. It is done, and the end of it."',
            '{ text = "Reply STOP to stop.", carrier = ["STOP"] }',
        ],
    )
    def test_lets_well_meant_words_pass(self, tmp_path, phrase):
        assert lint_phrases(book(tmp_path, f"[a]\nb = {phrase}")) == []

    @pytest.mark.parametrize(
        "phrase",
        [
            '{ text = "{a} {b}", sms = "{a}" }',
            '{ one = "x", many = "{b}", count = "n" }',
            '{ one = "{n} {a}", many = "{n}", count = "n" }',
        ],
    )
    def test_finds_forms_that_show_other_figures(self, tmp_path, phrase):
        assert lint_phrases(book(tmp_path, f"[a]\nb = {phrase}"))


class TestStartUp:
    @pytest.mark.parametrize(
        "text",
        [
            '[a]\nb = "Reply STOP to end it."',
            '[typed]\nundo = "CANCEL"',
            '[dlt]\nalert = "Atención: {link}"',
            f'[dlt]\nalert = "{"very long " * 40}{{link}}"',
        ],
    )
    def test_finds_what_an_installation_must_not_start_with(self, tmp_path, text):
        assert start_up_breaches([book(tmp_path, text, "hi")])

    def test_lets_the_products_own_words_pass(self):
        assert start_up_breaches([Phrasebook.load(lang) for lang in languages()]) == []


class TestCarrierBreaches:
    def test_returns_the_words_that_carriers_act_on(self):
        assert carrier_breaches(["undo", "cancel", "cancel netflix", "Yes"]) == ["cancel", "Yes"]


class TestLanguageBreaches:
    def test_finds_missing_extra_and_differing_phrases(self, tmp_path):
        english = book(tmp_path, '[a]\nb = "{x}"\nc = "c"\nd = "d"')
        spanish = book(tmp_path, '[a]\nb = "{y}"\nc = "c"\ne = "e"', "es")
        assert language_breaches([english, spanish]) == [
            "es: a.d is missing",
            "es: a.e is in no other language",
            "es: a.b has other placeholders",
        ]

    def test_is_content_with_twins(self, tmp_path):
        english = book(tmp_path, '[a]\nb = "{x}"')
        assert language_breaches([english, english]) == []


class TestKeys:
    def test_are_found_in_sources(self):
        assert keys_in('say("chat.hello", x) or f"approval.{state}"') == {"chat.hello"}

    def test_that_no_source_names_are_unused(self, tmp_path):
        phrases = book(tmp_path, '[a]\nb = "b"\nb_line = "b"\nc = "c"\nd = "d"')
        assert unused_keys(phrases, ['x = "a.b"', 'y = f"a.{kind}"; z = ("c",)']) == ["a.d"]
