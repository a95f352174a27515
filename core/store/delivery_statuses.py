"""What providers report about messages we sent: kept once each, applied only forward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select, update

from core.messaging.address import ChannelName
from core.messaging.delivery import DeliveryState, rank, settled
from core.messaging.inbound import StatusUpdate
from core.store.insert_once import insert_once
from core.store.outbox_rows import ATTEMPTS, OUTBOX, RECORDED, STATUSES

_S = DeliveryState
# While the outcome of the message is open, the report of a part we know went out says nothing.
_OPEN = frozenset({_S.READY, _S.UNKNOWN})

# What every sending needs is written out once; making it anew takes longer than running it.
_TIE = (
    update(STATUSES)
    .where(
        STATUSES.c.channel == bindparam("at_channel"),
        STATUSES.c.provider_message_id == bindparam("provider_id"),
    )
    .values(outbox_id=bindparam("message"))
)
_REPORTED = select(STATUSES.c.status).where(
    STATUSES.c.outbox_id == bindparam("message"), STATUSES.c.status != RECORDED
)
_BEYOND_RECEIPTS = _REPORTED.where(
    STATUSES.c.provider_message_id.not_in(
        select(STATUSES.c.provider_message_id).where(
            STATUSES.c.outbox_id == bindparam("message"), STATUSES.c.status == RECORDED
        )
    )
)


class DeliveryStatuses:
    """Applies status callbacks, which may be late, repeated, out of order or for nobody we know."""

    def __init__(self, connection: Connection) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def apply(
        self, channel: ChannelName, report: StatusUpdate, *, now: datetime
    ) -> DeliveryState | None:
        """Keep a report and return the state after it; nothing when the message is not known yet.

        While a worker is sending, the report is only kept: the worker's own record, or the end
        of its lease, looks here. So is a report for an id that nobody has recorded yet.
        """
        outbox_id = self.find(channel, report)
        insert_once(
            self._connection,
            STATUSES,
            {
                "channel": channel.value,
                "provider_message_id": report.provider_message_id,
                "status": report.status.value,
                "outbox_id": outbox_id,
                "reason": report.reason.value if report.reason else report.error_code,
                "received_at": now,
            },
        )
        return self._move(outbox_id, report, now) if outbox_id is not None else None

    def know(
        self, channel: ChannelName, ids: Sequence[str], outbox_id: str, *, now: datetime
    ) -> None:
        """Tie the provider's ids of a receipt to our message."""
        for provider_message_id in ids:
            key = {"channel": channel.value, "provider_message_id": provider_message_id}
            kept = {"status": RECORDED, "outbox_id": outbox_id, "received_at": now}
            insert_once(self._connection, STATUSES, {**key, **kept})
            tie = {
                "at_channel": channel.value,
                "provider_id": provider_message_id,
                "message": outbox_id,
            }
            self._connection.execute(_TIE, tie)

    def reported(self, outbox_id: str, *, beyond_receipts: bool) -> DeliveryState | None:
        """Return the furthest state reported for a message, nothing when there is none.

        With ``beyond_receipts`` only parts that no receipt names count: they show that a try of
        unknown outcome did reach the provider.
        """
        query = _BEYOND_RECEIPTS if beyond_receipts else _REPORTED
        found = self._connection.execute(query, {"message": outbox_id}).scalars()
        return max((DeliveryState(status) for status in found), key=rank, default=None)

    def message_of(self, channel: ChannelName, provider_message_id: str) -> str | None:
        """Return the outbox id behind a provider's id: what a reply or a callback is about."""
        query = (
            select(STATUSES.c.outbox_id)
            .where(
                STATUSES.c.channel == channel.value,
                STATUSES.c.provider_message_id == provider_message_id,
                STATUSES.c.outbox_id.is_not(None),
            )
            .limit(1)
        )
        return self._connection.execute(query).scalar()

    def find(self, channel: ChannelName, report: StatusUpdate) -> str | None:
        """Return the outbox id a report is about, by our own key or by the provider's id."""
        if report.delivery_key:
            query = select(OUTBOX.c.id).where(
                OUTBOX.c.id == report.delivery_key, OUTBOX.c.channel == channel.value
            )
            found: str | None = self._connection.execute(query).scalar()
            if found is not None:
                return found
        return self.message_of(channel, report.provider_message_id)

    def _move(self, outbox_id: str, report: StatusUpdate, now: datetime) -> DeliveryState:
        query = select(OUTBOX).where(OUTBOX.c.id == outbox_id).with_for_update()
        row = self._connection.execute(query).mappings().one()
        old = DeliveryState(row["state"])
        if old is _S.SENDING or self._says_nothing(row, old, report):
            return old
        new = settled(old, report.status)
        if new is old:
            return old
        values: dict[str, Any] = {
            "state": new.value,
            "settled_at": now if rank(new) >= rank(_S.DELIVERED) else None,
            "reason": report.reason.value if report.reason else report.error_code,
        }
        if row["provider_message_id"] is None and report.provider_message_id:
            values["provider_message_id"] = report.provider_message_id
        self._connection.execute(update(OUTBOX).where(OUTBOX.c.id == outbox_id).values(values))
        return new

    def _says_nothing(self, row: Any, old: DeliveryState, report: StatusUpdate) -> bool:
        """Tell whether a report is about a part or a try that does not decide any more."""
        if old in _OPEN:
            return self._is_recorded(report.provider_message_id, row["channel"])
        return report.status is _S.FAILED and self._is_of_earlier_try(row, report)

    def _is_recorded(self, provider_message_id: str, channel: str) -> bool:
        query = exists().where(
            STATUSES.c.channel == channel,
            STATUSES.c.provider_message_id == provider_message_id,
            STATUSES.c.status == RECORDED,
        )
        return bool(self._connection.execute(select(query)).scalar())

    def _is_of_earlier_try(self, row: Any, report: StatusUpdate) -> bool:
        query = exists().where(
            ATTEMPTS.c.outbox_id == row["id"],
            ATTEMPTS.c.provider_message_id == report.provider_message_id,
            ATTEMPTS.c.number < row["epoch"],
        )
        return bool(self._connection.execute(select(query)).scalar())
