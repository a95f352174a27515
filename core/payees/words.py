"""Folds a text into plain words: the one way in which names, keys and dictionary compare."""

from __future__ import annotations

import re
import unicodedata

_LETTER = r"(?:[^\W_]|[\u0900-\u0d7f])"
_TOKEN = re.compile(rf"{_LETTER}+(?:[&'’`]{_LETTER}+)*")
_ASCII_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[&'`][A-Za-z0-9]+)*")
_APOSTROPHE = re.compile(r"['’`]")
_COMBINING = re.compile(r"[\u0300-\u036f]")


def tokens_of(text: str) -> list[str]:
    """Return the words of ``text`` as they are written."""
    return (_ASCII_TOKEN if text.isascii() else _TOKEN).findall(text)


def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents and apostrophes."""
    if text.isascii():
        text = text.lower()
        return _APOSTROPHE.sub("", text) if "'" in text or "`" in text else text
    plain = unicodedata.normalize("NFKD", _APOSTROPHE.sub("", text)).casefold()
    return _COMBINING.sub("", unicodedata.normalize("NFKD", plain))


def fold_words(text: str) -> list[str]:
    """Return the folded words of ``text``: ``Joe's Café`` gives ``joes`` and ``cafe``."""
    return tokens_of(fold(text))
