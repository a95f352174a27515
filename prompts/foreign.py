"""Text that others wrote (merchants, banks, senders), made safe to show inside our sentences."""

from __future__ import annotations

import re
import unicodedata

NAME_LIMIT = 40

_URL = re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+")
# "AMZN.COM/BILL" keeps its name and loses what would make it a link worth tapping.
_PATH = re.compile(r"(?i)\b([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})/\S*")
_LINK = re.compile(r"https?://[\x21-\x7e]{1,400}")
# Letters and signs that print as nothing although Unicode calls them visible.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_MARKS_IN_A_ROW = 3


def clean_name(text: str, limit: int = NAME_LIMIT) -> str:
    """Make foreign text safe to show: one line, no links, no invisible signs, bounded."""
    if not (text.isascii() and text.isprintable()):
        text = _visible(text)
    if "/" in text or "www." in text.lower():
        text = _PATH.sub(r"\1", _URL.sub("", text))
    text = " ".join(text.split())
    if len(text) <= limit:
        return text or "?"
    return text[: limit - 1].rstrip() + "…"


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif category[0] != "C" and char not in _BLANKS:
            marks = marks + 1 if category[0] == "M" else 0
            if marks <= _MARKS_IN_A_ROW:
                kept.append(char)
    return "".join(kept)


def clean_link(text: str) -> str:
    """Let a link of our own pass whole, and nothing that is not one."""
    return text if _LINK.fullmatch(text) else clean_name(text)
