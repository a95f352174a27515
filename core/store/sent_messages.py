"""Looking back at what was sent in one conversation: buttons pressed, messages replied to."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from core.messaging.outbound import OutboundMessage
from core.store.outbox_tracking import OutboxTracking
from core.store.tables import message as tables
from core.store.vault import Vault

_O, _S = tables.outbox, tables.statuses


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

    def turn_of(self, conversation_id: str, provider_message_id: str) -> str:
        """Return the turn that sent what the provider calls ``provider_message_id``."""
        reported = select(_S.c.outbox_id).where(_S.c.provider_message_id == provider_message_id)
        query = select(_O.c.turn_id).where(
            _O.c.conversation_id == conversation_id,
            or_(_O.c.provider_message_id == provider_message_id, _O.c.id.in_(reported)),
        )
        return self._connection.execute(query).scalar() or ""
