"""What is worth an alert: figures in, alerts out, each at most once.

Every function takes the keys of the alerts that were raised before (``already``) and returns only
new ones; evaluating again, or in two places at once, adds nothing. Another kind of alert is
another function of that shape.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

from core.alerts.alert import Alert, AlertKind
from core.budgets.budget import BudgetState
from core.budgets.figures import carried_facts
from core.budgets.progress import Progress
from core.budgets.thresholds import FULL, newly_crossed, thresholds
from core.facts import Fact, FactKind, day, money, named, percent, span
from core.subscriptions.cadence import yearly_cost
from core.subscriptions.subscription import Subscription

# A price that rose longer ago is no news, however late we first saw it.
_PRICE_NEWS = timedelta(days=35)


def budget_alerts(progresses: Iterable[Progress], *, already: Collection[str]) -> tuple[Alert, ...]:
    """Return an alert for each active budget that has newly reached its warning or its limit.

    When one purchase passes both, only the higher one is said. Each is said once in a period,
    whatever is refunded, edited or deleted afterwards.
    """
    found = (_budget_alert(one, already) for one in progresses)
    return tuple(alert for alert in found if alert is not None)


def _budget_alert(one: Progress, already: Collection[str]) -> Alert | None:
    if one.budget.state is not BudgetState.ACTIVE:
        return None
    told = [mark for mark in thresholds(one.budget) if budget_key(one, mark) in already]
    crossed = newly_crossed(one.budget, spent=one.spent, already=told, room=one.room)
    if not crossed:
        return None
    full = crossed[-1] == FULL
    return Alert(
        user_id=one.budget.user_id,
        kind=AlertKind.BUDGET_SPENT if full else AlertKind.BUDGET_WARNING,
        dedupe_key=budget_key(one, crossed[-1]),
        subject=one.budget.handle,
        facts=tuple(_budget_facts(one)),
    )


def budget_key(one: Progress, mark: int) -> str:
    """Return the key of a budget's mark in its period; the warning has one key at any per cent.

    So moving the warning from 80 to 75 % does not say it a second time.
    """
    which = "full" if mark == FULL else "warning"
    return f"{one.budget.handle}:{one.period.start.isoformat()}:{which}"


def _budget_facts(one: Progress) -> Iterator[Fact]:
    yield named("category", one.budget.category)
    yield money("limit", one.budget.limit)
    yield money("spent", one.spent, label=one.period.canonical())
    yield percent("used", one.percent_used)
    yield span("period", one.period)
    yield from carried_facts(one)
    if one.left.minor < 0:
        yield money("over", -one.left)
    else:
        yield money("left", one.left)
    if one.days_left:
        yield Fact("days", FactKind.DURATION, one.days_left)
        yield money("daily", one.per_day_left)


def price_alerts(
    subscriptions: Iterable[Subscription], *, today: date, already: Collection[str]
) -> tuple[Alert, ...]:
    """Return an alert for each live subscription whose price rose lately."""
    risen = (one for one in subscriptions if _rose_lately(one, today))
    alerts = (_price_alert(one) for one in risen)
    return tuple(alert for alert in alerts if alert.dedupe_key not in already)


def _rose_lately(one: Subscription, today: date) -> bool:
    if not one.live or one.previous_amount is None or one.price_changed_on is None:
        return False
    return one.previous_amount < one.amount and today - one.price_changed_on <= _PRICE_NEWS


def _price_alert(one: Subscription) -> Alert:
    assert one.previous_amount is not None
    assert one.price_changed_on is not None
    more = one.amount - one.previous_amount
    return Alert(
        user_id=one.user_id,
        kind=AlertKind.PRICE_RISE,
        dedupe_key=f"{one.handle}:price:{one.price_changed_on.isoformat()}",
        subject=one.handle,
        facts=(
            named("name", one.name),
            money("amount", one.amount),
            money("old_amount", one.previous_amount),
            money("difference", more),
            money("yearly", yearly_cost(more, one.cadence)),
            named("cadence", f"cadence_{one.cadence}"),
            day("date", one.price_changed_on),
        ),
    )
