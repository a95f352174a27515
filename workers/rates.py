"""Keeps rates up to date: the history that came along, and what another source adds to it."""

from __future__ import annotations

import logging
from datetime import UTC, date

from core.connect.rates import RateSource, RatesUnavailable
from core.ids import UserId
from core.store.unit_of_work import UnitOfWork
from workers.context import JobContext

_log = logging.getLogger(__name__)

# Rates are nobody's, so they have a lock of their own.
_RATES = UserId("rates")


def refresh_rates(context: JobContext) -> int:
    """Take over what the sources have told since the last time; return how many rates came."""
    return sum(_refresh(context, source) for source in context.rates)


def _refresh(context: JobContext, source: RateSource) -> int:
    today = context.clock.now().astimezone(UTC).date()
    with context.database.reading() as uow:
        known = _known(uow, source)
    try:
        # Read to the end before anything is locked: it may come from far away.
        coming = list(source.since(known, today=today))
    except RatesUnavailable as error:
        _log.warning("rates_unavailable", extra={"source": source.name, **error.fields})
        return 0
    if not coming:
        return 0
    with context.database.work() as uow:
        uow.hold(_RATES)
        if _known(uow, source) != known:
            return 0  # another process was faster
        added = uow.rates.add_shared(coming)
        uow.schedules.set_mark(_mark(source), max(one.on for one in coming).isoformat())
        uow.commit()
    return added


def _known(uow: UnitOfWork, source: RateSource) -> date | None:
    """Return the last day that a source has told us of."""
    kept = uow.schedules.mark(_mark(source))
    return date.fromisoformat(kept) if kept else None


def _mark(source: RateSource) -> str:
    return f"rates:{source.name}"
