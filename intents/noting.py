"""What entries were for: "that was for work" is a note, unless it is a kind of spending."""

from __future__ import annotations

from core.conversation.plan import ToolCall
from intents.pointing import ENTRY
from intents.reading import Reading
from intents.vocabulary import runs

_LONGEST_NOTE = 6  # words
# What else such a sentence may put right; these are no notes.
_ELSE = ("category", "merchant", "amount", "period", "account")
# After these, "both" are the entries that one message wrote.
_WRITES = frozenset({"add_entry", "edit_entry", "recategorise_entry"})


def note_given(reading: Reading) -> ToolCall | None:
    """Return the note that "that was for .." puts on the entry last spoken of, else nothing."""
    entry = reading.context.reply_to or reading.context.state.last_entry
    note = _note_after(reading, "leads")
    return ToolCall("edit_entry", {"entry": entry, "note": note}) if entry and note else None


def said_of_both(reading: Reading) -> tuple[ToolCall, ...]:
    """Return what "both were for .." or "both were groceries" does to the entries just written."""
    focus = reading.context.state.focus
    if focus is None or focus.call.tool not in _WRITES or reading.asks or reading.denies:
        return ()
    entries = [one for one in focus.subjects if one.startswith(ENTRY)]
    size = reading.starts(runs(reading.vocabulary.dialogue["noting"]["both"]))
    if len(entries) < 2 or not size:
        return ()
    for piece in reading.of("category"):
        if piece.first == size and piece.last == len(reading.texts):
            category = str(piece.value[0])
            return tuple(
                ToolCall("recategorise_entry", {"entry": one, "category": category})
                for one in entries
            )
    note = _note_after(reading, "both_for")
    if not note:
        return ()
    return tuple(ToolCall("edit_entry", {"entry": one, "note": note}) for one in entries)


def _note_after(reading: Reading, leads: str) -> str:
    """Return the few words after one of the leads, unless they name something else."""
    size = reading.starts(runs(reading.vocabulary.dialogue["noting"][leads]))
    last = len(reading.texts)
    if not size or reading.asks or reading.denies:
        return ""
    if not size < last <= size + _LONGEST_NOTE or reading.of(*_ELSE):
        return ""
    return reading.said(size, last)
