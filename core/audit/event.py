"""One line of the audit trail, and what checking the trail found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Who did what to what, when.

    ``actor`` is ``user``, ``worker:<job>`` or ``admin:<id>``. ``subject`` is a handle, never a
    name. ``digest`` proves which values were there before and after without holding them.
    """

    seq: int
    user_id: str
    actor: str
    action: str
    subject: str
    digest: str
    created_at: datetime


class Break(StrEnum):
    """How the trail differs from what was sealed."""

    EVENTS = "events"  # a sealed event was changed, removed or added
    CHAIN = "chain"  # a seal was changed, removed or put elsewhere
    ANCHOR = "anchor"  # the end was cut off: the head kept outside is not in the chain


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal: kept outside the database, it shows when the end was cut off."""

    last_seq: int
    seal: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the whole trail found; ``first_break`` is the first event not proven."""

    events: int
    seals: int
    unsealed: int
    head: Head | None = None
    broken: Break | None = None
    first_break: int | None = None

    @property
    def is_intact(self) -> bool:
        """Tell whether everything sealed is as it was."""
        return self.broken is None
