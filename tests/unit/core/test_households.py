from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from core.connect.households import build
from core.connect.households.build import household as build_household
from core.connect.households.chance import Chance
from core.connect.households.household import Household, HouseholdRow, UnknownHousehold
from core.connect.households.table import bites
from core.ledger.account import AccountKind

pytestmark = pytest.mark.slow

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
TODAY = date(2026, 11, 21)
NAMES = ("maya", "arjun")
# Ordinary days, ends and beginnings of months, a leap day and a new year.
SOME_DAYS = (
    TODAY,
    date(2026, 3, 1),
    date(2026, 3, 2),
    date(2026, 3, 3),
    date(2027, 1, 31),
    date(2027, 1, 1),
    date(2028, 2, 29),
    date(2027, 6, 15),
)
# The lowest and highest plausible balance, in minor units, and the currency.
BALANCES = {
    "chase": (100_000, 1_500_000),
    "savings": (400_000, 1_500_000),
    "amex": (-500_000, 0),
    "cash": (1_000, 2_000_000),
    "bbva": (10_000, 160_000),
    "hdfc": (4_000_000, 80_000_000),
    "icici": (-11_000_000, 0),
    "payoneer": (10_000, 600_000),
}


@cache
def household(name: str, *, today: date) -> Household:
    return build_household(name, today=today)


def rows_of(one: Household, **wanted: object) -> list[HouseholdRow]:
    return [
        row for row in one.rows if all(getattr(row, key) == value for key, value in wanted.items())
    ]


def spent(one: Household, primary: str, first: date, *, posted_only: bool = False) -> int:
    return -sum(
        row.amount.minor
        for row in one.rows
        if row.category.startswith(primary)
        and row.booked_date >= first
        and row.amount.currency == one.user.currency
        and not (posted_only and row.pending)
    )


