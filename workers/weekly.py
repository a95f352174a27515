"""The week's recap: what the week came to, what is ahead, and what was held back in it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from core.alerts.alert import Alert
from core.alerts.attention import Why
from core.alerts.weekly import (
    AHEAD_DAYS,
    WeekFacts,
    beside_words,
    is_empty,
    told_in_words,
    weekly_recap,
)
from core.connect.bank_days import bank_days
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery, GroupBy, Total
from core.messaging.outbound import MessageClass
from core.money import Money
from core.period import Grain, Period, zone_of
from core.store.schedule_store import Occurrence, OccurrenceState
from core.store.unit_of_work import UnitOfWork
from core.users.user import User
from workers.compose import Notice, Told, Worded, enqueue_notice
from workers.context import JobContext

_WEEK = timedelta(days=7)
NOTHING_NEW = "nothing_new"


def send_recap(context: JobContext, user: User, held: Occurrence) -> None:
    """Tell about the seven days before the occurrence; message and occurrence close together."""
    today = user.preferences.today(held.due_at)
    with context.database.reading() as uow:
        facts = read_week(uow, user, today)
    worded = _worded(context, user, facts, held.key)
    with context.database.work() as uow:
        if user.preferences.only_news and is_empty(facts):
            uow.schedules.settle(held, OccurrenceState.SKIPPED, note=NOTHING_NEW)
            uow.commit()
            return
        notice = Notice(
            user_id=user.id,
            answer=weekly_recap(facts),
            message_class=MessageClass.SUMMARY,
            dedupe_key=held.key,
            worded=worded,
        )
        told = enqueue_notice(context, uow, notice)
        _release(uow, facts.waiting)
        state = OccurrenceState.SKIPPED if told is Told.NOWHERE else OccurrenceState.DONE
        if uow.schedules.settle(held, state, note=told):
            uow.commit()
    context.wake.ring("deliver_bulk")


def _worded(context: JobContext, user: User, facts: WeekFacts, key: str) -> Worded | None:
    """Return a model's words, if they were prepared over the figures that stand now."""
    answer = told_in_words(facts)
    if context.narrator is None or answer is None:
        return None
    words = context.narrator.recall(user, answer, key=key)
    return Worded(words, beside_words(facts)) if words is not None else None


def _release(uow: UnitOfWork, waiting: tuple[Alert, ...]) -> None:
    """Take out of those that wait what the recap tells; it is a summary and spends no alert."""
    for one in waiting:
        uow.alerts.release(one)


def read_week(uow: UnitOfWork, user: User, today: date) -> WeekFacts:
    """Gather what the recap of the week before ``today`` is made from, in one read."""
    wishes, own = user.preferences, user.preferences.currency
    period = Period(today - _WEEK, today, Grain.WEEK)
    this, last = EntryQuery(period, Flow.SPEND), EntryQuery(_before(period), Flow.SPEND)
    sums, sums_before = uow.entries.totals(user.id, this), uow.entries.totals(user.id, last)
    budgets = uow.budgets.running(user.id, today)
    midnight = datetime.combine(period.start, time(), zone_of(wishes.zone))
    by_category = uow.entries.totals(user.id, this, GroupBy.CATEGORY)
    return WeekFacts(
        period=period,
        spent=_sum(sums, own),
        before=_sum(sums_before, own),
        income=_sum(uow.entries.totals(user.id, EntryQuery(period, Flow.INCOME)), own),
        others=tuple(Money(one.minor, one.currency) for one in sums if one.currency != own),
        rows=sum(one.rows for one in sums),
        rows_before=sum(one.rows for one in sums_before if one.currency == own),
        categories=_largest(by_category, own),
        dues=uow.bills.dues(
            user.id,
            today=today,
            last=today + timedelta(days=AHEAD_DAYS),
            is_bank_day=bank_days(wishes.country),
        ),
        budgets=uow.budgets.standing(budgets, today=today, calendar=wishes.calendar),
        held=uow.alerts.held_back(user.id, midnight),
        waiting=tuple(
            one for one in uow.alerts.waiting(user.id) if one.held_for == Why.WEEKLY.value
        ),
    )


def _before(period: Period) -> Period:
    return Period(period.start - _WEEK, period.start, Grain.WEEK)


def _sum(totals: tuple[Total, ...], currency: str) -> Money:
    minor = sum(one.minor for one in totals if one.currency == currency)
    return Money(minor, currency)


def _largest(totals: tuple[Total, ...], currency: str) -> tuple[tuple[str, Money], ...]:
    own = [one for one in totals if one.currency == currency]
    own.sort(key=lambda one: (-one.minor, one.key))
    return tuple((one.key, Money(one.minor, currency)) for one in own)
