"""The audit trail: appended in the transaction it is about, sealed in batches right after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, DateTime, func, insert, select, text, type_coerce

from core.audit.chain import GENESIS, digest, record_bytes, same, seal
from core.audit.event import AuditEvent, Break, Head, Verification
from core.store.tables import action as tables
from core.store.vault import Vault

_E, _S = tables.audit_events, tables.audit_seals
_APPEND = insert(_E)
# How many events one seal covers at most, so that checking never holds many in memory.
_BATCH = 10_000
_LOCK_MILLISECONDS = 2_000
_FIELDS = (_E.c.seq, _E.c.user_id, _E.c.actor, _E.c.action, _E.c.subject, _E.c.digest)
_COLUMNS = (*_FIELDS, _E.c.created_at)
# For sealing and checking, with the moment as the driver hands it over: half the time.
_SEALED = (*_FIELDS, type_coerce(_E.c.created_at, DateTime(timezone=True)))


class AuditStore:
    """Appends to the trail, seals it and checks it; nothing is ever changed or removed."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def append(
        self,
        user_id: str,
        *,
        actor: str,
        action: str,
        subject: str,
        now: datetime,
        values: Any = None,
    ) -> int:
        """Write down who did what to what; return the event's number.

        ``values`` (JSON, such as before and after) are not kept: only a keyed hash of them is,
        which can prove later what they were.
        """
        event = {
            "user_id": user_id,
            "actor": actor[:40],
            "action": action[:60],
            "subject": subject[:80],
            "digest": digest(self._vault.audit_key(), values),
            "created_at": now,
        }
        result = self._connection.execute(_APPEND, event)
        return int(result.inserted_primary_key[0])  # type: ignore[index]

    def of(self, user_id: str, limit: int = 100) -> tuple[AuditEvent, ...]:
        """Return the newest events about a user."""
        query = (
            select(*_COLUMNS).where(_E.c.user_id == user_id).order_by(_E.c.seq.desc()).limit(limit)
        )
        return tuple(AuditEvent(*row) for row in self._connection.execute(query))

    def since(
        self, seq: int, actions: Iterable[str], limit: int = 500
    ) -> tuple[tuple[AuditEvent, ...], int]:
        """Return the events of some actions after ``seq``, and the newest event's number."""
        newest = int(self._connection.execute(select(func.max(_E.c.seq))).scalar() or 0)
        query = (
            select(*_COLUMNS)
            .where(_E.c.seq > seq, _E.c.action.in_(list(actions)))
            .order_by(_E.c.seq)
            .limit(limit)
        )
        found = tuple(AuditEvent(*row) for row in self._connection.execute(query))
        return found, (found[-1].seq if len(found) == limit else max(seq, newest))

    def seal_pending(self, *, now: datetime) -> int:
        """Seal what is not sealed yet; return how many events.

        On PostgreSQL numbers are given before transactions commit, so a later number may be seen
        before an earlier one: the table lock waits until no writer is under way.
        """
        self._wait_for_writers()
        head = self._head()
        sealed = 0
        while batch := self._batch_after(head.last_seq if head else 0):
            previous = head.seal if head else GENESIS
            head = Head(batch[-1][0], seal(self._vault.audit_key(), previous, _records(batch)))
            self._connection.execute(
                insert(_S).values(
                    first_seq=batch[0][0],
                    last_seq=head.last_seq,
                    events=len(batch),
                    previous=previous,
                    seal=head.seal,
                    sealed_at=now,
                )
            )
            sealed += len(batch)
        return sealed

    def verify(self, anchor: Head | None = None) -> Verification:
        """Check every seal against the events; ``anchor`` is a head kept outside the database."""
        events = seals = 0
        previous, last, anchored = GENESIS, 0, anchor is None
        for row in self._connection.execute(select(_S).order_by(_S.c.first_seq)).all():
            records = list(_records(self._between(last, row.last_seq)))
            seals += 1
            events += len(records)
            if not same(row.previous, previous):
                return Verification(events, seals, 0, None, Break.CHAIN, last + 1)
            true_seal = seal(self._vault.audit_key(), previous, records)
            if not same(row.seal, true_seal) or row.events != len(records):
                return Verification(events, seals, 0, None, Break.EVENTS, last + 1)
            previous, last = row.seal, row.last_seq
            anchored = anchored or (anchor is not None and anchor == Head(last, row.seal))
        unsealed = self._count_after(last)
        head = Head(last, previous) if seals else None
        if not anchored:
            return Verification(events, seals, unsealed, head, Break.ANCHOR, last + 1)
        return Verification(events, seals, unsealed, head)

    def head(self) -> Head | None:
        """Return the last seal, to be kept outside the database."""
        return self._head()

    def _wait_for_writers(self) -> None:
        if self._connection.dialect.name != "postgresql":
            return  # a write transaction on SQLite already excludes every other writer
        self._connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_MILLISECONDS}"))
        self._connection.execute(text("LOCK TABLE audit_events IN SHARE ROW EXCLUSIVE MODE"))

    def _head(self) -> Head | None:
        query = select(_S.c.last_seq, _S.c.seal).order_by(_S.c.first_seq.desc()).limit(1)
        row = self._connection.execute(query).first()
        return Head(row.last_seq, row.seal) if row is not None else None

    def _batch_after(self, seq: int) -> Any:
        query = select(*_SEALED).where(_E.c.seq > seq).order_by(_E.c.seq).limit(_BATCH)
        return self._connection.execute(query).all()

    def _between(self, after: int, up_to: int) -> Any:
        query = select(*_SEALED).where(_E.c.seq > after, _E.c.seq <= up_to).order_by(_E.c.seq)
        return self._connection.execute(query).all()

    def _count_after(self, seq: int) -> int:
        query = select(func.count()).where(_E.c.seq > seq)
        return int(self._connection.execute(query).scalar_one())


def _records(rows: Any) -> Iterator[bytes]:
    for seq, user_id, actor, action, subject, hashed, created_at in rows:
        yield record_bytes(seq, (user_id, actor, action, subject, hashed), created_at)
