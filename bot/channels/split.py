"""Cuts text into parts that a channel takes, and writes choices as numbered lines."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

from core.messaging.outbound import Choice

Width = Callable[[str], int]

# Best place to cut first: between paragraphs, lines, sentences, words.
_BREAKS = ("\n\n", "\n", ". ", " ")
_NUMBERED = re.compile(r"^\s*(\d{1,2})[).] ", re.MULTILINE)


def utf16_width(text: str) -> int:
    """Count as Telegram does: characters beyond the basic plane are two."""
    return len(text) + sum(char > "\uffff" for char in text)


def html_width(text: str) -> int:
    """Count the text as it will be written in HTML: never less than what the server counts."""
    return utf16_width(html.escape(text))


def split_text(text: str, limit: int, width: Width = len) -> tuple[str, ...]:
    """Cut ``text`` into parts no wider than ``limit``; empty text has no parts."""
    parts: list[str] = []
    rest = text.strip()
    while rest:
        at = _cut_at(rest, limit, width)
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return tuple(parts)


def with_numbers(text: str, choices: Sequence[Choice]) -> str:
    """Add choices as numbered lines, going on from the last number in the text.

    Choices that the text already tells how to type in capitals ("APPROVE K7QM") get none: a bare
    number must never approve anything.
    """
    if not choices or all(_is_told(choice, text) for choice in choices):
        return text
    used = [int(match[1]) for match in _NUMBERED.finditer(text)]
    first = max(used, default=0) + 1
    lines = [f"{number}) {choice.label}" for number, choice in enumerate(choices, start=first)]
    return "\n".join([text, *lines]) if text else "\n".join(lines)


def _is_told(choice: Choice, text: str) -> bool:
    words = re.escape(choice.send.upper())
    return re.search(rf"(?<!\w){words}(?!\w)", text) is not None


def _cut_at(text: str, limit: int, width: Width) -> int:
    if width(text) <= limit:
        return len(text)
    most = _most_fitting(text, limit, width)
    for mark in _BREAKS:
        at = text.rfind(mark, 0, most + 1)
        if at > most // 2:
            return min(at + len(mark), most)
    return most


def _most_fitting(text: str, limit: int, width: Width) -> int:
    """Return how many characters of ``text`` fit, at least one."""
    low, high = 1, min(len(text), max(limit, 1))
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low
