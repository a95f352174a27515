"""A bare name never becomes a write because of what was written just before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from core.conversation.context import TurnContext
from core.conversation.plan import ToolCall
from core.conversation.state import Frame
from intents import vocabulary as vocabularies
from intents.engine import OfflinePlanner
from intents.held_out import Household
from intents.sentence import parse
from tools.catalog import TOOLS
from tools.spec import Effect

_EVAL = Path(__file__).resolve().parents[2] / "eval"
_FILES = {"en": _EVAL / "household.toml", "es": _EVAL / "es" / "household.toml"}
_WRITES = frozenset(one.name for one in TOOLS if one.effect is Effect.WRITE)
_LONGEST = 2  # words of a bare name


@cache
def planner(language: str) -> OfflinePlanner:
    return OfflinePlanner(TOOLS, lambda: None, language)


@cache
def household(language: str) -> Household:
    return Household(_FILES[language])


def planned(language: str, context: TurnContext) -> list[ToolCall]:
    plan = planner(language).plan(context)
    return [step for step in plan.steps if isinstance(step, ToolCall)]


@cache
def writes(language: str) -> tuple[ToolCall, ...]:
    """Return one call of each writing tool, as its own example is understood."""
    found: dict[str, ToolCall] = {}
    for intent in vocabularies.load(language).tools().values():
        for example in intent.examples if intent.tool in _WRITES else ():
            for call in planned(language, household(language).context(example)):
                if call.tool == intent.tool:
                    found.setdefault(call.tool, call)
    return tuple(found.values())


@cache
def bare_names(language: str) -> tuple[str, ...]:
    """Return what is called in a word or two and changes nothing by itself.

    That is what each reading request is called, the categories and the user's accounts.
    """
    vocabulary = vocabularies.load(language)
    names = household(language).context("").names
    said = {" ".join(words) for words in vocabulary.commands if len(words) <= _LONGEST}
    said.update(_shortest(vocabulary))
    said.update(one.text.casefold() for one in (*names.categories, *names.accounts))
    here = household(language)
    return tuple(one for one in sorted(said) if not written(language, here.context(one)))


def _shortest(vocabulary: vocabularies.Vocabulary) -> Iterator[str]:
    """Give the shortest whole sentence of each reading request that is words alone."""
    for intent in vocabulary.tools().values():
        whole = (parse(say) for group in intent.phrases for say in group.say)
        words = ((items, [one for one in items if isinstance(one, str)]) for items in whole)
        plain = [" ".join(said) for items, said in words if len(said) == len(items)]
        short = [one for one in plain if one.count(" ") < _LONGEST]
        if intent.tool not in _WRITES and short:
            yield min(short, key=len)


def written(language: str, context: TurnContext) -> set[str]:
    return {call.tool for call in planned(language, context)} & _WRITES


def wrongly_written(language: str, before: ToolCall, names: Iterable[str]) -> list[str]:
    """Return the bare names that write something after ``before``."""
    wrong = []
    for name in names:
        fresh = household(language).context(name)
        state = replace(fresh.state, focus=Frame(before, fresh.now))
        found = written(language, replace(fresh, state=state))
        if found:
            wrong.append(f"{name!r} after {before.tool}: {sorted(found)}")
    return wrong


class TestBareNames:
    @pytest.mark.parametrize("name", ["debts", "loans", "groceries", "transport", "savings"])
    def test_after_a_budget_write_no_other_one(self, name):
        budget = ToolCall("set_budget", {"amount": "400", "category": "FOOD_AND_DRINK"})
        assert wrongly_written("en", budget, [name]) == []

    def test_with_an_amount_still_changes_the_budget(self):
        fresh = household("en").context("make it 500")
        before = ToolCall("set_budget", {"amount": "400", "category": "FOOD_AND_DRINK"})
        state = replace(fresh.state, focus=Frame(before, fresh.now))
        (call,) = planned("en", replace(fresh, state=state))
        assert call == ToolCall("set_budget", {"amount": "500", "category": "FOOD_AND_DRINK"})

    @pytest.mark.slow
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_after_any_write_write_nothing(self, language):
        """Each name comes after every third write, so that all of it takes seconds."""
        names = bare_names(language)
        assert len(writes(language)) > 25
        assert len(names) > 100
        wrong = [
            one
            for place, call in enumerate(writes(language))
            for one in wrongly_written(language, call, names[place % 3 :: 3])
        ]
        assert wrong == []
