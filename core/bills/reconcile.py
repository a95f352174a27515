"""Bring what is stored about bills and pay in line with what the books show now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from statistics import median_low

from rapidfuzz import fuzz

from core.bills.bill import Bill, BillKind, BillSource, BillState, move
from core.bills.expected import due_days, of_bill
from core.ids import AccountId, UserId
from core.money import Money
from core.schedules.banking import IsBankDay, Roll
from core.subscriptions.cadence import STEP_DAYS
from core.subscriptions.charge import is_steady_amounts
from core.subscriptions.detect import Phase, Stream, StreamKind

_USUAL_OF = 6  # payments from which the usual amount of a varying bill is taken
_LEAST_EVIDENCE = 2  # weekends or holidays seen, to learn where a payment goes
_AGREED = 0.75  # of them went the same way; a bill that wanders anyway teaches nothing
_SAME_NAME = 85
_SAME_AMOUNT = 0.25
_SAME_DAYS = 6
_EVERY_STREAM = frozenset({StreamKind.BILL, StreamKind.INCOME})


def bills_among(streams: Iterable[Stream]) -> tuple[Stream, ...]:
    """Return the streams that are bills or pay; subscriptions and habits are not."""
    return tuple(one for one in streams if one.kind in _EVERY_STREAM)


def reconciled(
    stored: Sequence[Bill],
    streams: Iterable[Stream],
    *,
    user_id: UserId,
    bank_days: Callable[[date], bool],
) -> tuple[Bill, ...]:
    """Return the bills to write: new ones (``id`` 0) and those that changed.

    What the user told or changed stays as he said; the books only add by whom it is paid and
    when it was last. A deleted bill is not found again.
    """
    free = list(stored)
    written = []
    for stream in streams:
        fresh = _found(stream, user_id, bank_days)
        known = _counterpart(fresh, free)
        if known is None:
            if stream.phase is not Phase.ENDED:
                written.append(fresh)
            continue
        free.remove(known)
        updated = _updated(known, fresh, stream)
        if updated != known:
            written.append(updated)
    return tuple(written)


def _counterpart(fresh: Bill, stored: Sequence[Bill]) -> Bill | None:
    """Find the record of a stream: the same payee, or a typed bill that means it."""
    same = [
        one
        for one in stored
        if (one.kind, one.amount.currency) == (fresh.kind, fresh.amount.currency)
        and (_same_payee(one, fresh) or _means(one, fresh))
    ]
    return min(
        same,
        key=lambda one: (
            one.merchant_key != fresh.merchant_key,
            one.day != fresh.day,
            abs(one.amount.minor - fresh.amount.minor),
            one.id,
        ),
        default=None,
    )


def _same_payee(one: Bill, fresh: Bill) -> bool:
    if one.merchant_key != fresh.merchant_key or one.account_id not in (None, fresh.account_id):
        return False
    # Two streams of one payee (wages twice a month) are told apart by their day.
    apart = one.day and fresh.day and abs(one.day - fresh.day) > _SAME_DAYS
    return not apart or one.source is BillSource.TYPED


def _means(one: Bill, fresh: Bill) -> bool:
    """Tell whether a bill that the user typed is the one that the books show."""
    if one.source is not BillSource.TYPED or one.merchant_key or one.cadence is not fresh.cadence:
        return False
    off = abs(one.amount.minor - fresh.amount.minor)
    if off > _SAME_AMOUNT * max(one.amount.minor, fresh.amount.minor):
        return False
    named = fuzz.token_set_ratio(one.name.casefold(), fresh.name.casefold()) >= _SAME_NAME
    return named or bool(one.category and one.category == fresh.category)


def _updated(known: Bill, fresh: Bill, stream: Stream) -> Bill:
    if known.state is BillState.DELETED:
        return known
    if known.source is BillSource.TYPED:
        return replace(
            known,
            merchant_key=fresh.merchant_key,
            account_id=fresh.account_id,
            category=known.category or fresh.category,
            last_date=fresh.last_date,
        )
    record = replace(fresh, id=known.id, name=known.name, state=known.state)
    if stream.phase is Phase.ENDED:
        return record if not known.live else move(record, BillState.ENDED)
    again = known.state is BillState.ENDED and stream.last_date > (known.last_date or date.min)
    return move(record, BillState.ACTIVE) if again else record


def _found(stream: Stream, user_id: UserId, bank_days: IsBankDay) -> Bill:
    minors = [minor for _, minor in stream.paid]
    steady = is_steady_amounts(minors)
    usual = stream.amount.minor if steady else median_low(minors[-_USUAL_OF:])
    bill = Bill(
        id=0,
        user_id=user_id,
        kind=BillKind.INCOME if stream.kind is StreamKind.INCOME else BillKind.BILL,
        source=BillSource.FOUND,
        name=stream.name,
        amount=Money(usual, stream.amount.currency),
        cadence=stream.cadence,
        anchor=stream.next_date,
        first_date=stream.first_date,
        varies=not steady,
        day=0 if stream.cadence in STEP_DAYS else stream.day,
        merchant_key=stream.merchant_key,
        category=stream.category,
        account_id=AccountId(stream.account_id),
        last_date=stream.last_date,
        previous_amount=stream.change.before if stream.change else None,
        price_changed_on=stream.change.on if stream.change else None,
    )
    return replace(bill, roll=_learned_roll(bill, stream, bank_days))


def _learned_roll(bill: Bill, stream: Stream, bank_days: IsBankDay) -> Roll:
    """Learn from the payments due on closed days whether they come before, after or on the day.

    With too little to go by, wages come before and bills after a closed day.
    """
    expected = of_bill(bill)
    first, last = stream.paid[0][0], stream.paid[-1][0]
    booked = [day for day, _ in stream.paid]
    votes: list[Roll] = []
    for due, _ in due_days(replace(expected, since=first), first, last, bank_days):
        if bank_days(due):
            continue
        nearest = min(booked, key=lambda day: (abs((day - due).days), day))
        off = (nearest - due).days
        if abs(off) <= _SAME_DAYS:
            votes.append(Roll.NONE if off == 0 else Roll.BEFORE if off < 0 else Roll.AFTER)
    if len(votes) < _LEAST_EVIDENCE:
        return Roll.BEFORE if bill.kind is BillKind.INCOME else Roll.AFTER
    best = max(Roll, key=votes.count)
    return best if votes.count(best) >= _AGREED * len(votes) else Roll.NONE
