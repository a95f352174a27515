"""Needs, wants and savings beside 50/30/20: a comparison and no judgement."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path

from core.money import Money, total

_DATA = Path(__file__).with_name("needs.toml")
PARTS: Mapping[str, int] = {"needs": 50, "wants": 30, "savings": 20}
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Share:
    """One of the three parts: what it came to, of the income, beside the rule of thumb."""

    part: str
    amount: Money
    percent: Decimal
    rule: int
    at_rule: Money


def split(income: Money, spending: Iterable[tuple[str, Money]]) -> tuple[Share, ...]:
    """Return needs, wants and what is left of an income; nothing without an income.

    ``spending`` gives what was spent by detailed category. Savings are what was not spent: they
    are negative when more was spent than came in. The three add up to the income.
    """
    if income.minor <= 0:
        return ()
    spent = list(spending)
    needs = total((amount for slug, amount in spent if is_need(slug)), income.currency)
    wants = total((amount for slug, amount in spent if not is_need(slug)), income.currency)
    parts = {"needs": needs, "wants": wants, "savings": income - needs - wants}
    return tuple(
        Share(
            part=name,
            amount=amount,
            percent=_percent(amount, income),
            rule=PARTS[name],
            at_rule=Money(income.minor * PARTS[name] // 100, income.currency),
        )
        for name, amount in parts.items()
    )


def is_need(category: str) -> bool:
    """Tell whether spending in a category is a need: most people could not leave it out."""
    return category.startswith(_needs())


@cache
def _needs() -> tuple[str, ...]:
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return tuple(data["needs"])


def _percent(part: Money, whole: Money) -> Decimal:
    exact = Decimal(part.minor * 100) / Decimal(whole.minor)
    return exact.quantize(_TENTH, rounding=ROUND_HALF_EVEN)
