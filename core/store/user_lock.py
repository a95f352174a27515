"""One writer at a time in the books of one user."""

from __future__ import annotations

from sqlalchemy import Connection, text

from core.ids import UserId


class UserLock:
    """Held by a transaction until it ends; a second one for the same user waits.

    What a change reads first (is it still in the books, what are its parts, is the key used) is
    then still true when it writes, and two changes can never wait on each other in circles. On
    SQLite a write transaction excludes every other writer already.
    """

    def __init__(self, connection: Connection) -> None:
        """Lock inside the caller's transaction."""
        self._connection = connection
        self._held: set[str] = set()

    def hold(self, user_id: UserId) -> None:
        """Wait for whoever changes this user's books now, then keep others out."""
        if self._connection.dialect.name != "postgresql" or user_id in self._held:
            return
        self._connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:user, 0))"), {"user": user_id}
        )
        self._held.add(user_id)
