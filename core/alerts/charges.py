"""Charges above the user's own mark, and money that came back: each told once.

A large charge that is not the user's he can take up with his bank; a refund that he waited for he
can tick off. What the user typed himself is no news to him.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from core.alerts.alert import Alert, AlertKind
from core.facts import day, money, named
from core.ids import UserId
from core.insights.movement import Movement
from core.money import Money

# What was booked longer ago is no news: so long a bank may take to tell.
_LARGE_NEWS = timedelta(days=3)
_REFUND_NEWS = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """Charges of late, whole entries as they count: a refund is below nothing.

    ``typed`` are entries that the user wrote himself, ``told`` those that something else is said
    of. ``large`` is the mark from which on he wants to hear, in minor units; None is no mark.
    """

    user_id: UserId
    today: date
    rows: tuple[Movement, ...]
    typed: frozenset[int]
    told: frozenset[int]
    large: int | None


def recent(rows: Iterable[Movement], today: date, *, large: int | None) -> tuple[Movement, ...]:
    """Return what could be news, the parts of an entry added up, oldest first.

    Money that came back, and charges from the mark ``large`` on: mostly nothing.
    """
    whole: dict[int, Movement] = {}
    for one in rows:
        if today - one.on > _REFUND_NEWS:
            continue
        before = whole.get(one.entry_id)
        whole[one.entry_id] = (
            one if before is None else replace(one, minor=one.minor + before.minor)
        )
    news = (
        one for one in whole.values() if one.minor < 0 or (large is not None and one.minor >= large)
    )
    return tuple(sorted(news, key=lambda one: (one.on, one.entry_id)))


def charge_alerts(facts: ChargeFacts, *, already: Collection[str]) -> tuple[Alert, ...]:
    """Return the charges above the mark and the refunds that were not told before."""
    found = (
        alert
        for one in facts.rows
        if one.entry_id not in facts.typed
        for alert in _alerts(one, facts)
    )
    return tuple(alert for alert in found if alert.dedupe_key not in already)


def _alerts(one: Movement, facts: ChargeFacts) -> Iterator[Alert]:
    if one.minor < 0:
        yield _alert(AlertKind.REFUND, "refund", one, facts)
        return
    is_large = facts.large is not None and one.minor >= facts.large
    if is_large and facts.today - one.on <= _LARGE_NEWS and one.entry_id not in facts.told:
        yield _alert(AlertKind.LARGE_CHARGE, "large", one, facts)


def _alert(kind: AlertKind, name: str, one: Movement, facts: ChargeFacts) -> Alert:
    told = [
        named("payee", one.payee),
        money("amount", Money(abs(one.minor), one.currency), rows=(one.entry_id,), row_count=1),
        day("date", one.on),
    ]
    if kind is AlertKind.LARGE_CHARGE and facts.large is not None:
        told.append(money("limit", Money(facts.large, one.currency)))
    return Alert(
        user_id=facts.user_id,
        kind=kind,
        dedupe_key=f"{name}:{one.entry_id}",
        subject=f"entry:{one.entry_id}",
        facts=tuple(told),
    )
