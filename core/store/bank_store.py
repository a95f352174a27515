"""Connections to banks: offered, signed in to, read by one worker at a time, given back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Transaction
from sqlalchemy import RowMapping, insert, select, update

from core.banks.connection import (
    CONNECTION_MOVES,
    OFFER_LASTS,
    READ,
    WAKE_AT_MOST_EVERY,
    Connection,
    ConnectionState,
    ConnectionUnknown,
    Reading,
    Renewal,
    Trouble,
)
from core.banks.feed import FeedLink
from core.ids import AccountId, Ids, UserId
from core.store.insert_once import insert_once
from core.store.tables import bank as tables
from core.store.vault import Vault

_T, _A, _R = tables.connections, tables.bank_accounts, tables.readings
_READ_STATES = tuple(state.value for state in READ)


class BankStore:
    """Keeps connections; what opens one is sealed."""

    def __init__(self, connection: Transaction, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def offer(
        self,
        user_id: UserId,
        *,
        provider: str,
        demo: bool,
        conversation_id: str,
        now: datetime,
        ids: Ids,
    ) -> Connection:
        """Keep that a user may sign in at a bank, for a quarter of an hour."""
        connection_id = ids.new("bank")
        self._connection.execute(
            insert(_T).values(
                id=connection_id,
                user_id=user_id,
                provider=provider,
                state=ConnectionState.OFFERED.value,
                bank="",
                epoch=0,
                conversation_id=conversation_id,
                asked=False,
                demo=demo,
                offered_until=now + OFFER_LASTS,
                trouble="",
                failures=0,
                created_at=now,
            )
        )
        return self.get(user_id, connection_id)

    def open_offer(self, user_id: UserId, *, now: datetime) -> Connection | None:
        """Return the offer that the user still may sign in on, if there is one."""
        query = select(_T).where(
            _T.c.user_id == user_id,
            _T.c.state == ConnectionState.OFFERED.value,
            _T.c.offered_until > now,
        )
        row = self._connection.execute(query.order_by(_T.c.id).limit(1)).mappings().first()
        return self._opened(row) if row is not None else None

    def withdraw(self, user_id: UserId, connection_id: str) -> None:
        """Take an offer back that nobody has signed in on."""
        if self.get(user_id, connection_id).state is ConnectionState.OFFERED:
            self.close(connection_id)

    def get(self, user_id: UserId, connection_id: str) -> Connection:
        """Return a connection of the user's; raise `ConnectionUnknown`."""
        found = self.find(connection_id)
        if found is None or found.user_id != user_id:
            raise ConnectionUnknown
        return found

    def find(self, connection_id: str) -> Connection | None:
        """Return a connection, whoever's it is."""
        query = select(_T).where(_T.c.id == connection_id)
        row = self._connection.execute(query).mappings().first()
        return self._opened(row) if row is not None else None

    def of(self, user_id: UserId) -> tuple[Connection, ...]:
        """Return the user's connections that are read, oldest first."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id, _T.c.state.in_(_READ_STATES))
            .order_by(_T.c.created_at, _T.c.id)
        )
        return tuple(map(self._opened, self._connection.execute(query).mappings()))

    def accounts_of(self, user_id: UserId) -> dict[str, tuple[AccountId, ...]]:
        """Return the accounts of each of the user's connections."""
        query = select(_A.c.connection_id, _A.c.account_id).where(_A.c.user_id == user_id)
        found: dict[str, tuple[AccountId, ...]] = {}
        for connection_id, account_id in self._connection.execute(query.order_by(_A.c.account_id)):
            found[connection_id] = (*found.get(connection_id, ()), AccountId(account_id))
        return found

    def due(self, *, now: datetime, limit: int) -> tuple[Connection, ...]:
        """Return connections whose reading is due, the longest waiting first."""
        query = (
            select(_T)
            .where(_T.c.state.in_(_READ_STATES), _T.c.next_sync_at <= now)
            .order_by(_T.c.next_sync_at)
            .limit(limit)
        )
        return tuple(map(self._opened, self._connection.execute(query).mappings()))

    def named(self, provider: str, reference: str) -> Connection | None:
        """Return the connection that a service knows under a name, if it is one that is read."""
        query = select(_T).where(
            _T.c.provider == provider,
            _T.c.reference == reference,
            _T.c.state.in_(_READ_STATES),
        )
        row = self._connection.execute(query.limit(1)).mappings().first()
        return self._opened(row) if row is not None else None

    def wake(self, before: Connection, *, now: datetime) -> None:
        """Let a connection be read soon, however far its next turn is.

        A reading that is on its way keeps nothing then: it may have begun before the news.
        """
        soon = max(now, (before.synced_at or now) + WAKE_AT_MOST_EVERY)
        at = min(soon, before.next_sync_at or soon)
        self._write(before.id, next_sync_at=at, epoch=before.epoch + 1)

    def want_renewed(
        self, connection_id: str, renewal: Renewal, ends_at: datetime | None = None
    ) -> None:
        """Keep that the user should go to his bank although it is read; ``NONE`` when he has."""
        self._write(connection_id, renewal=renewal.value or None, ends_at=ends_at)

    def offered(self, *, now: datetime) -> tuple[Connection, ...]:
        """Return connections whose page was opened and may have been signed in on."""
        query = select(_T).where(
            _T.c.token.is_not(None),
            _T.c.state != ConnectionState.CLOSED.value,
            _T.c.offered_until > now,
        )
        return tuple(map(self._opened, self._connection.execute(query).mappings()))

    def listed(self, limit: int) -> tuple[Connection, ...]:
        """Return connections of all users: those in trouble first, then the newest."""
        troubled = _T.c.trouble != Trouble.NONE.value
        order = (troubled.desc(), _T.c.created_at.desc(), _T.c.id)
        query = select(_T).order_by(*order).limit(limit)
        return tuple(map(self._opened, self._connection.execute(query).mappings()))

    def keep_token(self, connection_id: str, token: str, until: datetime) -> None:
        """Keep the page that was offered, to look later whether it was signed in on."""
        sealed = self._seal(connection_id, "token", token)
        self._write(connection_id, token=sealed, offered_until=until)

    def token(self, connection_id: str) -> str:
        """Return the page that was offered last, nothing when there is none."""
        return self._unsealed(connection_id, "token")

    def access(self, connection_id: str) -> str:
        """Return the secret that the rows are read with."""
        return self._unsealed(connection_id, "access")

    def activate(self, connection_id: str, link: FeedLink | None, *, now: datetime) -> bool:
        """Keep what a sign-in gave and let it be read at once; false when it was kept before.

        ``link`` is nothing when it was only signed in to again: the secret is the old one.
        """
        if not self._may_activate(connection_id, again=link is None):
            return False
        if link is not None:
            sealed = self._seal(connection_id, "access", link.access)
            self._write(connection_id, reference=link.reference[:80], access=sealed)
        self._write(
            connection_id,
            state=ConnectionState.ACTIVE.value,
            token=None,
            offered_until=None,
            asked=True,
            next_sync_at=now,
            trouble="",
            failures=0,
            renewal=None,
            ends_at=None,
        )
        return True

    def ask_again(self, connection_id: str, conversation_id: str, *, now: datetime) -> None:
        """Let a connection be read now, and tell the chat that asked."""
        self._write(connection_id, asked=True, conversation_id=conversation_id, next_sync_at=now)

    def offer_again(self, connection_id: str, conversation_id: str, *, now: datetime) -> None:
        """Let the user sign in again to a connection he has."""
        self._write(connection_id, offered_until=now + OFFER_LASTS, conversation_id=conversation_id)

    def advance(
        self, before: Connection, *, cursor: str, bank: str, next_at: datetime, now: datetime
    ) -> bool:
        """Keep how far a connection was read; false when another reader was faster.

        In the transaction that books the rows: both are kept, or neither.
        """
        moved = self._connection.execute(
            update(_T)
            .where(_T.c.id == before.id, _T.c.epoch == before.epoch, _T.c.state.in_(_READ_STATES))
            .values(
                state=ConnectionState.ACTIVE.value,
                epoch=before.epoch + 1,
                cursor=self._seal(before.id, "cursor", cursor),
                bank=bank[:80],
                asked=False,
                next_sync_at=next_at,
                synced_at=now,
                trouble="",
                failures=0,
            )
        )
        return moved.rowcount == 1

    def fail(self, before: Connection, trouble: Trouble, *, next_at: datetime) -> bool:
        """Keep that a reading brought nothing; false when another reader was faster."""
        state: dict[str, Any] = {"state": before.state.value}
        if trouble is Trouble.SIGN_IN:  # that is all there is to do then
            state = {"state": ConnectionState.SIGN_IN.value, "renewal": None, "ends_at": None}
        moved = self._connection.execute(
            update(_T)
            .where(_T.c.id == before.id, _T.c.epoch == before.epoch, _T.c.state.in_(_READ_STATES))
            .values(
                **state,
                epoch=before.epoch + 1,
                asked=False,
                next_sync_at=next_at,
                trouble=trouble.value,
                failures=before.failures + 1,
            )
        )
        return moved.rowcount == 1

    def close(self, connection_id: str) -> bool:
        """End a connection and forget its secret; false when it had ended."""
        if not self._may_move(connection_id, ConnectionState.CLOSED):
            return False
        self._write(
            connection_id,
            state=ConnectionState.CLOSED.value,
            access=None,
            token=None,
            cursor=None,
            next_sync_at=None,
            asked=False,
        )
        return True

    def known(self, connection_id: str) -> dict[str, AccountId]:
        """Return which of the user's accounts those of the bank are, by the bank's references."""
        query = select(_A.c.reference, _A.c.account_id).where(_A.c.connection_id == connection_id)
        return {ref: AccountId(found) for ref, found in self._connection.execute(query)}

    def know(
        self, user_id: UserId, connection_id: str, reference: str, account_id: AccountId
    ) -> None:
        """Keep which of the user's accounts one of the bank's is."""
        values = {
            "connection_id": connection_id,
            "reference": reference,
            "user_id": user_id,
            "account_id": account_id,
        }
        insert_once(self._connection, _A, values)

    def log(self, before: Connection, trouble: Trouble, reading: Reading, now: datetime) -> None:
        """Keep what a reading came to."""
        self._connection.execute(
            insert(_R).values(
                connection_id=before.id,
                user_id=before.user_id,
                at=now,
                trouble=trouble.value,
                new=reading.new,
                changed=reading.changed,
                removed=reading.removed,
            )
        )

    def log_of(self, connection_id: str) -> tuple[Reading, ...]:
        """Return what the readings of a connection came to, the newest first."""
        query = select(_R).where(_R.c.connection_id == connection_id).order_by(_R.c.id.desc())
        return tuple(
            Reading(row.new, row.changed, row.removed) for row in self._connection.execute(query)
        )

    def _may_activate(self, connection_id: str, *, again: bool) -> bool:
        """Tell whether a sign-in may be kept; of what is read as ever, while its page is open."""
        query = select(_T.c.state, _T.c.token).where(_T.c.id == connection_id).with_for_update()
        found = self._connection.execute(query).first()
        if found is None:
            return False
        state = ConnectionState(found.state)
        if state is ConnectionState.ACTIVE:
            return again and found.token is not None
        return ConnectionState.ACTIVE in CONNECTION_MOVES[state]

    def _may_move(self, connection_id: str, state: ConnectionState) -> bool:
        query = select(_T.c.state).where(_T.c.id == connection_id).with_for_update()
        found = self._connection.execute(query).scalar()
        return found is not None and state in CONNECTION_MOVES[ConnectionState(found)]

    def _write(self, connection_id: str, **values: Any) -> None:
        self._connection.execute(update(_T).where(_T.c.id == connection_id).values(**values))

    def _seal(self, connection_id: str, column: str, text: str) -> bytes:
        return self._vault.close(
            self._owner(connection_id), ("bank_connections", column, connection_id), text
        )

    def _unsealed(self, connection_id: str, column: str) -> str:
        query = select(_T.c[column], _T.c.user_id).where(_T.c.id == connection_id)
        row = self._connection.execute(query).first()
        if row is None or row[0] is None:
            return ""
        place = ("bank_connections", column, connection_id)
        return self._vault.open(UserId(row[1]), place, bytes(row[0]))

    def _owner(self, connection_id: str) -> UserId:
        query = select(_T.c.user_id).where(_T.c.id == connection_id)
        return UserId(self._connection.execute(query).scalar_one())

    def _opened(self, row: RowMapping | Mapping[str, Any]) -> Connection:
        cursor = row["cursor"]
        place = ("bank_connections", "cursor", row["id"])
        return Connection(
            id=row["id"],
            user_id=UserId(row["user_id"]),
            provider=row["provider"],
            state=ConnectionState(row["state"]),
            bank=row["bank"],
            cursor="" if cursor is None else self._vault.open(row["user_id"], place, bytes(cursor)),
            epoch=row["epoch"],
            conversation_id=row["conversation_id"],
            asked=row["asked"],
            offered_until=row["offered_until"],
            next_sync_at=row["next_sync_at"],
            synced_at=row["synced_at"],
            trouble=Trouble(row["trouble"]),
            failures=row["failures"],
            demo=row["demo"],
            renewal=Renewal(row["renewal"] or ""),
            ends_at=row["ends_at"],
        )
