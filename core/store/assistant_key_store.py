"""Keys with which other assistants read one user's books; only their hashes are kept.

A key belongs to one user, has a name, ends after a year or when its user ends it, and is looked
up anew for every call: ending it works at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from core.errors import FinanceError
from core.ids import Ids, UserId
from core.store.binding_store import token_hash
from core.store.tables import people
from core.store.vault import Vault

_T = people.assistant_keys
LIFE = timedelta(days=365)
MOST = 5
# How exactly it is known when a key was used last: a note for each call would be a write for each.
_NOTED_EVERY = timedelta(hours=1)


class TooManyKeys(FinanceError):
    """One user has so many keys at most (``limit``)."""

    code = "assistant.too_many_keys"


class KeyUnknown(FinanceError):
    """This user has no such key that works."""

    code = "assistant.key_unknown"


@dataclass(frozen=True, slots=True)
class AssistantKey:
    """One key that works, without what it is."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime


class AssistantKeyStore:
    """Makes, finds, lists and ends keys."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def open(
        self, user_id: UserId, name: str, token: str, *, now: datetime, ids: Ids
    ) -> AssistantKey:
        """Keep a new key under its hash; raise `TooManyKeys`."""
        if len(self.of(user_id, now=now)) >= MOST:
            raise TooManyKeys(limit=MOST)
        key = AssistantKey(ids.new("akey"), name, now, None, now + LIFE)
        self._connection.execute(
            insert(_T).values(
                id=key.id,
                user_id=user_id,
                token_hash=token_hash(token),
                name=self._vault.close(user_id, _place(key.id), name),
                created_at=now,
                expires_at=key.expires_at,
            )
        )
        return key

    def of(self, user_id: UserId, *, now: datetime) -> tuple[AssistantKey, ...]:
        """Return the user's keys that work, the oldest first."""
        query = select(_T).where(_T.c.user_id == user_id, _works(now))
        rows = self._connection.execute(query.order_by(_T.c.created_at, _T.c.id)).mappings()
        return tuple(self._key(row) for row in rows)

    def owner(self, token: str, *, now: datetime) -> UserId | None:
        """Return whose key this is, nothing when it is none that works.

        It is looked up by its hash: how long that takes says nothing about it.
        """
        query = select(_T.c.user_id).where(_T.c.token_hash == token_hash(token), _works(now))
        found = self._connection.execute(query).scalar()
        return UserId(found) if found is not None else None

    def is_noted(self, token: str, *, now: datetime) -> bool:
        """Tell whether it is known already that a key is in use these days."""
        query = select(_T.c.used_at).where(_T.c.token_hash == token_hash(token))
        used_at = self._connection.execute(query).scalar()
        return used_at is not None and used_at + _NOTED_EVERY > now

    def note(self, token: str, *, now: datetime) -> None:
        """Note that a key was used."""
        fresh = or_(_T.c.used_at.is_(None), _T.c.used_at < now)
        self._connection.execute(
            update(_T).where(_T.c.token_hash == token_hash(token), fresh).values(used_at=now)
        )

    def end(self, user_id: UserId, key_id: str, *, now: datetime) -> None:
        """End one key of the user's; raise `KeyUnknown`."""
        own = and_(_T.c.id == key_id, _T.c.user_id == user_id, _works(now))
        done = self._connection.execute(update(_T).where(own).values(ended_at=now))
        if done.rowcount == 0:
            raise KeyUnknown(key=key_id[:40])

    def end_all(self, user_id: UserId, *, now: datetime) -> tuple[str, ...]:
        """End all keys of the user's; return the ids of those that worked."""
        ended = tuple(key.id for key in self.of(user_id, now=now))
        own = and_(_T.c.user_id == user_id, _T.c.id.in_(ended))
        self._connection.execute(update(_T).where(own).values(ended_at=now))
        return ended

    def open_again(self, user_id: UserId, key_ids: Sequence[str]) -> None:
        """Let keys of the user's work again that were ended."""
        own = and_(_T.c.user_id == user_id, _T.c.id.in_(list(key_ids)))
        self._connection.execute(update(_T).where(own).values(ended_at=None))

    def _key(self, row: Mapping[Any, Any]) -> AssistantKey:
        name = self._vault.open(row["user_id"], _place(row["id"]), bytes(row["name"]))
        return AssistantKey(row["id"], name, row["created_at"], row["used_at"], row["expires_at"])


def _works(now: datetime) -> ColumnElement[bool]:
    return and_(_T.c.ended_at.is_(None), _T.c.expires_at > now)


def _place(key_id: str) -> tuple[str, str, str]:
    return ("assistant_keys", "name", key_id)
