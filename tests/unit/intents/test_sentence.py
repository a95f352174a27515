"""Sentence templates: reading, walking, sampling."""

from __future__ import annotations

import pytest

from intents.sentence import (
    Choice,
    Slot,
    TemplateError,
    beginnings,
    parse,
    plain_words,
    sample,
    words_in,
)


class TestParse:
    def test_reads_words_slots_and_choices(self) -> None:
        assert parse("show [me] (a|b c) {x}") == (
            "show",
            Choice((("me",), ())),
            Choice((("a",), ("b", "c"))),
            Slot("x"),
        )

    def test_reads_a_bracket_inside_a_word_as_several_words(self) -> None:
        assert parse("sub[scription]s") == (Choice((("subscriptions",), ("subs",))),)

    def test_reads_brackets_within_brackets(self) -> None:
        inner = Choice((("are",), ("were",)))
        assert parse("[what (are|were)] my") == (Choice((("what", inner), ())), "my")

    def test_brings_words_into_their_plain_form(self) -> None:
        assert parse("What's un-done?") == ("whats", "un", "done")

    @pytest.mark.parametrize("template", ["show (me", "show me)", "show [me)", "(a]"])
    def test_refuses_brackets_that_do_not_match(self, template: str) -> None:
        with pytest.raises(TemplateError):
            parse(template)


class TestPlainWords:
    def test_drops_accents_apostrophes_and_signs(self) -> None:
        assert plain_words("¿Cuánto gasté? That's $12!") == ("cuanto", "gaste", "thats", "12")


class TestBeginnings:
    def test_are_every_way_to_begin(self) -> None:
        assert beginnings(parse("[please] (show|list) {x}")) == {"please", "show", "list"}

    def test_reach_past_optional_parts_to_a_slot(self) -> None:
        assert beginnings(parse("[my] {x} total")) == {"my", Slot("x")}


class TestWordsIn:
    def test_are_the_words_of_every_way(self) -> None:
        assert set(words_in(parse("[a (b|c)] d {x}"))) == {"a", "b", "c", "d"}


class TestSample:
    def test_fills_slots_and_chooses_ways(self) -> None:
        found = sample("(pay|give) {who}", {"who": ["ana", "bo"]}, count=4, seed=1)
        assert set(found) == {"pay ana", "pay bo", "give ana", "give bo"}

    def test_is_the_same_every_time(self) -> None:
        values = {"who": ["ana", "bo", "cy", "di"]}
        once = sample("[please] (pay|give) {who}", values, count=3, seed=7)
        assert once == sample("[please] (pay|give) {who}", values, count=3, seed=7)

    def test_gives_no_sentence_twice(self) -> None:
        assert sample("undo", {}, count=5, seed=1) == ["undo"]
