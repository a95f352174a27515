"""What to expect on a day: wages, bills and subscriptions that come back by the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from core.insights.movement import Movement
from core.ledger.entry import Flow
from core.subscriptions.cadence import Cadence, length_in_days, occurrence
from core.subscriptions.charge import Charge
from core.subscriptions.detect import Stream, StreamKind, detect

# What comes more often than this and varies is everyday spending, not a date in the calendar.
_CALENDAR_DAYS = 26
# From so many charges on, the usual amount says more than the last one.
_USUAL_OF = 6
_LATE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that comes back: ``minor`` is signed as the account sees it (out is negative).

    ``day`` is the day of the month it is due on when that is not the day of ``next_date``.
    """

    name: str
    minor: int
    cadence: Cadence
    next_date: date
    account_id: int
    category: str
    merchant_key: str
    flow: Flow
    entry_ids: tuple[int, ...] = ()
    is_bill: bool = False

    @property
    def is_income(self) -> bool:
        """Whether it is money earned, not moved."""
        return self.minor > 0 and self.flow is Flow.INCOME


@dataclass(frozen=True, slots=True)
class Dated:
    """One time that something is expected."""

    on: date
    name: str
    minor: int
    of: Expected


@dataclass(frozen=True, slots=True)
class Recurring:
    """What comes back, and the entries of everything that ever came back by the calendar.

    ``explained`` holds ended ones too: a rent that is no longer paid is no everyday spending.
    """

    expected: tuple[Expected, ...]
    explained: frozenset[int]

    def dated(self, first: date, last: date) -> tuple[Dated, ...]:
        """Return what is expected from ``first`` to ``last``, in the order of days."""
        found = (one for item in self.expected for one in _times(item, first, last))
        return tuple(sorted(found, key=lambda one: (one.on, one.minor, one.name)))


def recurring(movements: Iterable[Movement], *, today: date) -> Recurring:
    """Find what comes back in the movements of one currency, money out and money in."""
    rows = {one.entry_id: one for one in movements if one.on <= today}
    expected: list[Expected] = []
    explained: set[int] = set()
    for sign in (-1, 1):
        charges = [_charge(one, sign) for one in rows.values() if one.minor * sign > 0]
        for stream in detect(charges, today=today):
            if not _is_dated(stream, rows, sign):
                continue
            explained.update(stream.entry_ids)
            if stream.live and not stream.trial:
                expected.append(_expected(stream, rows, sign, today))
    return Recurring(tuple(expected), frozenset(explained))


def _charge(one: Movement, sign: int) -> Charge:
    return Charge(
        entry_id=one.entry_id,
        account_id=one.account_id,
        merchant_key=one.merchant_key or one.payee.casefold(),
        name=one.payee,
        booked_date=one.on,
        minor=one.minor * sign,
        currency=one.currency,
        category=one.category,
    )


def _is_dated(stream: Stream, rows: dict[int, Movement], sign: int) -> bool:
    """Tell whether a stream stands in the calendar: an errand each week does not."""
    if stream.kind is not StreamKind.HABIT or sign > 0:
        return True
    amounts = [abs(rows[entry_id].minor) for entry_id in stream.entry_ids]
    steady = max(amounts) <= 1.1 * min(amounts)
    return steady or length_in_days(stream.cadence) >= _CALENDAR_DAYS


def _expected(stream: Stream, rows: dict[int, Movement], sign: int, today: date) -> Expected:
    last = rows[stream.entry_ids[-1]]
    amounts = [abs(rows[entry_id].minor) for entry_id in stream.entry_ids]
    is_bill = sign < 0 and stream.kind is not StreamKind.HABIT
    return Expected(
        name=stream.name,
        minor=sign * _usual(amounts),
        cadence=stream.cadence,
        next_date=_not_past(stream, today),
        account_id=stream.account_id,
        category=stream.category,
        merchant_key=stream.merchant_key,
        flow=last.flow,
        entry_ids=stream.entry_ids,
        is_bill=is_bill,
    )


def _usual(amounts: Sequence[int]) -> int:
    """Return the last amount of a steady series (its price may have risen), else the usual one."""
    recent = amounts[-_USUAL_OF:]
    if len(recent) < 3 or abs(recent[-1] - recent[-2]) * 20 <= recent[-1]:
        return recent[-1]
    return round(median(recent))


def _not_past(stream: Stream, today: date) -> date:
    """Return when it comes next; what is a few days late comes today at the earliest."""
    if stream.next_date >= today:
        return stream.next_date
    if (today - stream.next_date).days <= _LATE_DAYS:
        return today
    step = 1
    while (following := occurrence(stream.next_date, stream.cadence, step)) < today:
        step += 1
    return following


def _times(item: Expected, first: date, last: date) -> Iterator[Dated]:
    step = 0
    while (on := occurrence(item.next_date, item.cadence, step)) <= last:
        if on >= first:
            yield Dated(on, item.name, item.minor, item)
        step += 1
