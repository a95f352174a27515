"""The bank calendar of a country: weekends and bank holidays, from the ``holidays`` library.

The library is only loaded when somebody asks about a day; a country that it does not know has
weekends and no holidays.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

# Who settles by a common calendar and not by his country's own.
_EURO = frozenset(
    "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split()  # noqa: SIM905
)
_MARKETS = {"US": "XFED"} | dict.fromkeys(_EURO, "XECB")
_ANY_YEAR = 2026
_SATURDAY, _SUNDAY = 5, 6
_USUAL_WEEKEND = frozenset({_SATURDAY, _SUNDAY})
# India's banks work on the first, third and fifth Saturday of a month.
_WORKS_SOME_SATURDAYS = frozenset({"IN"})


@lru_cache(maxsize=256)
def bank_days(country: str) -> Callable[[date], bool]:
    """Return what tells whether a day is a banking day in ``country`` (ISO 3166, two letters)."""

    def is_bank_day(day: date) -> bool:
        if country in _WORKS_SOME_SATURDAYS and day.weekday() == _SATURDAY:
            weekend = (day.day - 1) // 7 % 2 == 1
        else:
            weekend = day.weekday() in _weekend(country)
        return not weekend and day not in _holidays(country, day.year)

    return is_bank_day


@cache
def _weekend(country: str) -> frozenset[int]:
    if country in _MARKETS:
        return _USUAL_WEEKEND
    calendar = _calendar(country, _ANY_YEAR)
    return _USUAL_WEEKEND if calendar is None else frozenset(calendar.weekend)


@lru_cache(maxsize=1024)
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(_calendar(country, year) or ())


@cache
def _spare_countries(path: str) -> None:
    """Have the library under ``path`` load only those of its countries that are asked about.

    Each is a module in a package whose own file imports all others: eight megabytes, and a third
    of a second for the first country. Packages that are never run leave that to whoever asks.
    """
    for name in ("holidays.countries", "holidays.financial"):
        spec = PathFinder.find_spec(name, [path])
        if spec is not None:
            sys.modules.setdefault(name, module_from_spec(spec))


def _calendar(country: str, year: int) -> HolidayBase | None:
    import holidays  # noqa: PLC0415 - see above

    _spare_countries(holidays.__path__[0])
    with warnings.catch_warnings():
        # Lunar holidays far ahead are not known yet: we do without them.
        warnings.simplefilter("ignore")
        try:
            if country in _MARKETS:
                return holidays.financial_holidays(_MARKETS[country], years=year)
            return holidays.country_holidays(country, years=year)
        except NotImplementedError:
            return None
