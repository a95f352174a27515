"""Second factors of operators: a sealed secret, the step taken last, and codes for a lost phone."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from core.ids import Ids, UserId
from core.store.binding_store import token_hash
from core.store.tables import people
from core.store.vault import Vault
from core.users.second_factor import RECOVERY_CODES, new_secret, taken_step

_T = people.second_factors


class SecondFactorStore:
    """Sets up, checks and ends second factors."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def is_set_up(self, user_id: UserId) -> bool:
        """Tell whether the user has confirmed a second factor."""
        row = self._row(user_id)
        return row is not None and row["confirmed_at"] is not None

    def offered(self, user_id: UserId, *, now: datetime) -> bytes:
        """Return the secret that waits to be confirmed, a new one when none does."""
        row = self._row(user_id)
        if row is not None:
            return self._secret(row)
        secret = new_secret()
        sealed = self._vault.close(user_id, _place(user_id), secret.hex())
        self._connection.execute(
            insert(_T).values(
                user_id=user_id, secret=sealed, last_step=0, recovery="[]", created_at=now
            )
        )
        return secret

    def confirm(self, user_id: UserId, code: str, *, now: datetime, ids: Ids) -> tuple[str, ...]:
        """Set it up with a right code; return the recovery codes, nothing for a wrong one.

        They are told this once: only their hashes are kept.
        """
        row = self._row(user_id)
        if row is None or row["confirmed_at"] is not None or not self._take(row, code, now):
            return ()
        codes = tuple("-".join(ids.code() for _ in range(3)) for _ in range(RECOVERY_CODES))
        kept = json.dumps([token_hash(each) for each in codes])
        where = _T.c.user_id == user_id
        self._connection.execute(update(_T).where(where).values(confirmed_at=now, recovery=kept))
        return codes

    def passes(self, user_id: UserId, code: str, *, now: datetime) -> bool:
        """Tell whether a code, or one of the recovery codes, is right; each works once."""
        row = self._row(user_id)
        if row is None or row["confirmed_at"] is None:
            return False
        return self._take(row, code, now) or self._burn(row, code)

    def end(self, user_id: UserId) -> bool:
        """Forget it, so that the next sign-in sets up another; tell whether there was one."""
        return self._connection.execute(delete(_T).where(_T.c.user_id == user_id)).rowcount == 1

    def _row(self, user_id: UserId) -> RowMapping | None:
        query = select(_T).where(_T.c.user_id == user_id)
        return self._connection.execute(query).mappings().first()

    def _secret(self, row: RowMapping) -> bytes:
        user_id = row["user_id"]
        return bytes.fromhex(self._vault.open(user_id, _place(user_id), bytes(row["secret"])))

    def _take(self, row: RowMapping, code: str, now: datetime) -> bool:
        """Take a code; of two at once, one finds the step moved on and is refused."""
        step = taken_step(self._secret(row), code, now=now, after=row["last_step"])
        if step is None:
            return False
        mine = (_T.c.user_id == row["user_id"]) & (_T.c.last_step == row["last_step"])
        return self._connection.execute(update(_T).where(mine).values(last_step=step)).rowcount == 1

    def _burn(self, row: RowMapping, code: str) -> bool:
        hashes = json.loads(row["recovery"])
        given = token_hash(code.strip().upper())
        if given not in hashes:
            return False
        hashes.remove(given)
        mine = (_T.c.user_id == row["user_id"]) & (_T.c.recovery == row["recovery"])
        done = update(_T).where(mine).values(recovery=json.dumps(hashes))
        return self._connection.execute(done).rowcount == 1


def _place(user_id: UserId) -> tuple[str, str, str]:
    return ("second_factors", "secret", user_id)
