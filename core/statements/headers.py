"""The words of bank exports, from ``headers.toml``: column names, marks, months."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

_NOT_WORD = re.compile(r"[^\w]+|_+")


def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents, with single spaces for punctuation."""
    if not text.isascii():
        text = text.replace("ß", "ss")
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return _NOT_WORD.sub(" ", text.lower()).strip()


@cache
def lexicon() -> Mapping[str, Any]:
    """Return the whole lexicon, read once."""
    return tomllib.loads(Path(__file__).with_name("headers.toml").read_text(encoding="utf-8"))


@cache
def words(kind: str) -> frozenset[str]:
    """Return the folded words of one kind (``pending``, ``card_payment`` ...)."""
    return frozenset(lexicon()["words"][kind])


@cache
def phrases(kind: str) -> re.Pattern[str]:
    """Return a pattern that finds any phrase of ``kind`` as whole words in a folded text."""
    return re.compile(rf"\b(?:{_either(lexicon()['words'][kind])})\b")


@cache
def months() -> Mapping[str, int]:
    """Return the number of each month by its folded names and short forms."""
    names: Mapping[str, Sequence[str]] = lexicon()["months"]
    return {name: at for at, group in enumerate(names.values(), start=1) for name in group}


def _either(choices: Sequence[str]) -> str:
    return "|".join(re.escape(choice) for choice in sorted(choices, key=len, reverse=True))
