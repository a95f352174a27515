"""A message template at its provider: submitted, approved or refused, and for which wording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TemplateState(StrEnum):
    """What the provider says of a template."""

    KEPT = "kept"  # the provider has it; nobody was asked to approve it
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"  # approved once, and held back because people complained
    DISABLED = "disabled"
    MISSING = "missing"  # the provider does not know it (any more)


# What the provider is asked about again by itself: everything that may still change.
OPEN_STATES = frozenset({TemplateState.PENDING, TemplateState.APPROVED, TemplateState.PAUSED})


@dataclass(frozen=True, slots=True)
class Review:
    """How far a template has come at its provider, and why it was refused."""

    state: TemplateState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SubmittedTemplate:
    """One template in one language as it was submitted; ``wording`` is the hash of that body."""

    name: str
    lang: str
    wording: str
    content_id: str
    state: TemplateState
    submitted_at: datetime
    reason: str = ""
    checked_at: datetime | None = None