@pytest.mark.parametrize("name", NAMES)
class TestEveryHousehold:
    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_has_fourteen_full_months_and_nothing_after_today(self, name, today):
        days = {row.booked_date for row in household(name, today=today).rows}
        months = {(day.year, day.month) for day in days}
        assert len(months) == 15
        assert max(days) == today
        assert (today.year - min(days).year) * 12 + today.month - min(days).month == 14

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_has_about_the_promised_number_of_rows(self, name, today):
        assert 1_400 <= len(household(name, today=today).rows) <= 1_900

    def test_is_the_same_every_time_and_another_with_another_seed(self, name):
        first = household(name, today=TODAY)
        assert first == build_household(name, today=TODAY)
        assert first.rows != build_household(name, today=TODAY, seed=7).rows

    def test_remembers_full_months_the_same_way_on_the_next_day(self, name):
        before = household(name, today=TODAY).rows
        after = household(name, today=TODAY + timedelta(days=1)).rows
        old = {row.external_id: row.amount for row in before if row.booked_date.month == 6}
        new = {row.external_id: row.amount for row in after if row.booked_date.month == 6}
        same = [key for key, amount in old.items() if new.get(key) == amount]
        assert len(same) >= 0.9 * len(old)

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_keeps_every_balance_plausible_on_every_day(self, name, today):
        one = household(name, today=today)
        for account in one.accounts:
            low, high = BALANCES[account.key]
            balance = account.opening
            daily: dict[date, int] = {}
            for row in rows_of(one, account=account.key):
                balance += row.amount
                daily[row.booked_date] = balance.minor
            assert min(daily.values()) >= low, account.key
            assert max(daily.values()) <= high, account.key

    def test_gives_every_row_its_own_external_id(self, name):
        counted = Counter(row.external_id for row in household(name, today=TODAY).rows)
        assert counted.most_common(1)[0][1] == 1

    def test_books_rows_in_the_currency_of_their_account_oldest_first(self, name):
        one = household(name, today=TODAY)
        currencies = {account.key: account.currency for account in one.accounts}
        assert len(set(currencies.values())) == 2
        assert all(row.amount.currency == currencies[row.account] for row in one.rows)
        assert all(a.booked_date <= b.booked_date for a, b in pairwise(one.rows))
        assert all(row.amount.minor for row in one.rows)

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_leaves_only_some_rows_of_the_last_two_days_pending(self, name, today):
        one = household(name, today=today)
        pending = rows_of(one, pending=True)
        assert pending
        assert all((today - row.booked_date).days <= 1 for row in pending)

    def test_has_no_number_that_could_be_a_card_number(self, name):
        one = household(name, today=TODAY)
        texts = [row.description for row in one.rows]
        texts += [account.number for account in one.accounts]
        assert not [text for text in texts if re.search(r"\d(?:[ -]?\d){12,18}", text)]

    def test_uses_account_kinds_of_the_ledger(self, name):
        for account in household(name, today=TODAY).accounts:
            assert AccountKind(account.kind)
            assert account.last4 == account.number[-4:]

    def test_uses_categories_of_the_taxonomy(self, name):
        path = SHARED / "taxonomies" / "plaid_pfc_taxonomy_v1.csv"
        if not path.exists():
            pytest.skip("the shared data is not here")
        lines = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        one = household(name, today=TODAY)
        assert {row.category for row in one.rows} <= {line["DETAILED"] for line in lines}
        assert {budget.category for budget in one.budgets} <= {line["PRIMARY"] for line in lines}

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_pays_for_every_living_subscription_and_no_longer_for_the_ended(self, name, today):
        one = household(name, today=today)
        last = {row.merchant: row.booked_date for row in one.rows}
        for wanted in one.truth:
            assert wanted in last
        for ended in one.ended:
            assert (today - last[ended]).days > 120

    def test_books_both_legs_of_every_own_transfer(self, name):
        one = household(name, today=TODAY)
        legs = defaultdict(list)
        for row in one.rows:
            if row.category.startswith(("TRANSFER_IN_", "LOAN_PAYMENTS_CREDIT_CARD")):
                legs[row.booked_date].append(row)
        for day, found in legs.items():
            for leg in (row for row in found if row.amount.minor > 0):
                out = [row for row in rows_of(one, booked_date=day) if row.amount.minor < 0]
                same = [row for row in out if row.amount == -leg.amount]
                other = [row for row in out if row.amount.currency != leg.amount.currency]
                assert same or other

    def test_pays_the_card_what_was_bought_the_month_before(self, name):
        one = household(name, today=TODAY)
        card = next(account.key for account in one.accounts if account.kind == "card")
        rows = rows_of(one, account=card)
        paid = next(
            row.amount.minor
            for row in rows
            if "THANK YOU" in row.description and row.booked_date >= date(2026, 10, 1)
        )
        bought = [
            row.amount.minor
            for row in rows
            if row.booked_date.month == 9
            and row.booked_date.year == 2026
            and "THANK YOU" not in row.description
        ]
        assert paid == -sum(bought)

    def test_has_its_pattern_keys_only_once(self, name):
        recipe = build._RECIPES[name]
        keys = Counter((pattern.key, pattern.rhythm) for pattern in recipe.patterns)
        assert keys.most_common(1)[0][1] == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
class TestTheFoodBudget:
    def test_is_well_used_but_below_its_warning_on_any_day_but_the_first_two(self, name):
        table = build._RECIPES[name].table
        for step in range(420):
            today = date(2026, 1, 1) + timedelta(days=step)
            month = today.replace(day=1)
            eaten = bites(table, today=today, chance=Chance(build.SEED))
            used = sum(bite.minor for bite in eaten if bite.on >= month)
            low, high = (600, 780) if today.day > 2 else (300, 500)
            assert low <= used * 1000 // table.limit <= high, (today, used)

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_is_used_as_much_in_the_finished_rows(self, name, today):
        one = household(name, today=today)
        used = spent(one, "FOOD_AND_DRINK", today.replace(day=1))
        posted = spent(one, "FOOD_AND_DRINK", today.replace(day=1), posted_only=True)
        low, high = (600, 780) if today.day > 2 else (300, 500)
        assert low <= used * 1000 // one.budgets[0].limit.minor <= high
        assert posted > 0.9 * used

    def test_is_made_of_plausible_purchases(self, name):
        highest = {"maya": 18_000, "arjun": 600_000}[name]
        for today in SOME_DAYS:
            for row in household(name, today=today).rows:
                if row.category.startswith("FOOD_AND_DRINK"):
                    assert -highest <= row.amount.minor <= -200

    def test_ends_past_months_near_its_limit(self, name):
        one = household(name, today=TODAY)
        months: dict[tuple[int, int], int] = defaultdict(int)
        for row in one.rows:
            if row.category.startswith("FOOD_AND_DRINK"):
                months[row.booked_date.year, row.booked_date.month] -= row.amount.minor
        months.pop((TODAY.year, TODAY.month))
        limit = one.budgets[0].limit.minor
        assert all(0.8 * limit <= total <= 1.06 * limit for total in months.values())


