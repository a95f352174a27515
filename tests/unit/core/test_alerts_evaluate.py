from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.alerts.alert import ALERT_MOVES, Alert, AlertKind, AlertMoveRefused, AlertState, move
from core.alerts.evaluate import budget_alerts, budget_key, price_alerts
from core.budgets.budget import Budget, BudgetState, Cadence
from core.budgets.progress import Progress, progress
from core.ids import AccountId, UserId
from core.money import Money
from core.period import Grain, Period
from core.subscriptions.cadence import Cadence as ChargeCadence
from core.subscriptions.subscription import Subscription, SubscriptionStatus

MAY = Period(date(2026, 5, 1), date(2026, 6, 1), Grain.MONTH)
JUNE = Period(date(2026, 6, 1), date(2026, 7, 1), Grain.MONTH)
FOOD = Budget(
    id=3,
    user_id=UserId("user_1"),
    category="FOOD_AND_DRINK",
    limit=Money(40_000, "USD"),
    cadence=Cadence.MONTHLY,
    state=BudgetState.ACTIVE,
    started_on=date(2026, 1, 1),
)
NETFLIX = Subscription(
    id=7,
    user_id=UserId("user_1"),
    merchant_key="netflix",
    name="Netflix",
    account_id=AccountId(2),
    amount=Money(1_799, "USD"),
    cadence=ChargeCadence.MONTHLY,
    status=SubscriptionStatus.ACTIVE,
    first_date=date(2026, 1, 8),
    last_date=date(2026, 5, 8),
    next_date=date(2026, 6, 8),
    previous_amount=Money(1_549, "USD"),
    price_changed_on=date(2026, 5, 8),
)


def at(spent: int, budget: Budget = FOOD, period: Period = MAY, day: int = 22) -> Progress:
    today = period.start.replace(day=day)
    return progress(budget, spent=Money(spent, "USD"), period=period, today=today)


def values(alert: Alert) -> dict[str, object]:
    return {fact.name: fact.value for fact in alert.facts}


class TestBudgetAlerts:
    def test_warns_with_the_figures(self):
        (alert,) = budget_alerts([at(32_200)], already=())
        assert alert.kind is AlertKind.BUDGET_WARNING
        assert alert.subject == "budget:3"
        assert alert.answer.shape == "alert.budget_80"
        found = values(alert)
        assert found["left"] == Money(7_800, "USD")
        assert found["daily"] == Money(866, "USD")
        assert found["days"] == 9
        assert found["category"] == "FOOD_AND_DRINK"

    def test_says_when_the_limit_is_reached_and_how_far_over(self):
        (alert,) = budget_alerts([at(41_500)], already=())
        assert alert.kind is AlertKind.BUDGET_SPENT
        assert values(alert)["over"] == Money(1_500, "USD")
        assert "left" not in values(alert)

    def test_is_silent_below_the_warning_and_while_paused(self):
        paused = replace(FOOD, state=BudgetState.PAUSED)
        assert budget_alerts([at(31_999), at(39_000, paused)], already=()) == ()

    def test_says_each_once_in_a_period_and_again_in_the_next(self):
        raised: set[str] = set()
        said = []
        for one in (
            at(32_000),
            at(33_000),
            at(40_000),
            at(39_000),
            at(45_000),
            at(33_000, period=JUNE),
            at(33_000, period=JUNE),
        ):
            found = budget_alerts([one], already=raised)
            raised |= {alert.dedupe_key for alert in found}
            said += [alert.kind for alert in found]
        assert said == [
            AlertKind.BUDGET_WARNING,
            AlertKind.BUDGET_SPENT,
            AlertKind.BUDGET_WARNING,
        ]

    def test_says_only_the_higher_when_one_purchase_passes_both(self):
        first = budget_alerts([at(50_000)], already=())
        assert [alert.kind for alert in first] == [AlertKind.BUDGET_SPENT]
        keys = {alert.dedupe_key for alert in first}
        assert budget_alerts([at(35_000)], already=keys) == ()

    def test_measures_by_what_was_carried_and_names_it(self):
        spent = Money(FOOD.limit.minor, "USD")
        today = date(2026, 5, 22)
        more = Money(FOOD.limit.minor, "USD")
        plenty = progress(FOOD, spent=spent, period=MAY, today=today, carried=more)
        assert budget_alerts([plenty], already=()) == ()
        short = progress(
            FOOD, spent=Money(1, "USD"), period=MAY, today=today, carried=-more - Money(500, "USD")
        )
        (alert,) = budget_alerts([short], already=())
        assert alert.kind is AlertKind.BUDGET_SPENT
        assert values(alert)["short"] == more + Money(500, "USD")
        assert values(alert)["over"] == Money(501, "USD")

    def test_does_not_warn_again_when_the_warning_is_moved(self):
        keys = {alert.dedupe_key for alert in budget_alerts([at(32_000)], already=())}
        earlier = replace(FOOD, warn_percent=75)
        assert budget_alerts([at(33_000, earlier)], already=keys) == ()

    def test_keeps_budgets_apart(self):
        rides = replace(FOOD, id=4, category="TRANSPORTATION")
        keys = {budget_key(at(0), 80)}
        found = budget_alerts([at(33_000), at(33_000, rides)], already=keys)
        assert [alert.subject for alert in found] == ["budget:4"]


class TestPriceAlerts:
    def alerts(self, *items: Subscription, already: tuple[str, ...] = ()) -> tuple[Alert, ...]:
        return price_alerts(items, today=date(2026, 5, 20), already=already)

    def test_says_what_it_costs_more(self):
        (alert,) = self.alerts(NETFLIX)
        found = values(alert)
        assert found["difference"] == Money(250, "USD")
        assert found["yearly"] == Money(3_000, "USD")
        assert found["old_amount"] == Money(1_549, "USD")

    def test_says_it_once(self):
        (alert,) = self.alerts(NETFLIX)
        assert self.alerts(NETFLIX, already=(alert.dedupe_key,)) == ()

    def test_is_silent_about_falls_old_news_and_what_has_ended(self):
        cheaper = replace(NETFLIX, previous_amount=Money(1_999, "USD"))
        old = replace(NETFLIX, price_changed_on=date(2026, 4, 8))
        ended = replace(NETFLIX, status=SubscriptionStatus.ENDED)
        never = replace(NETFLIX, previous_amount=None, price_changed_on=None)
        assert self.alerts(cheaper, old, ended, never) == ()


class TestMove:
    @pytest.mark.parametrize("state", AlertState)
    def test_goes_where_the_table_says_and_nowhere_else(self, state):
        (raised,) = budget_alerts([at(32_200)], already=())
        start = replace(raised, state=state)
        for to in AlertState:
            if to in ALERT_MOVES[state]:
                assert move(start, to).state is to
            else:
                with pytest.raises(AlertMoveRefused):
                    move(start, to)
