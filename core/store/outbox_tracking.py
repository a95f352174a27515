"""Looking at the outbox from outside: backlog, dead letters, what became of a turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from core.messaging.address import ChannelName
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import MessageClass
from core.messaging.outbox import Backlog, OutboxItem
from core.store.outbox_rows import ATTEMPTS, OUTBOX, STATUSES, provider_ids, to_item
from core.store.vault import Vault

_S = DeliveryState
_SETTLED = (_S.DELIVERED, _S.FAILED, _S.SUPPRESSED, _S.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Tracked:
    """What an operator may see of a message: everything but its words and its address."""

    id: str
    owner: str
    conversation_id: str
    channel: ChannelName
    message_class: MessageClass
    state: DeliveryState
    reason: str
    tries: int
    created_at: datetime
    due_at: datetime


class OutboxTracking:
    """Reads where messages stand, and forgets old ones."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def get(self, outbox_id: str) -> OutboxItem | None:
        """Open one message."""
        query = select(OUTBOX).where(OUTBOX.c.id == outbox_id)
        row = self._connection.execute(query).mappings().first()
        return to_item(self._connection, self._vault, row) if row is not None else None

    def of_turn(self, turn_id: str) -> tuple[OutboxItem, ...]:
        """Open the messages a turn sent, in order."""
        query = (
            select(OUTBOX)
            .where(OUTBOX.c.turn_id == turn_id)
            .order_by(OUTBOX.c.created_at, OUTBOX.c.id)
        )
        rows = self._connection.execute(query).mappings().all()
        return tuple(to_item(self._connection, self._vault, row) for row in rows)

    def of_conversation(self, conversation_id: str, limit: int = 50) -> tuple[Tracked, ...]:
        """Return where the messages of a conversation stand, newest first."""
        return self._newest(OUTBOX.c.conversation_id == conversation_id, limit)

    def dead_letters(self, limit: int = 100) -> tuple[Tracked, ...]:
        """Return messages that failed or whose outcome nobody knows, newest first."""
        return self._newest(OUTBOX.c.state.in_((_S.FAILED.value, _S.UNKNOWN.value)), limit)

    def attempts_of(self, outbox_id: str) -> tuple[Mapping[str, Any], ...]:
        """Return every try of a message, first to last."""
        query = (
            select(ATTEMPTS).where(ATTEMPTS.c.outbox_id == outbox_id).order_by(ATTEMPTS.c.number)
        )
        return tuple(dict(row) for row in self._connection.execute(query).mappings())

    def provider_ids(self, outbox_id: str) -> tuple[str, ...]:
        """Return the provider's ids of the parts of a message that went out, in order."""
        return provider_ids(self._connection, outbox_id)

    def waiting_for(self, owner: str) -> int:
        """Count what is still on its way out to one user."""
        query = select(func.count()).where(
            OUTBOX.c.owner == owner,
            OUTBOX.c.state.in_((_S.READY.value, _S.SENDING.value)),
        )
        return int(self._connection.execute(query).scalar_one())

    def backlog(self, *, now: datetime) -> Backlog:
        """Count what waits, what is in doubt and what is dead, and age the oldest due message."""
        query = select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)
        counts = {state: int(number) for state, number in self._connection.execute(query).all()}
        due = select(func.min(OUTBOX.c.due_at)).where(
            OUTBOX.c.state == _S.READY.value, OUTBOX.c.due_at <= now
        )
        oldest = self._connection.execute(due).scalar()
        return Backlog(
            ready=counts.get(_S.READY.value, 0),
            sending=counts.get(_S.SENDING.value, 0),
            unknown=counts.get(_S.UNKNOWN.value, 0),
            failed=counts.get(_S.FAILED.value, 0),
            oldest_seconds=int((now - oldest).total_seconds()) if oldest else 0,
        )

    def prune(self, *, before: datetime, limit: int = 500) -> int:
        """Forget settled messages older than ``before``; the transcript keeps what was said."""
        query = (
            select(OUTBOX.c.id)
            .where(OUTBOX.c.state.in_([s.value for s in _SETTLED]), OUTBOX.c.created_at < before)
            .limit(limit)
        )
        ids = tuple(self._connection.execute(query).scalars())
        if ids:
            self._connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.outbox_id.in_(ids)))
            self._connection.execute(delete(STATUSES).where(STATUSES.c.outbox_id.in_(ids)))
            self._connection.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(ids)))
        return len(ids)

    def _newest(self, condition: Any, limit: int) -> tuple[Tracked, ...]:
        query = (
            select(OUTBOX)
            .where(condition)
            .order_by(OUTBOX.c.created_at.desc(), OUTBOX.c.id.desc())
            .limit(limit)
        )
        return tuple(_tracked(row) for row in self._connection.execute(query).mappings())


def _tracked(row: Mapping[Any, Any]) -> Tracked:
    return Tracked(
        id=row["id"],
        owner=row["owner"],
        conversation_id=row["conversation_id"],
        channel=ChannelName(row["channel"]),
        message_class=MessageClass(row["message_class"]),
        state=DeliveryState(row["state"]),
        reason=row["reason"] or "",
        tries=row["epoch"],
        created_at=row["created_at"],
        due_at=row["due_at"],
    )
