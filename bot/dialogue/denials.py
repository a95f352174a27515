"""Denials that forbid nothing: a reason beside a request, and "don't let me forget".

"Kill the gym subscription, I never go" asks for it; "no, don't" and "cancel it if they call" do
not. Only a clause in which somebody tells of himself is left out, never one that says what he
wishes, and never the only one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from intents.text import fold

_PLACE = Path(__file__).with_suffix(".toml")
_CLAUSES = re.compile(r"[,;.!\n()\u2014\u2013]+|\s-\s|\s(?=(?:because|porque)\s)")
_REMEMBER = "remember"


@dataclass(frozen=True, slots=True)
class _Known:
    remember: re.Pattern[str]
    reason: re.Pattern[str]
    wish: re.Pattern[str]


def without_reasons(text: str) -> str:
    """Return a message without what says "not" and forbids nothing; the rest as it stands."""
    plain = fold(text.casefold()).replace("\u2019", "'")
    clauses = [one for one in _CLAUSES.split(plain) if one.strip()]
    asking = [one for one in clauses if not any(_is_reason(one, known) for known in _known())]
    kept = ", ".join(asking or clauses)
    for known in _known():
        kept = known.remember.sub(_REMEMBER, kept)
    return kept


def _is_reason(clause: str, known: _Known) -> bool:
    return known.reason.match(clause) is not None and known.wish.search(clause) is None


@lru_cache(maxsize=1)
def _known() -> tuple[_Known, ...]:
    tables = tomllib.loads(_PLACE.read_text(encoding="utf-8"))
    return tuple(
        _Known(
            remember=re.compile("|".join(rf"\b{one}\b" for one in table["remember"])),
            reason=re.compile(
                rf"\s*(?:{_any(table['because'])}\s+)*{_any(table['reason'])}(?:'\w+)?\s+"
                rf"(?:(?:lo|la|los|las|me|le|nos)\s+)?{table.get('verb', '')}\b"
            ),
            wish=re.compile(rf"\b{_any(table['wish'])}\b"),
        )
        for table in tables.values()
    )


def _any(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})"
