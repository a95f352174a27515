"""Pictures and documents that were asked for in a chat: made by a worker, each sent once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from core.facts import Paper
from core.ids import UserId
from core.store.insert_once import insert_once
from core.store.tables import paper as tables
from core.store.vault import Vault

_T = tables.papers


class PaperState(StrEnum):
    """What became of one that was asked for."""

    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HeldPaper:
    """One that a worker makes, held under a lease."""

    key: str
    user_id: UserId
    conversation_id: str
    paper: Paper
    attempts: int
    lease_until: datetime
    asked_at: datetime

    @property
    def dedupe_key(self) -> str:
        """What makes its message unique."""
        return f"paper:{self.key}"


class PaperStore:
    """Keeps what was asked for and hands it to one worker at a time."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def ask(
        self, key: str, user_id: UserId, conversation_id: str, paper: Paper, *, now: datetime
    ) -> bool:
        """Keep a request, together with the answer it belongs to; false when it is there."""
        return insert_once(
            self._connection,
            _T,
            {
                "key": key,
                "user_id": user_id,
                "conversation_id": conversation_id,
                "kind": paper.kind,
                "wanted": self._vault.close_json(user_id, _place(key), dict(paper.wanted)),
                "state": PaperState.ASKED.value,
                "attempts": 0,
                "asked_at": now,
            },
        )

    def claim(self, *, now: datetime, lease: timedelta) -> HeldPaper | None:
        """Take the one that has waited longest and that nobody makes."""
        query = (
            select(_T)
            .where(
                _T.c.state == PaperState.ASKED.value,
                or_(_T.c.lease_until.is_(None), _T.c.lease_until <= now),
            )
            .order_by(_T.c.asked_at, _T.c.key)
            .limit(1)
        )
        if self._connection.dialect.name == "postgresql":
            query = query.with_for_update(skip_locked=True)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            return None
        wanted = self._vault.open_json(row["user_id"], _place(row["key"]), bytes(row["wanted"]))
        held = HeldPaper(
            key=row["key"],
            user_id=UserId(row["user_id"]),
            conversation_id=row["conversation_id"],
            paper=Paper(row["kind"], wanted),
            attempts=row["attempts"] + 1,
            lease_until=now + lease,
            asked_at=row["asked_at"],
        )
        self._set(row["key"], attempts=held.attempts, lease_until=held.lease_until)
        return held

    def settle(self, held: HeldPaper, state: PaperState) -> bool:
        """Close a request; false when its lease went to another worker."""
        changed = self._connection.execute(
            update(_T)
            .where(
                _T.c.key == held.key,
                _T.c.state == PaperState.ASKED.value,
                _T.c.lease_until == held.lease_until,
            )
            .values(state=state.value, lease_until=None)
        )
        return changed.rowcount == 1

    def postpone(self, held: HeldPaper, *, until: datetime) -> None:
        """Leave a request for later, after something broke."""
        self._connection.execute(
            update(_T)
            .where(_T.c.key == held.key, _T.c.lease_until == held.lease_until)
            .values(lease_until=until)
        )

    def prune(self, *, before: datetime) -> int:
        """Forget requests that are settled and older than this."""
        settled = (PaperState.DONE.value, PaperState.FAILED.value)
        statement = delete(_T).where(_T.c.state.in_(settled), _T.c.asked_at < before)
        return self._connection.execute(statement).rowcount

    def _set(self, key: str, **values: Any) -> None:
        self._connection.execute(update(_T).where(_T.c.key == key).values(values))


def _place(key: str) -> tuple[str, str, str]:
    return ("papers", "wanted", key)
