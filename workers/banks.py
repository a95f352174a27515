"""Reads connected banks: asked with nothing open, then rows and cursor are kept together."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from core.alerts.banks import bank_alert
from core.banks.connection import Connection, Reading, Trouble
from core.banks.feed import FeedRow
from core.banks.timetable import next_reading, next_try
from core.connect.bank_days import bank_days
from core.connect.bank_feed import BankFeed, BankMoved, BankNeedsSignIn, BankUnavailable
from core.facts import Answer, Fact, count, day, named
from core.messaging.outbound import MessageClass
from core.store.feed_booking import Told
from core.store.unit_of_work import UnitOfWork
from core.users.user import User, UserUnknown
from workers.alerts import raise_for
from workers.attention import tell
from workers.compose import Notice, enqueue_notice
from workers.context import JobContext

_log = logging.getLogger(__name__)
_ACTOR = "worker:banks"
# A bank that gives pages without end, or moves under each reading, is left for the next turn.
_MOST_PAGES = 400
_MOST_STARTS = 5
_AT_ONCE = 50


def read_banks(context: JobContext) -> int:
    """Finish sign-ins and read every connection that is due; return how many were read."""
    now = context.clock.now()
    with context.database.reading() as uow:
        offered = uow.banks.offered(now=now)
    for connection in offered:
        finish_sign_in(context, connection)
        context.rest(0.0)
    with context.database.reading() as uow:
        due = uow.banks.due(now=now, limit=_AT_ONCE)
    read = 0
    for connection in due:
        if context.stopping():
            break
        read += _read(context, connection)
        context.rest(0.0)  # the next bank may take half a minute as well
    return read


def finish_sign_in(context: JobContext, connection: Connection) -> bool:
    """Ask whether the user has signed in at his bank, and keep what that gave.

    True when the connection can be read now. Asking twice does no harm: it is kept once.
    """
    feed = context.banks.get(connection.provider)
    if feed is None:
        return False
    with context.database.reading() as uow:
        token = uow.banks.token(connection.id)
    if not token:
        return False
    try:
        if connection.is_read:
            link, done = None, feed.renewed(token)
        else:
            link = feed.finished(token)
            done = link is not None
    except (BankUnavailable, BankNeedsSignIn):
        return False
    if not done:
        return False
    now = context.clock.now()
    with context.database.work() as uow:
        uow.hold(connection.user_id)
        kept = uow.banks.activate(connection.id, link, now=now)
        if kept:
            uow.audit.append(
                connection.user_id,
                actor=_ACTOR,
                action="bank.connected",
                subject=connection.id,
                now=now,
            )
        uow.commit()
    if kept:
        context.wake.ring("read_banks")
    return kept


def _read(context: JobContext, connection: Connection) -> bool:
    feed = context.banks.get(connection.provider)
    if feed is None:
        return False  # the operator has switched the service off: nothing is lost by waiting
    with context.database.reading() as uow:
        access = uow.banks.access(connection.id)
    try:
        told, cursor = fetch(feed, access, connection.cursor)
    except BankNeedsSignIn:
        return _failed(context, connection, Trouble.SIGN_IN)
    except (BankUnavailable, BankMoved):
        return _failed(context, connection, Trouble.UNAVAILABLE)
    return _keep(context, connection, told, cursor)


def fetch(feed: BankFeed, access: str, cursor: str) -> tuple[Told, str]:
    """Read all pages since a cursor; return what they say and the cursor they reach.

    When the bank moves meanwhile everything begins again from the first cursor, as the pages
    before may not be true any more.
    """
    for _ in range(_MOST_STARTS):
        try:
            return _fetch(feed, access, cursor)
        except BankMoved:
            continue
    raise BankUnavailable


def _fetch(feed: BankFeed, access: str, cursor: str) -> tuple[Told, str]:
    added: dict[str, FeedRow] = {}
    changed: dict[str, FeedRow] = {}
    removed: dict[str, None] = {}
    for _ in range(_MOST_PAGES):
        page = feed.page(access, cursor)
        for row in page.added:
            added[row.reference] = row
            removed.pop(row.reference, None)
        for row in page.changed:
            # Changed before it was ever booked: it is new, as it is now.
            (added if row.reference in added else changed)[row.reference] = row
        for gone in page.removed:
            added.pop(gone, None)
            changed.pop(gone, None)
            removed[gone] = None
        cursor = page.cursor
        if not page.more:
            bank, accounts = feed.accounts(access)
            rows = tuple(added.values()), tuple(changed.values())
            return Told(bank, accounts, *rows, tuple(removed)), cursor
    raise BankUnavailable


def _keep(context: JobContext, connection: Connection, told: Told, cursor: str) -> bool:
    """Book what was told and keep how far it was read: all or nothing, and by one reader."""
    now = context.clock.now()
    with context.database.work() as uow:
        try:
            user = uow.users.get(connection.user_id)
        except UserUnknown:
            return False
        uow.hold(user.id)
        regular = next_reading(connection.id, user.preferences.zone, after=now)
        moved = uow.banks.advance(
            connection, cursor=cursor, bank=told.bank, next_at=regular, now=now
        )
        if not moved:
            return False  # another reader was faster: what it kept holds these rows too
        reading = uow.feeds.book(connection, told, now=now, ids=context.ids)
        uow.banks.log(connection, Trouble.NONE, reading, now)
        if reading.new:
            _find_recurring(uow, user, now)
        if connection.asked:
            _tell_news(context, uow, connection, told, reading)
        uow.commit()
    if reading.anything:
        raise_for(context, user.id)
    context.wake.ring("deliver_urgent")
    return True


def _find_recurring(uow: UnitOfWork, user: User, now: datetime) -> None:
    wishes = user.preferences
    uow.recurring.refresh(
        user.id, today=wishes.today(now), now=now, is_bank_day=bank_days(wishes.country)
    )


def _tell_news(
    context: JobContext, uow: UnitOfWork, connection: Connection, told: Told, reading: Reading
) -> None:
    """Tell who asked what the reading brought."""
    shape = "bank.connected" if not connection.synced_at else "bank.read"
    facts = (
        named("bank", told.bank),
        count("accounts", len(told.accounts)),
        count("new", reading.new),
        count("changed", reading.changed + reading.removed),
    )
    _tell(context, uow, connection, shape, facts)


def _failed(context: JobContext, connection: Connection, trouble: Trouble) -> bool:
    """Keep that nothing came, and tell once: who asked, and whom the bank wants to see again."""
    now = context.clock.now()
    with context.database.work() as uow:
        try:
            user = uow.users.get(connection.user_id)
        except UserUnknown:
            return False
        uow.hold(user.id)
        regular = next_reading(connection.id, user.preferences.zone, after=now)
        wait = regular
        if trouble is Trouble.UNAVAILABLE:
            wait = next_try(connection.failures + 1, regular, now=now)
        if not uow.banks.fail(connection, trouble, next_at=wait):
            return False
        uow.banks.log(connection, trouble, Reading(), now)
        facts = (named("bank", connection.bank), day("next", wait))
        if connection.asked:
            _tell(context, uow, connection, _TROUBLES[trouble], facts)
        else:
            alert = bank_alert(connection, trouble, facts)
            tell(context, uow, user, [alert] if alert is not None else [])
        uow.commit()
    context.wake.ring("deliver_urgent")
    context.wake.ring("deliver_bulk")
    return False


_TROUBLES: Mapping[Trouble, str] = {
    Trouble.SIGN_IN: "bank.sign_in_again",
    Trouble.UNAVAILABLE: "bank.not_reached",
}


def _tell(
    context: JobContext,
    uow: UnitOfWork,
    connection: Connection,
    shape: str,
    facts: tuple[Fact, ...],
) -> None:
    notice = Notice(
        user_id=connection.user_id,
        answer=Answer(shape, facts, options=("bank.demo",) if connection.demo else ()),
        message_class=MessageClass.REPLY,
        dedupe_key=f"bank:{connection.id}:{connection.epoch}:{shape}",
        conversation_id=connection.conversation_id or None,
    )
    enqueue_notice(context, uow, notice)
