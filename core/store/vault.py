"""The vault: opens and closes sealed columns with the owner's data key."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from core.store.cipher import MasterKey, Place, seal, unseal
from core.store.tables import people

# Owner of what belongs to no user yet: addresses, unlinked chats, provider receipts.
SYSTEM = "system"
_KEYS = people.user_keys
# Written out once: making it anew takes longer than running it.
_WRAPPED = select(_KEYS.c.wrapped).where(_KEYS.c.owner == bindparam("owner"))


class Vault:
    """Seals and unseals within one transaction; opened data keys are shared by the process."""

    def __init__(self, connection: Connection, master: MasterKey, keys: dict[str, bytes]) -> None:
        """Work on ``connection`` with the process's cache of opened ``keys``."""
        self._connection = connection
        self._master = master
        self._keys = keys

    def create_key(self, owner: str, *, now: datetime) -> None:
        """Make the data key of a new owner; doing it twice is a bug."""
        key, wrapped = self._master.new_data_key(owner)
        self._connection.execute(
            insert(people.user_keys).values(
                owner=owner,
                wrapped=wrapped,
                master_fingerprint=self._master.fingerprint,
                created_at=now,
            )
        )
        self._keys[owner] = key

    def close(self, owner: str, place: tuple[str, str, str], text: str) -> bytes:
        """Seal ``text`` for ``place`` = (table, column, row) under ``owner``'s key."""
        return seal(self._key(owner), text, Place(*place, owner))

    def open(self, owner: str, place: tuple[str, str, str], sealed: bytes) -> str:
        """Unseal what `close` made for the same owner and place."""
        return unseal(self._key(owner), sealed, Place(*place, owner))

    def close_json(self, owner: str, place: tuple[str, str, str], value: Any) -> bytes:
        """Seal a JSON value."""
        return self.close(owner, place, json.dumps(value, ensure_ascii=False))

    def open_json(self, owner: str, place: tuple[str, str, str], sealed: bytes) -> Any:
        """Unseal a JSON value."""
        return json.loads(self.open(owner, place, sealed))

    def index(self, column: str, value: str) -> str:
        """Return the blind index of ``value`` in ``column``."""
        return self._master.blind_index(column, value)

    def audit_key(self) -> bytes:
        """Return the key that seals the audit chain; it is not in the database."""
        return self._master.audit_key

    def forget(self, owner: str) -> None:
        """Drop an owner's key from the cache (after its row was destroyed)."""
        self._keys.pop(owner, None)

    def _key(self, owner: str) -> bytes:
        if owner not in self._keys:
            wrapped = self._connection.execute(_WRAPPED, {"owner": owner}).scalar_one()
            self._keys[owner] = self._master.unwrap(owner, bytes(wrapped))
        return self._keys[owner]
