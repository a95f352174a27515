"""Law 1 on what the tools really answer: true replies pass, each with one figure changed does not.

The answers are those of every reading tool over both sample households. A true reply says their
facts, by reference or typed out; a wrong one changes a figure, its currency, its row or its size.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from bot.llm.grounding import Grounds, breaches
from bot.llm.observation import Observer
from bot.llm.trail import with_sums
from core.conversation.plan import ToolCall
from core.facts import Answer, Fact, FactKind, Line
from core.money import Money
from core.users.user import User
from prompts.figures import Style
from tests.bars import Bar
from tests.model_claims import sentences
from tests.model_talk import Talk, open_talk
from tools.context import ToolContext
from tools.outcome import Done

pytestmark = pytest.mark.slow

CALLS = (
    ToolCall("show_spending", {"period": "2026-05"}),
    ToolCall("show_spending", {"period": "2026-04", "group_by": "category"}),
    ToolCall("show_spending", {"period": "2026-04", "group_by": "merchant"}),
    ToolCall("show_spending", {"period": "2026-04", "compare_to": "previous"}),
    ToolCall("show_balances"),
    ToolCall("show_net_worth"),
    ToolCall("show_budgets"),
    ToolCall("show_bills"),
    ToolCall("list_subscriptions"),
    ToolCall("safe_to_spend"),
    ToolCall("find_entries", {"period": "2026-05"}),
    ToolCall("explain_change", {"period": "2026-04"}),
    ToolCall("forecast_balance"),
    ToolCall("show_portfolio"),
    ToolCall("show_goals"),
    ToolCall("show_split", {"period": "2026-04"}),
)
TRUE, WRONG = 600, 1500
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass
class Scene:
    """One answer, what a reply may stand on, and how its facts read."""

    grounds: Grounds
    facts: list[Fact]
    rows: list[Line]
    observer: Observer

    def text(self, fact: Fact) -> str:
        """Return how a fact reads."""
        return self.observer.text(fact).strip("«»")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Scene]]:
    with open_talk(tmp_path_factory.mktemp("talk")) as talk:
        talk.app.demo.load("arjun")
        made = []
        for name in ("maya", "arjun"):
            with talk.app.database.reading() as uow:
                user = uow.users.by_email(f"{name}@demo.financemaster.app")
                known = tuple(shop for _, shop in uow.names.merchants(user.id))
            made += [_scene(talk, user, call, known) for call in CALLS]
        yield [one for one in made if one is not None]


def _scene(talk: Talk, user: User, call: ToolCall, known: tuple[str, ...]) -> Scene | None:
    app, now = talk.app, talk.app.clock.now()
    outcome = app.runner.run(call, ToolContext(user, now, "looking"))
    if not isinstance(outcome, Done):
        return None
    wishes, answer = user.preferences, outcome.answer
    book = app.phrasebook("en")
    observer = Observer(book, Style(wishes.locale, wishes.zone, wishes.today(now), "web", book))
    facts = with_sums([answer], {})
    shown = {name: observer.text(fact).strip("«»") for name, fact in facts.items()}
    grounds = Grounds((answer,), facts, "how do i stand", known, shown, wishes.zone)
    money = [fact for fact in facts.values() if _is_figure(fact)]
    rows = [line for line in _rows(answer) if _named(line) and _amounts(line)]
    return Scene(grounds, money, rows, observer) if money else None


def _is_figure(fact: Fact) -> bool:
    return fact.kind in {FactKind.MONEY, FactKind.PERCENT} and fact.value is not None


def _rows(answer: Answer) -> list[Line]:
    return list(answer.lines)


def _named(line: Line) -> str:
    found = [fact for fact in line.facts if fact.kind is FactKind.NAME]
    return str(found[0].value) if len(found) >= 1 else ""


def _amounts(line: Line) -> list[Fact]:
    return [fact for fact in line.facts if fact.kind is FactKind.MONEY]


# --- true -------------------------------------------------------------------------------------


def _true(scene: Scene, chance: random.Random) -> str:
    fact = chance.choice(scene.facts)
    made: list[Callable[[], str]] = [
        lambda: f"It comes to {{{fact.id}}}.",
        lambda: f"It comes to {{{fact.id}:abs}}, all in all.",
        lambda: f"That would be {_typed(scene, fact)}.",
        lambda: f"In short: {_typed(scene, fact)}, nothing more.",
        lambda: f"Son {_typed(scene, fact)} en total.",
    ]
    if scene.rows:
        line = chance.choice(scene.rows)
        amount = chance.choice(_amounts(line))
        made += [
            lambda: f"{_row_name(scene, line)}: {{{amount.id}:abs}}.",
            lambda: f"Of it {_row_name(scene, line)} is {_typed(scene, amount)}.",
        ]
    return chance.choice(made)()


def _typed(scene: Scene, fact: Fact) -> str:
    return scene.text(fact).lstrip("-")


def _row_name(scene: Scene, line: Line) -> str:
    return scene.text(next(one for one in line.facts if one.kind is FactKind.NAME))


# --- wrong ------------------------------------------------------------------------------------


def _another_digit(scene: Scene, fact: Fact, chance: random.Random) -> str:
    """Change one digit of a typed figure, the first one least often missed."""
    text = _typed(scene, fact)
    place = chance.choice([found.start() for found in _DIGIT.finditer(text)])
    digit = chance.choice([one for one in "123456789" if one != text[place]])
    return f"It comes to {text[:place]}{digit}{text[place + 1 :]}."


def _ten_times(scene: Scene, fact: Fact, chance: random.Random) -> str:
    text = _typed(scene, fact)
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
        if _row_name(scene, one) != _row_name(scene, other)
    ]
    if not pairs:
        return _another_digit(scene, fact, chance)
    one, other = chance.choice(pairs)
    return f"{_row_name(scene, one)}: {{{chance.choice(_amounts(other)).id}:abs}}."


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
    _wrong_row,
    _claim,
)


def _is_true_after_all(scene: Scene, text: str) -> bool:
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


def test_true_replies_of_real_answers_are_sent(scenes: list[Scene], bar: Bar):
    chance, stopped = random.Random(21), []
    for _ in range(TRUE):
        scene = chance.choice(scenes)
        text = _true(scene, chance)
        found = breaches(text, scene.grounds)
        stopped += [(text, found)] if found else []
    bar("true replies stopped, real answers", len(stopped), of=TRUE, at_most=1, unit="%")


def test_wrong_replies_of_real_answers_are_not(scenes: list[Scene], bar: Bar):
    chance, passed, tried = random.Random(22), [], 0
    while tried < WRONG:
        scene = chance.choice(scenes)
        wrong = chance.choice(WRONGS)
        text = wrong(scene, chance.choice(scene.facts), chance)
        if wrong is not _claim and _is_true_after_all(scene, text):
            continue
        tried += 1
        passed += [] if breaches(text, scene.grounds) else [(wrong.__name__, text)]
    assert len(passed) < WRONG // 20, passed[:10]
    bar(
        "wrong replies caught, real answers", tried - len(passed), of=tried, at_least=99.5, unit="%"
    )
