"""What is read out of everyday talk: shared bills, returns, disputes, conditions."""

from __future__ import annotations

import time

import pytest

from bot.dialogue import everyday
from bot.dialogue.conditions import limit_in
from bot.dialogue.everyday import _matches, _people, _ways


@pytest.mark.parametrize(
    ("said", "amount", "what", "ways", "people"),
    [
        ("split 90 dinner 3 ways me ana bo i paid", "90", "dinner", 3, ["ana", "bo"]),
        ("split the $45.60 for pizza with ana and bo", "45.60", "pizza", 0, ["ana", "bo"]),
        ("split 60 of taxi four ways", "60", "taxi", 4, []),
        ("divide 90 de cena entre 3, ana, bo y yo, pague yo", "90", "cena", 3, ["ana", "bo"]),
        ("reparte 48 de pizza entre cuatro", "48", "pizza", 4, []),
    ],
)
def test_a_shared_bill(said: str, amount: str, what: str, ways: int, people: list[str]):
    found = next(_matches("shares", said))
    assert (found["amount"], found["what"].strip()) == (amount, what)
    assert _ways(found.groupdict().get("ways")) == ways
    assert _people(found["who"]) == people


@pytest.mark.parametrize(
    ("said", "is_so"),
    [
        ("split 90 dinner 3 ways, ana paid", True),
        ("split 90 dinner 3 ways me ana bo i paid", False),
        ("divide 90 de cena entre 3, pago ana", True),
        ("divide 90 de cena entre 3, pague yo", False),
    ],
)
def test_who_paid(said: str, is_so: bool):
    assert any(one.others_paid.search(said) for one in everyday._words()) is is_so


@pytest.mark.parametrize(
    ("said", "thing"),
    [
        ("i returned the shoes got 80 back", "shoes"),
        ("took back the blue jacket and got 80", "blue jacket"),
        ("got 80 back for the shoes", "shoes"),
        ("devolvi los zapatos y me devolvieron 80", "zapatos"),
        ("he devuelto la chaqueta, me dieron 80", "chaqueta"),
    ],
)
def test_a_return(said: str, thing: str):
    found = next(_matches("returns", said))
    assert (found["amount"], found["thing"]) == ("80", thing)


@pytest.mark.parametrize(
    "said", ["returned home at 8", "got 80 for the gig", "i got my money back"]
)
def test_no_return(said: str):
    assert not list(_matches("returns", said))


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        ("yes do it but only if its under 15", "15"),
        ("ok, if it costs less than $12.50", "12.50"),
        ("go ahead as long as it is below 20", "20"),
        ("si, pero solo si cuesta menos de 15", "15"),
        ("vale, siempre que este por debajo de 9,99", "9,99"),
    ],
)
def test_a_yes_with_a_condition(said: str, limit: str):
    assert limit_in(said) == limit.replace(",", ".")


@pytest.mark.parametrize(
    "said", ["yes", "cancel it if it is under 15", "yes, 15 is fine", "yes if under 15?"]
)
def test_no_yes_with_a_condition(said: str):
    assert limit_in(said) is None


@pytest.mark.parametrize("part", ["split 9 a ", "returned a ", "got 8 ", "yes if "])
def test_no_text_takes_long(part: str):
    text = (part * 700)[:2000]
    began = time.process_time()
    list(_matches("shares", text))
    list(_matches("returns", text))
    limit_in(text)
    assert time.process_time() - began < 0.4
