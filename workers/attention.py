"""The one place where alerts are told or held back: once each, within the user's attention."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from core.alerts.alert import Alert, AlertKind, AlertState
from core.alerts.attention import (
    LONGEST_COOLDOWN,
    Attention,
    Look,
    Verdict,
    Way,
    Why,
    Wish,
    sort_out,
)
from core.alerts.quiet_hours import next_allowed
from core.alerts.topics import EVENTS, SECURITY
from core.facts import Answer, Line, count
from core.messaging.outbound import MessageClass
from core.period import zone_of
from core.store.unit_of_work import UnitOfWork
from core.users.preferences import Preferences
from core.users.user import User
from workers.compose import Notice, enqueue_notice
from workers.context import JobContext


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where one user's alerts are told, in one transaction."""

    context: JobContext
    uow: UnitOfWork
    user: User
    now: datetime


def tell(
    context: JobContext,
    uow: UnitOfWork,
    user: User,
    found: Sequence[Alert],
    *,
    look: Look = Look.NEW,
) -> int:
    """Keep what was found, tell what fits into the day in one message; return how many that are.

    A look at more than what is new also tells what waited and is still true: ``found`` holds that
    anew. The user's books are held, so that two workers never spend the same attention.
    """
    uow.hold(user.id)
    desk = _Desk(context, uow, user, context.clock.now())
    waiting = (
        {one.dedupe_key: one for one in uow.alerts.waiting(user.id)} if look is not Look.NEW else {}
    )
    candidates = [_renewed(one, waiting) for one in found]
    if look is not Look.NEW:
        candidates += _gone_by(desk, waiting, found)
    verdict = sort_out(candidates, attention_of(uow, user, desk.now, look=look))
    for alert, why in verdict.hold:
        _hold(desk, alert, why)
    told = _raised(desk, verdict)
    if told:
        _send(desk, told, f"alert:{told[0].id}")
    return len(told) + _warn(desk, verdict.security)


def attention_of(uow: UnitOfWork, user: User, now: datetime, *, look: Look = Look.NEW) -> Attention:
    """Read what is left of a user's attention today."""
    wishes = user.preferences
    today = wishes.today(now)
    midnight = datetime.combine(today, time(), zone_of(wishes.zone))
    lately = uow.alerts.told_since(user.id, min(midnight, now - LONGEST_COOLDOWN))
    last: dict[tuple[AlertKind, str], datetime] = {}
    for one in sorted(lately, key=lambda told: told.told_at):
        last[one.kind, one.subject] = one.told_at
    return Attention(
        now=now,
        today=today,
        cap=wishes.alerts_a_day,
        spent=len(
            {one.notice for one in lately if one.told_at >= midnight and one.kind not in SECURITY}
        ),
        wishes=tuple(_in_time(one, wishes) for one in uow.alerts.wishes.of(user.id)),
        told=last,
        look=look,
    )


def _in_time(wish: Wish, wishes: Preferences) -> Wish:
    """Return a wish that comes true: who gets no recap is told in the morning."""
    if wish.way is Way.WEEKLY and wishes.recap_day is None:
        return replace(wish, way=Way.DAILY)
    return wish


def bundled(alerts: Sequence[Alert]) -> Answer:
    """Return one answer for one message, however much there is to say."""
    if len(alerts) == 1:
        return alerts[0].answer
    lines = tuple(Line(alert.facts, alert.subject, alert.answer.shape) for alert in alerts)
    subjects = tuple(alert.subject for alert in alerts)
    return Answer("alert.bundle", (count("found", len(alerts)),), lines, subjects=subjects)


def not_before(now: datetime, wishes: Preferences) -> datetime:
    """Return when the user may be disturbed: now, or after his quiet hours."""
    if wishes.quiet_from is None or wishes.quiet_until is None:
        return now
    start, end = wishes.quiet_from, wishes.quiet_until
    return next_allowed(now, zone=wishes.zone, start=start, end=end)


def _renewed(alert: Alert, waiting: dict[str, Alert]) -> Alert:
    """Return an alert that waited with its figures of today, or a new one as it is."""
    kept = waiting.get(alert.dedupe_key)
    return alert if kept is None else replace(kept, facts=alert.facts)


def _gone_by(desk: _Desk, waiting: dict[str, Alert], found: Sequence[Alert]) -> Iterable[Alert]:
    """Return what waited and happened once; drop what is no longer true."""
    still = {one.dedupe_key for one in found}
    for kept in waiting.values():
        if kept.dedupe_key in still:
            continue
        if kept.kind in EVENTS:
            yield kept
        else:
            desk.uow.alerts.set_state(kept, AlertState.LAPSED)


def _hold(desk: _Desk, alert: Alert, why: Why) -> None:
    if alert.id:  # it waits already
        if why is Why.MUTED:
            desk.uow.alerts.set_state(alert, AlertState.MUTED)
        return
    state = AlertState.MUTED if why is Why.MUTED else AlertState.HELD
    kept = replace(alert, state=state, held_for=why.value)
    desk.uow.alerts.keep_once(kept, now=desk.now, ids=desk.context.ids)


def _raised(desk: _Desk, verdict: Verdict) -> list[Alert]:
    """Return what is new to the user: kept now, or taken out of what waited."""
    alerts = desk.uow.alerts
    told = []
    for one in verdict.tell:
        kept = (
            alerts.release(one)
            if one.id
            else alerts.keep_once(one, now=desk.now, ids=desk.context.ids)
        )
        if kept is not None:
            told.append(kept)
    return told


def _warn(desk: _Desk, security: Iterable[Alert]) -> int:
    """Tell of security one by one and at once: no quiet hours, no budget, no mute."""
    told = 0
    for one in security:
        kept = desk.uow.alerts.keep_once(one, now=desk.now, ids=desk.context.ids)
        if kept is not None:
            _send(desk, [kept], f"alert:{kept.id}", at_once=True)
            told += 1
    return told


def _send(desk: _Desk, told: Sequence[Alert], key: str, *, at_once: bool = False) -> None:
    desk.uow.alerts.mark_told(told, now=desk.now)
    notice = Notice(
        user_id=desk.user.id,
        answer=bundled(told),
        message_class=MessageClass.ALERT,
        dedupe_key=key,
        due_at=desk.now if at_once else not_before(desk.now, desk.user.preferences),
    )
    enqueue_notice(desk.context, desk.uow, notice)
