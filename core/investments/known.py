"""Securities that people call by name: Apple is AAPL, a technology stock in dollars."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from core.ids import UserId
from core.investments.security import Security, SecurityKind

_LIST = Path(__file__).with_name("known.toml")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
# Of a symbol with its exchange, what people say: "tcs" of TCS.BSE.
_EXCHANGE = re.compile(r"\.(BSE|NSE|LON|DEX|AMS|MAD)$")


@dataclass(frozen=True, slots=True)
class Known:
    """A security of the list; ``first_price`` is only where the simulator begins.

    ``is_shop``: its name is also a shop's and means the security only beside a word that says so.
    """

    symbol: str
    name: str
    also: tuple[str, ...]
    kind: SecurityKind
    currency: str
    sector: str
    is_shop: bool
    first_price: Decimal

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way to call it, the symbol with and without its exchange first."""
        return (self.symbol, _EXCHANGE.sub("", self.symbol), self.name, *self.also)

    def of(self, user_id: UserId) -> Security:
        """Return it as a security of one user, not stored yet."""
        return Security(
            id=0,
            user_id=user_id,
            symbol=self.symbol,
            name=self.name,
            kind=self.kind,
            currency=self.currency,
            sector=self.sector,
        )


def squashed(words: str) -> str:
    """Return words as names are compared: small letters and figures only."""
    return _NOT_LETTERS.sub("", words.casefold())


@cache
def known_securities() -> Mapping[str, Known]:
    """Return the list, by symbol."""
    tables = tomllib.loads(_LIST.read_text(encoding="utf-8"))
    return {
        symbol: Known(
            symbol=symbol,
            name=table["name"],
            also=tuple(table.get("also", ())),
            kind=SecurityKind(table.get("kind", "stock")),
            currency=table.get("currency", "USD"),
            sector=table.get("sector", ""),
            is_shop=table.get("shop", False),
            first_price=Decimal(table["price"]),
        )
        for symbol, table in tables.items()
    }


@cache
def _by_spelling() -> Mapping[str, Known]:
    found: dict[str, Known] = {}
    for one in known_securities().values():
        for spelling in one.spellings:
            found.setdefault(squashed(spelling), one)
    return found


def named(words: str) -> Known | None:
    """Return the security of the list that is called so, in any spelling of it."""
    return _by_spelling().get(squashed(words))
