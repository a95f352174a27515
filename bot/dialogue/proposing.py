"""Puts to the user what a model proposes: a question about own data, an approval beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.conversation.context import TurnContext
from core.conversation.plan import Ask, Step, ToolCall
from intents import vocabulary as vocabularies
from intents.request import restate
from prompts.phrasebook import Phrasebook
from tools.registry import Registry
from tools.spec import Tier

_CATEGORIES = frozenset({"category", "source"})
# What tells of itself which entry or proposal it is about, before it is asked about.
_SHOWN_FIRST = {"entry": "show_entry"}


def proposal_steps(
    call: ToolCall, registry: Registry, context: TurnContext, book: Phrasebook
) -> tuple[Step, ...]:
    """Return the steps that ask the user; nothing is done before the user's own yes.

    What acts outside is a call whose approval the runner stores and code words. A change of own
    data is a question that code words, and its yes runs exactly this call.
    """
    if registry.get(call.tool).tier >= Tier.EXTERNAL:
        return (call,)
    fields = {"understood": _restated(call, context, book)}
    ask = Ask(call, "confirm", "clarify.shall_i", fields)
    shown = [
        ToolCall(tool, {name: call.arguments[name]})
        for name, tool in _SHOWN_FIRST.items()
        if name in call.arguments and tool in registry
    ]
    return (*shown, ask)


def _restated(call: ToolCall, context: TurnContext, book: Phrasebook) -> str:
    """Say a call in few words, from its arguments alone."""
    language = context.preferences.language
    own = vocabularies.load(language if language in vocabularies.installed() else "en")
    arguments: Mapping[str, Any] = call.arguments
    said = {
        name: (book.category(str(value)) or str(value)) if name in _CATEGORIES else str(value)
        for name, value in arguments.items()
    }
    intent = own.tools().get(call.tool)
    short = intent.restate if intent is not None else ""
    told = restate(intent, said, arguments) if intent is not None and short else ""
    # Nothing that a yes would do may go unsaid.
    rest = [f"{name} {value}" for name, value in said.items() if f"{{{name}}}" not in short]
    hidden = [one for one in rest if not one.startswith("entry ")]
    return ", ".join([told or call.tool.replace("_", " "), *hidden])
