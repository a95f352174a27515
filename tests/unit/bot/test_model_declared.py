"""Where something was to be done, a model's words may ask, offer or tell, but not declare."""

from __future__ import annotations

import time

import pytest

from bot.llm.acts import Record
from bot.llm.claims import forbidden
from bot.llm.declared import declared
from tests.model_claims import sentences

SAID = "set it to 450, 250, 900 or 120, log 12.50 for lunch, 30, 8 or 10, and send 20 to ana"
WISHED = Record(said=SAID, wished=True)


@pytest.mark.parametrize(
    "text",
    [
        "It's in your books now.",
        "You now have a budget of 450.",
        "Your rule is in place.",
        "Coffee is on the list.",
        "Sure, both are in.",
        "Ana has her 20, anything else?",
        "The new limit is 450.",
        "Everything is as you asked.",
        "Netflix will stop at the end of the month.",
        "I'll remind you on Friday.",
        "You can relax, 450 it is.",
        "Ya lo tienes apuntado.",
        "A partir de ahora Uber va en transporte.",
        "Todo como pediste.",
        "Te avisar\u00e9 ma\u00f1ana.",
    ],
)
def test_what_only_declares_is_a_claim_where_something_was_asked_for(text: str):
    assert list(forbidden(text, WISHED))


@pytest.mark.parametrize(
    "text",
    [
        "Which Ana do you mean?",
        "Once you say yes, it goes into your books.",
        "That needs your approval, like any payment.",
        "Netflix costs you {f1} a month.",
        "Your food budget is $400.",
        "I can't do that here.",
        "For lunch at the corner place, as I read it.",
        "I would put it under groceries.",
        "Good idea, clothes have been a bit high lately.",
        "\u00bfA qu\u00e9 Ana te refieres?",
        "Cuando digas que s\u00ed, lo anoto.",
        "Lo pondr\u00eda en supermercado.",
    ],
)
def test_what_asks_offers_or_tells_is_none(text: str):
    assert list(forbidden(text, WISHED)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Here's the budget I'd set: 450 a month for Food. Does that look right?",
        "I can set your food budget to 450. Shall I go ahead?",
        "To raise your food budget to 450, I just need your confirmation.",
        "This will add a 12.50 lunch entry under Restaurants. Is that right?",
        "You'd like to log 12.50 for lunch at the corner place, correct?",
        "I have a proposal ready for you: log 30 for the plumber. Please confirm.",
        "Just to confirm: 30 for the plumber, today, under home repairs?",
        "Got it. I'll need your approval before anything changes.",
        "Sure! I'd add a reminder to call the dentist on Friday at 10.",
        "Great goal! I'd call it Trip to Japan, with 900 as the target.",
        "That would bring your food budget from {f1} to 450 a month.",
        "Your current limit is {f1}, so this would be a bit higher.",
        "I've prepared a new rule for Trader Joe's; please review it below.",
        "Before I add it: was it paid from Chase or in cash?",
        "Which account should it come from?",
        "I couldn't find a Netflix subscription in your books.",
        "It looks like there are two people called Ana. Which one do you mean?",
        "I can't send money on my own, but I can prepare a payment for you to approve.",
        "Please check the details below and confirm with the code.",
        "You can undo this at any time.",
        "Do you want me to repeat that every month?",
        "If you confirm, your clothes budget will be 250 a month.",
        "Once confirmed, you'll get a reminder on Friday at 10.",
        "Your approval is needed to cancel Netflix.",
        "Cancelling Netflix would save you {f1} a month.",
        "Perfecto. ¿Quieres que anote 8 en café?",
        "Para darte de baja de Netflix necesito tu aprobación.",
        "Esto añadiría un recordatorio para mañana a las 9. ¿Te parece bien?",
        "Aquí tienes la propuesta: 120 al mes para ropa. ¿La confirmas?",
        "Si confirmas, el presupuesto de ropa será de 120.",
        "Te preparo la baja de Netflix; revisa los detalles abajo.",
        "Entendido, 8 de café. ¿Lo confirmo?",
        "¿Lo pongo en restaurantes o en cafeterías?",
    ],
)
def test_what_models_say_beside_a_question_of_ours_is_none(text: str):
    assert list(forbidden(text, Record(said=SAID, wished=True, shown=True))) == []


@pytest.mark.parametrize("text", ["Food budget: 450.", "Sure, 450 for food."])
def test_what_is_put_to_the_user_may_be_named_and_nothing_else(text: str):
    assert list(declared(text, said=SAID, is_shown=True)) == []
    assert list(declared(text, said=SAID, is_shown=False))


@pytest.mark.parametrize(
    "text", ["I have prepared it, have a look.", "Esto es lo que anotar\u00eda."]
)
def test_words_point_only_at_what_is_shown(text: str):
    assert list(declared(text, said=SAID, is_shown=True)) == []
    assert list(declared(text, said=SAID, is_shown=False))


def test_a_figure_of_the_user_is_none_of_the_books():
    assert list(declared("The limit is 450.", said=SAID, is_shown=False))
    assert list(declared("The limit is 400.", said=SAID, is_shown=False)) == []


@pytest.mark.parametrize("text", sentences("may"))
def test_elsewhere_nothing_of_this_is_looked_at(text: str):
    assert list(forbidden(text, Record(said=SAID))) == []


@pytest.mark.parametrize("part", ["a, ", "on a ", "and ", "it is, ", "\u2026 ", "as ", "ria "])
def test_no_text_takes_long(part: str):
    text = (part * 1500)[:1500]
    began = time.process_time()
    list(declared(text, said="", is_shown=False))
    assert time.process_time() - began < 0.4
