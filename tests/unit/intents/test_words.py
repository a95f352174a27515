from __future__ import annotations

import pytest

from core.messaging.opt_out import CARRIER_WORDS
from intents.words import command_words
from prompts.phrasebook import Phrasebook, languages


class TestTheWordOnAnApproval:
    @pytest.mark.parametrize(
        ("text", "verdict"),
        [
            ("APROBAR K7QM", ("approve", "K7QM")),
            ("aprobar K7QM.", ("approve", "K7QM")),
            ("Sí K7QM", ("approve", "K7QM")),
            ("APPROVE K7QM", ("approve", "K7QM")),
            ("RECHAZAR K7QM", ("decline", "K7QM")),
            ("no apruebo K7QM", ("decline", "K7QM")),
            ("aprobar", ("approve", "")),
            ("rechazar", ("decline", "")),
        ],
    )
    def test_is_read_in_every_language(self, text, verdict):
        assert command_words().approval(text) == verdict

    @pytest.mark.parametrize(
        "text", ["aprobar todo", "sí", "si", "no", "vale", "¿aprobar K7QM?", "apruebo todas YA"]
    )
    def test_is_not_read_into_ordinary_talk(self, text):
        assert command_words().approval(text) is None

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("APPROVE K7", ("approve", "K7")),
            ("approve abc", ("approve", "abc")),
            ("Decline k7q.", ("decline", "k7q")),
            ("aprobar K7", ("approve", "K7")),
        ],
    )
    def test_may_stand_before_what_is_no_code(self, text, found):
        assert command_words().approval(text) is None
        assert command_words().mistyped(text) == found

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("aprove k7qm", ("approve", "k7qm")),
            ("approvek7qm", ("approve", "k7qm")),
            ("declne k7qm", ("decline", "k7qm")),
            ("rechasar kqxm", ("decline", "kqxm")),
            ("dont approve kqxm", None),
            ("improve this", None),
            ("approved", None),
        ],
    )
    def test_with_a_slip_is_known_with_its_code(self, text, found):
        assert command_words().nearly(text) == found

    @pytest.mark.parametrize(
        "text", ["no food", "ok abc", "yes K7", "approve", "approve the last one", "confirm abc"]
    )
    def test_stands_before_no_code_in_ordinary_talk(self, text):
        assert command_words().mistyped(text) is None


class TestAWordThatPhrasesTellToType:
    @pytest.mark.parametrize("lang", languages())
    def test_is_understood(self, lang):
        words, book = command_words(), Phrasebook.load(lang)
        for plain, told in book.table("typed").items():
            if plain in {"approve", "confirm", "decline"}:
                assert words.approval(f"{told} K7QM") == (plain, "K7QM")
            else:
                assert words.plain(told).casefold() == plain

    def test_stands_for_the_one_the_engine_knows_and_no_other_text_does(self):
        assert command_words().plain("Deshacer!") == "undo"
        assert command_words().plain("deshacer la compra de ayer") == "deshacer la compra de ayer"

    def test_is_none_that_carriers_act_on(self):
        told = {
            word.upper()
            for lang in languages()
            for word in Phrasebook.load(lang).table("typed").values()
        }
        assert told & CARRIER_WORDS == set()
