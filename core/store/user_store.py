"""People: found by e-mail through a blind index, opened from the vault."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, insert, select, update

from core.ids import Ids, UserId
from core.store.tables import people
from core.store.vault import SYSTEM, Vault
from core.users.preferences import Preferences
from core.users.preferences_json import preferences_from_json, preferences_to_json
from core.users.user import EmailTaken, Role, User, UserKind, UserUnknown

_T = people.users

# What every turn needs is written out once; making it anew takes longer than running it.
_BY_ID = select(_T).where(_T.c.id == bindparam("wanted"), _T.c.closed_at.is_(None))
_BY_EMAIL = select(_T).where(_T.c.email_index == bindparam("wanted"), _T.c.closed_at.is_(None))


class UserStore:
    """Adds and finds users."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def add(
        self,
        email: str,
        preferences: Preferences,
        *,
        now: datetime,
        ids: Ids,
        given_name: str = "",
        kind: UserKind = UserKind.PERSON,
        role: Role = Role.USER,
    ) -> User:
        """Add a user with a data key of his own; raise `EmailTaken`."""
        index = self._vault.index("users.email", email)
        taken = select(_T.c.id).where(_T.c.email_index == index)
        if self._connection.execute(taken).scalar() is not None:
            raise EmailTaken
        user_id = UserId(ids.new("user"))
        self._vault.create_key(user_id, now=now)
        seal = self._vault.close
        self._connection.execute(
            insert(_T).values(
                id=user_id,
                kind=kind.value,
                role=role.value,
                email=seal(user_id, ("users", "email", user_id), email),
                email_index=index,
                given_name=seal(user_id, ("users", "given_name", user_id), given_name),
                preferences=json.dumps(preferences_to_json(preferences)),
                created_at=now,
            )
        )
        return User(user_id, kind, role, email, given_name, preferences, now)

    def ensure_system_key(self, *, now: datetime) -> None:
        """Make the system's own data key on a fresh database."""
        table = people.user_keys
        known = select(table.c.owner).where(table.c.owner == SYSTEM)
        if self._connection.execute(known).scalar() is None:
            self._vault.create_key(SYSTEM, now=now)

    def get(self, user_id: UserId) -> User:
        """Return a user by id; raise `UserUnknown`."""
        return self._one(_BY_ID, user_id)

    def by_email(self, email: str) -> User:
        """Return a user by e-mail address; raise `UserUnknown`."""
        return self._one(_BY_EMAIL, self._vault.index("users.email", email))

    def all_ids(self) -> tuple[UserId, ...]:
        """Return every open user's id, oldest first."""
        query = select(_T.c.id).where(_T.c.closed_at.is_(None)).order_by(_T.c.id)
        return tuple(UserId(row[0]) for row in self._connection.execute(query))

    def count(self) -> int:
        """Count the open users."""
        query = select(func.count()).select_from(_T).where(_T.c.closed_at.is_(None))
        return int(self._connection.execute(query).scalar_one())

    def set_preferences(self, user_id: UserId, preferences: Preferences) -> None:
        """Keep how the user wants it."""
        self._connection.execute(
            update(_T)
            .where(_T.c.id == user_id)
            .values(preferences=json.dumps(preferences_to_json(preferences)))
        )

    def set_password(self, user_id: UserId, password_hash: str, role: Role) -> None:
        """Let a user sign in to the console in a role."""
        self._connection.execute(
            update(_T)
            .where(_T.c.id == user_id)
            .values(password_hash=password_hash, role=role.value)
        )

    def password_hash(self, user_id: UserId) -> str:
        """Return the hash of a user's console password, or nothing."""
        query = select(_T.c.password_hash).where(_T.c.id == user_id)
        return self._connection.execute(query).scalar() or ""

    def set_pin(self, user_id: UserId, pin_hash: str) -> None:
        """Keep the hash of the PIN that confirms what a chat alone cannot approve."""
        self._connection.execute(update(_T).where(_T.c.id == user_id).values(pin_hash=pin_hash))

    def pin_hash(self, user_id: UserId) -> str:
        """Return the hash of a user's PIN, or nothing."""
        query = select(_T.c.pin_hash).where(_T.c.id == user_id)
        return self._connection.execute(query).scalar() or ""

    def _one(self, query: Select[Any], wanted: str) -> User:
        row = self._connection.execute(query, {"wanted": wanted}).mappings().first()
        if row is None:
            raise UserUnknown
        return self._user(row)

    def _user(self, row: RowMapping) -> User:
        user_id = UserId(row["id"])
        opened = self._vault.open
        return User(
            id=user_id,
            kind=UserKind(row["kind"]),
            role=Role(row["role"]),
            email=opened(user_id, ("users", "email", user_id), bytes(row["email"])),
            given_name=opened(user_id, ("users", "given_name", user_id), bytes(row["given_name"])),
            preferences=preferences_from_json(json.loads(row["preferences"])),
            created_at=row["created_at"],
        )
