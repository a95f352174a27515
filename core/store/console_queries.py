"""What the console, the metrics and the link page ask beyond a single user's records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from core.approvals.approval import ApprovalState
from core.ids import UserId
from core.store.tables import action, conversation, message, people
from core.users.linking import LinkState

_TURNS, _OUTBOX, _APPROVALS = conversation.turns, message.outbox, action.approvals
_INBOX, _LINKS = conversation.inbox, people.link_tokens


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """An approval as operators see it: everything but what it is about."""

    id: str
    user_id: UserId
    conversation_id: str
    action: str
    tier: int
    state: ApprovalState
    reason: str
    reference: str
    created_at: datetime
    expires_at: datetime


class ConsoleQueries:
    """Counts and lists over all users; opens nothing that is sealed."""

    def __init__(self, connection: Connection) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def turns(self) -> Mapping[tuple[str, str], int]:
        """Count turns by planner and state."""
        return self._count(_TURNS.c.planner, _TURNS.c.state)

    def deliveries(self) -> Mapping[tuple[str, str], int]:
        """Count messages of the outbox by channel and state."""
        return self._count(_OUTBOX.c.channel, _OUTBOX.c.state)

    def approvals(self) -> Mapping[tuple[str, str], int]:
        """Count approvals by action and state."""
        return self._count(_APPROVALS.c.action, _APPROVALS.c.state)

    def inbox(self) -> Mapping[tuple[str, str], int]:
        """Count messages that came in by channel and state."""
        return self._count(_INBOX.c.channel, _INBOX.c.state)

    def turn_seconds(self, limit: int = 500) -> Sequence[float]:
        """Return how long the newest finished turns took, in seconds, sorted."""
        newest = (
            select(_TURNS.c.started_at, _TURNS.c.finished_at)
            .where(_TURNS.c.finished_at.is_not(None))
            .order_by(_TURNS.c.id.desc())
            .limit(limit)
        )
        rows = self._connection.execute(newest).all()
        return sorted((end - begin).total_seconds() for begin, end in rows)

    def approvals_in(
        self, state: ApprovalState | None = None, limit: int = 100
    ) -> tuple[ApprovalRow, ...]:
        """Return the newest approvals, in one state or in any."""
        query = select(_APPROVALS).order_by(_APPROVALS.c.created_at.desc()).limit(limit)
        if state is not None:
            query = query.where(_APPROVALS.c.state == state.value)
        return tuple(_approval(row) for row in self._connection.execute(query).mappings())

    def claimed_links(self, user_id: UserId, *, now: datetime) -> tuple[str, ...]:
        """Return the hashes of link tokens that a chat has claimed and the user may confirm."""
        query = (
            select(_LINKS.c.token_hash)
            .where(
                _LINKS.c.user_id == user_id,
                _LINKS.c.state == LinkState.CLAIMED.value,
                _LINKS.c.expires_at > now,
            )
            .order_by(_LINKS.c.created_at)
        )
        return tuple(self._connection.execute(query).scalars())

    def _count(self, *columns: Any) -> dict[tuple[str, str], int]:
        query = select(*columns, func.count()).group_by(*columns)
        rows = self._connection.execute(query).all()
        return {(row[0] or "", row[1] or ""): int(row[2]) for row in rows}


def _approval(row: Mapping[Any, Any]) -> ApprovalRow:
    return ApprovalRow(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        conversation_id=row["conversation_id"],
        action=row["action"],
        tier=row["tier"],
        state=ApprovalState(row["state"]),
        reason=row["reason"] or "",
        reference=row["reference"] or "",
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
