"""Law 1 on a model's words: true replies pass, the same replies with one thing wrong do not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from bot.llm.grounding import breaches
from bot.llm.grounds import Grounds
from bot.llm.trail import with_sums
from core.facts import Answer, Line, count, day, money, named, percent, span
from core.money import Money
from core.period import Grain, Period
from tests.bars import Bar
from tests.model_claims import sentences
from tools.runner import number_facts

SHOPS = ("Lidl", "Netflix", "Corner Shop", "Uber", "Zara", "Iberdrola", "Amazon", "Shell")
UNFOUND = (*SHOPS, "twice")
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
    until: date


def _scene(chance: random.Random) -> Scene:
    shops = chance.sample(SHOPS, 3)
    rows = [(shop, Money.of(Decimal(chance.randrange(1000, 90000)) / 100, "USD")) for shop in shops]
    total = Money.of(Decimal(chance.randrange(100000, 999999)) / 100, "USD")
    share = Decimal(chance.randrange(30, 990)) / 10
    entries = chance.randrange(21, 80)
    until = date(2026, chance.randrange(1, 13), chance.randrange(1, 29))
    facts = (
        money("spent", total),
        percent("share", share),
        count("count", entries),
        day("until", until),
        span("period", Period(date(2026, 5, 1), date(2026, 6, 1), Grain.MONTH)),
    )
    lines = tuple(
        Line((named("merchant", shop), money("amount", amount)), f"entry:{place}")
        for place, (shop, amount) in enumerate(rows)
    )
    answer = number_facts(Answer("show_spending.total", facts, lines), 1)
    grounds = Grounds((answer,), with_sums([answer], {}), "how was may", (*SHOPS, *STRANGERS))
    return Scene(grounds, total, share, entries, rows, until)


MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
MESES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
    *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DIAS = ("lunes", "martes", "mi\u00e9rcoles", "jueves", "viernes", "s\u00e1bado", "domingo")
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy")
UNITS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DECENAS = ("", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta")
UNIDADES = ("", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")


def _in_words(number: int) -> str:
    """Write 21 to 79 as English does."""
    return f"{TENS[number // 10]}-{UNITS[number % 10]}".removesuffix("-")


def _en_palabras(number: int) -> str:
    """Write 21 to 79 as Spanish does."""
    if number < 30:
        return f"veinti{UNIDADES[number % 10]}"
    return f"{DECENAS[number // 10]} y {UNIDADES[number % 10]}".removesuffix(" y ")


def _true_days(scene: Scene) -> tuple[str, ...]:
    day, month, year = scene.until.day, MONTHS[scene.until.month - 1], scene.until.year
    mes, weekday = MESES[scene.until.month - 1], scene.until.weekday()
    return (
        f"That has to last until {day} {month}.",
        f"The next one is due on {WEEKDAYS[weekday]}, {month} {day}, {year}.",
        f"It is {WEEKDAYS[weekday]} {day} {month[:3]} that counts.",
        f"Pay comes on {WEEKDAYS[weekday]}, and rent the week after.",
        f"In {month} there is more; you may wait until the {day}th.",
        "Between 1 and 31 May you spent {f1}, in May 2026 alone.",
        f"In May {scene.entries} payments went out.",
        f"Son {{f1}} del 1 al 31 de mayo, y toca esperar al {day} de {mes}.",
        f"Vence el {DIAS[weekday]} {day} de {mes} de {year}.",
        f"Hasta el {DIAS[weekday]} te quedan {{f1}}.",
    )


def _true_figures(scene: Scene) -> tuple[str, ...]:
    (first, one), (second, other), (third, last) = scene.rows
    named = [f"${amount.decimal:,.2f}" for amount in (one, other, last)]
    return (
        f"{first} took {named[0]} and {second} {named[1]}.",
        f"{first} took {named[0]} versus {named[1]} at {second}.",
        f"You paid {named[0]} to {first}, {named[1]} to {second} and {named[2]} to {third}.",
        f"{third}, at {named[2]}, came last.",
        f"Of ${scene.total.decimal:,.2f} in all, {first} took {named[0]}.",
        f"That was {_in_words(scene.entries)} payments.",
        f"Fueron {_en_palabras(scene.entries)} pagos en mayo.",
        f"One more thing: the {scene.entries} payments came to {{f1}}.",
        "Ten en cuenta que van {f1}. Lo primero es lo primero.",
        "Let me double-check that next time; in the first place it is {f1}.",
        "Two shops stand out: {f7} and {f9}.",
    )


def _true(scene: Scene, chance: random.Random) -> str:
    kinds = (_true_sentences, _true_days, _true_figures, _true_claims)
    return chance.choice(chance.choice(kinds)(scene))


def _true_claims(_scene: Scene) -> tuple[str, ...]:
    """Say no more than is known: of shops that were not found, or "twice", that is a claim."""
    known = [said for said in sentences("may") if not any(one in said for one in UNFOUND)]
    return tuple(f"You spent {{f1}}. {said}" for said in known)


def _true_sentences(scene: Scene) -> tuple[str, ...]:
    (first, one), (second, other), _ = scene.rows
    written = f"{scene.total.decimal:,.2f}"
    rounded = f"{scene.total.decimal:,.0f}"
    return (
        "You spent {f1} up to {f4}, that is {f2} of what came in.",
        f"You spent ${written} in {{f3}} payments.",
        f"About ${rounded} so far, a share of {{f2}}.",
        f"{first} took {{f7}} and {second} took {{f9}}.",
        f"The most went to {first}: {{f7}}. Then came {second} with {{f9}}.",
        f"{first} was ${one.decimal:,.2f}; {second} was ${other.decimal:,.2f}.",
        f"That is {scene.share}% of your income, in {scene.entries} payments.",
        "In all {f1}. Nothing stands out.",
        f"In May you paid {{f1}}, among it {first} with {{f7}}.",
        f"Han sido {{f1}}, y {first} fueron {{f7}}.",
        "Your rent has been paid, and {f1} is what the rest came to.",
        "I have not cancelled anything. You spent {f1}.",
    )


def _wrong_rows(scene: Scene, chance: random.Random) -> str:
    """Swap what is typed."""
    (first, one), (second, other), (third, _) = scene.rows
    mine, theirs = f"${one.decimal:,.2f}", f"${other.decimal:,.2f}"
    return chance.choice(
        (
            f"{first} took {theirs} and {second} {mine}.",
            f"{first} took {theirs} versus {mine} at {second}.",
            f"You paid {theirs} to {first}, {mine} to {second}.",
            f"{second}, at {mine}, came first.",
            f"At {third} it was {mine}.",
            f"{third}: ${one.decimal:,.0f}.",
            f"En {first} fueron {theirs}, y en {second} {mine}.",
        )
    )


def _wrong_counts(scene: Scene, chance: random.Random) -> str:
    """Count something that no fact counts, by a number that some amount is rounded to."""
    near = {round(amount.decimal) for _, amount in scene.rows}
    near |= {round(scene.share), chance.randrange(4, 99), scene.until.day, scene.until.month}
    number = chance.choice(sorted(near - {scene.entries, 1, 2, 3, 5}))
    return chance.choice(
        (
            f"You spent {{f1}} in {number} payments.",
            f"That is {number} shops in all.",
            f"The {number} payments came to {{f1}}.",
            f"Fueron {number} pagos, {{f1}} en total.",
        )
    )


def _wrong_days(scene: Scene, chance: random.Random) -> str:
    """Move a day by months or weekdays."""
    day, month, weekday = scene.until.day, scene.until.month, scene.until.weekday()
    meant = {month, 5, 6, 4}
    other = chance.choice([one for one in range(1, 13) if one not in meant])
    late = chance.choice([n for n in range(7) if n != weekday])
    return chance.choice(
        (
            f"That has to last until {day} {MONTHS[other - 1]}.",
            f"The next one is due on {MONTHS[other - 1]} {day}.",
            f"Pay comes in {MONTHS[other - 1]}, so you have {{f1}}.",
            f"Rent is due on {WEEKDAYS[late]}, and {{f1}} is left.",
            f"It is {WEEKDAYS[late]} {day} {MONTHS[month - 1]} that counts.",
            f"Between 1 and 31 {MONTHS[other - 1]} you spent {{f1}}.",
            f"It was {{f1}} in {MONTHS[month - 1]} {scene.until.year + 1}.",
            f"It comes by 2026-{other:02d}-{day:02d}.",
            f"Vence el {day} de {MESES[other - 1]}.",
            f"El {DIAS[late]} cobras, y quedan {{f1}}.",
            f"En {MESES[other - 1]} ser\u00e1n {{f1}}.",
        )
    )


def _wrong_words(scene: Scene, chance: random.Random) -> str:
    """Say in words what no fact says."""
    number = chance.choice([n for n in range(32, 80) if n not in {scene.entries} and n % 10])
    part, share = chance.choice([one for one in PARTS if abs(one[1] - scene.share) > 1])
    assert share
    return chance.choice(
        (
            f"That is about {part} of your pay.",
            f"You spent {{f1}}, {part} of it on food.",
            f"That was {_in_words(number)} payments.",
            f"Fueron {_en_palabras(number)} pagos.",
            f"Te quedan {chance.choice(CIENTOS)} euros.",
            f"Gastas {chance.choice(CIENTOS)} {_en_palabras(number)} d\u00f3lares de m\u00e1s.",
            f"You could save {chance.choice(('a grand', 'two grand', 'one lakh', 'a fiver'))}.",
            "Es un tercio menos que antes y el triple que en abril.",
            f"You have {_in_words(number)} dollars left.",
            f"It is {_in_words(number)} percent less.",
            "You saved hundreds of dollars.",
            "It doubled since.",
        )
    )


PARTS = (
    *(("a third", 33), ("a fifth", 20), ("two thirds", 67), ("three quarters", 75), ("\u00bd", 50)),
    *(("a tenth", 10), ("half", 50), ("\u2153", 33), ("one quarter", 25)),
)
CIENTOS = ("doscientos", "trescientos", "quinientos", "setecientos", "novecientos")


def _wrong(scene: Scene, chance: random.Random) -> str:
    kinds = (_wrong_sentence, _wrong_rows, _wrong_counts, _wrong_days, _wrong_words)
    return chance.choice(kinds)(scene, chance)


def _wrong_sentence(scene: Scene, chance: random.Random) -> str:
    (first, one), (second, other), _ = scene.rows
    amount = f"{chance.randrange(100, 99999)}.{chance.randrange(10, 99)}"
    stranger = chance.choice(STRANGERS)
    return chance.choice(
        (
            f"You spent ${amount} up to {{f4}}.",
            f"You spent {{f1}}, which is {chance.randrange(101, 400)}% of your income.",
            f"You spent {{f1}} in {chance.randrange(100, 900)} payments.",
            f"{first} took {{f9}} and {second} took {{f7}}.",
            f"{stranger} took {{f7}}.",
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
            f"{chance.choice(sentences('claims'))}\nFueron {{f1}}.",
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
    assert breaches("1) {f7}\n2) {f9}", scene.grounds) == ()
