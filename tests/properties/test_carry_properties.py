"""What a budget carries: money that a period leaves is never lost, and never there twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.budgets.budget import Budget, BudgetState, Cadence, period_on
from core.budgets.carry import begun
from core.money import Money
from core.period import Calendar
from core.store.unit_of_work import UnitOfWork
from tests.ledgers import COFFEE, DEAR, GROCERIES, book, changing, entry
from tests.people import NOW, Person, alice

BEGUN = date(2026, 1, 20)
minors = st.integers(min_value=1, max_value=50_000)
# Each step comes some days after the one before; spending may be dated back or be a refund.
steps = st.lists(
    st.tuples(
        st.sampled_from(["spend", "limit", "cover", "give"]),
        st.integers(min_value=0, max_value=75),
        minors,
        st.integers(min_value=0, max_value=60),
    ),
    min_size=1,
    max_size=12,
)
# A budget for some days only is never carried: there is no next period.
carried = st.sampled_from([one for one in Cadence if one is not Cadence.ONCE])
calendars = st.builds(
    Calendar, week_start=st.integers(0, 6), month_start_day=st.integers(min_value=1, max_value=31)
)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def added(uow: UnitOfWork, person: Person, category: str, cadence: Cadence) -> Budget:
    fresh = Budget(0, person.id, category, usd(20_000), cadence, BudgetState.ACTIVE, BEGUN)
    return uow.budgets.add(fresh, now=NOW)


def allowed(budget: Budget, calendar: Calendar, limits: dict[date, int], today: date) -> int:
    """Add up the limit of each period by walking through them, one day after the other's end."""
    whole, limit, day = 0, 20_000, period_on(budget, BEGUN, calendar).start
    while day <= today:
        period = period_on(budget, day, calendar)
        limit = limits.get(period.start, limit)
        whole, day = whole + limit, period.end
    return whole


@DEAR
@given(steps=steps, calendar=calendars, cadence=carried)
def test_limits_and_covers_less_spending_are_what_is_left(database: Any, steps, calendar, cadence):
    person, today = alice(database), BEGUN
    limits: dict[date, int] = {}
    covered = spent = 0
    with changing(database) as uow:
        budget = added(uow, person, GROCERIES, cadence)
        other = added(uow, person, COFFEE, cadence)
        first = period_on(budget, BEGUN, calendar)
        uow.budgets.set_carry(person.id, budget.id, begun(first))
    for kind, days, minor, back in steps:
        today += timedelta(days=days)
        if kind == "spend":
            day = max(today - timedelta(days=back), first.start)
            charge = minor if back % 7 else -minor
            book(person, entry(person.accounts["Card"], usd(-charge), day=day))
            spent += charge
            continue
        with changing(database) as uow:
            budget = uow.budgets.get(person.id, budget.id)
            if kind == "limit":
                limit = usd(minor)
                carry = uow.budgets.carry_on(budget, limit, cadence, today=today, calendar=calendar)
                uow.budgets.set_limit(person.id, budget.id, limit, cadence, carry)
                limits[period_on(budget, today, calendar).start] = minor
            else:
                source, target = (other, budget) if kind == "cover" else (budget, other)
                uow.budgets.cover(source, target, usd(minor), on=today, now=NOW)
                covered += minor if kind == "cover" else -minor
    with database.reading() as uow:
        budget = uow.budgets.get(person.id, budget.id)
        (now,) = uow.budgets.standing([budget], today=today, calendar=calendar)
    assert now.left.minor == allowed(budget, calendar, limits, today) + covered - spent
    assert now.left == now.room - now.spent


@DEAR
@given(minor=minors, spent=minors, weeks=st.integers(min_value=0, max_value=9))
def test_another_cadence_keeps_what_was_carried_until_then(database: Any, minor, spent, weeks):
    person, calendar = alice(database), Calendar()
    today = BEGUN + timedelta(weeks=weeks)
    with changing(database) as uow:
        budget = added(uow, person, GROCERIES, Cadence.MONTHLY)
        uow.budgets.set_carry(person.id, budget.id, begun(period_on(budget, BEGUN, calendar)))
        budget = uow.budgets.get(person.id, budget.id)
    book(person, entry(person.accounts["Card"], usd(-spent), day=date(2026, 1, 5)))
    with changing(database) as uow:
        (before,) = uow.budgets.standing([budget], today=today, calendar=calendar)
        weekly = Cadence.WEEKLY
        carry = uow.budgets.carry_on(budget, usd(minor), weekly, today=today, calendar=calendar)
        uow.budgets.set_limit(person.id, budget.id, usd(minor), weekly, carry)
        budget = uow.budgets.get(person.id, budget.id)
        (after,) = uow.budgets.standing([budget], today=today, calendar=calendar)
    week = period_on(budget, today, calendar)
    month = period_on(
        Budget(0, person.id, GROCERIES, usd(1), Cadence.MONTHLY, BudgetState.ACTIVE, BEGUN),
        week.start,
        calendar,
    )
    # The first day of the week may lie in the month before, or before the carry began.
    if week.start < date(2026, 1, 1):
        expected = 0
    else:
        expected = (
            0 if month.start == date(2026, 1, 1) else 20_000 * (month.start.month - 1) - spent
        )
    assert after.carried.minor == expected
    assert before.carried.minor == (0 if today.month == 1 else 20_000 * (today.month - 1) - spent)
