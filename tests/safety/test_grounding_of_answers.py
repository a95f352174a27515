"""Law 1 on what the tools really answer: true replies pass, each with one figure changed does not.

The answers are those of every reading tool over both sample households. A true reply says their
facts, by reference or typed out; a wrong one changes a figure, its currency, its row or its size.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime

import pytest

from bot.llm.grounding import breaches
from bot.llm.grounds import Grounds
from bot.llm.observation import Observer
from bot.llm.trail import with_sums
from core.conversation.plan import ToolCall
from core.facts import Fact, FactKind
from core.period import Period
from core.users.user import User
from prompts.figures import Style
from tests.bars import Bar
from tests.model_talk import Talk, open_talk
from tests.safety.told import Scene, amounts, is_figure, named, row_name, rows, typed
from tests.safety.wrong_replies import JUDGED_APART, WRONGS, is_true_after_all
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
    money = [fact for fact in facts.values() if is_figure(fact)]
    lines = [line for line in rows(answer) if named(line) and amounts(line)]
    days = [fact for fact in facts.values() if fact.kind in {FactKind.DATE, FactKind.DURATION}]
    return Scene(grounds, money, lines, observer, days) if money else None


# --- true -------------------------------------------------------------------------------------


def _true(scene: Scene, chance: random.Random) -> str:
    fact = chance.choice(scene.facts)
    made: list[Callable[[], str]] = [
        lambda: f"It comes to {{{fact.id}}}.",
        lambda: f"It comes to {{{fact.id}:abs}}, all in all.",
        lambda: f"That would be {typed(scene, fact)}.",
        lambda: f"In short: {typed(scene, fact)}, nothing more.",
        lambda: f"Son {typed(scene, fact)} en total.",
    ]
    if scene.days:
        of_time = chance.choice(scene.days)
        made += [
            lambda: f"The time that counts: {typed(scene, of_time)}.",
            lambda: f"That is for {typed(scene, of_time)}, and it is {{{fact.id}}}.",
            lambda: _day_in_words(of_time, chance),
        ]
    counts = [one for one in scene.grounds.facts.values() if one.kind is FactKind.COUNT]
    if counts:
        counted = chance.choice(counts)
        made += [
            lambda: f"There were {counted.value} of them.",
            lambda: f"Son {counted.value} en total.",
        ]
    if scene.rows:
        line = chance.choice(scene.rows)
        amount = chance.choice(amounts(line))
        other = chance.choice(scene.rows)
        its = chance.choice(amounts(other))
        made += [
            lambda: (
                f"{row_name(scene, line)} is {typed(scene, amount)}, "
                f"and {row_name(scene, other)} is {typed(scene, its)}."
            ),
            lambda: f"{row_name(scene, line)}, with {typed(scene, amount)}, is one to look at.",
            lambda: f"{row_name(scene, line)}: {{{amount.id}:abs}}.",
            lambda: f"Of it {row_name(scene, line)} is {typed(scene, amount)}.",
        ]
    return chance.choice(made)()


def _day_in_words(fact: Fact, chance: random.Random) -> str:
    """Tell a day, or the ends of a period, in one of the ways in which people write them."""
    value = fact.value
    if isinstance(value, int):
        return f"You have {value} days."
    if isinstance(value, Period):
        first, last = value.start, value.last_day
        return f"From {first:%A} {first.day} {first:%B} to {last:%A}, {last.day} {last:%B %Y}."
    if not isinstance(value, date) or isinstance(value, datetime):
        return "One day is like another."
    return chance.choice(
        (
            f"It is on {value:%A}, {value.day} {value:%B}.",
            f"Look at {value:%B} {value.day}, {value.year}.",
            f"It is in {value:%B} {value.year}.",
            f"It comes by {value:%Y-%m-%d}.",
            f"Wait until the {value.day}{_suffix(value.day)}.",
        )
    )


def _suffix(day: int) -> str:
    return "th" if day in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


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
        if wrong not in JUDGED_APART and is_true_after_all(scene, text):
            continue
        tried += 1
        passed += [] if breaches(text, scene.grounds) else [(wrong.__name__, text)]
    assert len(passed) < WRONG // 20, passed[:10]
    bar(
        "wrong replies caught, real answers", tried - len(passed), of=tried, at_least=99.5, unit="%"
    )
