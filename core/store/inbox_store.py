"""Messages that came in: stored once, claimed one conversation at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)

from core.conversation.turn import InboundState
from core.ids import Ids
from core.messaging.address import Address
from core.messaging.inbound import (
    Accepted,
    Duplicate,
    InboundFile,
    InboundKind,
    InboundMessage,
    Membership,
    Stored,
)
from core.messaging.opt_out import Keyword
from core.store.insert_once import insert_each_once
from core.store.tables import conversation as tables
from core.store.vault import SYSTEM, Vault
from core.stored import known
from core.tracing import carrier

# The shortest time between two messages.
STEP = timedelta(microseconds=1)

_T = tables.inbox
_RECEIVED = InboundState.RECEIVED.value

# What every message needs is written out once; making it anew takes longer than running it.
_WAITING = select(_T).where(_T.c.id == bindparam("inbound_id"), _T.c.state == _RECEIVED)
_CLOSE = (
    update(_T)
    .where(_T.c.id == bindparam("inbound_id"), _T.c.state == _RECEIVED)
    .values(state=bindparam("settled"), handled_at=bindparam("now"), reason=bindparam("why"))
)
_CLOSE_EMPTIED = _CLOSE.values(payload=None)
_COUNT_ATTEMPT = (
    update(_T)
    .where(_T.c.id == bindparam("inbound_id"))
    .values(attempts=_T.c.attempts + 1)
    .returning(_T.c.attempts)
)

# The place in a trace is no part of what was said: it has a column of its own.
_FIELDS = tuple(field.name for field in fields(InboundMessage) if field.name != "trace")


def received_at(now: datetime, place: int) -> datetime:
    """Return when a message of a batch counts as received: each a step after the one before."""
    return now + place * STEP


class InboxStore:
    """Stores inbound messages by their provider's event id."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def add_many(
        self, messages: Sequence[InboundMessage], *, now: datetime, ids: Ids
    ) -> tuple[Stored, ...]:
        """Store messages once each (T1), in order; a known event id changes nothing."""
        rows = [
            self._row(message, ids.new("in"), received_at(now, place))
            for place, message in enumerate(messages)
        ]
        new = insert_each_once(self._connection, _T, rows)
        return tuple(Accepted(row["id"]) if row["id"] in new else Duplicate() for row in rows)

    def add(self, message: InboundMessage, *, now: datetime, ids: Ids) -> Stored:
        """Store one message (T1); a known event id changes nothing."""
        return self.add_many([message], now=now, ids=ids)[0]

    def _row(self, message: InboundMessage, inbound_id: str, now: datetime) -> dict[str, Any]:
        payload = self._vault.close_json(
            SYSTEM, ("inbox", "payload", inbound_id), _to_json(message)
        )
        return {
            "id": inbound_id,
            "channel": message.address.channel.value,
            "provider_event_id": message.provider_event_id,
            "address_index": address_index(self._vault, message.address),
            "payload": payload,
            "state": _RECEIVED,
            "attempts": 0,
            "received_at": now,
            "trace": message.trace or carrier() or None,
        }

    def oldest_waiting(self, *, now: datetime) -> RowMapping | None:
        """Return the oldest message whose conversation nobody holds, locked for this worker.

        Only the first of its conversation: skipping a row that another worker is just claiming
        must not lead to the message after it.
        """
        talks, earlier = tables.conversations, _T.alias("earlier")
        is_later = exists().where(
            earlier.c.state == InboundState.RECEIVED.value,
            earlier.c.channel == _T.c.channel,
            earlier.c.address_index == _T.c.address_index,
            tuple_(earlier.c.received_at, earlier.c.id) < tuple_(_T.c.received_at, _T.c.id),
        )
        free = or_(talks.c.id.is_(None), talks.c.lease_until.is_(None), talks.c.lease_until < now)
        query = (
            select(_T)
            .outerjoin(
                talks,
                (talks.c.channel == _T.c.channel) & (talks.c.address_index == _T.c.address_index),
            )
            .where(_T.c.state == InboundState.RECEIVED.value, free, ~is_later)
            .order_by(_T.c.received_at, _T.c.id)
            .limit(1)
        )
        if self._connection.dialect.name == "postgresql":
            query = query.with_for_update(of=_T, skip_locked=True)
        return self._connection.execute(query).mappings().first()

    def waiting(self, inbound_id: str) -> RowMapping | None:
        """Return one message if it still waits."""
        return self._connection.execute(_WAITING, {"inbound_id": inbound_id}).mappings().first()

    def open(self, row: RowMapping) -> InboundMessage:
        """Unseal the message in a row."""
        place = ("inbox", "payload", row["id"])
        return _from_json(self._vault.open_json(SYSTEM, place, bytes(row["payload"])))

    def close(
        self, inbound_id: str, state: InboundState, *, now: datetime, reason: str = ""
    ) -> None:
        """Settle a message and empty its payload: the transcript holds it under its owner."""
        close = _CLOSE if state is InboundState.FAILED else _CLOSE_EMPTIED
        self._connection.execute(
            close,
            {"inbound_id": inbound_id, "settled": state.value, "now": now, "why": reason or None},
        )

    def count_attempt(self, inbound_id: str) -> int:
        """Count one more try and return how many there were."""
        counted = self._connection.execute(_COUNT_ATTEMPT, {"inbound_id": inbound_id})
        return int(counted.scalar_one())

    def retry(self, inbound_id: str) -> bool:
        """Put a failed message back in line; false when it had not failed."""
        changed = self._connection.execute(
            update(_T)
            .where(_T.c.id == inbound_id, _T.c.state == InboundState.FAILED.value)
            .values(state=InboundState.RECEIVED.value, attempts=0, handled_at=None, reason=None)
        )
        return changed.rowcount == 1

    def backlog(self) -> tuple[int, datetime | None]:
        """Return how many messages wait and since when the oldest does."""
        query = select(func.count(), func.min(_T.c.received_at)).where(
            _T.c.state == InboundState.RECEIVED.value
        )
        number, oldest = self._connection.execute(query).one()
        return int(number), oldest

    def number_within(self, address: Address, window: timedelta, *, at: datetime) -> int:
        """Count what came from an address in the ``window`` up to ``at``, that moment included."""
        query = select(func.count()).where(
            _T.c.state.in_([state.value for state in InboundState]),  # as the index begins
            _T.c.channel == address.channel.value,
            _T.c.address_index == address_index(self._vault, address),
            _T.c.received_at > at - window,
            _T.c.received_at <= at,
        )
        return int(self._connection.execute(query).scalar_one())

    def failed(self, limit: int = 50) -> tuple[RowMapping, ...]:
        """Return messages that could not be handled, newest first."""
        query = (
            select(_T.c.id, _T.c.channel, _T.c.received_at, _T.c.reason, _T.c.attempts)
            .where(_T.c.state == InboundState.FAILED.value)
            .order_by(_T.c.received_at.desc())
            .limit(limit)
        )
        return tuple(self._connection.execute(query).mappings())


