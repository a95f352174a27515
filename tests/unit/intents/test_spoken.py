from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from intents.spoken import spoken_language

BOTH = ("en", "es")


def _texts(data):
    """Give every text of a file, whatever table it stands in."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, (dict, list)):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _texts(one)


class TestTheLanguageOfAMessage:
    @pytest.mark.parametrize(
        "text",
        [
            "¿cuánto gasté en comida este mes?",
            "cuanto gaste en uber",
            "hola",
            "habla español",
            "cuanto me queda en supermercado",
            "gasté 12,50 en el super ayer",
            "y el mes pasado",
            "qué tiempo hace",
            "movimientos de la visa",
            "cancela netflix",
            "congela travel",
            "apunta uber 12",
        ],
    )
    def test_is_spanish_when_its_words_say_so(self, text):
        assert spoken_language(text, home="en", offered=BOTH) == "es"

    @pytest.mark.parametrize(
        "text", ["how much did i spend on food", "speak english", "food this month", "hello"]
    )
    def test_is_english_for_somebody_who_speaks_spanish(self, text):
        assert spoken_language(text, home="es", offered=BOTH) == "en"

    @pytest.mark.parametrize(
        "text",
        [
            "netflix?",
            "50 uber",
            "UNDO",
            "1",
            "APPROVE K7QM",
            "no",
            "El Corte Inglés 30",
            "Casa de los Dulces 5",
            "",
            "👍",
        ],
    )
    @pytest.mark.parametrize("home", BOTH)
    def test_is_the_users_own_when_in_doubt(self, text, home):
        assert spoken_language(text, home=home, offered=BOTH) == home

    @pytest.mark.parametrize("name", ["utterances", "dev", "near_oos", "far_oos", "questions"])
    def test_is_never_spanish_when_it_is_english(self, name):
        path = Path(__file__).resolve().parents[2] / "eval" / f"{name}.toml"
        texts = [text for text in _texts(tomllib.loads(path.read_text())) if " " in text]
        assert len(texts) > 50
        heard = [t for t in texts if spoken_language(t, home="en", offered=BOTH) != "en"]
        assert heard == []

    def test_is_the_users_own_when_the_other_is_not_offered(self):
        assert spoken_language("hola, ¿cuánto gasté?", home="en", offered=("en",)) == "en"

    def test_of_a_mixed_message_is_the_one_with_more_words(self):
        mixed = "cuanto gaste en groceries este mes"
        assert spoken_language(mixed, home="en", offered=BOTH) == "es"
        assert spoken_language("spent on comida last month", home="en", offered=BOTH) == "en"
