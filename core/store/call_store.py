"""Tool calls by their key: a repeat gets the stored result, never a second effect."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from core.errors import FinanceError
from core.ids import UserId
from core.store.tables import conversation as tables
from core.store.vault import Vault

_T = tables.tool_calls

# What every call needs is written out once; making it anew takes longer than running it.
_BY_KEY = select(_T).where(_T.c.call_key == bindparam("key"))
_ADD = insert(_T)
_KEY_LENGTH = 120


class KeyReused(FinanceError):
    """The idempotency key was used before for another request."""

    code = "call.key_reused"


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call that has already run: its request, and its outcome as JSON values."""

    tool: str
    arguments: Mapping[str, Any]
    outcome: str
    result: Mapping[str, Any]
    change_id: str


class CallStore:
    """Remembers tool calls."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def find(
        self, user_id: UserId, key: str, tool: str, arguments: Mapping[str, Any]
    ) -> StoredCall | None:
        """Return the stored call under ``key``; raise `KeyReused` when it was another request."""
        scoped = _scoped(user_id, key)
        row = self._connection.execute(_BY_KEY, {"key": scoped}).mappings().first()
        if row is None:
            return None
        if row["request_hash"] != _hash(tool, arguments):
            raise KeyReused
        return self._stored(row)

    def add(
        self,
        user_id: UserId,
        key: str,
        *,
        call: tuple[str, Mapping[str, Any]],
        outcome: str,
        result: Mapping[str, Any],
        origin: tuple[str, int],
        change_id: str,
        now: datetime,
    ) -> None:
        """Store a call: ``call`` = (tool, arguments), ``origin`` = (turn id, position)."""
        scoped = _scoped(user_id, key)
        tool, arguments = call
        turn_id, position = origin
        seal = self._vault.close_json
        values = {
            "call_key": scoped,
            "user_id": user_id,
            "turn_id": turn_id or None,
            "position": position,
            "tool": tool,
            "request_hash": _hash(tool, arguments),
            "arguments": seal(user_id, ("tool_calls", "arguments", scoped), dict(arguments)),
            "outcome": outcome,
            "result": seal(user_id, ("tool_calls", "result", scoped), dict(result)),
            "change_id": change_id or None,
            "created_at": now,
        }
        self._connection.execute(_ADD, values)

    def of_turn(self, turn_id: str) -> tuple[StoredCall, ...]:
        """Return the calls of a turn in order."""
        query = select(_T).where(_T.c.turn_id == turn_id).order_by(_T.c.position)
        return tuple(self._stored(row) for row in self._connection.execute(query).mappings())

    def last_answered(self, user_id: UserId, turn_ids: tuple[str, ...]) -> StoredCall | None:
        """Return the newest call of these turns that answered with facts."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id, _T.c.turn_id.in_(turn_ids), _T.c.outcome == "done")
            .order_by(_T.c.created_at.desc(), _T.c.position.desc())
            .limit(1)
        )
        row = self._connection.execute(query).mappings().first()
        return self._stored(row) if row is not None else None

    def _stored(self, row: RowMapping) -> StoredCall:
        owner, key = row["user_id"], row["call_key"]
        opened = self._vault.open_json
        return StoredCall(
            tool=row["tool"],
            arguments=opened(owner, ("tool_calls", "arguments", key), bytes(row["arguments"])),
            outcome=row["outcome"],
            result=opened(owner, ("tool_calls", "result", key), bytes(row["result"])),
            change_id=row["change_id"] or "",
        )


def _scoped(user_id: UserId, key: str) -> str:
    """Scope a caller's key by its user, so that nobody can block another's key.

    A long key is kept as its hash: cut short, two of them could look like one.
    """
    scoped = f"{user_id}/{key}"
    if len(scoped) <= _KEY_LENGTH:
        return scoped
    return f"{user_id}/{hashlib.sha256(key.encode()).hexdigest()}"


def _hash(tool: str, arguments: Mapping[str, Any]) -> str:
    text = json.dumps([tool, dict(arguments)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
