"""What the last entry was for: "that was for work" is a note, unless it is a kind of spending."""

from __future__ import annotations

from core.conversation.plan import ToolCall
from intents.reading import Reading
from intents.vocabulary import runs

_LONGEST_NOTE = 6  # words
# What else such a sentence may put right; these are no notes.
_ELSE = ("category", "merchant", "amount", "period", "account")


def note_given(reading: Reading) -> ToolCall | None:
    """Return the note that "that was for .." puts on the entry last spoken of, else nothing."""
    entry = reading.context.reply_to or reading.context.state.last_entry
    size = reading.starts(runs(reading.vocabulary.dialogue["noting"]["leads"]))
    last = len(reading.texts)
    if not entry or not size or reading.asks or reading.denies:
        return None
    if not size < last <= size + _LONGEST_NOTE or reading.of(*_ELSE):
        return None
    return ToolCall("edit_entry", {"entry": entry, "note": reading.said(size, last)})
