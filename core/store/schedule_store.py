"""What is due at a local hour, each time once; the beats of workers; small marks of progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from core.ids import UserId
from core.schedules.due import ScheduleKind
from core.store.insert_once import insert_once
from core.store.tables import message as message_tables
from core.store.tables import plan as tables
from core.store.vault import Vault
from core.users.due_times import next_due
from core.users.preferences import Preferences

_T, _O = tables.schedules, tables.occurrences
# While a new version is rolled out there may be schedules of kinds that this one does not know:
# they are the new processes' to follow.
_KINDS = tuple(kind.value for kind in ScheduleKind)
# What is a message of its own each time; bills watched become alerts.
_SUMMARIES = tuple(kind.value for kind in ScheduleKind if kind is not ScheduleKind.BILL_WATCH)
_H, _K = message_tables.heartbeats, message_tables.settings_kept
# The name under which a job's last turn is kept, whoever ran it.
_ANYBODY = "*"
# The mark that says when the database was last copied, as ISO 8601.
BACKUP_MARK = "backup_at"


class OccurrenceState(StrEnum):
    """What became of one time that something was due."""

    DUE = "due"
    DONE = "done"
    SKIPPED = "skipped"  # nothing to say, or too late to be useful
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Due:
    """A schedule that has come round."""

    user_id: UserId
    kind: ScheduleKind
    due_at: datetime


def occurrence_key(kind: ScheduleKind, user_id: UserId, due_at: datetime) -> str:
    """Return what makes the message of one time unique."""
    return f"{kind}:{user_id}:{due_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that something was due, held under a lease."""

    user_id: UserId
    kind: ScheduleKind
    due_at: datetime
    attempts: int
    lease_until: datetime

    @property
    def key(self) -> str:
        """What makes its message unique."""
        return occurrence_key(self.kind, self.user_id, self.due_at)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a worker last came round with a job."""

    worker: str
    job: str
    beat_at: datetime
    note: str


class ScheduleStore:
    """Fires schedules once each and hands their occurrences to one worker at a time."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def arrange(self, user_id: UserId, wishes: Preferences, *, now: datetime) -> None:
        """Set every schedule of a user by his wishes; what he does not want is switched off."""
        for kind in ScheduleKind:
            following = next_due(kind, wishes, after=now)
            if following is None:
                self.switch_off(user_id, kind)
            else:
                self.plan(user_id, kind, following)

    def plan(self, user_id: UserId, kind: ScheduleKind, next_due_at: datetime) -> None:
        """Switch a schedule on, or move it to another hour."""
        values = {"next_due_at": next_due_at, "state": "on"}
        mine = {"user_id": user_id, "kind": kind.value}
        if not insert_once(self._connection, _T, {**mine, **values}):
            self._connection.execute(update(_T).where(*_is(user_id, kind)).values(values))

    def switch_off(self, user_id: UserId, kind: ScheduleKind) -> None:
        """Switch a schedule off; what is under way still arrives."""
        self._connection.execute(update(_T).where(*_is(user_id, kind)).values(state="off"))

    def next_due(self, user_id: UserId, kind: ScheduleKind) -> datetime | None:
        """Return when it comes next, nothing when it is off."""
        query = select(_T.c.next_due_at).where(*_is(user_id, kind), _T.c.state == "on")
        return self._connection.execute(query).scalar()

    def due(self, *, now: datetime, limit: int = 200) -> tuple[Due, ...]:
        """Return the schedules that have come round, longest waiting first."""
        query = (
            select(_T.c.user_id, _T.c.kind, _T.c.next_due_at)
            .where(_T.c.state == "on", _T.c.next_due_at <= now, _T.c.kind.in_(_KINDS))
            .order_by(_T.c.next_due_at)
            .limit(limit)
        )
        rows = self._connection.execute(query).all()
        return tuple(
            Due(UserId(row.user_id), ScheduleKind(row.kind), row.next_due_at) for row in rows
        )

    def coming(
        self, kind: ScheduleKind, *, after: datetime, until: datetime, limit: int = 1000
    ) -> tuple[Due, ...]:
        """Return the schedules of a kind that come round between two moments, soonest first."""
        query = (
            select(_T.c.user_id, _T.c.next_due_at)
            .where(
                _T.c.state == "on",
                _T.c.kind == kind.value,
                _T.c.next_due_at > after,
                _T.c.next_due_at <= until,
            )
            .order_by(_T.c.next_due_at)
            .limit(limit)
        )
        rows = self._connection.execute(query).all()
        return tuple(Due(UserId(row.user_id), kind, row.next_due_at) for row in rows)

    def fire(self, due: Due, *, occurs_at: datetime, next_due_at: datetime) -> bool:
        """Write the occurrence and move the schedule on, both or neither.

        Several beats at once, or the same beat twice, find the schedule moved and change nothing.
        """
        moved = self._connection.execute(
            update(_T)
            .where(*_is(due.user_id, due.kind), _T.c.state == "on", _T.c.next_due_at == due.due_at)
            .values(next_due_at=next_due_at)
        )
        if moved.rowcount != 1:
            return False
        return insert_once(
            self._connection,
            _O,
            {
                "user_id": due.user_id,
                "kind": due.kind.value,
                "due_at": occurs_at,
                "state": OccurrenceState.DUE.value,
                "attempts": 0,
            },
        )

    def claim(self, *, now: datetime, lease: timedelta) -> Occurrence | None:
        """Take one occurrence that nobody works on."""
        query = (
            select(_O)
            .where(
                _O.c.state == OccurrenceState.DUE.value,
                _O.c.kind.in_(_KINDS),
                or_(_O.c.lease_until.is_(None), _O.c.lease_until <= now),
            )
            .order_by(_O.c.due_at, _O.c.user_id)
            .limit(1)
        )
        if self._connection.dialect.name == "postgresql":
            query = query.with_for_update(skip_locked=True)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            return None
        held = Occurrence(
            UserId(row["user_id"]),
            ScheduleKind(row["kind"]),
            row["due_at"],
            row["attempts"] + 1,
            now + lease,
        )
        self._connection.execute(
            update(_O)
            .where(*_this(held))
            .values(attempts=held.attempts, lease_until=held.lease_until)
        )
        return held

    def settle(self, held: Occurrence, state: OccurrenceState, *, note: str = "") -> bool:
        """Close an occurrence; false when its lease went to another worker."""
        changed = self._connection.execute(
            update(_O)
            .where(
                *_this(held),
                _O.c.state == OccurrenceState.DUE.value,
                _O.c.lease_until == held.lease_until,
            )
            .values(state=state.value, lease_until=None, note=note or None)
        )
        return changed.rowcount == 1

    def last_told(self, user_id: UserId, since: datetime) -> tuple[ScheduleKind, datetime] | None:
        """Return the last summary that a user was told since a moment, and when it was due."""
        query = (
            select(_O.c.kind, _O.c.due_at)
            .where(
                _O.c.user_id == user_id,
                _O.c.kind.in_(_SUMMARIES),
                _O.c.due_at >= since,
                _O.c.state == OccurrenceState.DONE.value,
            )
            .order_by(_O.c.due_at.desc())
            .limit(1)
        )
        row = self._connection.execute(query).first()
        return (ScheduleKind(row.kind), row.due_at) if row is not None else None

    def postpone(self, held: Occurrence, *, until: datetime, note: str) -> None:
        """Leave an occurrence for later, after something broke."""
        self._connection.execute(
            update(_O)
            .where(*_this(held), _O.c.lease_until == held.lease_until)
            .values(lease_until=until, note=note)
        )

    def beat(self, worker: str, job: str, *, now: datetime, note: str = "") -> None:
        """Say that a worker is alive and came round with a job."""
        values = {"beat_at": now, "note": note or None}
        changed = self._connection.execute(
            update(_H).where(_H.c.worker == worker, _H.c.job == job).values(values)
        )
        if changed.rowcount == 0:
            insert_once(self._connection, _H, {"worker": worker, "job": job, **values})

    def beats(self) -> tuple[Heartbeat, ...]:
        """Return every worker's last beat, oldest first."""
        query = select(_H).where(_H.c.worker != _ANYBODY).order_by(_H.c.beat_at)
        rows = self._connection.execute(query).all()
        return tuple(Heartbeat(row.worker, row.job, row.beat_at, row.note or "") for row in rows)

    def take_turn(self, job: str, every: timedelta, *, now: datetime) -> bool:
        """Tell whether it is this caller's turn: one process in each interval gets it."""
        first = {"worker": _ANYBODY, "job": job, "beat_at": now}
        if insert_once(self._connection, _H, first):
            return True
        changed = self._connection.execute(
            update(_H)
            .where(_H.c.worker == _ANYBODY, _H.c.job == job, _H.c.beat_at <= now - every)
            .values(beat_at=now)
        )
        return changed.rowcount == 1

    def give_turn_back(self, job: str, every: timedelta, *, due_at: datetime) -> None:
        """Let a turn that came to nothing be somebody's again at ``due_at``."""
        self._connection.execute(
            update(_H)
            .where(_H.c.worker == _ANYBODY, _H.c.job == job)
            .values(beat_at=due_at - every)
        )

    def mark(self, name: str) -> str | None:
        """Return a small value kept under ``name``."""
        return self._connection.execute(select(_K.c.value).where(_K.c.name == name)).scalar()

    def set_mark(self, name: str, value: str) -> None:
        """Keep a small value under ``name``."""
        changed = self._connection.execute(update(_K).where(_K.c.name == name).values(value=value))
        if changed.rowcount == 0:
            insert_once(self._connection, _K, {"name": name, "value": value})

    def waiting(self) -> int:
        """Count the occurrences still to be worked on."""
        query = select(func.count()).where(_O.c.state == OccurrenceState.DUE.value)
        return int(self._connection.execute(query).scalar_one())


def _is(user_id: UserId, kind: ScheduleKind) -> tuple[Any, ...]:
    return (_T.c.user_id == user_id, _T.c.kind == kind.value)


def _this(held: Occurrence) -> tuple[Any, ...]:
    return (
        _O.c.user_id == held.user_id,
        _O.c.kind == held.kind.value,
        _O.c.due_at == held.due_at,
    )
