"""What a budget carried into its period, as the same facts wherever the budget is shown."""

from __future__ import annotations

from core.budgets.progress import Progress
from core.facts import Fact, money


def carried_facts(one: Progress) -> tuple[Fact, ...]:
    """Return ``carried``, or ``short`` for what was overspent before; nothing when it is nought."""
    if one.carried.minor > 0:
        return (money("carried", one.carried),)
    return (money("short", -one.carried),) if one.carried.minor < 0 else ()
