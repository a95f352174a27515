"""Hears that somebody was charged wrongly or cannot pay, where no request is sure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.handoff.rights import Wrong
from intents.text import fold, read
from intents.vocabulary import installed, source

_GAP = "*"
_MOST_BETWEEN = 60  # signs


@dataclass(frozen=True, slots=True)
class Troubles:
    """The patterns of one language."""

    wrongs: Mapping[Wrong, tuple[re.Pattern[str], ...]]
    hardship: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=8)
def troubles(language: str) -> Troubles:
    """Read the patterns of a language; one that has none lends those of the first."""
    tables = tomllib.loads(source(language, "rights").read_text(encoding="utf-8"))
    return Troubles(
        {Wrong(name): _patterns(texts) for name, texts in tables["wrongs"].items()},
        _patterns(tables["hardship"]["says"]),
        _patterns(tables["hardship"]["unless"]),
    )


def wrong_in(text: str) -> Wrong | None:
    """Return what a message says was done wrongly, if it does, in whichever language."""
    plain = _plain(text)
    told = (one for language in installed() for one in troubles(language).wrongs.items())
    return next((wrong for wrong, found in told if _any(found, plain)), None)


def is_hardship(text: str) -> bool:
    """Tell whether a message says that money does not suffice; what if it did not is none."""
    plain = _plain(text)
    return any(
        _any(known.hardship, plain) and not _any(known.unless, plain)
        for known in map(troubles, installed())
    )


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", fold(read(text).lower).replace("'", "")).split())


def _any(patterns: Iterable[re.Pattern[str]], plain: str) -> bool:
    return any(pattern.search(plain) for pattern in patterns)


def _patterns(texts: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_pattern(text)) for text in texts)


def _pattern(text: str) -> str:
    parts = [re.escape(part.strip()) for part in text.split(_GAP)]
    return r"\b" + rf"\b.{{0,{_MOST_BETWEEN}}}\b".join(parts) + r"\b"
