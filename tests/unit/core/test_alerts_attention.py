"""What is told, what waits and what is mute, by what is left of a user's attention."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.alerts.alert import Alert, AlertKind
from core.alerts.attention import (
    EVERYTHING,
    Attention,
    Look,
    Way,
    Why,
    Wish,
    about_scope,
    concerns,
    is_urgent,
    sort_out,
    topic_scope,
)
from core.alerts.topics import SECURITY, TOPICS, Topic
from core.facts import day, money, named
from core.ids import UserId
from core.money import Money

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
TODAY = NOW.date()


def alert(kind: AlertKind, name: str = "Netflix", minor: int = 1000, due: date = TODAY) -> Alert:
    facts = (named("name", name), money("amount", Money(minor, "USD")), day("due", due))
    return Alert(UserId("usr_1"), kind, f"{kind}:{name}", f"{kind}:1", facts)


RISE = alert(AlertKind.PRICE_RISE)
LOW = alert(AlertKind.LOW_BALANCE, "Checking", 4200)


def attention(**more: object) -> Attention:
    plain = Attention(NOW, TODAY, 4, 0, (), {})
    return replace(plain, **more)  # type: ignore[arg-type]


class TestTheBudget:
    def test_tells_what_fits_into_the_day(self) -> None:
        verdict = sort_out([RISE], attention(spent=2))
        assert verdict.tell == (RISE,)
        assert verdict.hold == ()

    def test_keeps_the_last_message_for_what_is_urgent(self) -> None:
        assert sort_out([RISE], attention(spent=3)).hold == ((RISE, Why.BUDGET),)
        assert sort_out([LOW], attention(spent=3)).tell == (LOW,)

    def test_lets_what_goes_out_anyway_take_the_rest_along(self) -> None:
        assert sort_out([RISE, LOW], attention(spent=3)).tell == (LOW, RISE)

    def test_holds_everything_once_it_is_used_up(self) -> None:
        verdict = sort_out([RISE, LOW], attention(spent=4))
        assert verdict.tell == ()
        assert {why for _, why in verdict.hold} == {Why.BUDGET}

    def test_of_one_a_day_reserves_nothing(self) -> None:
        assert sort_out([RISE], attention(cap=1)).tell == (RISE,)

    def test_can_be_none_at_all(self) -> None:
        assert sort_out([RISE], attention(cap=None, spent=99)).tell == (RISE,)

    def test_puts_urgent_things_first_and_then_the_larger_ones(self) -> None:
        small, large = alert(AlertKind.PRICE_RISE, "A", 5), alert(AlertKind.PRICE_RISE, "B", 900)
        assert sort_out([small, large, LOW], attention()).tell == (LOW, large, small)


class TestWishes:
    @pytest.mark.parametrize(
        ("wish", "why"),
        [
            (Wish(about_scope("netflix"), Way.OFF), Why.MUTED),
            (Wish(about_scope("netflix"), Way.OFF, NOW + timedelta(hours=2)), Why.PAUSED),
            (Wish(topic_scope(Topic.SUBSCRIPTIONS), Way.OFF), Why.MUTED),
            (Wish(topic_scope(Topic.SUBSCRIPTIONS), Way.DAILY), Why.DAILY),
            (Wish(topic_scope(Topic.SUBSCRIPTIONS), Way.WEEKLY), Why.WEEKLY),
            (Wish(EVERYTHING, Way.OFF, NOW + timedelta(hours=1)), Why.PAUSED),
        ],
    )
    def test_hold_back_or_mute_what_they_are_about(self, wish: Wish, why: Why) -> None:
        assert sort_out([RISE], attention(wishes=(wish,))).hold == ((RISE, why),)

    @pytest.mark.parametrize(
        "wish",
        [
            Wish(about_scope("spotify"), Way.OFF),
            Wish(topic_scope(Topic.BUDGETS), Way.OFF),
            Wish(EVERYTHING, Way.OFF, NOW),
            Wish(EVERYTHING, Way.OFF, NOW - timedelta(seconds=1)),
        ],
    )
    def test_say_nothing_about_others_or_once_they_are_over(self, wish: Wish) -> None:
        assert sort_out([RISE], attention(wishes=(wish,))).tell == (RISE,)

    def test_for_once_a_day_are_met_by_the_mornings_look(self) -> None:
        wishes = (Wish(topic_scope(Topic.SUBSCRIPTIONS), Way.DAILY),)
        assert sort_out([RISE], attention(wishes=wishes, look=Look.MORNING)).tell == (RISE,)
        assert sort_out([RISE], attention(wishes=wishes, look=Look.AGAIN)).hold != ()

    def test_of_which_the_strongest_counts(self) -> None:
        wishes = (
            Wish(topic_scope(Topic.SUBSCRIPTIONS), Way.DAILY),
            Wish(about_scope("NETFLIX"), Way.OFF),
        )
        assert sort_out([RISE], attention(wishes=wishes)).hold == ((RISE, Why.MUTED),)

    def test_name_a_shop_by_the_beginning_of_what_a_bank_calls_it(self) -> None:
        charge = alert(AlertKind.HIGH_CHARGE, "NETFLIX COM 888")
        assert concerns(about_scope("Netflix"), charge)
        assert not concerns(about_scope("Net"), charge)

    def test_of_a_category_cover_those_below_it(self) -> None:
        habit = alert(AlertKind.HABIT_FULL, "FOOD_AND_DRINK_COFFEE")
        assert concerns(about_scope("FOOD_AND_DRINK"), habit)
        assert not concerns(about_scope("FOOD"), alert(AlertKind.HABIT_FULL, "FOODIE"))


class TestCooldown:
    def test_holds_back_the_same_about_the_same_for_a_while(self) -> None:
        told = {(LOW.kind, LOW.subject): NOW - timedelta(hours=30)}
        assert sort_out([LOW], attention(told=told)).hold == ((LOW, Why.COOLDOWN),)
        told = {(LOW.kind, LOW.subject): NOW - timedelta(hours=40)}
        assert sort_out([LOW], attention(told=told)).tell == (LOW,)
        told = {(LOW.kind, "account:9"): NOW - timedelta(hours=1)}
        assert sort_out([LOW], attention(told=told)).tell == (LOW,)


class TestUrgency:
    def test_of_a_bill_begins_the_day_before(self) -> None:
        soon = alert(AlertKind.BILL_DUE, due=TODAY + timedelta(days=1))
        later = alert(AlertKind.BILL_DUE, due=TODAY + timedelta(days=2))
        assert is_urgent(soon, TODAY)
        assert not is_urgent(later, TODAY)


class TestTopics:
    def test_cover_every_kind_but_those_of_security(self) -> None:
        assert set(TOPICS) | SECURITY == set(AlertKind)
        assert not set(TOPICS) & SECURITY
