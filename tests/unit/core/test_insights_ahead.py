"""What is expected, what a balance comes to, and what can be paid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from core.bills.expected import Expected
from core.bills.safe import safe_to_spend
from core.bills.standing import Due, DueState
from core.budgets.budget import Budget, BudgetState, Cadence
from core.budgets.progress import progress
from core.ids import AccountId, UserId
from core.insights.afford import Verdict, afford
from core.insights.calibration import calibrated, isotonic
from core.insights.cash import Cash, cash_of
from core.insights.expected import recurring
from core.insights.movement import Movement
from core.insights.outlook import TooFewEntries, TooLittleHistory, everyday, look_ahead
from core.insights.suppose import lowest, supposed, without_income
from core.ledger.account import Account, AccountKind, Balance, LedgerClass
from core.ledger.entry import Flow
from core.money import Money
from core.period import Grain, period_of
from core.subscriptions.cadence import Cadence as Rhythm

TODAY = date(2026, 5, 14)
NOW = datetime(2026, 5, 14, 10, tzinfo=UTC)
RENT, WAGES, FOOD = "RENT_AND_UTILITIES_RENT", "INCOME_WAGES", "FOOD_AND_DRINK_GROCERIES"


def movement(number, on, minor, payee, category, flow=Flow.SPEND, account=1):
    return Movement(number, account, on, minor, "USD", flow, payee.lower(), payee, category)


def household(*, rent=-90_000, wages=200_000, daily=-1_000, months=6):
    """Wages on the 25th, rent on the 1st and the same amount of food each day."""
    rows, number = [], 0
    first = date(2026, 5 - months + 1, 1) if months <= 5 else date(2025, 12, 1)
    day = first
    while day <= TODAY:
        number += 1
        rows.append(movement(number, day, daily - number % 7, "Market Hall", FOOD))
        if day.day == 1:
            number += 1
            rows.append(movement(number, day, rent, "Landlord", RENT))
        if day.day == 25:
            number += 1
            rows.append(movement(number, day, wages, "Northwind", WAGES, Flow.INCOME))
        day += timedelta(days=1)
    return rows


def account(minor, kind=AccountKind.CHECKING, number=1):
    held = Account(AccountId(number), UserId("u"), kind.value, kind, LedgerClass.OBSERVED, "USD")
    nothing = Money(0, "USD")
    return Balance(held, Money(minor, "USD"), nothing, NOW, nothing)


def cash(minor=100_000, rows=None, *others) -> Cash:
    lived_from = account(minor)
    balances = [lived_from, *others]
    rows = household() if rows is None else rows
    return cash_of(balances, [lived_from], rows, currency="USD", today=TODAY)


def due(minor, on, **what) -> Due:
    money = Money(minor, "USD")
    one = Expected("bill:1", "Power", money, Rhythm.MONTHLY, on, date(2026, 1, 1), **what)
    return Due(one, on, on, money, DueState.AHEAD)


PAY = due(200_000, date(2026, 5, 25), inflow=True)


def judge(price, there, budget=None, aside=None, dues=(PAY,)):
    """Judge a price with the dues of one who is paid on the 25th."""
    safe = safe_to_spend(
        there.balances,
        dues,
        today=TODAY,
        until=None,
        set_aside=Money(aside or 0, "USD"),
    )
    return afford(price, safe, there, budget, aside)


class TestExpected:
    def test_finds_wages_and_rent_with_their_next_days(self):
        found = {one.name: one for one in recurring(household(), today=TODAY).expected}
        assert (found["Northwind"].minor, found["Northwind"].next_date.day) == (200_000, 25)
        assert (found["Landlord"].minor, found["Landlord"].next_date) == (-90_000, date(2026, 6, 1))
        assert found["Landlord"].is_bill
        assert "Market Hall" not in found

    def test_the_order_of_rows_changes_nothing(self):
        rows = household()
        there, back = recurring(rows, today=TODAY), recurring(rows[::-1], today=TODAY)
        assert set(there.expected) == set(back.expected)
        assert there.explained == back.explained


class TestOutlook:
    def test_needs_two_months_of_days(self):
        rows = [movement(1, TODAY - timedelta(days=20), -500, "Cafe", FOOD)]
        with pytest.raises(TooLittleHistory) as caught:
            everyday(rows, frozenset(), today=TODAY)
        assert caught.value.fields == {"days": 20, "needed": 60}

    def test_needs_more_than_a_few_entries_in_them(self):
        rows = [movement(at, TODAY - timedelta(days=20 * at), -500, "Cafe", FOOD) for at in (1, 9)]
        with pytest.raises(TooFewEntries) as caught:
            everyday(rows, frozenset(), today=TODAY)
        assert caught.value.fields == {"entries": 2, "needed": 8}

    def test_adds_up_what_is_expected_and_everyday_spending(self):
        view = cash(100_000)
        ahead = view.ahead(30)
        food = 30 * 1_003  # on average
        assert abs(ahead.middle[-1] - (100_000 - food + 200_000 - 90_000)) < 200
        assert ahead.low_on == date(2026, 5, 24)
        assert abs(ahead.low - (100_000 - 10 * 1_003)) < 100

    def test_names_the_payment_that_causes_the_low(self):
        rows = [one for one in household() if one.flow is not Flow.INCOME]
        ahead = cash(80_000, rows).ahead(30)
        assert ahead.cause is not None
        assert ahead.cause.name == "Landlord"
        assert ahead.low < 0
        assert ahead.raw_chance == 1.0

    def test_is_the_same_every_time_and_scales_with_the_currency(self):
        rest = [(-7 * step) % 311 - 200 for step in range(180)]
        one = look_ahead(9_000, rest, (), today=TODAY, days=45)
        again = look_ahead(9_000, rest, (), today=TODAY, days=45)
        large = look_ahead(900_000, [100 * day for day in rest], (), today=TODAY, days=45)
        assert one == again
        assert (large.low, large.low_on, large.raw_chance) == (
            one.low * 100,
            one.low_on,
            one.raw_chance,
        )


class TestCalibration:
    def test_rises_and_stays_between_nothing_and_certainty(self):
        shown = [calibrated(step / 100) for step in range(101)]
        assert shown == sorted(shown)
        assert 0 < shown[0] < shown[-1] < 1

    def test_shows_less_than_the_simulation_in_the_middle(self):
        assert calibrated(0.5) < 0.5

    def test_pools_what_does_not_rise(self):
        pairs = [(0.1, True), (0.2, False), (0.3, False), (0.9, True), (0.9, True)]
        assert [raw for raw, _ in isotonic(pairs)] == [0.1, 0.9]
        assert [raw for raw, _ in isotonic(pairs, at_least=3)] == [0.1]


def clothes_budget(limit, spent):
    made = Budget(
        1, UserId("u"), "CLOTHES", Money(limit, "USD"), Cadence.MONTHLY, BudgetState.ACTIVE, TODAY
    )
    month = period_of(Grain.MONTH, TODAY)
    return progress(made, spent=Money(spent, "USD"), period=month, today=TODAY)


class TestAfford:
    def test_yes_when_cash_bills_and_budget_allow(self):
        judged = judge(5_000, cash(100_000), clothes_budget(10_000, 2_000))
        assert judged.verdict is Verdict.YES
        assert (judged.after, judged.budget_left) == (95_000, 3_000)
        assert (judged.payday, judged.until) == (date(2026, 5, 25), date(2026, 5, 24))

    def test_over_budget_when_only_the_budget_is_short(self):
        judged = judge(9_000, cash(100_000), clothes_budget(10_000, 2_000))
        assert judged.verdict is Verdict.OVER_BUDGET

    def test_tight_when_everyday_spending_eats_what_is_left(self):
        judged = judge(5_000, cash(14_000))
        assert judged.after == 9_000
        assert judged.low is not None
        assert judged.low < judged.line
        assert judged.verdict is Verdict.TIGHT

    def test_no_when_bills_come_first(self):
        judged = judge(10_000, cash(100_000), dues=(due(95_000, date(2026, 5, 20)), PAY))
        assert (judged.bills, judged.bill_count, judged.after) == (95_000, 1, -5_000)
        assert judged.verdict is Verdict.NO

    def test_looks_thirty_days_ahead_without_a_pay_and_says_that_there_is_none(self):
        judged = judge(10_000, cash(100_000), dues=(due(5_000, TODAY + timedelta(days=29)),))
        assert (judged.payday, judged.bills) == (None, 5_000)
        assert judged.until == TODAY + timedelta(days=29)

    def test_says_when_the_cards_could_not_be_paid_as_well(self):
        card = account(-80_000, AccountKind.CARD, 2)
        judged = judge(30_000, cash(100_000, None, card))
        assert (judged.after, judged.owed) == (70_000, 80_000)
        assert judged.verdict is Verdict.CARDS
        assert judge(10_000, cash(100_000, None, card)).verdict is Verdict.YES

    def test_a_card_payment_held_back_is_not_owed_a_second_time(self):
        card = account(-80_000, AccountKind.CARD, 2)
        paying = due(60_000, date(2026, 5, 20), pays_account_id=2)
        judged = judge(5_000, cash(100_000, None, card), dues=(paying, PAY))
        assert (judged.bills, judged.owed, judged.after) == (60_000, 20_000, 35_000)

    def test_from_savings_when_they_cover_what_is_missing(self):
        saved = account(500_000, AccountKind.SAVINGS, 3)
        judged = judge(150_000, cash(100_000, None, saved))
        assert judged.verdict is Verdict.FROM_SAVINGS
        assert judged.savings == 500_000

    def test_tells_how_much_of_what_goals_claim_would_go(self):
        def of_goals(price, aside):
            return judge(price, cash(100_000), None, aside).from_goals

        left = judge(5_000, cash(100_000)).after
        assert of_goals(5_000, None) is None
        assert of_goals(5_000, left) == 0
        assert of_goals(5_000, left + 2_000) == 2_000
        assert of_goals(5_000 + left, 3_000) == 3_000


class TestSuppose:
    def test_counts_the_months_without_income(self):
        left = without_income(cash(400_000), since=TODAY)
        # 900 rent and about 305 food a month from 4,000: rents of June, July, August.
        assert left.months == 3
        assert left.short_on == date(2026, 9, 1)
        assert 119_000 < left.burn < 122_000

    def test_income_that_stops_later_is_still_paid_until_then(self):
        soon = without_income(cash(400_000), since=TODAY)
        later = without_income(cash(400_000), since=date(2026, 7, 1))
        assert soon.short_on is not None
        assert later.short_on is not None
        assert later.short_on > soon.short_on

    def test_a_dearer_rent_lowers_the_lowest_day_and_leaves_the_books_alone(self):
        view = cash(100_000)
        other = supposed(view, -10_000, lambda one: one.category == RENT)
        assert view.recurring.expected != other.recurring.expected
        assert lowest(other).middle[-1] == lowest(view).middle[-1] - 20_000
        assert view == cash(100_000)

    def test_a_cost_that_is_not_there_yet_comes_each_month(self):
        other = supposed(cash(100_000), -10_000, lambda one: one.category == "NOTHING")
        assert lowest(other).middle[-1] == lowest(cash(100_000)).middle[-1] - 20_000
