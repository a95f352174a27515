from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.goals import goal_alerts
from core.goals.claims import (
    AccountTaken,
    NotEnoughFree,
    check_account,
    check_room,
    envelopes,
    free,
    held_from_cash,
)
from core.goals.goal import Goal, GoalMoveRefused, GoalState, GoalTargetTooLow, move
from core.goals.pace import GoalStatus, goal_progress, milestones
from core.ids import AccountId, UserId
from core.ledger.account import Account, AccountKind, Balance, LedgerClass
from core.money import Money

TODAY = date(2026, 5, 14)
JAPAN = Goal(1, UserId("u"), "Japan", Money(200_000, "USD"), date(2026, 1, 5), date(2026, 12, 1))


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def balance(number: int, minor: int, kind: AccountKind = AccountKind.CHECKING) -> Balance:
    account = Account(
        AccountId(number), UserId("u"), f"a{number}", kind, LedgerClass.OBSERVED, "USD"
    )
    return Balance(account, usd(minor), usd(0), datetime(2026, 5, 14, tzinfo=UTC), usd(0))


def stands(saved: int, *months: int, goal: Goal = JAPAN):
    return goal_progress(goal, saved=usd(saved), by_month=[usd(one) for one in months], today=TODAY)


class TestPace:
    def test_needs_what_is_left_over_the_months_left_rounded_up(self):
        one = stands(50_000)
        assert (one.left, one.months_left, one.needed) == (usd(150_000), 7, usd(21_429))
        assert one.percent == Decimal("25.0")

    @pytest.mark.parametrize(
        ("saved", "months", "status"),
        [
            (50_000, (25_000, 20_000, 22_000), GoalStatus.ON_PACE),
            (50_000, (1_000, 20_000, 21_428), GoalStatus.BEHIND),
            (50_000, (), GoalStatus.OPEN),
            (200_000, (), GoalStatus.REACHED),
            (250_000, (1,), GoalStatus.REACHED),
        ],
    )
    def test_compares_what_is_needed_with_the_usual_month(self, saved, months, status):
        assert stands(saved, *months).status is status

    def test_says_when_its_day_has_gone(self):
        gone = replace(JAPAN, by=date(2026, 5, 1))
        assert stands(1, 1, goal=gone).status is GoalStatus.MISSED

    def test_tells_when_it_is_there_at_this_pace(self):
        assert stands(50_000, 15_000).ready_by == date(2027, 3, 14)
        assert stands(50_000, 0).ready_by is None
        assert stands(50_000, 1).ready_by is None  # in twelve thousand years

    def test_without_a_day_needs_nothing(self):
        assert stands(50_000, 5, goal=replace(JAPAN, by=None)).needed is None

    @given(saved=st.integers(0, 300_000), target=st.integers(1, 300_000))
    def test_what_is_needed_is_enough_and_never_a_unit_a_month_too_much(self, saved, target):
        one = stands(saved, goal=replace(JAPAN, target=usd(target)))
        if one.needed is None:
            assert saved >= target
        else:
            whole = one.needed.minor * one.months_left
            assert 0 <= whole - one.left.minor < one.months_left


class TestMilestones:
    @given(steps=st.lists(st.integers(-120_000, 120_000), max_size=12))
    def test_are_told_once_each_whatever_is_put_in_and_taken_out(self, steps):
        """Property 28 for goals: a mark is told at most once."""
        told: list[str] = []
        saved = 0
        for step in steps:
            saved = max(saved + step, 0)
            told += [
                alert.dedupe_key for alert in goal_alerts([stands(saved)], already=frozenset(told))
            ]
        assert len(told) == len(set(told)) <= 4

    def test_say_only_the_highest_of_those_passed_at_once(self):
        (alert,) = goal_alerts([stands(160_000)], already=())
        assert alert.dedupe_key.endswith(":75")
        assert goal_alerts([stands(60_000)], already={alert.dedupe_key}) == ()
        (reached,) = goal_alerts([stands(200_000)], already={alert.dedupe_key})
        assert reached.kind.value == "goal_reached"

    def test_are_exact(self):
        assert milestones(stands(49_999)) == ()
        assert milestones(stands(50_000)) == (25,)


class TestClaims:
    def test_an_account_is_counted_by_one_goal_only(self):
        follows = replace(JAPAN, account_id=AccountId(3))
        other = replace(follows, id=2, name="House")
        with pytest.raises(AccountTaken):
            check_account(other, [follows])
        check_account(replace(other, account_id=AccountId(4)), [follows])
        check_account(follows, [follows])

    def test_envelopes_share_what_no_goal_follows(self):
        balances = [balance(1, 30_000), balance(2, 70_000, AccountKind.SAVINGS)]
        balances += [balance(3, -50_000, AccountKind.CARD)]
        follows = replace(JAPAN, id=2, account_id=AccountId(2))
        assert free([JAPAN], {1: usd(20_000)}, balances, "USD") == usd(80_000)
        room = free([JAPAN, follows], {1: usd(20_000)}, balances, "USD")
        assert room == usd(10_000)
        with pytest.raises(NotEnoughFree):
            check_room(usd(10_001), room)

    @given(
        balances=st.lists(st.integers(-10_000, 50_000), min_size=1, max_size=4),
        asked=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 40_000)), max_size=12),
    )
    def test_no_unit_is_ever_counted_twice(self, balances, asked):
        there = [balance(number, minor) for number, minor in enumerate(balances, 1)]
        goals = [replace(JAPAN, id=number) for number in (1, 2, 3)]
        saved = {goal.id: usd(0) for goal in goals}
        for number, minor in asked:
            try:
                check_room(usd(minor), free(goals, saved, there, "USD"))
            except NotEnoughFree:
                continue
            saved[number] += usd(minor)
        assert envelopes(goals, saved, "USD").minor <= sum(max(one, 0) for one in balances)

    def test_hold_back_from_cash_only_what_other_savings_do_not_hold(self):
        balances = [balance(1, 30_000), balance(2, 15_000, AccountKind.SAVINGS)]
        saved = {1: usd(20_000)}
        assert held_from_cash([JAPAN], saved, balances, {1}, "USD") == usd(5_000)
        follows = replace(JAPAN, account_id=AccountId(1))
        assert held_from_cash([follows], {}, balances, {1}, "USD") == usd(30_000)


class TestGoal:
    def test_refuses_a_target_of_nothing_and_moves_that_are_not_allowed(self):
        with pytest.raises(GoalTargetTooLow):
            replace(JAPAN, target=usd(0))
        deleted = move(JAPAN, GoalState.DELETED)
        assert move(deleted, GoalState.ACTIVE) == JAPAN
        with pytest.raises(GoalMoveRefused):
            move(JAPAN, GoalState.ACTIVE)
