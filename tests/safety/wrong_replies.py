"""Makes replies about real answers that are wrong in one thing each."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from core.facts import Fact, FactKind, Line
from core.money import Money
from core.period import Period
from tests.model_claims import sentences
from tests.safety.told import Scene, amounts, row_name, typed

_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def _another_digit(scene: Scene, fact: Fact, chance: random.Random) -> str:
    """Change one digit of a typed figure, the first one least often missed."""
    text = typed(scene, fact)
    place = chance.choice([found.start() for found in _DIGIT.finditer(text)])
    digit = chance.choice([one for one in "123456789" if one != text[place]])
    return f"It comes to {text[:place]}{digit}{text[place + 1 :]}."


def _ten_times(scene: Scene, fact: Fact, chance: random.Random) -> str:
    text = typed(scene, fact)
    place = next(found.end() for found in _DIGIT.finditer(text))
    return f"It comes to {text[:place]}{chance.randrange(1, 10)}{text[place:]}."


def _other_currency(scene: Scene, fact: Fact, chance: random.Random) -> str:
    if not isinstance(fact.value, Money):
        return _another_digit(scene, fact, chance)
    sign = "₹" if fact.value.currency == "USD" else "$"
    return f"It comes to {sign}{fact.value.decimal.copy_abs():,.2f}."


def _no_such_fact(_scene: Scene, _fact: Fact, chance: random.Random) -> str:
    return f"It comes to {{f{chance.randrange(700, 999)}}}."


def _own_sum(scene: Scene, fact: Fact, chance: random.Random) -> str:
    amounts = [one.value for one in scene.facts if isinstance(one.value, Money)]
    if len(amounts) < 2:
        return _another_digit(scene, fact, chance)
    first, second = chance.sample(amounts, 2)
    total = (first.decimal + second.decimal).copy_abs()
    return f"Together it is {total:,.2f} {first.currency}."


def _own_share(_scene: Scene, _fact: Fact, chance: random.Random) -> str:
    return f"That is {chance.randrange(101, 999)}.{chance.randrange(1, 9)}% of it."


def _in_words(_scene: Scene, _fact: Fact, chance: random.Random) -> str:
    said = ("twice as much as before", "about four hundred more", "half of what it was", "el doble")
    return f"It is {chance.choice(said)}."


def _wrong_row(scene: Scene, fact: Fact, chance: random.Random) -> str:
    """Give one row the figure of another."""
    pairs = [
        (one, other)
        for one in scene.rows
        for other in scene.rows
        if row_name(scene, one) != row_name(scene, other)
    ]
    if not pairs:
        return _another_digit(scene, fact, chance)
    one, other = chance.choice(pairs)
    amount = chance.choice(amounts(other))
    if amount.value in {own.value for own in amounts(one)}:
        return _another_digit(scene, fact, chance)
    return f"{row_name(scene, one)}: {{{amount.id}:abs}}."


def _wrong_row_typed(scene: Scene, fact: Fact, chance: random.Random) -> str:
    """Type one row's figure beside the name of another, where nothing else comes to it."""
    names = {row_name(scene, one) for one in scene.rows}
    if len(names) < 2:
        return _another_digit(scene, fact, chance)
    other = chance.choice(scene.rows)
    amount = chance.choice(amounts(other))
    near = {row_name(scene, one) for one in scene.rows if _has(one, amount)}
    near |= {"" for one in scene.grounds.answers[0].facts if _same(one, amount)}
    free = sorted(names - near)
    if not free or "" in near:
        return _another_digit(scene, fact, chance)
    name, figure = chance.choice(free), typed(scene, amount)
    return chance.choice((f"{name} took {figure}.", f"{name}, at {figure}, stands out."))


def _has(line: Line, amount: Fact) -> bool:
    return any(_same(one, amount) for one in amounts(line))


def _same(one: Fact, other: Fact) -> bool:
    values = (one.value, other.value)
    return all(isinstance(value, Money) for value in values) and abs(values[0]) == abs(values[1])  # type: ignore[arg-type]


def _small_count(scene: Scene, _fact: Fact, chance: random.Random) -> str:
    """Count things by what an amount or a percentage is rounded to."""
    counts = {one.value for one in scene.grounds.facts.values() if isinstance(one.value, int)}
    counts |= {int(str(one.value)) for one in scene.grounds.facts.values() if _is_whole(one)}
    near = {_rounded(one) for one in scene.facts} | set(range(4, 90))
    number = chance.choice(sorted(near - counts - set(range(2020, 2030))))
    said = ("In {n} payments.", "That is {n} shops.", "Fueron {n} pagos.", "The {n} of them.")
    return chance.choice(said).format(n=number)


