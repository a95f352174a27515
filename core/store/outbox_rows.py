"""Outbox rows to records and back: what is sealed, and under whose key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, select

from core.messaging.address import Address
from core.messaging.delivery import Delivery, DeliveryState
from core.messaging.outbound import MessageClass, OutboundMessage
from core.messaging.outbox import (
    OutboxItem,
    Outgoing,
    expires_at,
    message_from_json,
    message_to_json,
    with_button_ids,
    with_parts_sent,
)
from core.store.tables import message as tables
from core.store.vault import SYSTEM, Vault
from core.tracing import carrier

OUTBOX, ATTEMPTS, STATUSES = tables.outbox, tables.attempts, tables.statuses
# Kept as the reason while an operator's replay waits: its life starts afresh.
REPLAYED = "replayed"
# A status of our own: this id is in a receipt we were given, so that part went out.
RECORDED = "recorded"


def to_row(vault: Vault, outbox_id: str, outgoing: Outgoing, *, created_at: datetime) -> Any:
    """Return the values of a new row: the address sealed by the system, the body by its owner."""
    body = message_to_json(with_button_ids(outgoing.message, outbox_id))
    return {
        "id": outbox_id,
        "owner": outgoing.owner,
        "conversation_id": outgoing.conversation_id,
        "turn_id": outgoing.turn_id,
        "channel": outgoing.address.channel.value,
        "address": vault.close(SYSTEM, _place("address", outbox_id), outgoing.address.show()),
        "message_class": outgoing.message.message_class.value,
        "dedupe_key": outgoing.dedupe_key,
        "body": vault.close_json(outgoing.owner, _place("body", outbox_id), body),
        "state": DeliveryState.READY.value,
        "due_at": outgoing.due_at,
        "epoch": 0,
        "attempts": 0,
        "created_at": created_at,
        "trace": carrier() or None,
    }


def to_item(connection: Connection, vault: Vault, row: Mapping[Any, Any]) -> OutboxItem:
    """Open a row; what earlier tries learnt comes along."""
    tried_before = row["epoch"] > 1 or row["state"] != DeliveryState.SENDING.value
    ids = provider_ids(connection, row["id"]) if tried_before else ()
    body = vault.open_json(row["owner"], _place("body", row["id"]), bytes(row["body"]))
    message = with_parts_sent(message_from_json(body), len(ids))
    address = vault.open(SYSTEM, _place("address", row["id"]), bytes(row["address"]))
    return OutboxItem(
        owner=row["owner"],
        conversation_id=row["conversation_id"],
        turn_id=row["turn_id"],
        delivery=_delivery(row, Address.parse(address), message, ids),
        message=message,
        epoch=row["epoch"],
        created_at=row["created_at"],
        lease_until=row["lease_until"],
        repeat=tried_before and _was_in_doubt(connection, row["id"]),
        trace=row["trace"] or "",
    )


def provider_ids(connection: Connection, outbox_id: str) -> tuple[str, ...]:
    """Return the provider's ids of the parts of a message that went out, in order of sending."""
    query = (
        select(STATUSES.c.provider_message_id)
        .where(
            STATUSES.c.outbox_id == outbox_id,
            STATUSES.c.status == RECORDED,
        )
        .order_by(STATUSES.c.received_at, STATUSES.c.provider_message_id)
    )
    return tuple(connection.execute(query).scalars())


def _was_in_doubt(connection: Connection, outbox_id: str) -> bool:
    query = exists().where(
        ATTEMPTS.c.outbox_id == outbox_id, ATTEMPTS.c.outcome == DeliveryState.UNKNOWN.value
    )
    return bool(connection.execute(select(query)).scalar())


def _delivery(
    row: Mapping[Any, Any], address: Address, message: OutboundMessage, ids: tuple[str, ...]
) -> Delivery:
    born = row["due_at"] if row["reason"] == REPLAYED else row["created_at"]
    return Delivery(
        key=row["id"],
        address=address,
        message_class=MessageClass(row["message_class"]),
        state=DeliveryState(row["state"]),
        due_at=row["due_at"],
        expires_at=expires_at(message, created_at=born),
        attempts=row["attempts"],
        provider_message_ids=ids,
        reason=row["reason"] or "",
    )


def _place(column: str, outbox_id: str) -> tuple[str, str, str]:
    return ("outbox", column, outbox_id)
