"""A reminder put right after it was set: "make it 4", "no, at 5", "mejor el lunes"."""

from __future__ import annotations

from dataclasses import replace

from core.conversation.plan import JsonValue, ToolCall
from intents.moments import as_arguments, moment_in, words_of_moments
from intents.reading import Reading, read_message
from intents.vocabulary import runs

# A length, a repeat and a time of a day say when in ways that rule each other out.
_REPLACED = {
    "minutes": ("day", "time", "every", "minutes"),
    "every": ("day", "every", "minutes"),
    "day": ("day", "every", "minutes"),
    "time": ("time", "minutes"),
}


def rescheduled(reading: Reading) -> tuple[ToolCall, ...]:
    """Return the calls that move the reminder just set: it goes, and comes anew with its time.

    Nothing when the message is about something else, or gives no time ahead.
    """
    focus = reading.context.state.focus
    if focus is None or focus.call.tool != "add_reminder" or reading.asks:
        return ()
    old = focus.call.arguments
    when = _when(reading)
    if not when or "what" not in old:
        return ()
    dropped = {name for given in when for name in _REPLACED[given]}
    kept = {name: value for name, value in old.items() if name not in dropped}
    taken_out = ToolCall("delete_reminder", {"which": old["what"]})
    return (taken_out, ToolCall("add_reminder", {**kept, **when}))


def _when(reading: Reading) -> dict[str, JsonValue]:
    """Return the moment behind "make it", if it is all that the message says."""
    words = reading.vocabulary.dialogue["rescheduling"]
    first, last = 0, len(reading.texts)
    while size := reading.starts(runs(words["leads"]), first):
        first += size
    if last > first and reading.texts[last - 1] in words["ends"]:
        last -= 1
    if first == 0 or first >= last:
        return {}
    text = reading.said(first, last)
    if text.isdecimal():
        text = f"{words_of_moments(reading)['at'][0]} {text}"  # "make it 4"
    rest = read_message(replace(reading.context, text=text), reading.vocabulary)
    moment = moment_in(rest)
    small = rest.vocabulary.small
    told = all(place in moment.places or word in small for place, word in enumerate(rest.texts))
    return as_arguments(rest, moment) if moment and told else {}
