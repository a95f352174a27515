"""Asks for prices, looks at watched ones, and keeps what portfolios came to each day."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from core.alerts.alert import Alert
from core.alerts.portfolio import portfolio_alert
from core.alerts.prices import price_mark_alert
from core.connect.prices import PriceSource, PricesUnavailable
from core.ids import UserId
from core.investments.snapshot import Snapshot, snapshot
from core.investments.watch import Watch, seen
from core.store.unit_of_work import UnitOfWork
from core.users.user import User, UserKind, UserUnknown
from workers.attention import tell
from workers.context import JobContext
from workers.rounds import unhurried

_log = logging.getLogger(__name__)

# Prices are nobody's, so they have a lock of their own.
_PRICES = UserId("prices")
# Quotes of so long ago are looked at for watched prices; a stale one is left alone anyway.
_LATELY = timedelta(days=3)
# Nobody's day is over before this, wherever he lives.
_EVERY = timedelta(hours=3)


def refresh_prices(context: JobContext) -> int:
    """Ask every source, then look at watched prices; return how many prices are new."""
    added = sum(_refresh(context, source) for source in context.prices)
    with context.database.reading() as uow:
        watching = uow.watches.users()
    told = sum(_look_at(context, user_id) for user_id in watching)
    if told:
        context.wake.ring("deliver_bulk")
    return added


def _refresh(context: JobContext, source: PriceSource) -> int:
    now = context.clock.now()
    with context.database.reading() as uow:
        wanted = _not_asked_today(uow, source, now)
    if not wanted:
        return 0
    try:
        # Read to the end before anything is locked: it may come from far away.
        coming = list(source.quotes(wanted, now=now))
    except PricesUnavailable as error:
        _log.warning("prices_unavailable", extra={"source": source.name, **error.fields})
        coming = []
    with context.database.work() as uow:
        uow.hold(_PRICES)
        added = uow.prices.keep(coming)
        uow.schedules.set_mark(_mark(source), _asked(uow, source, now, list(wanted)))
        uow.commit()
    return added


def _not_asked_today(uow: UnitOfWork, source: PriceSource, now: datetime) -> dict[str, str]:
    """Return the symbols to ask for: each once a day, as many a day as the source allows."""
    wanted = uow.prices.wanted(invented=source.invents)
    if source.invents:
        return wanted
    asked = _asked_on(uow, source, now)
    left = max(source.most_symbols - len(asked), 0)
    waiting = [symbol for symbol in wanted if symbol not in asked]
    newest = uow.prices.newest(source.name)
    # Who waited longest comes first: with more symbols than allowance all have their turn.
    waiting.sort(key=lambda symbol: (newest.get(symbol, now.date().min), symbol))
    return {symbol: wanted[symbol] for symbol in waiting[:left]}


def _asked(uow: UnitOfWork, source: PriceSource, now: datetime, symbols: list[str]) -> str:
    asked = [] if source.invents else [*_asked_on(uow, source, now), *symbols]
    return " ".join([now.astimezone(UTC).date().isoformat(), *asked])


def _asked_on(uow: UnitOfWork, source: PriceSource, now: datetime) -> list[str]:
    day, *symbols = (uow.schedules.mark(_mark(source)) or "-").split()
    return symbols if day == now.astimezone(UTC).date().isoformat() else []


def _mark(source: PriceSource) -> str:
    return f"prices:{source.name}"


def _look_at(context: JobContext, user_id: UserId) -> int:
    """Hold a user's watched prices against the newest quotes; what crossed is told once."""
    now = context.clock.now()
    with context.database.reading() as uow:
        try:
            user = uow.users.get(user_id)
        except UserUnknown:
            return 0
        moved = _moved(uow, user, now)
    if not moved:
        return 0
    with context.database.work() as uow:
        crossed = [
            alert
            for before, after, alert in moved
            if uow.watches.advance(before, after) and alert is not None
        ]
        told = tell(context, uow, user, crossed) if crossed else 0
        uow.commit()
    return told


def _moved(uow: UnitOfWork, user: User, now: datetime) -> list[tuple[Watch, Watch, Alert | None]]:
    watches = uow.watches.of(user.id)
    today = now.astimezone(UTC).date()
    book = uow.prices.book(
        user.id,
        {one.symbol for one in watches},
        (today - _LATELY, today),
        invented=user.kind is UserKind.DEMO,
    )
    found = []
    for before in watches:
        price = book.find(before.symbol, before.currency, today)
        after = seen(before, price, now) if price is not None else before
        if price is not None and after != before:
            crossed = after.passes > before.passes
            found.append((before, after, price_mark_alert(after, price) if crossed else None))
    return found


def keep_snapshots(context: JobContext) -> int:
    """Keep yesterday's portfolio of everybody who has one; return how many were kept."""
    now = context.clock.now()
    with context.database.work() as uow:
        if not uow.schedules.take_turn("snapshots", _EVERY, now=now):
            return 0
        owners = uow.portfolios.owners()
        uow.commit()
    return sum(_keep(context, user_id, now) for user_id in unhurried(context, owners))


def _keep(context: JobContext, user_id: UserId, now: datetime) -> int:
    with context.database.work() as uow:
        try:
            user = uow.users.get(user_id)
        except UserUnknown:
            return 0
        yesterday = user.preferences.today(now) - timedelta(days=1)
        kept = snapshot(uow.portfolios.portfolio(user, yesterday))
        if not kept.value and not kept.left_out:
            return 0
        is_new = uow.portfolios.keep_snapshot(user_id, kept, now=now)
        told = tell_change(context, uow, user, kept) if is_new else 0
        uow.commit()
    if told:
        context.wake.ring("deliver_bulk")
    return int(is_new)


def tell_change(context: JobContext, uow: UnitOfWork, user: User, kept: Snapshot) -> int:
    """Tell of a day on which the portfolio moved by much, beside the day before."""
    eve = kept.on - timedelta(days=1)
    before = uow.portfolios.snapshots(user.id, kept.value.currency, eve, eve)
    alert = portfolio_alert(user.id, before[0], kept) if before else None
    return tell(context, uow, user, [alert]) if alert is not None else 0
