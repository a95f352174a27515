"""What "that", "number 2" and "the uber one" point at: entries shown or written before."""

from __future__ import annotations

from collections.abc import Sequence

from core.conversation.state import DialogueState
from intents.filling import Filling
from intents.lexicon import Lexicon
from intents.reading import Piece, Reading, lexicon_of
from intents.vocabulary import runs

ENTRY = "entry:"
_MOST_LINES = 30  # of a list; "the 43 one" is an amount


def entry_meant(reading: Reading, *, unmarked: bool = False) -> Piece | None:
    """Return the words that point at an entry, with its handle, nothing when none is known.

    The replied-to message wins over everything, then a number, then "that". ``unmarked`` lets
    a bare figure be a number of the list shown: "delete 2".
    """
    pointers = entry_pointers(reading, unmarked=unmarked)
    if reading.context.reply_to.startswith(ENTRY):
        place = pointers[0] if pointers else Piece("entry", 0, 0, "")
        return Piece("entry", place.first, place.last, reading.context.reply_to)
    for pointer in pointers:
        handle = _handle(reading.context.state, pointer.value)
        if handle:
            return Piece("entry", pointer.first, pointer.last, handle)
    if not pointers and reading.context.state.last_entry:
        return Piece("entry", 0, 0, reading.context.state.last_entry)
    return None


def entry_pointers(reading: Reading, *, unmarked: bool = True) -> list[Piece]:
    """Return the words that point at some entry; the value is a number, 0 for "that"."""
    found: list[Piece] = []
    at = 0
    while at < len(reading.texts):
        piece = _numbered(reading, at) or _that(reading, at)
        if piece is not None:
            found.append(piece)
        at = piece.last if piece is not None else at + 1
    if unmarked and not found:
        found = _unmarked(reading)
    found.sort(key=lambda piece: (piece.value == 0, piece.first - piece.last))
    return found


def _unmarked(reading: Reading) -> list[Piece]:
    """Return the first bare figure that is a line of the list shown."""
    focus = reading.context.state.focus
    shown = len(focus.subjects) if focus is not None else 0
    for place, text in enumerate(reading.texts):
        if text.isdecimal() and 1 <= int(text) <= shown and not _is_money(reading, place):
            return [Piece("entry", place, place + 1, int(text))]
    return []


def _that(reading: Reading, at: int) -> Piece | None:
    words = reading.vocabulary.dialogue["entry"]["last"]
    size = reading.starts(runs(words), at)
    return Piece("entry", at, at + size, 0) if size else None


def _numbered(reading: Reading, at: int) -> Piece | None:
    """Read "number 2", "#2", "the second one", "2nd"; "the 12 dollar one" has no number."""
    words = reading.vocabulary.dialogue["entry"]
    before = reading.starts(runs(words["before_number"]), at)
    number, size = _number(reading, at + before)
    if not size or _is_money(reading, at + before):
        return None
    end = at + before + size
    after = reading.starts(runs(words["after_ordinal"]), end)
    is_marked = before or after or _hash_before(reading, at)
    return Piece("entry", at, end + after, number) if is_marked else None


def _is_money(reading: Reading, at: int) -> bool:
    return any(
        piece.first <= at < piece.last and piece.value.currency for piece in reading.of("amount")
    )


def _number(reading: Reading, at: int) -> tuple[int, int]:
    """Return the whole number or ordinal at a word, and how many words it takes."""
    if at >= len(reading.texts):
        return 0, 0
    text = reading.texts[at]
    if text.isdecimal() and len(text) <= 2:
        suffix = at + 1 < len(reading.texts) and reading.texts[at + 1] in _ORDINAL_ENDS
        glued = suffix and reading.words[at + 1].start == reading.words[at].end
        return (int(text), 2 if glued else 1) if 1 <= int(text) <= _MOST_LINES else (0, 0)
    for tag in _tags(lexicon_of(reading.context), reading.texts, at):
        if tag in range(1, 21):
            return tag, 1
    return 0, 0


_ORDINAL_ENDS = frozenset({"st", "nd", "rd", "th", "o", "a", "er", "º", "ª"})


def _tags(lexicon: Lexicon, texts: Sequence[str], at: int) -> list[int]:
    tags = lexicon.choices.tag(texts[at : at + 1])[0]
    return [
        int(str(tag.value)) for tag in tags if tag.word_class in ("ordinal", "n") and tag.size == 1
    ]


def _hash_before(reading: Reading, at: int) -> bool:
    start = reading.words[at].start
    return start > 0 and reading.utterance.text[start - 1] == "#"


def names_an_entry(reading: Reading) -> bool:
    """Tell "delete the last entry" from "delete it": it says what is to go."""
    words = reading.vocabulary.dialogue["entry"]
    if any(pointer.value for pointer in entry_pointers(reading)):
        return True
    return bool({*words["named_after"]}.intersection(reading.texts)) or any(
        " ".join(reading.texts[one.first : one.last]) not in words["it"]
        for one in entry_pointers(reading, unmarked=False)
    )


def _handle(state: DialogueState, number: int) -> str:
    subjects = state.focus.subjects if state.focus else ()
    entries = [subject for subject in subjects if subject.startswith(ENTRY)]
    if number > 0:
        shown = subjects[number - 1] if number <= len(subjects) else ""
        return shown if shown.startswith(ENTRY) else ""
    if state.last_entry:
        return state.last_entry
    return entries[0] if len(entries) == 1 else ""


def take_insight(filling: Filling) -> None:
    """Settle ``insight``: the number of one in the list, "the second one"; "that" names none."""
    for pointer in entry_pointers(filling.reading):
        if pointer.value:
            filling.use(pointer, "insight", str(pointer.value))
            return
