"""Large charges, refunds, portfolios that moved, and what happens to somebody's access."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.alerts.alert import Alert, AlertKind, AlertState
from core.alerts.charges import ChargeFacts, charge_alerts, recent
from core.alerts.portfolio import portfolio_alert
from core.alerts.security import WATCHED, security_alert
from core.alerts.topics import SECURITY
from core.alerts.weekly import WeekFacts, is_empty, weekly_recap
from core.audit.event import AuditEvent
from core.ids import UserId
from core.insights.movement import Movement
from core.investments.snapshot import Snapshot
from core.ledger.entry import Flow
from core.money import Money
from core.period import Grain, Period

USER = UserId("usr_1")
TODAY = date(2026, 11, 18)
AT = datetime(2026, 11, 18, 9, tzinfo=UTC)


def row(entry: int, minor: int, days_ago: int = 0, payee: str = "Zara") -> Movement:
    on = TODAY - timedelta(days=days_ago)
    return Movement(entry, 1, on, minor, "USD", Flow.SPEND, payee.lower(), payee, "SHOPPING")


def facts(*rows: Movement, large: int | None = 20_000, **more: frozenset[int]) -> ChargeFacts:
    plain = ChargeFacts(
        USER, TODAY, recent(rows, TODAY, large=large), frozenset(), frozenset(), large
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def kinds(told: tuple[Alert, ...]) -> list[AlertKind]:
    return [one.kind for one in told]


class TestLargeCharges:
    def test_are_told_from_the_mark_on(self) -> None:
        told = charge_alerts(facts(row(1, 19_999), row(2, 20_000)), already=())
        assert [one.subject for one in told] == ["entry:2"]
        assert kinds(told) == [AlertKind.LARGE_CHARGE]

    def test_are_told_once_and_not_without_a_mark(self) -> None:
        (first,) = charge_alerts(facts(row(2, 30_000)), already=())
        assert charge_alerts(facts(row(2, 30_000)), already={first.dedupe_key}) == ()
        assert charge_alerts(facts(row(2, 30_000), large=None), already=()) == ()

    def test_are_no_news_when_typed_or_told_otherwise(self) -> None:
        found = facts(row(2, 30_000))
        assert charge_alerts(replace(found, typed=frozenset({2})), already=()) == ()
        assert charge_alerts(replace(found, told=frozenset({2})), already=()) == ()

    def test_are_no_news_after_some_days(self) -> None:
        assert charge_alerts(facts(row(2, 30_000, days_ago=4)), already=()) == ()

    def test_are_whole_entries_whatever_their_parts_are_for(self) -> None:
        parts = (row(2, 12_000), replace(row(2, 9_000), category="HOME"))
        (told,) = charge_alerts(facts(*parts), already=())
        assert Money(21_000, "USD") in [fact.value for fact in told.facts]


class TestRefunds:
    def test_are_told_once_by_their_amount(self) -> None:
        (told,) = charge_alerts(facts(row(3, -8_000)), already=())
        assert told.kind is AlertKind.REFUND
        assert Money(8_000, "USD") in [fact.value for fact in told.facts]
        assert charge_alerts(facts(row(3, -8_000)), already={told.dedupe_key}) == ()

    def test_are_no_news_when_the_user_typed_them_or_long_ago(self) -> None:
        assert charge_alerts(facts(row(3, -8_000), typed=frozenset({3})), already=()) == ()
        assert charge_alerts(facts(row(3, -8_000, days_ago=11)), already=()) == ()


def snap(value: int, cost: int = 100_000, left_out: int = 0) -> Snapshot:
    return Snapshot(TODAY, Money(value, "USD"), Money(cost, "USD"), left_out)


class TestAPortfolio:
    @pytest.mark.parametrize(
        ("after", "kind"),
        [
            (snap(104_900), None),
            (snap(105_000), AlertKind.PORTFOLIO_UP),
            (snap(95_000), AlertKind.PORTFOLIO_DOWN),
            (snap(95_100), None),
            (snap(150_000, cost=150_000), None),  # what was put in is no gain
            (snap(50_000, left_out=1), None),  # what has no price is no loss
        ],
    )
    def test_is_told_from_five_per_cent_on(self, after: Snapshot, kind: AlertKind | None) -> None:
        told = portfolio_alert(USER, snap(100_000), after)
        assert (told.kind if told else None) is kind

    def test_says_by_how_much(self) -> None:
        told = portfolio_alert(USER, snap(100_000), snap(92_500))
        assert told is not None
        found = {fact.name: fact.value for fact in told.facts}
        assert found["change"] == Decimal("7.5")
        assert found["moved"] == Money(-7_500, "USD")

    def test_of_nothing_is_compared_with_nothing(self) -> None:
        assert portfolio_alert(USER, snap(0, cost=0), snap(100)) is None


class TestSecurity:
    @pytest.mark.parametrize("action", sorted(WATCHED))
    def test_is_told_of_what_is_watched(self, action: str) -> None:
        event = AuditEvent(7, USER, "admin:1", action, "telegram", "", AT)
        told = security_alert(event)
        assert told is not None
        assert told.kind in SECURITY
        assert told.dedupe_key == "audit:7"

    def test_is_silent_about_the_rest(self) -> None:
        event = AuditEvent(8, USER, "user", "tool.add_entry", "entry:1", "", AT)
        assert security_alert(event) is None


WEEK = WeekFacts(
    period=Period(date(2026, 11, 9), date(2026, 11, 16), Grain.WEEK),
    spent=Money(41_200, "USD"),
    before=Money(45_000, "USD"),
    income=Money(0, "USD"),
    others=(),
    rows=12,
    rows_before=14,
    categories=(("FOOD_AND_DRINK", Money(20_000, "USD")), ("TRAVEL", Money(-5, "USD"))),
    dues=(),
    budgets=(),
    held=(),
    waiting=(),
)


def held(number: int, state: AlertState) -> Alert:
    return Alert(USER, AlertKind.REFUND, f"k{number}", "x", (), state, held_for="budget")


class TestTheRecap:
    def test_compares_with_the_week_before(self) -> None:
        told = weekly_recap(WEEK)
        found = {fact.name: fact.value for fact in told.facts}
        assert told.shape == "recap.less"
        assert found["difference"] == Money(3_800, "USD")
        assert [line.shape for line in told.lines] == ["recap.category_line"]  # no refund as one

    @pytest.mark.parametrize(
        ("spent", "rows_before", "shape"),
        [(45_000, 14, "same"), (50_000, 14, "more"), (50_000, 0, "first")],
    )
    def test_says_so(self, spent: int, rows_before: int, shape: str) -> None:
        week = replace(WEEK, spent=Money(spent, "USD"), rows_before=rows_before)
        assert weekly_recap(week).shape == f"recap.{shape}"

    def test_accounts_for_what_was_held_back(self) -> None:
        states = (AlertState.RAISED, AlertState.LAPSED, AlertState.MUTED, AlertState.HELD)
        week = replace(WEEK, held=tuple(held(n, state) for n, state in enumerate(states)))
        told = weekly_recap(week)
        found = {fact.name: fact.value for fact in told.facts}
        assert (found["held"], found["told"], found["over"], found["muted"]) == (4, 1, 1, 1)
        assert told.options == ("recap.held",)

    def test_with_nothing_in_it_knows_it(self) -> None:
        quiet = replace(WEEK, rows=0, spent=Money(0, "USD"))
        assert weekly_recap(quiet).shape == "recap.nothing"
        assert is_empty(quiet)
        assert not is_empty(replace(quiet, held=(held(1, AlertState.HELD),)))
        assert not is_empty(WEEK)
