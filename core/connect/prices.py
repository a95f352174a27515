"""Where prices come from: what a source is asked, and what may go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from core.errors import FinanceError
from core.investments.price import Price


class PricesUnavailable(FinanceError):
    """The source cannot be reached or made no sense; the prices that are known stay."""

    code = "prices.unavailable"


class PriceSource(Protocol):
    """Somebody who tells what securities are traded at."""

    @property
    def name(self) -> str:
        """Return the source as it is kept beside each price."""
        ...

    @property
    def invents(self) -> bool:
        """Tell whether its prices are made up: those are for invented households only."""
        ...

    @property
    def most_symbols(self) -> int:
        """Return how many symbols it may be asked for in one round."""
        ...

    def quotes(self, wanted: Mapping[str, str], *, now: datetime) -> Iterable[Price]:
        """Return the newest price of each symbol that it knows.

        ``wanted`` gives for each symbol the currency it is traded in. Raise `PricesUnavailable`
        when nothing at all can be had.
        """
        ...
