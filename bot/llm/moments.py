"""When something shall be, in the user's words: "friday at 6pm", "2 hours", "3 days before".

A model says it in one argument; which day, time, length or repeat that is, our grammar says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from core.conversation.context import TurnContext
from core.conversation.plan import JsonValue
from intents import vocabulary as vocabularies
from intents.leads import lead_pieces
from intents.moments import as_arguments, as_length, moment_in
from intents.reading import Reading, read_message
from tools.spec import ToolSpec

WHEN = "when"
_LEADS = "days"
_LENGTH = "minutes"
_SETTLED = frozenset({"day", "time", _LENGTH, "every", _LEADS})
_ISO = re.compile(r"(?<=\d)T(?=\d)")


class MomentUnreadable(Exception):
    """These words do not say when."""


def settled_by_when(spec: ToolSpec) -> frozenset[str]:
    """Return the arguments of a tool that its ``when`` stands for; none where it takes none."""
    takes = spec.arguments.model_fields.keys()
    return _SETTLED & takes if takes & {_LENGTH, _LEADS} else frozenset()


def read_when(spec: ToolSpec, words: str, context: TurnContext) -> Mapping[str, JsonValue]:
    """Return the arguments that ``words`` stand for; raise `MomentUnreadable`.

    Nothing of them may be left over: half of a moment is another one.
    """
    takes = settled_by_when(spec)
    reading = _read(words, context)
    found = _leads(reading) if _LEADS in takes else _moment(reading, repeats="every" in takes)
    return {name: value for name, value in found.items() if name in takes}


def _read(words: str, context: TurnContext) -> Reading:
    language = context.preferences.language
    known = language if language in vocabularies.installed() else vocabularies.FIRST
    said = replace(context, text=_ISO.sub(" ", words), button="", reply_to="")
    return read_message(said, vocabularies.load(known))


def _moment(reading: Reading, *, repeats: bool) -> dict[str, JsonValue]:
    """Read a moment; one that cannot come again is an end, which a length leads to from now."""
    moment = moment_in(reading)
    if not moment or not moment.places.issuperset(range(len(reading.texts))):
        raise MomentUnreadable
    if repeats:
        return as_arguments(reading, moment)
    if moment.every is not None:
        raise MomentUnreadable
    return as_length(reading, moment)


def _leads(reading: Reading) -> dict[str, JsonValue]:
    """Read how long before: every length of the words, in their order."""
    days: list[JsonValue] = [one for piece in lead_pieces(reading) for one in piece.value]
    if not days:
        raise MomentUnreadable
    return {_LEADS: days}
