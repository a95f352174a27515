"""Codes that prove an e-mail address: sent there, typed in a chat, good once and for a while."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from core.ids import UserId
from core.messaging.address import Address
from core.store.tables import people
from core.store.vault import Vault
from core.users.mail import (
    CODE_LIFE,
    MOST_CODES_A_DAY,
    MOST_TRIES,
    MailCodeExpired,
    MailCodeNotAsked,
    MailCodesTooMany,
)

_T = people.mail_codes
_COLUMN = "mail_codes.code"


@dataclass(frozen=True, slots=True)
class MailCode:
    """A fresh code; it is kept nowhere in the clear."""

    code: str
    expires_at: datetime


class MailCodeStore:
    """Keeps one open code for each user: the newest."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def code_of(self, key: str) -> str:
        """Return the six digits that belong to ``key``: only the master key gives them."""
        return f"{int(self._vault.index(_COLUMN, key)[:12], 16) % 1_000_000:06}"

    def issue(self, user_id: UserId, address: Address, key: str, *, now: datetime) -> MailCode:
        """Make a code for an address in place of an older one."""
        row = self._row(user_id)
        sent, since = (row["sent"], row["since"]) if row is not None else (0, now)
        if now - since >= timedelta(days=1):
            sent, since = 0, now
        self._connection.execute(delete(_T).where(_T.c.user_id == user_id))
        self._connection.execute(
            insert(_T).values(
                user_id=user_id,
                address=self._vault.close(user_id, _place(user_id), address.show()),
                code_index=self._index(key),
                tries=0,
                sent=sent + 1,
                since=since,
                expires_at=now + CODE_LIFE,
            )
        )
        return MailCode(self.code_of(key), now + CODE_LIFE)

    def check(self, user_id: UserId, *, now: datetime) -> None:
        """Raise `MailCodesTooMany` when no more codes are sent to this user's wish today."""
        row = self._row(user_id)
        used_up = row is not None and row["sent"] >= MOST_CODES_A_DAY
        if used_up and now - row["since"] < timedelta(days=1):
            raise MailCodesTooMany

    def take(self, user_id: UserId, code: str, *, now: datetime) -> Address | int:
        """Return the address that a code proves, once; after a wrong one, how many tries are left.

        After five wrong ones the right one is worth nothing either. Raises `MailCodeNotAsked` and
        `MailCodeExpired`; the caller commits a wrong try, or it would not count.
        """
        row = self._row(user_id)
        if row is None or not row["code_index"]:
            raise MailCodeNotAsked
        if now >= row["expires_at"] or row["tries"] >= MOST_TRIES:
            raise MailCodeExpired
        if not hmac.compare_digest(self._vault.index(_COLUMN, f"code:{code}"), row["code_index"]):
            tried = row["tries"] + 1
            mine = _T.c.user_id == user_id
            self._connection.execute(update(_T).where(mine).values(tries=tried))
            return int(MOST_TRIES - tried)
        address = self._vault.open(user_id, _place(user_id), bytes(row["address"]))
        self._connection.execute(update(_T).where(_T.c.user_id == user_id).values(code_index=""))
        return Address.parse(address)

    def _index(self, key: str) -> str:
        return self._vault.index(_COLUMN, f"code:{self.code_of(key)}")

    def _row(self, user_id: UserId) -> Any:
        query = select(_T).where(_T.c.user_id == user_id)
        return self._connection.execute(query).mappings().first()


def _place(user_id: UserId) -> tuple[str, str, str]:
    return ("mail_codes", "address", user_id)
