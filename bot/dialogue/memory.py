"""What a conversation remembers after a turn: focus, open question, what "that" means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.dialogue.act import Acted
from bot.dialogue.focus import ASIDE, about
from bot.dialogue.reply import Reply
from core.conversation.context import TurnContext
from core.conversation.plan import Ask, Continue, Draft, Plan, PlannerName, Say, ToolCall
from core.conversation.state import DialogueState, Frame, Pending
from core.facts import Answer
from tools.outcome import Done, NeedsApproval, NeedsInput

_PAIR = "double:"
# Right after it was offered, these words agree to a language model, too.
_AGREED = ("agree", "i agree", "acepto", "de acuerdo")
_AGREE = ToolCall("set_preference", {"name": "ai", "value": "on"})
_VERDICTS = frozenset({"same", "different"})


def after_turn(
    context: TurnContext,
    plan: Plan,
    acted: Sequence[Acted],
    reply: Reply,
    *,
    again: Pending | None = None,
) -> DialogueState:
    """Return the state that the next turn starts from; ``again`` is asked once more."""
    state = replace(context.state, pending=again, numbered=reply.numbered, more=reply.more)
    for item in acted:
        state = _after_step(state, item, context)
    state = replace(state, focus=_focus(state, acted, context))
    state = replace(state, offers=_offers(acted) or _kept_offers(context, acted))
    freely = any(isinstance(one, Draft) and one.text.endswith("?") for one in plan.steps)
    return replace(state, failures=_failures(context.state, plan), asked_freely=freely)


def _after_step(state: DialogueState, item: Acted, context: TurnContext) -> DialogueState:
    step, outcome = item.step, item.outcome
    if isinstance(step, Ask):
        return replace(state, pending=Pending(step, context.now, _tries(state, step, context)))
    if not isinstance(step, ToolCall):
        return state
    if isinstance(outcome, NeedsInput):
        fields = {name: str(value) for name, value in outcome.fields.items()}
        ask = Ask(step, outcome.slot, outcome.phrase, fields, outcome.options)
        return replace(state, pending=Pending(ask, context.now))
    if not isinstance(outcome, (Done, NeedsApproval)):
        return state
    entry = _entry(outcome.answer)
    return replace(state, last_entry=entry) if entry else state


def _focus(state: DialogueState, acted: Sequence[Acted], context: TurnContext) -> Frame | None:
    """Return what the conversation is about now.

    A line picked from a list leaves the list in reach: after "2", a "3" is its third line. An
    explanation shows lines to pick from, and the question before it goes on: "which ones?".
    """
    found = about(acted)
    if found is None or not isinstance(found[0].step, ToolCall):
        return state.focus
    call, answer = found[0].step, found[1]
    subjects = tuple(line.subject for line in answer.lines if line.subject)
    older = state.focus.subjects if state.focus is not None else ()
    written = _written_together(acted)
    if written:
        subjects = written
    elif not answer.lines:
        shown = set(answer.subjects) & set(older)
        subjects = older if shown else tuple(filter(_waits_for_a_verdict, answer.subjects))
    if call.tool in ASIDE and state.focus is not None:
        call = state.focus.call
    return Frame(call, context.now, subjects)


def _written_together(acted: Sequence[Acted]) -> tuple[str, ...]:
    """Return the entries of one message that wrote several: "the second one", "both"."""
    written = [
        _entry(item.outcome.answer)
        for item in acted
        if isinstance(item.step, ToolCall)
        and item.step.tool == "add_entry"
        and isinstance(item.outcome, Done)
    ]
    return tuple(written) if len(written) > 1 and all(written) else ()


def _waits_for_a_verdict(subject: str) -> bool:
    """Tell whether what is shown alone is something to decide on: a pair of possible doubles."""
    return subject.startswith("double:")


def _tries(state: DialogueState, ask: Ask, context: TurnContext) -> int:
    """Count how often the same question has been asked in a row."""
    before = context.state.pending
    if before is not None and before.ask.call == ask.call and before.ask.slot == ask.slot:
        return before.tries + 1
    return 0 if state.pending is None else state.pending.tries


def _entry(answer: Answer) -> str:
    entries = [handle for handle in answer.subjects if handle.startswith("entry:")]
    return entries[-1] if entries else ""


def _offers(acted: Sequence[Acted]) -> Mapping[str, ToolCall]:
    """Return the words that the last answer offered: ALWAYS, OK, or what a double is."""
    offers: dict[str, ToolCall] = {}
    for item in acted:
        if isinstance(item.step, Say) and item.step.phrase == "consent.offer":
            offers.update(dict.fromkeys(_AGREED, _AGREE))
        if not isinstance(item.outcome, Done) or not isinstance(item.step, ToolCall):
            continue
        sends = {choice.send for choice in item.outcome.answer.choices}
        if "always" in sends:
            facts = {fact.name: fact.value for fact in item.outcome.answer.facts}
            arguments = {"merchant": facts["payee"], "category": facts["category"]}
            offers["always"] = ToolCall("add_rule", arguments)
        pairs = [one for one in item.outcome.answer.subjects if one.startswith(_PAIR)]
        for verdict in sends & _VERDICTS if pairs else ():
            arguments = {"pair": pairs[-1], "verdict": verdict}
            offers[verdict] = ToolCall("settle_double", arguments)
        if "other day" in sends:
            facts = {fact.name: fact.value for fact in item.outcome.answer.facts}
            moved = {
                "entry": item.outcome.answer.subjects[-1],
                "booked_date": str(facts["other_date"]),
            }
            offers["other day"] = ToolCall("edit_entry", moved)
        if "ok" in sends:
            offers["ok"] = ToolCall("file_entries", {"filings": _guesses(item.outcome.answer)})
    return offers


def _guesses(answer: Answer) -> list[dict[str, str]]:
    """Return the best guesses as they were shown: what OK files is what the user has read."""
    return [
        {"entry": line.subject, "category": str(fact.value)}
        for line in answer.lines
        for fact in line.facts
        if fact.name == "guess"
    ]


def _kept_offers(context: TurnContext, acted: Sequence[Acted]) -> Mapping[str, ToolCall]:
    """Keep an offer over talk; any new call lets it go."""
    if any(isinstance(item.step, ToolCall) for item in acted):
        return {}
    return context.state.offers


def _failures(state: DialogueState, plan: Plan) -> int:
    """Count turns in a row that were not understood."""
    lost = plan.planner is PlannerName.ASK and all(
        isinstance(step, (Say, Continue)) for step in plan.steps
    )
    return state.failures + 1 if lost else 0
