"""Law 7 on a model's words: that something is done is told by the record, or not at all."""

import time

import pytest

from bot.llm.acts import Record, Row, claims, states_in
from bot.llm.claims import forbidden
from tests.model_claims import sentences

ENDED = Row(frozenset({"cancelled"}), ("Netflix",), frozenset({"f1"}))


@pytest.mark.parametrize("text", sentences("claims"))
def test_nobody_vouches_for_what_a_model_claims(text: str):
    assert list(claims(text, Record()))


@pytest.mark.parametrize("text", sentences("may"))
def test_talk_that_claims_nothing_is_let_through(text: str):
    assert list(forbidden(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Netflix is cancelled.",
        "Your Netflix subscription was cancelled.",
        "Budget created.",
        "Cancelled.",
        "Sent!",
        "Enviado.",
        "Ya lo cancelé",
        "ya lo cancele",
        "Netflix está cancelado.",
        "Tu suscripcion esta cancelada.",
        "I took care of it",
        "I'm sending it now",
        "I\u2019m sending it now",
        "Your payment to Bo went through.",
        "Done, it's gone",
        "No problem, I cancelled it.",
        "No problem I cancelled it.",
        "I cancelled it, ok?",
        "I have, as you asked, cancelled Netflix.",
        "I looked it up and cancelled it.",
        "Not only that, it was cancelled for good.",
        "Sí, está cancelado.",
        "Acabo de cancelarlo",
        "Bo has been paid.",
    ],
)
def test_forms_of_a_claim(text: str):
    assert list(claims(text, Record()))


@pytest.mark.parametrize(
    "text", ["Netflix is cancelled.", "{f1} was cancelled.", "Netflix fue cancelado."]
)
def test_a_row_vouches_for_its_own_state(text: str):
    record = Record((ENDED,))
    assert list(claims(text, record)) == []
    assert list(claims(text.replace("Netflix", "Hulu").replace("f1", "f2"), record))


def test_a_row_vouches_for_no_other_state_and_for_no_act_of_the_bot():
    record = Record((ENDED,))
    assert list(claims("Netflix was refunded and deleted.", record))
    assert list(claims("I cancelled Netflix.", record))


def test_our_own_phrase_for_a_row_vouches_for_what_it_says():
    row = Row(frozenset(), ("Coffee",), frozenset({"f1"}), "…: added, …")
    assert list(claims("Coffee was added a while ago.", Record((row,)))) == []
    assert list(claims("Coffee was deleted a while ago.", Record((row,))))
    denied = Row(frozenset(), ("Netflix",), frozenset(), "… is not cancelled yet.")
    assert list(claims("Netflix is cancelled.", Record((denied,))))


def test_what_was_asked_for_is_no_state():
    assert states_in(["list_subscriptions.requested_line"]) == {"requested"}
    assert states_in(["show_approval.not_executed"]) == set()


def test_the_user_vouches_for_what_he_says_was_done_and_not_for_what_he_wants():
    assert list(claims("So it was cancelled in May.", Record(said="I cancelled it in May"))) == []
    assert list(claims("So it was cancelled.", Record(said="cancel netflix for me")))
    assert list(claims("It was cancelled.", Record(said="was it cancelled?")))
    assert list(claims("I cancelled it.", Record(said="I cancelled it in May")))


@pytest.mark.parametrize("text", ["Netflix is cancelled.", "{f1} was paid.", "It was paid by Bo."])
def test_where_something_was_refused_nothing_vouches(text: str):
    said = "i cancelled netflix"
    assert list(claims(text, Record((ENDED,), said))) == []
    assert list(claims(text, Record((ENDED,), said, refused=True)))


@pytest.mark.parametrize("text", ["I can't cancel it.", "Nothing was sent.", "Shall I send it?"])
def test_where_something_was_refused_the_truth_may_be_said(text: str):
    assert list(claims(text, Record(refused=True))) == []


@pytest.mark.parametrize(
    "part", ["to a ", "I now ", "sent to ", "a, ", "a.", "aa@", "i saw ", "::", "evil . ", "and "]
)
def test_no_text_takes_long(part: str):
    text = (part * 1500)[:1500]
    began = time.process_time()
    list(forbidden(text))
    assert time.process_time() - began < 0.4
