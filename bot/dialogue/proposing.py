"""Puts to the user what a model proposes: a question about own data, an approval beyond it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bot.dialogue.restating import in_words
from bot.llm.moments import settled_by_when
from core.conversation.context import TurnContext
from core.conversation.plan import Ask, Step, ToolCall
from prompts.figures import Style, write_date, write_days, write_moment
from prompts.phrasebook import Phrasebook
from tools.registry import Registry
from tools.spec import Tier

# Where a request's short form says when; elsewhere it is said as `_LATER`.
_WHEN = {"add_reminder": "day", "set_reminders": "days"}
_LATER = "until"
# What tells of itself which entry or proposal it is about, before it is asked about.
_SHOWN_FIRST = {"entry": "show_entry"}


def proposal_steps(
    calls: Sequence[ToolCall], registry: Registry, context: TurnContext, book: Phrasebook
) -> tuple[Step, ...]:
    """Return the steps that ask the user; nothing is done before the user's own yes.

    What acts outside are calls whose approvals the runner stores and code words. Changes of own
    data are one question that code words, and its yes runs exactly these calls, each with its own
    undo.
    """
    outside = [one for one in calls if registry.get(one.tool).tier >= Tier.EXTERNAL]
    own = [one for one in calls if one not in outside]
    if not own:
        return tuple(outside)
    told = [in_words(_with_moments(one, registry, context, book), context, book) for one in own]
    fields = {"understood": "; ".join(told)}
    ask = Ask(own[0], "confirm", "clarify.shall_i", fields, more=tuple(own[1:]))
    shown = [
        ToolCall(tool, {name: one.arguments[name]})
        for one in own
        for name, tool in _SHOWN_FIRST.items()
        if name in one.arguments and tool in registry
    ]
    return (*outside, *shown, ask)


def _with_moments(
    call: ToolCall, registry: Registry, context: TurnContext, book: Phrasebook
) -> ToolCall:
    """Return a call to be said again, with days, times and lengths ahead in the user's words."""
    told = dict(call.arguments)
    topic = f"word.topic_{told.get('alerts')}"
    if topic in book:
        told["alerts"] = book.render(topic)
    settled = settled_by_when(registry.get(call.tool))
    moment = {name: told.pop(name) for name in settled & told.keys()}
    if moment:
        told[_WHEN.get(call.tool, _LATER)] = _moment_in_words(moment, context, book)
    return ToolCall(call.tool, told)


def _moment_in_words(moment: Mapping[str, Any], context: TurnContext, book: Phrasebook) -> str:
    wishes = context.preferences
    style = Style(wishes.locale, wishes.zone, context.today, "web", book)
    if moment.get("minutes") is not None:
        return write_moment(context.now + timedelta(minutes=int(moment["minutes"])), style)
    every, day = moment.get("every"), moment.get("day")
    parts = [
        book.render(f"word.every_{every}") if every else "",
        write_date(date.fromisoformat(str(day)), style) if day else "",
        str(moment.get("time") or ""),
        ", ".join(write_days(int(days), style) for days in moment.get("days") or ()),
    ]
    return " ".join(filter(None, parts))