def address_index(vault: Vault, address: Address) -> str:
    """Return the blind index under which an address is found."""
    return vault.index("address", address.show())


def _to_json(message: InboundMessage) -> dict[str, Any]:
    # Not `asdict`, which copies every value deeply and takes longer than the insert.
    data = {name: getattr(message, name) for name in _FIELDS}
    data["files"] = [asdict(file) for file in message.files]
    data["address"] = message.address.show()
    other = message.also_known_as
    data["also_known_as"] = other.show() if other is not None else None
    data["sent_at"] = message.sent_at.isoformat() if message.sent_at else None
    return data


def _from_json(data: dict[str, Any]) -> InboundMessage:
    """Read what `_to_json` wrote, of this version or another: a field that is not known is left.

    During a rollout a newer process may have stored the message; what it added has a default.
    """
    return InboundMessage(
        **{
            **known(InboundMessage, data),
            "address": Address.parse(data["address"]),
            "kind": InboundKind(data["kind"]),
            "files": tuple(InboundFile(**known(InboundFile, file)) for file in data["files"]),
            "sent_at": datetime.fromisoformat(data["sent_at"]) if data["sent_at"] else None,
            "keyword": Keyword(data["keyword"]) if data["keyword"] else None,
            "membership": Membership(data["membership"]) if data["membership"] else None,
            "also_known_as": Address.parse(other) if (other := data.get("also_known_as")) else None,
        }
    )
