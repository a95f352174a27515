"""One transaction and its stores: rolls back unless told to commit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from core.errors import FinanceError
from core.ids import UserId
from core.payees.guess import TeachableModel
from core.store.cipher import MasterKey
from core.store.engine import open_engine
from core.store.stores import Stores
from core.store.user_lock import UserLock
from core.store.vault import Vault


class StoreUnavailable(FinanceError):
    """The database does not answer; nothing was kept."""

    code = "store.unavailable"


class UnitOfWork(Stores):
    """One open transaction."""

    def __init__(
        self, connection: Connection, vault: Vault, model: TeachableModel | None = None
    ) -> None:
        """Work on an open ``connection``."""
        super().__init__(connection, vault, model)
        self._committed = False
        self._lock = UserLock(connection)

    def commit(self) -> None:
        """Keep everything done in this unit of work."""
        self.connection.commit()
        self._committed = True

    def hold(self, user_id: UserId) -> None:
        """Keep everybody else from changing this user's data until this transaction ends.

        After `ConversationStore.fence`, never before it: one order, so nobody waits in a circle.
        """
        self._lock.hold(user_id)


class Database:
    """The way to a unit of work; one per process."""

    def __init__(
        self, engine: Engine, master: MasterKey, model: TeachableModel | None = None
    ) -> None:
        """Use ``engine``; data keys are opened with ``master`` and cached.

        ``model`` guesses categories of merchants that nobody knows.
        """
        self.engine = engine
        self.master = master
        self._model = model
        self._keys: dict[str, bytes] = {}
        # One SQLite writer at a time inside this process: waiting on a lock is fairer and
        # cheaper than polling the file.
        self._turnstile: AbstractContextManager[object] = (
            threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        )

    @classmethod
    def open(cls, url: str, master: MasterKey, model: TeachableModel | None = None) -> Database:
        """Open a database by its URL."""
        return cls(open_engine(url), master, model)

    @property
    def is_private(self) -> bool:
        """Tell whether it lives in the memory of this process, in one connection."""
        return self.engine.dialect.name == "sqlite" and not self.engine.url.database

    @contextmanager
    def work(self, *, relaxed: bool = False) -> Iterator[UnitOfWork]:
        """Open a unit of work that may write; it rolls back unless committed.

        A ``relaxed`` commit survives the end of this process but does not wait for the disk: a
        power cut may take it back. It is for what nobody outside learns of before a later commit,
        which takes all earlier ones with it to the disk.
        """
        with self._turnstile, self._transaction(fm_relaxed=relaxed) as uow:
            yield uow

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """Open a unit of work that only reads; it never waits for a writer."""
        with self._transaction(fm_reading=True) as uow:
            yield uow

    def ping(self) -> None:
        """Raise `StoreUnavailable` when the database does not answer."""
        with self.reading() as uow:
            uow.connection.execute(text("SELECT 1"))

    def tidy(self) -> None:
        """Write what was destroyed through to the file, so that no older page of it lies beside.

        PostgreSQL does so by itself, in its own time.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with self._turnstile:
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, **options: bool) -> Iterator[UnitOfWork]:
        try:
            connection = self.engine.connect()
        except (OperationalError, DBAPIError, NoConnectionLeft) as error:
            raise StoreUnavailable from error
        try:
            connection = connection.execution_options(**options)
            vault = Vault(connection, self.master, self._keys)
            yield UnitOfWork(connection, vault, self._model)
        except OperationalError as error:
            raise StoreUnavailable from error
        finally:
            connection.close()
