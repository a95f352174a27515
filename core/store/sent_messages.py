"""Looking back at what was sent in one conversation: buttons pressed, messages replied to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, or_, select

from core.messaging.delivery import DeliveryState
from core.messaging.outbound import MessageClass, OutboundMessage
from core.store.outbox_tracking import OutboxTracking
from core.store.tables import message as tables
from core.store.vault import Vault

_O, _S = tables.outbox, tables.statuses
_LEFT = (DeliveryState.ACCEPTED.value, DeliveryState.DELIVERED.value)
_UNASKED = frozenset({MessageClass.ALERT.value, MessageClass.SUMMARY.value})


class SentMessages:
    """Finds an earlier message of a conversation; another conversation's are never found."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._tracking = OutboxTracking(connection, vault)

    def message(self, conversation_id: str, outbox_id: str) -> OutboundMessage | None:
        """Return a message of this conversation by its id."""
        query = select(_O.c.id).where(_O.c.id == outbox_id, _O.c.conversation_id == conversation_id)
        if self._connection.execute(query).scalar() is None:
            return None
        item = self._tracking.get(outbox_id)
        return item.message if item is not None else None

    def was_unasked(self, conversation_id: str, *, since: datetime) -> bool:
        """Tell whether the last message that left for this chat was an alert or a summary."""
        query = (
            select(_O.c.message_class)
            .where(
                _O.c.conversation_id == conversation_id,
                _O.c.created_at >= since,
                _O.c.state.in_(_LEFT),
            )
            .order_by(_O.c.due_at.desc(), _O.c.created_at.desc(), _O.c.id.desc())
            .limit(1)
        )
        return self._connection.execute(query).scalar() in _UNASKED

    def turn_of(self, conversation_id: str, provider_message_id: str) -> str:
        """Return the turn that sent what the provider calls ``provider_message_id``."""
        reported = select(_S.c.outbox_id).where(_S.c.provider_message_id == provider_message_id)
        query = select(_O.c.turn_id).where(
            _O.c.conversation_id == conversation_id,
            or_(_O.c.provider_message_id == provider_message_id, _O.c.id.in_(reported)),
        )
        return self._connection.execute(query).scalar() or ""
