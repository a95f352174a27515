"""Once a day: keeps what is foretold, settles it when the month is over, and looks ahead."""

from __future__ import annotations

from datetime import timedelta

from core.ids import UserId
from core.insights.forecast import NotEnoughMonths, forecast
from core.insights.score import score
from core.period import Grain, month_number, period_of
from core.store.unit_of_work import UnitOfWork
from core.users.user import User, UserUnknown
from workers.alerts import raise_for
from workers.context import JobContext
from workers.rounds import unhurried

_EVERY = timedelta(hours=24)


def look_ahead(context: JobContext) -> int:
    """Look at everybody's days ahead; return how many alerts came of it.

    A balance runs low by the passing of days, not by an entry, so nobody's books need to change.
    """
    now = context.clock.now()
    with context.database.work() as uow:
        if not uow.schedules.take_turn("look_ahead", _EVERY, now=now):
            return 0
        users = uow.users.all_ids()
        uow.commit()
    raised = 0
    for user_id in unhurried(context, users):
        keep_insights(context, user_id)
        raised += raise_for(context, user_id)
    if raised:
        context.wake.ring("deliver_bulk")
    return raised


def keep_insights(context: JobContext, user_id: UserId) -> None:
    """Keep this month's first forecast and score, and write down what past months came to."""
    with context.database.work() as uow:
        try:
            user = uow.users.get(user_id)
        except UserUnknown:
            return
        _keep(uow, user, context)
        uow.commit()


def _keep(uow: UnitOfWork, user: User, context: JobContext) -> None:
    now, wishes = context.clock.now(), user.preferences
    today, currency, calendar = wishes.today(now), wishes.currency, wishes.calendar
    month = period_of(Grain.MONTH, today, calendar)
    number = month_number(month.start)
    kept = uow.foretold.forecasts(user.id, currency)
    open_ones = [one for one in kept if one.actual is None and one.month < number]
    charges = uow.insights.charges(user.id, currency=currency, today=today)
    spending = uow.insights.spending(charges, calendar)
    for one in open_ones:
        over = month.shift(one.month - number)
        uow.foretold.settle_forecast(
            user.id, one.month, currency, spending.regular(over) + spending.rest(over)
        )
    if all(one.month != number for one in kept):
        try:
            told = forecast(spending, month, today=today)
        except NotEnoughMonths:
            return
        uow.foretold.keep_forecast(user.id, told, currency=currency, now=now)
        inputs = uow.insights.score_inputs(
            user.id, currency=currency, today=today, calendar=calendar
        )
        uow.foretold.keep_score(user.id, score(inputs), month=number, now=now)
