"""A security: something that can be bought in pieces and has a price, by its symbol."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from core.errors import FinanceError
from core.ids import UserId
from core.money import exponent

MOST_SECURITIES = 500
_LONGEST_SYMBOL = 24
# Letters, figures and what exchanges put between them: BRK.B, INFY.BSE, BTC-USD.
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.&-]*")


class SymbolUnreadable(FinanceError):
    """What was given is no symbol of an exchange."""

    code = "security.symbol_unreadable"


class TooManySecurities(FinanceError):
    """The user has as many securities as we keep."""

    code = "security.too_many"


class SecurityKind(StrEnum):
    """What a security is; the value is the key of its word."""

    STOCK = "stock"
    ETF = "etf"
    FUND = "fund"
    BOND = "bond"
    CRYPTO = "crypto"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Security:
    """One security as one user knows it; ``id`` 0 means that it is not stored yet.

    ``currency`` is what it is traded in, ``sector`` a word of ours (``technology``) or nothing
    where nobody said: a fund has none.
    """

    id: int
    user_id: UserId
    symbol: str
    name: str
    kind: SecurityKind
    currency: str
    sector: str = ""

    def __post_init__(self) -> None:
        """Refuse what no price could ever be found for."""
        exponent(self.currency)
        if self.symbol != symbol_of(self.symbol):
            raise SymbolUnreadable(symbol=self.symbol[:_LONGEST_SYMBOL])

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"security:{self.id}"


def symbol_of(text: str) -> str:
    """Read a symbol as people type it (``aapl``, ``$TSLA``); raise `SymbolUnreadable`."""
    symbol = text.strip().removeprefix("$").upper()
    if len(symbol) > _LONGEST_SYMBOL or not _SYMBOL.fullmatch(symbol):
        raise SymbolUnreadable(symbol=text[:_LONGEST_SYMBOL])
    return symbol
