"""Where rates come from: what a source is asked, and what may go wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from core.errors import FinanceError
from core.rates.rate import Rate


class RatesUnavailable(FinanceError):
    """The source cannot be reached or made no sense; the rates that are known stay."""

    code = "rates.unavailable"


class RateSource(Protocol):
    """Somebody who publishes rates day by day."""

    @property
    def name(self) -> str:
        """Return the source as it is kept beside each rate."""
        ...

    def since(self, day: date | None, *, today: date) -> Iterable[Rate]:
        """Return the rates of the days after ``day``, all there are when it is nothing.

        Raise `RatesUnavailable`.
        """
        ...
