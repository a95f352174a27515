"""Numbers and categories that answer a list to be sorted: "1 groceries 3 fun", "2 ok"."""

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
    entry, at = "", 0
    while at < len(reading.texts):
        text, piece = reading.texts[at], categories.get(at)
        step = 1
        if entry and piece is not None:
            filings.append({"entry": entry, "category": piece.value[0]})
            entry, step = "", piece.last - piece.first
        elif entry and text in accepts:
            filings.append({"entry": entry})
            entry = ""
        elif not entry and text.isdecimal() and 0 < int(text) <= len(subjects):
            entry = subjects[int(text) - 1]
        elif text not in small:
            return []
        at += step
    return [] if entry else filings
