from __future__ import annotations

import pytest

from intents.spoken import spoken_language

BOTH = ("en", "es")


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
        ["netflix?", "50 uber", "UNDO", "1", "APPROVE K7QM", "no", "El Corte Ingles 30", "", "👍"],
    )
    @pytest.mark.parametrize("home", BOTH)
    def test_is_the_users_own_when_in_doubt(self, text, home):
        assert spoken_language(text, home=home, offered=BOTH) == home

    def test_is_the_users_own_when_the_other_is_not_offered(self):
        assert spoken_language("hola, ¿cuánto gasté?", home="en", offered=("en",)) == "en"

    def test_of_a_mixed_message_is_the_one_with_more_words(self):
        mixed = "cuanto gaste en groceries este mes"
        assert spoken_language(mixed, home="en", offered=BOTH) == "es"
        assert spoken_language("spent on comida last month", home="en", offered=BOTH) == "en"
