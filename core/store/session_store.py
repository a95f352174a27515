"""Signed-in sessions of the console and API keys, and the counters that lock doors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from core.ids import UserId
from core.store.binding_store import token_hash
from core.store.tables import people
from core.store.vault import Vault

_S, _A = people.sessions, people.login_attempts

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=8)
KEY_LIFE = timedelta(days=365)
MAX_FAILURES = 5
FAILURE_WINDOW = timedelta(minutes=15)
LOCK = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and the token every form must carry."""

    user_id: UserId
    csrf: str
    scopes: frozenset[str]


class SessionStore:
    """Opens, finds and ends sessions; only hashes of tokens are kept."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def open(
        self,
        kind: str,
        user_id: UserId,
        token: str,
        csrf: str,
        scopes: Sequence[str],
        now: datetime,
    ) -> None:
        """Keep a new session of ``kind`` ("admin" or "api")."""
        life = ABSOLUTE if kind == "admin" else KEY_LIFE
        self._connection.execute(
            insert(_S).values(
                token_hash=token_hash(token),
                kind=kind,
                user_id=user_id,
                csrf=csrf,
                scopes=" ".join(scopes),
                created_at=now,
                seen_at=now,
                expires_at=now + life,
            )
        )

    def find(self, kind: str, token: str, *, now: datetime) -> Session | None:
        """Return a live session; an admin session ends after 15 idle minutes."""
        query = select(_S).where(
            _S.c.token_hash == token_hash(token), _S.c.kind == kind, _S.c.expires_at > now
        )
        row = self._connection.execute(query).mappings().first()
        if row is None or (kind == "admin" and row["seen_at"] + IDLE < now):
            return None
        return Session(UserId(row["user_id"]), row["csrf"], frozenset(row["scopes"].split()))

    def touch(self, token: str, *, now: datetime) -> None:
        """Note that a session was used."""
        self._connection.execute(
            update(_S).where(_S.c.token_hash == token_hash(token)).values(seen_at=now)
        )

    def end(self, token: str) -> None:
        """Sign out."""
        self._connection.execute(delete(_S).where(_S.c.token_hash == token_hash(token)))

    def is_locked(self, subject: str, *, now: datetime) -> bool:
        """Tell whether too many wrong tries have locked a door (an e-mail, an address)."""
        query = select(_A.c.locked_until).where(_A.c.subject == self._key(subject))
        until = self._connection.execute(query).scalar()
        return until is not None and until > now

    def count_failure(self, subject: str, *, now: datetime) -> None:
        """Count a wrong try; the fifth within 15 minutes locks for 30."""
        key = self._key(subject)
        row = self._connection.execute(select(_A).where(_A.c.subject == key)).mappings().first()
        fresh = row is None or row["first_at"] + FAILURE_WINDOW < now
        failures = 1 if fresh else row["failures"] + 1  # type: ignore[index]
        first_at = now if fresh else row["first_at"]  # type: ignore[index]
        self._connection.execute(delete(_A).where(_A.c.subject == key))
        self._connection.execute(
            insert(_A).values(
                subject=key,
                failures=failures,
                first_at=first_at,
                locked_until=now + LOCK if failures >= MAX_FAILURES else None,
            )
        )

    def clear_failures(self, subject: str) -> None:
        """Forget wrong tries after a right one."""
        self._connection.execute(delete(_A).where(_A.c.subject == self._key(subject)))

    def _key(self, subject: str) -> str:
        return self._vault.index("login", subject)