def _is_whole(fact: Fact) -> bool:
    return fact.kind is FactKind.NAME and str(fact.value).isdigit()


def _rounded(fact: Fact) -> int:
    value = fact.value.decimal if isinstance(fact.value, Money) else Decimal(str(fact.value))
    return round(abs(value))


def _wrong_day(scene: Scene, _fact: Fact, chance: random.Random) -> str:
    """Tell a month or a weekday that no day or period among the facts has."""
    months = set(range(1, 13)) - set(_months(scene))
    weekdays = set(range(7)) - {day.weekday() for day in _all_days(scene)}
    made = []
    for month in sorted(months):
        name = date(2026, month, 1).strftime("%B")
        day = chance.choice([one.day for one in _all_days(scene)] or [15])
        made += [f"It lasts until {day} {name}.", f"Pay comes in {name}.", f"By {name} {day}."]
        made += [
            f"Vence el {day} de {MESES[month - 1]}.",
            f"El dinero llega en {MESES[month - 1]}.",
        ]
    for weekday in sorted(weekdays):
        made.append(f"Rent is due on {date(2026, 6, 1 + weekday):%A}.")
    return chance.choice(made) if made else "It is due on 31 February."


MESES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
    *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)


def _all_days(scene: Scene) -> list[date]:
    days: list[date] = []
    for fact in scene.days:
        if isinstance(fact.value, Period):
            days += [fact.value.start, fact.value.last_day, fact.value.end]
        elif isinstance(fact.value, date):
            days.append(fact.value)
    return days


def _months(scene: Scene) -> Iterator[int]:
    days = _all_days(scene)
    for day in days:
        yield day.month
    for fact in scene.days:
        if isinstance(fact.value, Period):
            yield from (
                (fact.value.start + timedelta(days=n)).month for n in range(fact.value.days)
            )


def _figure_words(_scene: Scene, _fact: Fact, chance: random.Random) -> str:
    """Say in words an amount, a share or a count that no answer of the samples holds."""
    return chance.choice(
        (
            "That is seven eighths of your pay.",
            "You could put away two grand.",
            "Quedan quinientos euros.",
            "Son seiscientos veinticinco d\u00f3lares.",
            "That is one lakh and more.",
            "Gastas tres cuartas partes de eso, noventa y tres pagos.",
            "It tripled.",
            "Hundreds of dollars went there.",
            "That is ninety-seven percent of it.",
            "Te queda un d\u00e9cimo de un quinto.",
            "You paid seventy-four times.",
        )
    )


def _claim(scene: Scene, fact: Fact, chance: random.Random) -> str:
    ends = (
        "I have cancelled it.",
        "I've moved it for you.",
        "Reply APPROVE K7QM.",
        "See bit.ly/x.",
        chance.choice(sentences("links")),
        chance.choice(sentences("claims")),
        chance.choice(sentences("claims")),
    )
    return f"It comes to {{{fact.id}}}. {chance.choice(ends)}"


WRONGS = (
    _another_digit,
    _ten_times,
    _other_currency,
    _no_such_fact,
    _own_sum,
    _own_share,
    _in_words,
    _wrong_row_typed,
    _small_count,
    _wrong_day,
    _figure_words,
    _wrong_row,
    _claim,
)


# What these make wrong is no figure's value.
JUDGED_APART = (_claim, _wrong_row_typed, _small_count, _wrong_day, _figure_words)


def is_true_after_all(scene: Scene, text: str) -> bool:
    """Tell whether a changed figure happens to be what some fact comes to, to the digits shown."""
    found = _NUMBER.search(text)
    if found is None:
        return False
    shown = Decimal(re.sub(r"[^\d.]", "", found[0]).rstrip("."))
    step = Decimal(1).scaleb(-len(str(shown).partition(".")[2]))
    is_share = "%" in text
    for fact in scene.facts:
        if (fact.kind is FactKind.PERCENT) == is_share:
            value = fact.value.decimal if isinstance(fact.value, Money) else fact.value
            if abs(abs(Decimal(str(value))) - shown) <= step / 2:
                return True
    return False
