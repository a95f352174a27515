"""How spread a portfolio is: shares, the Herfindahl index, and what is too much in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from core.investments.portfolio import Portfolio, Valued
from core.money import Money

# More than this of everything in one place is said to be much.
MUCH_PERCENT = 25


class By(StrEnum):
    """By what a portfolio is divided."""

    ASSET = "asset"
    SECTOR = "sector"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a whole: its name (a symbol, a sector, a currency) and its share."""

    name: str
    value: Money
    percent: Decimal

    @property
    def is_much(self) -> bool:
        """Whether more than a quarter of everything is in it."""
        return self.percent > MUCH_PERCENT


@dataclass(frozen=True, slots=True)
class Spread:
    """A portfolio divided one way, the largest part first.

    ``effective`` is to how many equal parts it comes: one over the sum of squared shares.
    """

    by: By
    parts: tuple[Part, ...]
    effective: Decimal

    @property
    def much(self) -> tuple[Part, ...]:
        """The parts that hold more than a quarter."""
        return tuple(part for part in self.parts if part.is_much)


def spread(portfolio: Portfolio, by: By) -> Spread | None:
    """Return how the covered value is divided; nothing when there is no value to divide.

    A holding nobody has told the sector of is a part of its own kind, with no name.
    """
    sums: dict[str, int] = {}
    for one in portfolio.covered:
        assert one.value is not None
        name = _name(one, by)
        sums[name] = sums.get(name, 0) + one.value.minor
    whole = sum(sums.values())
    if whole <= 0:
        return None
    parts = [_part(name, Money(minor, portfolio.currency), whole) for name, minor in sums.items()]
    ordered = tuple(sorted(parts, key=lambda part: (-part.value.minor, part.name)))
    return Spread(by, ordered, _effective(sums, whole))


def _name(one: Valued, by: By) -> str:
    security = one.holding.security
    match by:
        case By.ASSET:
            return security.symbol
        case By.SECTOR:
            return security.sector
    return security.currency


def _part(name: str, value: Money, whole: int) -> Part:
    share = Fraction(value.minor * 100, whole)
    return Part(name, value, _decimal(share, 2))


def _effective(sums: Mapping[str, int], whole: int) -> Decimal:
    squares = Fraction(sum(minor * minor for minor in sums.values()), whole * whole)
    return _decimal(Fraction(1) / squares, 2)


def _decimal(value: Fraction, places: int) -> Decimal:
    return Decimal(round(value * 10**places)).scaleb(-places)
