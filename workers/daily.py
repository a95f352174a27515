"""The daily line: what yesterday came to and what is ahead, in one message."""

from __future__ import annotations

from datetime import date, timedelta

from core.alerts.daily import DUE_DAYS, DayFacts, Spending, daily_summary, has_news
from core.connect.bank_days import bank_days
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery
from core.messaging.outbound import MessageClass
from core.money import Money
from core.period import Grain, Period
from core.store.schedule_store import Occurrence, OccurrenceState
from core.store.unit_of_work import UnitOfWork
from core.users.user import User
from workers.compose import Notice, Told, enqueue_notice
from workers.context import JobContext

# More entries than anybody has in a day: the line counts them all.
_MOST_ROWS = 1000


def send_daily(context: JobContext, user: User, held: Occurrence) -> None:
    """Tell about the day before the occurrence; the message and the occurrence close together."""
    today = user.preferences.today(held.due_at)
    with context.database.reading() as uow:
        facts = read_day(uow, user, today)
    with context.database.work() as uow:
        if user.preferences.only_news and not has_news(facts):
            uow.schedules.settle(held, OccurrenceState.SKIPPED, note="nothing_new")
            uow.commit()
            return
        notice = Notice(
            user_id=user.id,
            answer=daily_summary(facts),
            message_class=MessageClass.SUMMARY,
            dedupe_key=held.key,
        )
        told = enqueue_notice(context, uow, notice)
        state = OccurrenceState.SKIPPED if told is Told.NOWHERE else OccurrenceState.DONE
        if uow.schedules.settle(held, state, note=told):
            uow.commit()
    context.wake.ring("deliver_bulk")


def read_day(uow: UnitOfWork, user: User, today: date) -> DayFacts:
    """Gather what the daily line of ``today`` is made from, in one read."""
    wishes = user.preferences
    budgets = uow.budgets.running(user.id, today)
    return DayFacts(
        today=_spending(uow, user, today),
        yesterday=_spending(uow, user, today - timedelta(days=1)),
        balances=uow.accounts.balances(user.id),
        dues=uow.bills.dues(
            user.id,
            today=today,
            last=today + timedelta(days=DUE_DAYS),
            is_bank_day=bank_days(wishes.country),
        ),
        budgets=uow.budgets.standing(budgets, today=today, calendar=wishes.calendar),
    )


def _spending(uow: UnitOfWork, user: User, day: date) -> Spending:
    """Return what one day came to, in each currency, the user's own first."""
    own = user.preferences.currency
    query = EntryQuery(Period(day, day + timedelta(days=1), Grain.DAY), Flow.SPEND)
    totals = uow.entries.totals(user.id, query)
    behind = uow.entries.rows_behind(user.id, query, limit=_MOST_ROWS)
    ordered = sorted(totals, key=lambda total: (total.currency != own, total.currency))
    return Spending(
        on=day,
        amounts=tuple(Money(total.minor, total.currency) for total in ordered),
        entry_ids=tuple(int(number) for number in behind),
    )
