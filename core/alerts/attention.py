"""The attention budget: what of all that is worth saying is said now, what waits, what is mute.

A user is interrupted so many times a day and no more. The last time is kept for what is urgent;
what goes out anyway takes the rest along, for a longer message interrupts no more than a short
one. What waits is told with the next morning's look, as far as it is still true. Security stands
outside of all this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.alerts.alert import Alert, AlertKind
from core.alerts.topics import SECURITY, TOPICS, URGENT, Topic
from core.facts import FactKind
from core.money import Money

EVERYTHING = "all"
_TOPIC, _ABOUT = "topic:", "about:"
# Facts that name what an alert is about.
_NAMES = frozenset({"name", "payee", "category", "account", "bank"})
# So long the same thing is not told about the same subject again, whatever became of it meanwhile.
_COOLDOWN: Mapping[AlertKind, timedelta] = {
    AlertKind.LOW_BALANCE: timedelta(hours=40),
    AlertKind.PRICE_MARK: timedelta(hours=6),
    AlertKind.HABIT_OVER: timedelta(hours=6),
}
LONGEST_COOLDOWN = max(_COOLDOWN.values())


class Way(StrEnum):
    """How the user wants to hear of something; without a wish it is at once."""

    OFF = "off"
    DAILY = "daily"  # with the morning's look
    WEEKLY = "weekly"  # with the week's recap


class Why(StrEnum):
    """Why an alert was not told when it was found; the value is the key of its phrase."""

    BUDGET = "budget"  # of attention: enough was said on that day
    COOLDOWN = "cooldown"
    DAILY = "daily"
    WEEKLY = "weekly"
    PAUSED = "paused"
    MUTED = "muted"


class Look(StrEnum):
    """Which look at the books it is: at what is new, also at what waited, or the morning's."""

    NEW = "new"
    AGAIN = "again"
    MORNING = "morning"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user said about some alerts: ``scope`` which, ``way`` how, ``until`` how long.

    A wish with an end holds alerts back until then; one without an end mutes them.
    """

    scope: str
    way: Way
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """What is left of a user's attention at ``now``.

    ``cap`` is how many messages a day he wants, `None` for any number; ``spent`` how many he got
    today; ``told`` when each kind was last told about each subject.
    """

    now: datetime
    today: date
    cap: int | None
    spent: int
    wishes: tuple[Wish, ...]
    told: Mapping[tuple[AlertKind, str], datetime]
    look: Look = Look.NEW


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of alerts: ``tell`` what matters most first, ``hold`` each with its reason."""

    tell: tuple[Alert, ...]
    hold: tuple[tuple[Alert, Why], ...]
    security: tuple[Alert, ...]


def topic_scope(topic: Topic) -> str:
    """Return the scope of all alerts under one name."""
    return f"{_TOPIC}{topic}"


def topic_of_scope(scope: str) -> Topic | None:
    """Return the kinds of alerts that a scope covers, if it covers kinds."""
    return Topic(scope.removeprefix(_TOPIC)) if scope.startswith(_TOPIC) else None


def about_scope(name: str) -> str:
    """Return the scope of all alerts about what is called ``name``, capitals aside."""
    return f"{_ABOUT}{' '.join(name.casefold().split())}"[:120]


def concerns(scope: str, alert: Alert) -> bool:
    """Tell whether a scope covers an alert: by its topic, or by the name of what it is about.

    "netflix" is also the name of what a bank calls "NETFLIX COM", and a category covers those
    below it.
    """
    if scope == EVERYTHING:
        return True
    if scope.startswith(_TOPIC):
        topic = TOPICS.get(alert.kind)
        return topic is not None and scope == topic_scope(topic)
    said = scope.removeprefix(_ABOUT)
    longer = (f"{said} ", f"{said}_")
    return any(name == said or name.startswith(longer) for name in _names(alert))


def names_of(alert: Alert) -> tuple[str, ...]:
    """Return what an alert is about by the names it tells, the first one first."""
    return tuple(
        str(fact.value)
        for fact in alert.facts
        if fact.kind is FactKind.NAME and fact.name in _NAMES
    )


def _names(alert: Alert) -> Iterable[str]:
    return (" ".join(name.casefold().split()) for name in names_of(alert))


def sort_out(alerts: Collection[Alert], attention: Attention) -> Verdict:
    """Decide about alerts that were found at one look; they go out as one message."""
    security = tuple(one for one in alerts if one.kind in SECURITY)
    held: list[tuple[Alert, Why]] = []
    free: list[Alert] = []
    for one in alerts:
        if one.kind in SECURITY:
            continue
        why = _unwanted(one, attention) or _too_soon(one, attention)
        if why is None:
            free.append(one)
        else:
            held.append((one, why))
    if free and not _may_interrupt(free, attention):
        held += [(one, Why.BUDGET) for one in free]
        free = []
    free.sort(key=lambda one: _weight(one, attention.today), reverse=True)
    return Verdict(tuple(free), tuple(held), security)


def _unwanted(alert: Alert, attention: Attention) -> Why | None:
    """Return what the user's own wishes say against telling it now; a mute says most."""
    reasons = set()
    for wish in attention.wishes:
        over = wish.until is not None and wish.until <= attention.now
        if over or not concerns(wish.scope, alert):
            continue
        if wish.way is Way.WEEKLY:
            reasons.add(Why.WEEKLY)
        elif wish.way is Way.DAILY:
            reasons.add(Why.DAILY)
        else:
            reasons.add(Why.MUTED if wish.until is None else Why.PAUSED)
    if attention.look is Look.MORNING:
        reasons.discard(Why.DAILY)
    strongest = (Why.MUTED, Why.PAUSED, Why.WEEKLY, Why.DAILY)
    return next((why for why in strongest if why in reasons), None)


def _too_soon(alert: Alert, attention: Attention) -> Why | None:
    wait = _COOLDOWN.get(alert.kind)
    last = attention.told.get((alert.kind, alert.subject))
    if wait is None or last is None or attention.now - last >= wait:
        return None
    return Why.COOLDOWN


def _may_interrupt(alerts: Iterable[Alert], attention: Attention) -> bool:
    """Tell whether one more message fits into the day; its last one is for what is urgent."""
    if attention.cap is None:
        return True
    left = attention.cap - attention.spent
    if left <= 0:
        return False
    # Who wants one message a day shall not wait for the urgent one that may never come.
    reserved = 1 if attention.cap > 1 and attention.look is not Look.MORNING else 0
    return left > reserved or any(is_urgent(one, attention.today) for one in alerts)


def is_urgent(alert: Alert, today: date) -> bool:
    """Tell whether waiting for tomorrow could cost something: due by then, or not the user's."""
    if alert.kind in URGENT:
        return True
    if alert.kind is not AlertKind.BILL_DUE:
        return False
    due = next((fact.value for fact in alert.facts if fact.name in ("pay_by", "due")), None)
    return isinstance(due, date) and due <= today + timedelta(days=1)


def _weight(alert: Alert, today: date) -> tuple[bool, int]:
    """Return how much an alert matters beside others: urgent first, then by the money at stake.

    Amounts in different currencies are compared by their figures: it only orders lines.
    """
    amounts = [abs(fact.value.minor) for fact in alert.facts if isinstance(fact.value, Money)]
    return is_urgent(alert, today), max(amounts, default=0)