class TestMaya:
    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_sees_one_price_rise_at_netflix_about_three_months_ago(self, today):
        prices = [
            -row.amount.minor for row in rows_of(household("maya", today=today), merchant="Netflix")
        ]
        assert set(prices) == {1_549, 1_799}
        assert prices == sorted(prices)
        assert 3 <= prices.count(1_799) <= 4

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_pays_for_music_twice(self, today):
        one = household("maya", today=today)
        for merchant in ("Spotify", "Spotify Family"):
            last = max(row.booked_date for row in rows_of(one, merchant=merchant))
            assert (today - last).days <= 31

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_has_a_trial_that_ends_within_the_week(self, today):
        (trial,) = rows_of(household("maya", today=today), merchant="Calm")
        assert trial.amount.minor == -100
        assert 0 < (trial.booked_date + timedelta(days=7) - today).days <= 7

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_remembers_one_thing_of_43_dollars(self, today):
        one = household("maya", today=today)
        near = [row for row in one.rows if 4_200 <= -row.amount.minor <= 4_400]
        assert [row.merchant for row in near] == ["Target"]
        assert near[0].amount.minor == -4_317
        assert (today - near[0].booked_date).days <= 14

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_was_charged_twice_at_shell_a_minute_apart(self, today):
        one = household("maya", today=today)
        twice = [row for row in rows_of(one, merchant="Shell") if row.amount.minor == -4_510]
        assert len(twice) == 2
        assert twice[0].booked_date == twice[1].booked_date
        assert [row.description[-5:] for row in twice] == ["08:01", "08:02"]

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_bought_two_equal_coffees_on_one_day(self, today):
        one = household("maya", today=today)
        day = today - timedelta(days=6)
        twins = rows_of(one, merchant="Starbucks", booked_date=day)
        assert len(twins) == 2
        assert twins[0].amount == twins[1].amount
        assert twins[0].description == twins[1].description

    @pytest.mark.parametrize("today", SOME_DAYS)
    def test_got_money_back_for_shoes_this_month_after_she_bought_them(self, today):
        bought, refunded = rows_of(household("maya", today=today), merchant="Nike")
        assert bought.amount == -refunded.amount
        assert bought.booked_date < refunded.booked_date
        assert refunded.booked_date.replace(day=1) == today.replace(day=1)

    def test_pays_rent_on_the_first(self):
        rent = rows_of(household("maya", today=TODAY), merchant="Greystar")
        assert len(rent) == 15
        assert {row.booked_date.day for row in rent} == {1}

    def test_buys_no_food_in_euros(self):
        food = [row for row in household("maya", today=TODAY).rows if "FOOD" in row.category]
        assert {row.amount.currency for row in food} == {"USD"}


class TestArjun:
    def test_gets_his_salary_on_the_last_working_day(self):
        paid = rows_of(household("arjun", today=TODAY), merchant="Infosys")
        for row in paid:
            following = row.booked_date + timedelta(days=1)
            while following.weekday() >= 5:
                following += timedelta(days=1)
            assert row.booked_date.weekday() < 5
            assert following.month != row.booked_date.month

    def test_pays_by_upi(self):
        rows = rows_of(household("arjun", today=TODAY), account="hdfc")
        upi = [row for row in rows if row.description.startswith("UPI-")]
        assert len(upi) > 0.7 * len(rows)
        assert all(re.search(r"@\w+-\d{12}-", row.description) for row in upi)

    def test_recharges_his_phone_every_28_days(self):
        days = [row.booked_date for row in rows_of(household("arjun", today=TODAY), merchant="Jio")]
        assert {(b - a).days for a, b in pairwise(days)} == {28}


class TestAnUnknownName:
    def test_is_refused(self):
        with pytest.raises(UnknownHousehold):
            household("zoe", today=TODAY)
