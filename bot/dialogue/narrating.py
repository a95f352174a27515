"""Answers that are told in sentences: a model may find the words, the facts are settled before."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.llm.claims import SIDES, says_side
from core.conversation.plan import Plan, ToolCall
from core.facts import Answer, Fact, FactKind
from prompts.draft import references
from prompts.told import FEED, NARRATE

# What is told in sentences, with the text that asks for them; what is a list or a figure stays in
# the phrasebook's words.
_TOLD: Mapping[str, str] = {"review_month": NARRATE, "show_insights": FEED}
# These must be said, whatever else a model finds worth telling; then at least so many facts.
_MUST = frozenset({"spent", "income"})
_LEAST = 4
# Each line is a thing of its own: none may be left out, and more do not go into a few sentences.
_EACH = "show_insights.list"
_MOST_LINES = 4
_DIFFERENCE = "difference"
_SENTENCE = re.compile(r"[^.!?;\n]+")


def narrated_call(plan: Plan) -> ToolCall | None:
    """Return the one call of a plan whose answer is told in sentences, if that is all it does."""
    if len(plan.steps) != 1 or plan.ignored:
        return None
    step = plan.steps[0]
    return step if isinstance(step, ToolCall) and step.tool in _TOLD else None


def prompt_for(call: ToolCall) -> str:
    """Return the name of the text that asks for words over this call's answer."""
    return _TOLD[call.tool]


def is_tellable(answer: Answer) -> bool:
    """Tell whether there is something to tell, and little enough for a few sentences."""
    if answer.shape == _EACH:
        return len(answer.lines) <= _MOST_LINES
    return bool(answer.facts) and not answer.shape.startswith("show_insights")


def tells_enough(text: str, answer: Answer) -> bool:
    """Tell whether words say what was asked: the main figures, and some of the others.

    Of a list of things each is said with its figures; a difference is said the way it went.
    """
    used = set(references(text))
    if answer.shape == _EACH:
        return all(_is_said(line.facts, used) for line in answer.lines)
    must = {fact.id for fact in answer.facts if fact.name in _MUST}
    enough = must <= used and len(used) >= min(_LEAST, len(answer.facts))
    return enough and _on_its_side(text, answer)


def _is_said(facts: tuple[Fact, ...], used: set[str]) -> bool:
    """Tell whether a line is told: one of its figures, or its name where it has none."""
    figures = {fact.id for fact in facts if fact.kind is not FactKind.NAME}
    return bool((figures or {fact.id for fact in facts}) & used)


def _on_its_side(text: str, answer: Answer) -> bool:
    ends = {key.rpartition(".")[2] for key in (answer.shape, *answer.options)}
    ids = {fact.id for fact in answer.facts if fact.name == _DIFFERENCE}
    wrong = [side for side in SIDES if side not in ends] if ends & set(SIDES) else []
    return not any(
        ids & set(references(sentence)) and says_side(sentence, side)
        for sentence in _SENTENCE.findall(text)
        for side in wrong
    )
