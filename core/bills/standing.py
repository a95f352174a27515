"""How expected payments stand: paid by which entry, still to come, or late."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from rapidfuzz import fuzz

from core.bills.expected import Expected, due_days, window
from core.money import Money
from core.period import Period
from core.schedules.banking import IsBankDay
from core.subscriptions.charge import Charge

# How far back an unpaid due day is still spoken of.
LOOK_BACK = timedelta(days=45)
# After which an unpaid bill drops from the lists.
STILL_SPOKEN_OF = timedelta(days=14)
_SAME_NAME = 85
_PRICE_MOVES = 0.4  # of the amount, when the payee is known for certain
_TOLD_ABOUT = 0.25  # of the amount, when only the name or the category fits
_EXACT_DAYS = timedelta(days=3)  # in which the very amount is enough


class DueState(StrEnum):
    """What became of one due day."""

    PAID = "paid"
    SKIPPED = "skipped"  # by the user: not this time
    AHEAD = "ahead"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Due:
    """One due day: ``due`` as agreed, ``on`` the banking day on which it is booked.

    ``amount`` is what was paid, or what is expected. ``entry_ids`` are the entries that paid it;
    there are none when the user said that it is paid.
    """

    expected: Expected
    due: date
    on: date
    amount: Money
    state: DueState
    paid_on: date | None = None
    entry_ids: tuple[int, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it is still to be paid (or to come in)."""
        return self.state in (DueState.AHEAD, DueState.LATE)

    @property
    def key(self) -> str:
        """What tells this due day from all others of the user."""
        return f"{self.expected.subject}:{self.due.isoformat()}"


@dataclass(frozen=True, slots=True)
class Mark:
    """The user's own word on one due day."""

    subject: str
    due: date
    state: DueState
    marked_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Slot:
    expected: Expected
    due: date
    on: date


def standing(
    expected: Iterable[Expected],
    receipts: Sequence[Charge],
    charges: Sequence[Charge],
    *,
    span: tuple[date, date],
    marks: Collection[Mark],
    is_bank_day: IsBankDay,
) -> tuple[Due, ...]:
    """Return every due day from 45 days before ``span`` to its end, by day, name and subject.

    ``span`` is today and the last day looked at. ``receipts`` is money in and ``charges`` money
    out; each entry pays one due day at most, that which it fits best. The user's marks come first.
    """
    today, last = span
    slots = [
        _Slot(one, due, on)
        for one in expected
        for due, on in due_days(one, today - LOOK_BACK, last, is_bank_day)
    ]
    marked = {(mark.subject, mark.due): mark for mark in marks}
    open_slots = [slot for slot in slots if (slot.expected.subject, slot.due) not in marked]
    paid = _assigned(open_slots, receipts, charges)
    dues = [_due(slot, marked, paid, today) for slot in slots]
    dues.sort(key=lambda one: (one.on, one.expected.name, one.key))
    return tuple(_with_owed(dues))


def is_spoken_of(one: Due, period: Period, today: date) -> bool:
    """Tell whether a due day belongs into a list: in the days, or still unpaid from before."""
    if one.state is DueState.LATE and period.end > today:
        return one.on >= min(period.start, today - STILL_SPOKEN_OF)
    return one.on in period


def to_pay(dues: Iterable[Due], period: Period, today: date) -> tuple[Due, ...]:
    """Return what is still to be paid in the days of ``period``; a free trial costs nothing."""
    return tuple(
        one
        for one in dues
        if one.open
        and not one.expected.inflow
        and not one.expected.trial
        and is_spoken_of(one, period, today)
    )


def _with_owed(dues: Iterable[Due]) -> Iterator[Due]:
    """Put the known debt on the next payment only; what is owed after it nobody knows yet."""
    seen: set[str] = set()
    for one in dues:
        if one.open and one.expected.owed is not None and one.expected.subject not in seen:
            seen.add(one.expected.subject)
            yield replace(one, amount=one.expected.owed)
        else:
            yield one


def _due(
    slot: _Slot,
    marked: Mapping[tuple[str, date], Mark],
    paid: Mapping[tuple[str, date], Charge],
    today: date,
) -> Due:
    one, key = slot.expected, (slot.expected.subject, slot.due)
    mark, charge = marked.get(key), paid.get(key)
    if mark is not None:
        return Due(one, slot.due, slot.on, one.amount, mark.state, mark.marked_on)
    if charge is not None:
        amount = Money(charge.minor, charge.currency)
        ids = (charge.entry_id,)
        return Due(one, slot.due, slot.on, amount, DueState.PAID, charge.booked_date, ids)
    state = DueState.LATE if slot.on < today else DueState.AHEAD
    return Due(one, slot.due, slot.on, one.amount, state)


def _assigned(
    slots: Sequence[_Slot], receipts: Sequence[Charge], charges: Sequence[Charge]
) -> Mapping[tuple[str, date], Charge]:
    """Give each due day the entry that fits it best; the best fits choose first."""
    pairs = _candidates(slots, receipts, charges)
    taken: set[int] = set()
    found: dict[tuple[str, date], Charge] = {}
    for _, slot, charge in sorted(pairs, key=lambda pair: pair[0]):
        key = (slot.expected.subject, slot.due)
        if key not in found and charge.entry_id not in taken:
            found[key] = charge
            taken.add(charge.entry_id)
    return found


_Rank = tuple[int, int, int, int, str, date]


def _candidates(
    slots: Sequence[_Slot], receipts: Sequence[Charge], charges: Sequence[Charge]
) -> Iterator[tuple[_Rank, _Slot, Charge]]:
    for slot in slots:
        one = slot.expected
        early, late = window(one)
        first, last = min(slot.due, slot.on) - early, slot.due + late
        for charge in receipts if one.inflow else charges:
            if not first <= charge.booked_date <= last or charge.currency != one.amount.currency:
                continue
            sure = _sureness(one, charge, slot)
            if sure is None:
                continue
            off = abs(charge.minor - one.amount.minor)
            days = min(abs((charge.booked_date - day).days) for day in (slot.due, slot.on))
            yield (sure, days, off, charge.entry_id, one.subject, slot.due), slot, charge


def _sureness(one: Expected, charge: Charge, slot: _Slot) -> int | None:
    """Rank how surely a charge is this payment: 0 by its payee, 1 by name, 2 by amount alone."""
    if charge.minor <= 0:
        return None
    off = abs(charge.minor - one.amount.minor)
    if one.pays_account_id is not None:
        return 0 if charge.merchant_key == one.merchant_key else None
    if one.merchant_key and charge.merchant_key == one.merchant_key:
        most = 1.0 if one.varies or one.trial else _PRICE_MOVES
        return 0 if off <= most * one.amount.minor or one.trial else None
    if not one.told:
        return None
    if _is_named(one, charge) and off <= _TOLD_ABOUT * one.amount.minor:
        return 1
    near = abs(charge.booked_date - slot.due) <= _EXACT_DAYS
    return 2 if near and off == 0 else None


def _is_named(one: Expected, charge: Charge) -> bool:
    if one.category and charge.category == one.category:
        return True
    return fuzz.token_set_ratio(one.name.casefold(), charge.name.casefold()) >= _SAME_NAME
