"""Whatever happens in a year: no day has more messages than the user allows, security aside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.alerts.alert import Alert, AlertKind
from core.alerts.attention import Attention, Look, Way, Wish, concerns, sort_out, topic_scope
from core.alerts.topics import SECURITY, TOPICS, Topic
from core.facts import money, named
from core.ids import UserId
from core.money import Money

START = date(2027, 1, 1)
kinds = st.sampled_from(sorted(AlertKind))
alerts = st.builds(
    lambda kind, name, minor: Alert(
        UserId("usr_1"),
        kind,
        f"{kind}:{name}",
        f"x:{name}",
        (named("name", name), money("amount", Money(minor, "USD"))),
    ),
    kinds,
    st.sampled_from(["Netflix", "Rent", "Food", "Visa"]),
    st.integers(-10_000, 10_000),
)
wishes = st.builds(
    lambda topic, way: Wish(topic_scope(topic), way), st.sampled_from(Topic), st.sampled_from(Way)
)
# What each look of a year's days finds: (day, alerts).
looks = st.lists(
    st.tuples(st.integers(0, 364), st.lists(alerts, min_size=1, max_size=5)), max_size=24
)


@given(looks, st.integers(1, 6), st.lists(wishes, max_size=3))
def test_a_year_never_breaks_the_budget_of_a_day(
    year: list[tuple[int, list[Alert]]], cap: int, said: list[Wish]
) -> None:
    sent: dict[date, int] = {}
    for number, found in sorted(year, key=lambda look: look[0]):
        today = START + timedelta(days=number)
        now = datetime.combine(today, datetime.min.time(), UTC)
        spent = sent.get(today, 0)
        verdict = sort_out(found, Attention(now, today, cap, spent, tuple(said), {}, Look.NEW))
        sent[today] = spent + bool(verdict.tell)
        told = [*verdict.tell, *(one for one, _ in verdict.hold), *verdict.security]
        assert sorted(map(id, told)) == sorted(map(id, found))  # nothing is lost, nothing doubled
        assert all(one.kind in SECURITY for one in verdict.security)
        assert not any(concerns(wish.scope, one) for one in verdict.tell for wish in said)
    assert all(count <= cap for count in sent.values())


@given(alerts, st.sampled_from(Topic))
def test_a_topic_covers_just_its_kinds(alert: Alert, topic: Topic) -> None:
    assert concerns(topic_scope(topic), alert) == (TOPICS.get(alert.kind) is topic)
