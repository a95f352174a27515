"""When a connection is read: three times a day by the user's clock, not everybody at once."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from core.schedules.due import next_daily

HOURS = (6, 12, 18)
# Readings of one hour are spread over so many minutes after it.
SPREAD_MINUTES = 45
# After a failure it is tried again sooner, each time later, and at the latest with the next hour.
_FIRST_PATIENCE = timedelta(minutes=5)
_MOST_DOUBLINGS = 6


def next_reading(connection_id: str, zone: str, *, after: datetime) -> datetime:
    """Return the first moment of the timetable later than ``after``, by the user's clock.

    A connection has minutes of its own, the same every day.
    """
    own = int.from_bytes(hashlib.sha256(connection_id.encode()).digest()[:4], "big")
    minutes = timedelta(minutes=own % SPREAD_MINUTES)
    return min(next_daily(after - minutes, hour=hour, zone=zone) for hour in HOURS) + minutes


def next_try(failures: int, regular: datetime, *, now: datetime) -> datetime:
    """Return when to try again after ``failures`` in a row; ``regular`` is the timetable's turn."""
    patience: timedelta = _FIRST_PATIENCE * 2 ** min(failures - 1, _MOST_DOUBLINGS)
    return min(now + patience, regular)
