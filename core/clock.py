"""What time it is: the only place that asks the machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present moment as an aware UTC datetime."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until told otherwise (tests, demos, ``--at``)."""

    def __init__(self, at: datetime) -> None:
        """Stand at ``at``; a naive datetime is a bug and is refused."""
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment the clock stands at."""
        return self._at

    def advance(self, step: timedelta) -> None:
        """Move the clock forward (or back) by ``step``."""
        self._at += step
