"""What is expected, whoever knows of it: the due days of a bill, of a pay, of a subscription."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.bills.bill import Bill, BillKind, BillSource
from core.money import Money
from core.period import month_number
from core.schedules.banking import IsBankDay, Roll, rolled
from core.subscriptions.cadence import STEP_DAYS, STEP_MONTHS, Cadence, length_in_days, occurrence
from core.subscriptions.subscription import Subscription

# A month is at most this many days longer than it looks from its number.
_SLACK = 1


@dataclass(frozen=True, slots=True)
class Expected:
    """A payment that comes again and again; ``subject`` is the handle of what it is about.

    Nothing is expected before ``since``, the day from which we know of it. ``told`` says that
    the user told us: it has never been seen in the books, so its name stands for its payee.
    ``owed`` is what the next payment comes to when that is known: the debt of a card.
    ``lead_days`` is when the user wants to be reminded of this one.
    """

    subject: str
    name: str
    amount: Money
    cadence: Cadence
    anchor: date
    since: date
    day: int = 0
    roll: Roll = Roll.NONE
    inflow: bool = False
    varies: bool = False
    told: bool = False
    trial: bool = False
    merchant_key: str = ""
    category: str = ""
    account_id: int | None = None
    pays_account_id: int | None = None
    owed: Money | None = None
    lead_days: tuple[int, ...] | None = None


def of_bill(bill: Bill) -> Expected:
    """Return what a bill or a pay lets us expect."""
    return Expected(
        subject=bill.handle,
        name=bill.name,
        amount=bill.amount,
        cadence=bill.cadence,
        anchor=bill.anchor,
        since=bill.first_date,
        day=bill.day,
        roll=bill.roll,
        inflow=bill.kind is BillKind.INCOME,
        varies=bill.varies,
        told=bill.source is BillSource.TYPED,
        merchant_key=bill.merchant_key,
        category=bill.category,
        account_id=bill.account_id,
        pays_account_id=bill.pays_account_id,
        lead_days=bill.lead_days,
    )


def of_subscription(subscription: Subscription) -> Expected:
    """Return what a live subscription lets us expect."""
    return Expected(
        subject=subscription.handle,
        name=subscription.name,
        amount=subscription.amount,
        cadence=subscription.cadence,
        anchor=subscription.next_date,
        since=subscription.next_date if subscription.trial else subscription.first_date,
        trial=subscription.trial,
        merchant_key=subscription.merchant_key,
        account_id=subscription.account_id,
        lead_days=subscription.lead_days,
    )


def due_days(
    expected: Expected, first: date, last: date, is_bank_day: IsBankDay
) -> Iterator[tuple[date, date]]:
    """Give each due day from ``first`` to ``last`` and the banking day on which it is paid.

    Days are counted from the anchor and never from one another, so that the 31st stays the 31st.
    """
    first = max(first, expected.since)
    count = _steps_to(expected, first) - _SLACK
    while True:
        due = occurrence(expected.anchor, expected.cadence, count, day=expected.day or None)
        if due > last or (expected.trial and due > expected.anchor):
            return
        if due >= first:
            yield due, rolled(due, expected.roll, is_bank_day)
        count += 1


def _steps_to(expected: Expected, day: date) -> int:
    """Return about how many steps lie between the anchor and ``day``, rather one too few."""
    if expected.cadence in STEP_DAYS:
        return (day - expected.anchor).days // STEP_DAYS[expected.cadence]
    months = month_number(day) - month_number(expected.anchor)
    return months // STEP_MONTHS[expected.cadence]


def window(expected: Expected) -> tuple[timedelta, timedelta]:
    """Return how long before and after its due day a payment still belongs to it."""
    step = length_in_days(expected.cadence)
    return timedelta(days=min(5, step // 3)), timedelta(days=min(20, max(2, step // 2 - 1)))
