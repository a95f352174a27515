"""What a model might say that it must not, and what it may: ``tests/eval/model_claims.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

_PLACE = Path(__file__).parent / "eval" / "model_claims.toml"


@lru_cache(maxsize=5)
def sentences(kind: str) -> tuple[str, ...]:
    """Return the sentences of a kind in both languages: ``claims``, ``may`` …; `{f1}` a fact."""
    tables = tomllib.loads(_PLACE.read_text(encoding="utf-8"))
    return tuple(text for table in tables.values() for text in table.get(kind, ()))
