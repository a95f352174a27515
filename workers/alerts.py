"""Looks at the books of users whose entries have changed, and says once what they should know."""

from __future__ import annotations

from datetime import date

from core.alerts.ahead import ahead_alerts
from core.alerts.alert import Alert
from core.alerts.attention import Look
from core.alerts.bills import BillFacts, bill_alerts
from core.alerts.charges import ChargeFacts, charge_alerts, recent
from core.alerts.evaluate import budget_alerts, price_alerts
from core.alerts.goals import goal_alerts
from core.alerts.habits import habit_alerts
from core.connect.bank_days import bank_days
from core.ids import UserId
from core.insights.feed import Seen
from core.period import next_pay_day
from core.store.unit_of_work import UnitOfWork
from core.users.user import User, UserUnknown
from workers.attention import tell
from workers.context import JobContext
from workers.rounds import one_by_one

# Where the looking has come to: the mark of the last round and that of the round before.
_MARK = "alerts.seen"


def raise_alerts(context: JobContext) -> int:
    """Evaluate the users with new entries since the last look; return how many alerts came of it.

    Each round looks back to the round before last: a transaction that was open during one round
    may have got its numbers before others that were seen. Looking twice tells nothing twice.
    """
    with context.database.reading() as uow:
        before, last = _marks(uow)
        users, newest = uow.alerts.users_since(before)
    raised = sum(raise_for(context, one, relaxed=True) for one in one_by_one(context, users))
    if (before, last) != (last, newest) and not context.stopping():
        with context.database.work() as uow:
            uow.schedules.set_mark(_MARK, f"{last} {newest}")
            uow.commit()
    if raised:
        context.wake.ring("deliver_bulk")
    return raised


def found_for(
    context: JobContext, uow: UnitOfWork, user: User, *, look: Look = Look.NEW
) -> tuple[Alert, ...]:
    """Return what is worth saying to a user now and was not said before.

    A look at more than what is new finds what was held back anew, as far as it is still true.
    """
    today = user.preferences.today(context.clock.now())
    budgets = uow.budgets.running(user.id, today)
    standing = uow.budgets.standing(budgets, today=today, calendar=user.preferences.calendar)
    already = uow.alerts.keys(user.id)
    if look is not Look.NEW:
        already -= {one.dedupe_key for one in uow.alerts.waiting(user.id)}
    subscriptions = uow.subscriptions.of(user.id)
    wishes = user.preferences
    seen = uow.insights.seen(
        user.id, currency=wishes.currency, today=today, calendar=wishes.calendar
    )
    # Most users of a round have no bills to speak of, and then there is nothing to read.
    reminds = any(one.live and (one.lead_days or one.trial) for one in subscriptions)
    bills = (bill_facts(uow, user, today),) if reminds or uow.bills.of(user.id) else ()
    habits = uow.habits.standing(
        uow.habits.of(user.id), today=today, calendar=user.preferences.calendar
    )
    return (
        *budget_alerts(standing, already=already),
        *habit_alerts(habits, already=already),
        *price_alerts(subscriptions, today=today, already=already),
        *ahead_alerts(seen, user_id=user.id, already=already),
        *charge_alerts(_charge_facts(uow, user, seen), already=already),
        *(alert for facts in bills for alert in bill_alerts(facts, already=already)),
        *goal_alerts(uow.goals.standing(user.id, today=today), already=already),
    )


def _charge_facts(uow: UnitOfWork, user: User, seen: Seen) -> ChargeFacts:
    large = user.preferences.large_charge
    rows = recent(seen.charges, seen.cash.today, large=large)
    ids = [one.entry_id for one in rows]
    return ChargeFacts(
        user_id=user.id,
        today=seen.cash.today,
        rows=rows,
        typed=uow.movements.typed(user.id, ids) if ids else frozenset(),
        told=frozenset(one.movement.entry_id for one in seen.findings),
        large=large,
    )


def bill_facts(uow: UnitOfWork, user: User, today: date) -> BillFacts:
    """Gather what bill alerts are made from, by the same query as the chat's answers."""
    wishes = user.preferences
    found = uow.safe.reckon(
        user.id,
        today=today,
        until=None,
        currency=wishes.currency,
        is_bank_day=bank_days(wishes.country),
        pay_on=next_pay_day(wishes.calendar, today),
    )
    return BillFacts(
        user_id=user.id,
        today=today,
        dues=found.dues,
        leads=wishes.bill_lead_days,
        safe=found.safe,
        books_reach=uow.bills.books_reach(user.id),
    )


def _marks(uow: UnitOfWork) -> tuple[int, int]:
    before, last = (uow.schedules.mark(_MARK) or "0 0").split()
    return int(before), int(last)


def raise_for(
    context: JobContext, user_id: UserId, *, relaxed: bool = False, look: Look = Look.NEW
) -> int:
    """Tell one user what is new; return how many alerts he was told.

    It looks with nothing locked: only what was found opens a transaction that writes. ``relaxed``
    leaves the wait for the disk to a later commit: the one that ends a round over many users, or
    the claim that sends the message. Without either the next round finds it all again. ``look``
    says whether what was held back is told as well.
    """
    with context.database.reading() as uow:
        try:
            user = uow.users.get(user_id)
        except UserUnknown:
            return 0
        if uow.tickets.quiet_until(user_id, now=context.clock.now()) is not None:
            return 0  # what still holds is found again after the quiet
        found = found_for(context, uow, user, look=look)
        waits = look is not Look.NEW and bool(uow.alerts.waiting(user_id))
    if not found and not waits:
        return 0
    # One transaction: a user's alerts and their message are there together or not at all.
    with context.database.work(relaxed=relaxed) as uow:
        told = tell(context, uow, user, found, look=look)
        uow.commit()
    return told


def end_pauses(context: JobContext) -> int:
    """Tell what was held back where a pause has come to its end; return to how many it ended."""
    with context.database.reading() as uow:
        users = uow.alerts.wishes.ended(context.clock.now())
    told = 0
    for user_id in one_by_one(context, users):
        with context.database.work() as uow:
            uow.alerts.wishes.clear(user_id, context.clock.now())
            uow.commit()
        told += raise_for(context, user_id, look=Look.AGAIN)
    if told:
        context.wake.ring("deliver_bulk")
    return len(users)
