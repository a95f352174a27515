from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from core.alerts.daily import MOST_LINES, DayFacts, Spending, daily_summary
from core.bills.expected import Expected, of_subscription
from core.bills.standing import Due, standing
from core.budgets.budget import Budget, BudgetState, Cadence
from core.budgets.progress import Progress, progress
from core.facts import Answer, Line
from core.ids import AccountId, UserId
from core.ledger.account import Account, AccountKind, Balance, LedgerClass
from core.money import Money
from core.period import Grain, Period
from core.schedules.banking import every_day
from core.subscriptions.cadence import Cadence as ChargeCadence
from core.subscriptions.subscription import Subscription, SubscriptionStatus

USER = UserId("user_1")
AS_OF = datetime(2026, 11, 20, 23, tzinfo=UTC)
CHASE = Account(
    AccountId(1), USER, "Chase Checking", AccountKind.CHECKING, LedgerClass.OBSERVED, "USD"
)
SPOTIFY = Subscription(
    id=7,
    user_id=USER,
    merchant_key="spotify",
    name="Spotify",
    account_id=AccountId(1),
    amount=Money(1_199, "USD"),
    cadence=ChargeCadence.MONTHLY,
    status=SubscriptionStatus.ACTIVE,
    first_date=date(2026, 1, 23),
    last_date=date(2026, 10, 23),
    next_date=date(2026, 11, 23),
)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1), Grain.MONTH)


def budget(spent: int, category: str = "FOOD_AND_DRINK") -> Progress:
    one = Budget(
        3,
        USER,
        category,
        Money(40_000, "USD"),
        Cadence.MONTHLY,
        BudgetState.ACTIVE,
        date(2026, 1, 1),
    )
    return progress(one, spent=Money(spent, "USD"), period=NOVEMBER, today=date(2026, 11, 21))


def dues(*subscriptions: Subscription) -> tuple[Due, ...]:
    expected = [of_subscription(one) for one in subscriptions]
    span = (date(2026, 11, 21), date(2026, 11, 30))
    return standing(expected, [], [], span=span, marks=[], is_bank_day=every_day)


DAY = DayFacts(
    today=Spending(date(2026, 11, 21), (), ()),
    yesterday=Spending(date(2026, 11, 20), (Money(3_800, "USD"), Money(900, "EUR")), (4, 5, 6)),
    balances=(Balance(CHASE, Money(214_000, "USD"), Money(-1_000, "USD"), AS_OF, Money(0, "USD")),),
    dues=dues(SPOTIFY),
    budgets=(budget(33_000),),
)


def shapes(answer: Answer) -> list[str]:
    return [line.shape for line in answer.lines]


def value(found: Answer | Line, name: str) -> object:
    return next(fact.value for fact in found.facts if fact.name == name)


class TestDailySummary:
    def test_leads_with_what_yesterday_came_to_in_each_currency(self):
        answer = daily_summary(DAY)
        assert answer.shape == "summary.daily"
        assert value(answer, "date") == date(2026, 11, 20)
        assert value(answer, "spent") == Money(3_800, "USD")
        assert value(answer, "other_spent") == Money(900, "EUR")
        assert value(answer, "rows") == 3

    def test_names_the_entries_behind_its_figures(self):
        spent = next(fact for fact in daily_summary(DAY).facts if fact.name == "spent")
        assert (spent.rows, spent.row_count) == ((4, 5, 6), 3)

    def test_does_not_write_nothing_as_zero(self):
        quiet = replace(DAY, yesterday=Spending(date(2026, 11, 20), (), ()))
        answer = daily_summary(quiet)
        assert answer.shape == "summary.nothing"
        assert [fact.name for fact in answer.facts] == ["date"]

    def test_adds_today_only_when_something_was_spent(self):
        busy = replace(DAY, today=Spending(date(2026, 11, 21), (Money(450, "USD"),), (9,)))
        assert value(daily_summary(busy), "spent_today") == Money(450, "USD")
        assert "spent_today" not in {fact.name for fact in daily_summary(DAY).facts}

    def test_lists_what_is_due_then_tight_budgets_then_balances(self):
        assert shapes(daily_summary(DAY)) == [
            "summary.due_line",
            "summary.budget_line",
            "summary.balance_line",
        ]

    def test_says_what_is_due_within_three_days(self):
        later = replace(SPOTIFY, id=8, next_date=date(2026, 11, 25))
        line = daily_summary(replace(DAY, dues=dues(later, SPOTIFY))).lines[0]
        assert line.subject == "subscription:7"
        assert value(line, "due") == date(2026, 11, 23)
        assert shapes(daily_summary(replace(DAY, dues=dues(later))))[0] != "summary.due_line"

    def test_names_no_price_for_a_trial(self):
        trial = replace(SPOTIFY, trial=True, amount=Money(100, "USD"))
        line = daily_summary(replace(DAY, dues=dues(trial))).lines[0]
        assert line.shape == "summary.trial_line"
        assert {fact.name for fact in line.facts} == {"name", "due"}

    def test_speaks_of_bills_and_not_of_pay(self):
        rent = Expected(
            subject="bill:3",
            name="Rent",
            amount=Money(90_000, "USD"),
            cadence=ChargeCadence.MONTHLY,
            anchor=date(2026, 11, 22),
            since=date(2026, 1, 1),
        )
        span = (date(2026, 11, 21), date(2026, 11, 30))
        pay = replace(rent, subject="bill:4", name="Pay", inflow=True)
        due = standing([rent, pay], [], [], span=span, marks=[], is_bank_day=every_day)
        lines = [ln for ln in daily_summary(replace(DAY, dues=due)).lines if "due" in ln.shape]
        assert [line.subject for line in lines] == ["bill:3"]

    def test_leaves_calm_budgets_out_and_says_how_far_over_others_are(self):
        answer = daily_summary(replace(DAY, budgets=(budget(10_000), budget(41_000))))
        assert shapes(answer)[1] == "summary.budget_over_line"
        assert value(answer.lines[1], "over") == Money(1_000, "USD")
        assert len(answer.lines) == 3

    def test_states_the_time_of_every_balance(self):
        line = daily_summary(DAY).lines[-1]
        fact = next(fact for fact in line.facts if fact.name == "balance")
        assert (fact.value, fact.as_of) == (Money(214_000, "USD"), AS_OF)

    def test_stays_on_one_screen(self):
        many = replace(DAY, balances=DAY.balances * 30)
        assert len(daily_summary(many).lines) == MOST_LINES
