"""Several requests in one message: "log uber 12 and what's left for fun"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.conversation.context import TurnContext
from core.conversation.plan import Plan, Say, Step, ToolCall
from core.conversation.state import DialogueState
from intents.reading import Reading
from intents.vocabulary import runs

MAX_PARTS = 4
_SIGNS = ",;\n"
# What is told piece by piece of one thing: "starting from nothing, 200 a month, 10 years".
_OF_ONE = frozenset({"project_investments"})


def divisions(reading: Reading) -> Iterator[tuple[str, ...]]:
    """Give ways to cut a message into parts: at every sign and joining word, then at signs only.

    Whether the parts are requests is for the planner to say; one that is not means that the
    message was one request after all.
    """
    signs = _cuts_at_signs(reading)
    joins = _cuts_at_joins(reading)
    for cuts in (signs + joins, joins, signs):
        parts = _parts(reading, sorted(set(cuts)))
        if 1 < len(parts) <= MAX_PARTS:
            yield parts


def _cuts_at_signs(reading: Reading) -> list[tuple[int, int]]:
    text = reading.utterance.text
    spans = [
        (text.find(".", word.end, after.start), after.start)
        for word, after in zip(reading.words, reading.words[1:], strict=False)
        if ". " in text[word.end : after.start]
    ]
    spans += [
        (place, place + 1)
        for place, sign in enumerate(text)
        if sign in _SIGNS and not _inside_word(reading, place)
    ]
    return spans


def _inside_word(reading: Reading, place: int) -> bool:
    return any(word.start < place < word.end for word in reading.words)


def _cuts_at_joins(reading: Reading) -> list[tuple[int, int]]:
    words = runs(reading.vocabulary.dialogue["compound"]["joins"])
    cuts: list[tuple[int, int]] = []
    at = 1
    while at < len(reading.texts) - 1:
        size = reading.starts(words, at)
        if size and at + size < len(reading.texts):
            cuts.append((reading.words[at].start, reading.words[at + size - 1].end))
        at += max(size, 1)
    return cuts


def _parts(reading: Reading, cuts: list[tuple[int, int]]) -> tuple[str, ...]:
    text = reading.utterance.text
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    parts = (text[start:end].strip(" ,;\n") for start, end in zip(starts, ends, strict=True))
    return tuple(part for part in parts if part)


def part_of(context: TurnContext, text: str, *, is_first: bool) -> TurnContext:
    """Return the turn as if only a part of its message had been sent.

    In a later part "it" is what the first part spoke of and not the last entry of the books.
    """
    if is_first:
        return replace(context, text=text)
    return replace(context, text=text, reply_to="", state=DialogueState())


def joined(plans: Sequence[Plan]) -> Plan | None:
    """Return one plan of the parts' steps, nothing when they are talk only."""
    steps: list[Step] = []
    for step in (step for plan in plans for step in plan.steps):
        whole = _made_whole(steps[-1], step) if steps else None
        if whole is not None:
            steps[-1] = whole
        elif step not in steps:  # "mistake, revert" asks for one thing twice
            steps.append(step)
    if not any(isinstance(step, ToolCall) for step in steps):
        return None
    steps = _sharing_days([step for step in steps if not _is_greeting(step)])
    echo = "; ".join(plan.understood for plan in plans)
    return Plan(plans[0].planner, tuple(steps), echo, min(plan.confidence for plan in plans))


def _made_whole(first: Step, second: Step) -> ToolCall | None:
    """Return one call of two that tell parts of one thing, nothing when they are two things."""
    if not isinstance(first, ToolCall) or not isinstance(second, ToolCall):
        return None
    if first.tool not in _OF_ONE or first.tool != second.tool:
        return None
    if first.arguments.keys() & second.arguments.keys():
        return None
    return ToolCall(first.tool, {**first.arguments, **second.arguments})


def asks_for_sums(step: Step) -> bool:
    """Tell whether a step adds up spending or shows how a budget stands."""
    return isinstance(step, ToolCall) and step.tool in ("show_spending", "show_budgets")


def _is_greeting(step: Step) -> bool:
    """Tell whether a step only returns a greeting, which a real answer makes needless."""
    return isinstance(step, Say) and step.phrase.startswith("chat.")


def _sharing_days(steps: list[Step]) -> list[Step]:
    """Give "food and groceries last month" the last month for both."""
    shared: list[Step] = []
    days: dict[str, str] = {}
    for step in reversed(steps):
        current = step
        if isinstance(step, ToolCall):
            if "period" in step.arguments:
                days[step.tool] = step.arguments["period"]
            elif step.tool in days or (step.tool == "show_budgets" and "show_spending" in days):
                tool = step.tool if step.tool in days else "show_spending"
                current = ToolCall(tool, {**step.arguments, "period": days[tool]})
        shared.insert(0, current)
    return shared
