"""What tax laws say of losses, as dated data: which rule holds in a country, and its source."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from core.investments.security import SecurityKind
from core.money import Money
from core.period import months_later

_RULES = Path(__file__).with_name("tax_rules.toml")


class Term(StrEnum):
    """How long something was held, as far as taxes care; the value is the key of its word."""

    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class WashSaleRule:
    """A loss does not count while the same is bought so many days before or after the sale."""

    id: str
    country: str
    since: date
    kinds: frozenset[SecurityKind]
    days_before: int
    days_after: int
    source: str

    @property
    def window(self) -> int:
        """How many days the sale's own day and those around it are."""
        return self.days_before + 1 + self.days_after


@dataclass(frozen=True, slots=True)
class LossRule:
    """What losses may be set against, and what gains are taxed at where one rate says so.

    ``long_after_months`` is nothing where the law knows no terms, ``carried_years`` nothing where
    a loss is carried on without end. ``income_limit`` is what a year's other income may meet,
    ``currency`` the one taxes are counted in, ``year_starts`` the month a tax year begins with.
    """

    id: str
    country: str
    since: date
    kinds: frozenset[SecurityKind]
    source: str
    currency: str
    short_meets: frozenset[Term]
    long_meets: frozenset[Term]
    long_after_months: int | None = None
    income_limit: Money | None = None
    short_percent: Decimal | None = None
    long_percent: Decimal | None = None
    long_free: Money | None = None
    carried_years: int | None = None
    year_starts: int = 1
    first_in_first_out: bool = False

    def term(self, opened: date, closed: date) -> Term | None:
        """Return the term of what is bought and sold on two days, nothing where there are none."""
        if self.long_after_months is None:
            return None
        return Term.LONG if closed > months_later(opened, self.long_after_months) else Term.SHORT

    def meets(self, term: Term | None) -> frozenset[Term]:
        """Return which gains a loss of a term may be set against."""
        return self.long_meets if term is Term.LONG else self.short_meets


_Rule = TypeVar("_Rule", WashSaleRule, LossRule)


def wash_sale_rule(country: str, kind: SecurityKind, on: date) -> WashSaleRule | None:
    """Return the rule on buying again that holds in a country on a day, if it has one."""
    return _holding(_wash_sales(), country, kind, on)


def loss_rule(country: str, kind: SecurityKind, on: date) -> LossRule | None:
    """Return the rule on losses that holds in a country on a day; nothing where we know none."""
    return _holding(_losses(), country, kind, on)


def countries() -> frozenset[str]:
    """Return the countries whose rules are known."""
    return frozenset(rule.country for rule in _losses())


def _holding(rules: Iterable[_Rule], country: str, kind: SecurityKind, on: date) -> _Rule | None:
    fitting = [
        rule
        for rule in rules
        if rule.country == country and kind in rule.kinds and rule.since <= on
    ]
    return max(fitting, key=lambda rule: rule.since, default=None)


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(_RULES.read_text(encoding="utf-8"))


@cache
def _wash_sales() -> tuple[WashSaleRule, ...]:
    return tuple(
        WashSaleRule(
            id=row["id"],
            country=row["country"],
            since=row["since"],
            kinds=frozenset(map(SecurityKind, row["kinds"])),
            days_before=row["days_before"],
            days_after=row["days_after"],
            source=row["source"],
        )
        for row in _tables()["wash_sale"]
    )


@cache
def _losses() -> tuple[LossRule, ...]:
    return tuple(_loss_rule(row) for row in _tables()["losses"])


def _loss_rule(row: Mapping[str, Any]) -> LossRule:
    return LossRule(
        id=row["id"],
        country=row["country"],
        since=row["since"],
        kinds=frozenset(map(SecurityKind, row["kinds"])),
        source=row["source"],
        currency=row["currency"],
        short_meets=frozenset(map(Term, row["short_meets"])),
        long_meets=frozenset(map(Term, row["long_meets"])),
        long_after_months=row.get("long_after_months"),
        income_limit=_money(row, "income_limit"),
        short_percent=_decimal(row, "short_percent"),
        long_percent=_decimal(row, "long_percent"),
        long_free=_money(row, "long_free"),
        carried_years=row.get("carried_years"),
        year_starts=row["year_starts"],
        first_in_first_out=row.get("first_in_first_out", False),
    )


def _decimal(row: Mapping[str, Any], name: str) -> Decimal | None:
    return Decimal(row[name]) if name in row else None


def _money(row: Mapping[str, Any], name: str) -> Money | None:
    return Money.of(row[name], row["currency"]) if name in row else None
