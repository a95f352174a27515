"""What was read in a voice note or a picture: written down before it is asked for, and after.

A recording goes out to be read once. After a crash its row says what came back, or that nobody
knows; in neither case is it sent again. The recording itself is not kept here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update

from core.ids import UserId
from core.store.insert_once import insert_once
from core.store.tables import conversation as tables
from core.store.vault import Vault

_T = tables.media_readings


class MediaKind(StrEnum):
    """What was read."""

    VOICE = "voice"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Medium:
    """What a turn has to read: whose it is, what it is, and which service reads it."""

    turn_id: str
    user_id: UserId
    kind: MediaKind
    service: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of it: a text, a fault, or neither where the answer got lost."""

    text: str | None
    fault: str = ""


class MediaStore:
    """Keeps the readings."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def find(self, turn_id: str) -> Reading | None:
        """Return what was read in a turn, if that was ever begun."""
        query = select(_T).where(_T.c.turn_id == turn_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            return None
        if row["text"] is None:
            return Reading(None, row["fault"] or "")
        kept = self._vault.open_json(row["user_id"], _place(turn_id), bytes(row["text"]))
        return Reading(str(kept["text"]))

    def open(self, medium: Medium, *, now: datetime) -> bool:
        """Write down that it is read now; false when that was begun before."""
        values = {
            "turn_id": medium.turn_id,
            "user_id": medium.user_id,
            "kind": medium.kind.value,
            "service": medium.service[:120],
            "millis": 0,
            "created_at": now,
        }
        return insert_once(self._connection, _T, values)

    def answer(self, medium: Medium, text: str, *, millis: int) -> None:
        """Keep what was read."""
        place = _place(medium.turn_id)
        sealed = self._vault.close_json(medium.user_id, place, {"text": text})
        self._close(medium, text=sealed, millis=millis)

    def fail(self, medium: Medium, fault: str, *, millis: int) -> None:
        """Keep why nothing was read."""
        self._close(medium, fault=fault[:40], millis=millis)

    def _close(self, medium: Medium, **values: Any) -> None:
        self._connection.execute(update(_T).where(_T.c.turn_id == medium.turn_id).values(**values))


def _place(turn_id: str) -> tuple[str, str, str]:
    return ("media_readings", "text", turn_id)
