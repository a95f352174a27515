"""What is worth saying about bills and pay: due soon, not seen paid, not come in.

Each is said once: a reminder once for each due day and lead time, lateness once for a due day.
The user can pay, say that it is paid or skipped, or move the bill; a trial he can end in time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.alerts.alert import Alert, AlertKind
from core.bills.expected import Expected
from core.bills.safe import Safe
from core.bills.standing import Due, DueState
from core.facts import Fact, FactKind, day, money, named
from core.ids import UserId
from core.money import Money, total

# Banks book late: before that many days nothing is called missing.
_LATE_AFTER = timedelta(days=5)
_MISSING_AFTER = timedelta(days=2)
_NO_NEWS = timedelta(days=20)


@dataclass(frozen=True, slots=True)
class BillFacts:
    """All that bill alerts are made from, read at one moment.

    ``leads`` are how many days before a due day to remind of what has no lead times of its own;
    ``books_reach`` is the day of the newest entry: after it nobody can say that something is
    missing.
    """

    user_id: UserId
    today: date
    dues: Sequence[Due]
    leads: Sequence[int]
    safe: Safe
    books_reach: date | None


def bill_alerts(facts: BillFacts, *, already: Collection[str]) -> tuple[Alert, ...]:
    """Return the reminders and the late ones that were not told before."""
    found = (*_reminders(facts), *_late(facts))
    return tuple(alert for alert in found if alert.dedupe_key not in already)


def _reminders(facts: BillFacts) -> Iterator[Alert]:
    for one in facts.dues:
        if one.state is not DueState.AHEAD or one.expected.inflow:
            continue
        lead = _lead(one, facts)
        if lead is None:
            continue
        yield Alert(
            user_id=facts.user_id,
            kind=AlertKind.TRIAL_ENDS if one.expected.trial else AlertKind.BILL_DUE,
            dedupe_key=f"{one.key}:lead:{lead}",
            subject=one.expected.subject,
            facts=(*_facts(one), *_days(one, facts.today), *_after(one, facts)),
        )


def lead_days_of(expected: Expected, usual: Sequence[int]) -> Sequence[int]:
    """Return how many days before to remind of something: its own lead times, else the usual.

    Subscriptions come by themselves and are in the daily line: of those only a trial that ends
    is worth it, unless the user asked for more.
    """
    if expected.lead_days is not None:
        return expected.lead_days
    return usual if expected.subject.startswith("bill:") or expected.trial else ()


def _is_bill(one: Due) -> bool:
    return one.expected.subject.startswith("bill:")


def _lead(one: Due, facts: BillFacts) -> int | None:
    """Return the lead time that has come, the shortest of them; `None` before the first.

    What was missed is made up for by the next look; a bill that was told later than its reminder
    would have come brings none.
    """
    to_go = (one.on - facts.today).days
    leads = lead_days_of(one.expected, facts.leads)
    lead = min((days for days in leads if days >= to_go), default=None)
    if lead is None:
        return None
    told_later = one.expected.told and one.on - timedelta(days=lead) < one.expected.since
    return None if told_later else lead


def _late(facts: BillFacts) -> Iterator[Alert]:
    for one in facts.dues:
        if one.state is not DueState.LATE or not _is_bill(one):
            continue
        waits = _MISSING_AFTER if one.expected.inflow else _LATE_AFTER
        overdue = facts.today - one.on
        seen = facts.books_reach is not None and facts.books_reach >= one.on + waits
        if not waits < overdue <= _NO_NEWS or not seen:
            continue
        yield Alert(
            user_id=facts.user_id,
            kind=AlertKind.PAY_MISSING if one.expected.inflow else AlertKind.BILL_LATE,
            dedupe_key=f"{one.key}:late",
            subject=one.expected.subject,
            facts=_facts(one),
        )


def _facts(one: Due) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (
        named("name", one.expected.name),
        money("amount", one.amount, label=one.expected.name),
        day("due", one.due if one.expected.told else one.on),
    )
    if one.expected.told and one.on != one.due:
        facts += (day("pay_by", one.on),)
    return facts


def _days(one: Due, today: date) -> Iterable[Fact]:
    days = (one.on - today).days
    return (Fact("days", FactKind.DURATION, days),) if days > 1 else ()


def _after(one: Due, facts: BillFacts) -> Iterable[Fact]:
    """Tell what will be there once this one is paid, and all that is due before it."""
    currency = facts.safe.cash.currency
    if one.amount.currency != currency or not facts.safe.balances:
        return ()
    paid: list[Money] = [
        other.amount
        for other in facts.dues
        if other.open
        and not other.expected.inflow
        and not other.expected.trial
        and other.amount.currency == currency
        and (other.on, other.key) <= (one.on, one.key)
        and other.on >= facts.today
    ]
    return (money("after", facts.safe.cash - total(paid, currency)),)
