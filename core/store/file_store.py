"""Files made for or sent by a user: what they are; their bytes are in the object store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, select

from core.ids import UserId
from core.store.insert_once import insert_once
from core.store.tables import plan as tables
from core.store.vault import Vault

_T = tables.files


class FileKind(StrEnum):
    """Why a file is here."""

    REPORT = "report"
    STATEMENT = "statement"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file. ``key`` finds its bytes; ``name`` is what the user sees."""

    key: str
    user_id: UserId
    kind: FileKind
    name: str
    media_type: str
    size: int
    created_at: datetime


class FileStore:
    """Keeps what is known about files."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def add(self, file: StoredFile) -> bool:
        """Keep a file once; false when its key is there already."""
        return insert_once(
            self._connection,
            _T,
            {
                "key": file.key,
                "user_id": file.user_id,
                "kind": file.kind.value,
                "name": self._vault.close(file.user_id, _place(file.key), file.name),
                "media_type": file.media_type,
                "size": file.size,
                "created_at": file.created_at,
            },
        )

    def get(self, key: str) -> StoredFile | None:
        """Return what is known about a file."""
        row = self._connection.execute(select(_T).where(_T.c.key == key)).mappings().first()
        return self._file(row) if row is not None else None

    def of(self, user_id: UserId, limit: int = 50) -> tuple[StoredFile, ...]:
        """Return a user's files, newest first."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id)
            .order_by(_T.c.created_at.desc(), _T.c.key.desc())
            .limit(limit)
        )
        return tuple(self._file(row) for row in self._connection.execute(query).mappings())

    def older_than(self, before: datetime, limit: int = 100) -> tuple[str, ...]:
        """Return the keys of files made before a moment."""
        query = select(_T.c.key).where(_T.c.created_at < before).order_by(_T.c.created_at)
        return tuple(self._connection.execute(query.limit(limit)).scalars())

    def forget(self, key: str) -> None:
        """Forget a file; the caller removes its bytes."""
        self._connection.execute(delete(_T).where(_T.c.key == key))

    def _file(self, row: Mapping[Any, Any]) -> StoredFile:
        name = self._vault.open(row["user_id"], _place(row["key"]), bytes(row["name"]))
        return StoredFile(
            key=row["key"],
            user_id=UserId(row["user_id"]),
            kind=FileKind(row["kind"]),
            name=name,
            media_type=row["media_type"],
            size=row["size"],
            created_at=row["created_at"],
        )


def _place(key: str) -> tuple[str, str, str]:
    return ("files", "name", key)
