"""Numbers and categories that answer a list to be sorted: "1 groceries 3 fun", "1 and 2 ok"."""

from __future__ import annotations

from collections.abc import Sequence

from intents.reading import Reading

Filing = dict[str, str]


def numbered_filings(reading: Reading, subjects: Sequence[str]) -> list[Filing]:
    """Return which of the list's ``subjects`` goes where; nothing if anything else is said."""
    words = reading.vocabulary.dialogue["sorting"]
    accepts, small = frozenset(words["accept"]), frozenset(words["small"])
    categories = {piece.first: piece for piece in reading.of("category")}
    filings: list[Filing] = []
    entries: list[str] = []
    at = 0
    while at < len(reading.texts):
        text, piece = reading.texts[at], categories.get(at)
        step = 1
        if entries and piece is not None:
            filings += [{"entry": one, "category": piece.value[0]} for one in entries]
            entries, step = [], piece.last - piece.first
        elif entries and text in accepts:
            filings += [{"entry": one} for one in entries]
            entries = []
        elif text.isdecimal() and 0 < int(text) <= len(subjects):
            entries.append(subjects[int(text) - 1])
        elif text not in small:
            return []
        at += step
    return [] if entries else filings
