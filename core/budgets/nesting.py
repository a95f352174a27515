"""Budgets within budgets: what counts in two of them is added up once."""

from __future__ import annotations

from collections.abc import Collection

from core.categories.cover import expand


def outermost(categories: Collection[str]) -> frozenset[str]:
    """Return the categories that lie within no other of these: sums over all count only them."""
    kinds = frozenset(categories)
    return frozenset(
        one for one in kinds if not any(one != other and one in expand(other) for other in kinds)
    )
