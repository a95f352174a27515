"""A bell: tells waiting workers that there is something to do, nothing more."""

from __future__ import annotations

from typing import Protocol


class Wake(Protocol):
    """Rings a job's bell after a commit; losing a ring costs a second, never the work."""

    def ring(self, job: str) -> None:
        """Wake whoever runs ``job``; never raises."""
        ...


class SilentWake:
    """A bell nobody hears: the database poll finds the work (tests, one-shot commands)."""

    def ring(self, job: str) -> None:
        """Do nothing."""
