"""An approval: one action, waiting for one user's word, done at most once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core.approvals.payload import Payload, payload_hash
from core.ids import UserId

# Wrong codes typed in a chat before what is open there is void.
MAX_TRIES = 5
# How long a proposal waits for an answer, by the tier of its tool.
LIFE: Mapping[int, timedelta] = {2: timedelta(hours=24), 3: timedelta(minutes=10)}
# An approved action the executor could not start for this long is not started any more.
EXECUTE_WITHIN = timedelta(hours=24)


class ApprovalState(StrEnum):
    """How far an approval has come."""

    PENDING = "pending"  # presented to the user
    CONFIRMING = "confirming"  # the word was given where it was asked, a second factor is not yet
    APPROVED = "approved"
    EXECUTING = "executing"
    EXECUTED = "executed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # asked for, but nobody can say whether it happened
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


APPROVAL_MOVES: dict[ApprovalState, frozenset[ApprovalState]] = {
    ApprovalState.PENDING: frozenset(
        {
            ApprovalState.CONFIRMING,
            ApprovalState.APPROVED,
            ApprovalState.DECLINED,
            ApprovalState.EXPIRED,
            ApprovalState.WITHDRAWN,
            ApprovalState.SUPERSEDED,
        }
    ),
    ApprovalState.CONFIRMING: frozenset(
        {
            ApprovalState.APPROVED,
            ApprovalState.DECLINED,
            ApprovalState.EXPIRED,
            ApprovalState.WITHDRAWN,
            ApprovalState.SUPERSEDED,
        }
    ),
    ApprovalState.APPROVED: frozenset(
        {ApprovalState.EXECUTING, ApprovalState.EXPIRED, ApprovalState.WITHDRAWN}
    ),
    ApprovalState.EXECUTING: frozenset(
        {
            ApprovalState.EXECUTED,
            ApprovalState.FAILED,
            ApprovalState.UNKNOWN,
            ApprovalState.SUPERSEDED,
        }
    ),
    ApprovalState.UNKNOWN: frozenset({ApprovalState.EXECUTED, ApprovalState.FAILED}),
    ApprovalState.EXECUTED: frozenset(),
    ApprovalState.FAILED: frozenset(),
    ApprovalState.DECLINED: frozenset(),
    ApprovalState.EXPIRED: frozenset(),
    ApprovalState.WITHDRAWN: frozenset(),
    ApprovalState.SUPERSEDED: frozenset(),
}

OPEN_STATES = frozenset({ApprovalState.PENDING, ApprovalState.CONFIRMING})
# Decided, but the outcome is not known for good.
RUNNING_STATES = frozenset({ApprovalState.APPROVED, ApprovalState.EXECUTING, ApprovalState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Approval:
    """One proposal and what became of it.

    ``payload`` is exactly what would be done and ``payload_hash`` binds it to user, action, id
    and end. ``shown`` is the answer the user saw, as JSON facts. ``receipt`` is what the
    provider said; ``reference`` its own number; ``reason`` the code behind an end that is not
    an execution. ``lease_until`` fences an executor: who does not hold it cannot settle.
    """

    id: str
    user_id: UserId
    conversation_id: str
    code: str
    action: str
    tier: int
    payload: Payload
    payload_hash: str
    state: ApprovalState
    created_at: datetime
    expires_at: datetime
    shown: Mapping[str, Any] = field(default_factory=dict)
    tries: int = 0
    reference: str | None = None
    receipt: Mapping[str, Any] | None = None
    reason: str | None = None
    decided_at: datetime | None = None
    settled_at: datetime | None = None
    lease_until: datetime | None = None

    def hash_of(self, payload: Payload) -> str:
        """Return the hash ``payload`` would have under this approval's binding."""
        return payload_hash(
            payload,
            user_id=self.user_id,
            action=self.action,
            nonce=self.id,
            expires_at=self.expires_at,
        )

    def covers(self, payload: Payload) -> bool:
        """Tell whether ``payload`` is the very thing that was approved."""
        return self.hash_of(payload) == self.payload_hash


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a tool wants done outside, before it is stored: nothing has happened yet."""

    user_id: UserId
    conversation_id: str
    action: str
    tier: int
    payload: Payload
    shown: Mapping[str, Any]


def expiry(tier: int, *, now: datetime) -> datetime:
    """Return when a proposal of ``tier`` made ``now`` ends; other tiers need no approval."""
    return now + LIFE[tier]


def may_move(old: ApprovalState, new: ApprovalState) -> bool:
    """Tell whether ``new`` may follow ``old``."""
    return new in APPROVAL_MOVES[old]


def sources(new: ApprovalState) -> tuple[ApprovalState, ...]:
    """Return every state from which ``new`` may be reached, for a conditional update."""
    return tuple(old for old in ApprovalState if may_move(old, new))
