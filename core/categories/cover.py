"""How categories relate to the books: what a slug covers, and which flow it gives an entry."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from core.categories.scheme import DETAILED, category
from core.ledger.entry import Flow

_CHILDREN: Mapping[str, tuple[str, ...]] = {
    primary: tuple(slug for slug in DETAILED if category(slug).primary == primary)
    for primary in dict.fromkeys(category(slug).primary for slug in DETAILED)
}


def expand(slug: str) -> tuple[str, ...]:
    """Return every slug that ``slug`` covers: a primary one covers its detailed ones."""
    return (slug, *_CHILDREN.get(slug, ()))


@lru_cache(maxsize=1_000)
def flow_of(slug: str) -> Flow:
    """Return what money in this category does: spending, income, or a move of one's own."""
    return Flow(category(slug).flow.value)
