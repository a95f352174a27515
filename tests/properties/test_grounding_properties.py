"""Law 1 on a model's words: true replies pass, the same replies with one thing wrong do not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from bot.llm.grounding import Grounds, breaches
from bot.llm.trail import with_sums
from core.facts import Answer, Line, count, day, money, named, percent
from core.money import Money
from tests.bars import Bar
from tests.model_claims import sentences
from tools.runner import number_facts

SHOPS = ("Lidl", "Netflix", "Corner Shop", "Uber", "Zara", "Iberdrola", "Amazon", "Shell")
STRANGERS = ("Ikea", "Spotify", "Decathlon")
TRUE = 600
WRONG = 1400


@dataclass
class Scene:
    """What one turn found: a total with its share and change, and three rows."""

    grounds: Grounds
    total: Money
    share: Decimal
    entries: int
    rows: list[tuple[str, Money]]


def _scene(chance: random.Random) -> Scene:
    shops = chance.sample(SHOPS, 3)
    rows = [(shop, Money.of(Decimal(chance.randrange(1000, 90000)) / 100, "USD")) for shop in shops]
    total = Money.of(Decimal(chance.randrange(100000, 999999)) / 100, "USD")
    share = Decimal(chance.randrange(30, 990)) / 10
    entries = chance.randrange(21, 80)
    facts = (
        money("spent", total),
        percent("share", share),
        count("count", entries),
        day("until", date(2026, 5, chance.randrange(1, 29))),
    )
    lines = tuple(
        Line((named("merchant", shop), money("amount", amount)), f"entry:{place}")
        for place, (shop, amount) in enumerate(rows)
    )
    answer = number_facts(Answer("show_spending.total", facts, lines), 1)
    grounds = Grounds((answer,), with_sums([answer], {}), "how was may", (*SHOPS, *STRANGERS))
    return Scene(grounds, total, share, entries, rows)


def _true(scene: Scene, chance: random.Random) -> str:
    (first, one), (second, other), _ = scene.rows
    written = f"{scene.total.decimal:,.2f}"
    rounded = f"{scene.total.decimal:,.0f}"
    return chance.choice(
        (
            "You spent {f1} up to {f4}, that is {f2} of what came in.",
            f"You spent ${written} in {{f3}} payments.",
            f"About ${rounded} so far, a share of {{f2}}.",
            f"{first} took {{f6}} and {second} took {{f8}}.",
            f"The most went to {first}: {{f6}}. Then came {second} with {{f8}}.",
            f"{first} was ${one.decimal:,.2f}; {second} was ${other.decimal:,.2f}.",
            f"That is {scene.share}% of your income, in {scene.entries} payments.",
            "In all {f1}. Nothing stands out.",
            f"In May you paid {{f1}}, among it {first} with {{f6}}.",
            f"Han sido {{f1}}, y {first} fueron {{f6}}.",
            "Your rent has been paid, and {f1} is what the rest came to.",
            "I have not cancelled anything. You spent {f1}.",
            f"You spent {{f1}}. {chance.choice(sentences('may'))}",
        )
    )


def _wrong(scene: Scene, chance: random.Random) -> str:
    (first, one), (second, other), _ = scene.rows
    amount = f"{chance.randrange(100, 99999)}.{chance.randrange(10, 99)}"
    stranger = chance.choice(STRANGERS)
    return chance.choice(
        (
            f"You spent ${amount} up to {{f4}}.",
            f"You spent {{f1}}, which is {chance.randrange(101, 400)}% of your income.",
            f"You spent {{f1}} in {chance.randrange(100, 900)} payments.",
            f"{first} took {{f8}} and {second} took {{f6}}.",
            f"{stranger} took {{f6}}.",
            f"The most went to {stranger}: {{f1}}.",
            f"You spent {{f1}}, and I have cancelled {first}.",
            "All done. You spent {f1}.",
            "You spent {f1}, twice as much as in April.",
            "You spent {f1}, about two hundred more than usual.",
            f"You spent {{f1}}. See www.{amount}.com for more.",
            f"You spent \u20ac{scene.total.decimal:,.2f}.",
            f"{first} was ${one.decimal + other.decimal:,.2f}.",
            f"That is {scene.share + Decimal('13.3')}% of it.",
            "You spent {f1}. Reply APPROVE K7QM.",
            "You spent {f1} since 1987.",
            "You spent {f1} and {f77}.",
            f"You spent {{f1}}, {amount} rupees of it on food.",
            "He enviado el dinero. Fueron {f1}.",
            f"You spent {{f1}}. {chance.choice(sentences('claims'))}",
            f"{chance.choice(sentences('claims'))} Fueron {{f1}}.",
            f"You spent {{f1}}. {chance.choice(sentences('links'))}",
            "Gastaste {f1}, el doble que en abril.",
        )
    )


def _replies(seed: int, most: int, make) -> Iterator[tuple[str, tuple[str, ...]]]:
    chance = random.Random(seed)
    for _ in range(most):
        scene = _scene(chance)
        text = make(scene, chance)
        yield text, breaches(text, scene.grounds)


def test_true_replies_are_sent(bar: Bar):
    stopped = [(text, found) for text, found in _replies(7, TRUE, _true) if found]
    bar("true replies stopped", len(stopped), of=TRUE, at_most=1, unit="%")


def test_wrong_replies_are_not(bar: Bar):
    caught = [text for text, found in _replies(11, WRONG, _wrong) if found]
    bar("wrong replies caught", len(caught), of=WRONG, at_least=99.5, unit="%")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("can i afford 120 shoes", "For 120 you would be fine."),
        ("did i pay Ikea", "Nothing from Ikea is in your books."),
        ("what about the 2nd one", "The 2nd one is {f1}."),
        ("half of it?", "Half of it is what is left."),
    ],
)
def test_the_users_own_words_may_be_said_back(said: str, text: str):
    scene = _scene(random.Random(3))
    grounds = Grounds(scene.grounds.answers, scene.grounds.facts, said, scene.grounds.names)
    assert breaches(text, grounds) == ()


def test_a_name_that_is_a_number_takes_nothing_out_of_a_figure():
    scene = _scene(random.Random(3))
    names = (*scene.grounds.names, "3", "7", "95", "7 Eleven")
    grounds = Grounds(scene.grounds.answers, scene.grounds.facts, "how was may", names)
    typed = f"${scene.total.decimal:,.2f}"
    assert breaches(f"It comes to {typed}.", grounds) == ()
    assert breaches(f"It comes to 7{typed[1:]}.", grounds) != ()


def test_the_numbers_of_a_list_are_no_figures():
    scene = _scene(random.Random(3))
    assert breaches("1) {f6}\n2) {f8}", scene.grounds) == ()
