"""Cancellations that were sent: kept once, moved once for each thing that is learned."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, func, select, update

from core.ids import UserId
from core.ledger.entry import EntryState
from core.store.insert_once import insert_once
from core.store.tables import followed as tables
from core.store.tables.ledger import entries
from core.store.vault import Vault
from core.subscriptions.followed import FOLLOWED_MOVES, Followed, FollowedState, sources

_T, _E = tables.cancellations, entries
_OPEN = [state.value for state, moves in FOLLOWED_MOVES.items() if moves]


class FollowedStore:
    """Keeps what is followed."""

    def __init__(self, connection: Connection, _vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def follow(self, followed: Followed) -> bool:
        """Keep a cancellation that was sent, once for each approval."""
        return insert_once(
            self._connection,
            _T,
            {
                "approval_id": followed.approval_id,
                "user_id": followed.user_id,
                "subscription_id": followed.subscription_id,
                "state": followed.state.value,
                "ends_on": followed.ends_on,
                "due_on": followed.due_on,
                "sent_at": followed.sent_at,
            },
        )

    def find(self, approval_id: str) -> Followed | None:
        """Return what became of one approval's cancellation."""
        query = select(_T).where(_T.c.approval_id == approval_id)
        row = self._connection.execute(query).mappings().first()
        return _followed(row) if row is not None else None

    def open(self) -> tuple[Followed, ...]:
        """Return what may still change, oldest first."""
        query = select(_T).where(_T.c.state.in_(_OPEN)).order_by(_T.c.sent_at, _T.c.approval_id)
        return tuple(map(_followed, self._connection.execute(query).mappings()))

    def of(self, user_id: UserId) -> tuple[Followed, ...]:
        """Return all cancellations of one user, the newest first."""
        query = select(_T).where(_T.c.user_id == user_id).order_by(_T.c.sent_at.desc())
        return tuple(map(_followed, self._connection.execute(query).mappings()))

    def books_reach(self, account_id: int) -> date | None:
        """Return the day of the newest row of an account: what is later may only be missing."""
        query = select(func.max(_E.c.booked_date)).where(
            _E.c.account_id == account_id,
            _E.c.state.in_((EntryState.PENDING.value, EntryState.POSTED.value)),
        )
        found: date | None = self._connection.execute(query).scalar()
        return found

    def move(self, approval_id: str, state: FollowedState, *, now: datetime) -> bool:
        """Move a state if it still is one that ``state`` may follow."""
        allowed = [old.value for old in sources(state)]
        changed = self._connection.execute(
            update(_T)
            .where(_T.c.approval_id == approval_id, _T.c.state.in_(allowed))
            .values(state=state.value, settled_at=now)
        )
        return changed.rowcount == 1


def _followed(row: RowMapping) -> Followed:
    return Followed(
        approval_id=row["approval_id"],
        user_id=UserId(row["user_id"]),
        subscription_id=row["subscription_id"],
        state=FollowedState(row["state"]),
        ends_on=row["ends_on"],
        due_on=row["due_on"],
        sent_at=row["sent_at"],
    )
