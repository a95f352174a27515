"""Giving a bank's permission back, after an approval of exactly that; the history stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.approvals.approval import Approval, ApprovalState
from core.approvals.telling import CONFIRMED, facts_of
from core.banks.connection import CLOSING, Connection, ConnectionUnknown
from core.connect.bank_feed import BankFeed, BankNeedsSignIn, BankUnavailable
from core.facts import Answer, Fact
from core.ids import UserId
from core.store.unit_of_work import Database, UnitOfWork
from workers.actions import Performed, Ready, Stale

BANK_CHANGED = "bank_changed"
BANK_UNREACHED = "bank_unreached"


@dataclass(frozen=True, slots=True)
class CloseBank:
    """Asks the service to forget a connection, then forgets its secret; implements `Action`."""

    banks: Mapping[str, BankFeed]
    database: Database

    @property
    def name(self) -> str:
        """What proposals call it."""
        return CLOSING

    @property
    def is_idempotent(self) -> bool:
        """What is closed stays closed, however often it is asked for."""
        return True

    def prepare(
        self,
        uow: UnitOfWork,
        approval: Approval,
        *,
        now: datetime,  # noqa: ARG002 - a connection does not end by itself
    ) -> Ready | Stale:
        """Look that the connection is still there, and whose it was said to be."""
        try:
            connection = _connection(uow, approval)
        except ConnectionUnknown:
            return Stale(BANK_CHANGED)
        present = connection.payload()
        if not connection.is_read or present != dict(approval.payload):
            return Stale(BANK_CHANGED)
        return Ready(connection, present)

    def perform(self, ready: Ready, *, key: str) -> Performed:  # noqa: ARG002 - closed is closed
        """Give the permission back, then forget what it was."""
        connection: Connection = ready.request
        with self.database.reading() as uow:
            access = uow.banks.access(connection.id)
        feed = self.banks.get(connection.provider)
        try:
            if feed is not None and access:
                feed.close(access)
        except BankNeedsSignIn:
            pass  # the bank has ended it already
        except BankUnavailable:
            return Performed(ApprovalState.FAILED, BANK_UNREACHED)
        with self.database.work() as uow:
            uow.hold(connection.user_id)
            uow.banks.close(connection.id)
            uow.commit()
        return _done(connection)

    def look_up(self, approval: Approval) -> Performed | None:
        """Tell whether the connection has ended."""
        with self.database.reading() as uow:
            connection = _connection(uow, approval)
        return None if connection.is_read else _done(connection)

    def record(
        self, uow: UnitOfWork, approval: Approval, performed: Performed, *, now: datetime
    ) -> None:
        """Nothing is left to record: the connection has ended."""

    def tell(self, approval: Approval, *, facts: tuple[Fact, ...] = ()) -> Answer:
        """Word the recorded state."""
        told = (*facts_of(approval), *facts)
        shape = "request.unknown_outcome"
        if approval.state is ApprovalState.EXECUTED:
            shape = "disconnect_bank.done"
        elif approval.state in (ApprovalState.FAILED, ApprovalState.SUPERSEDED):
            shape = "disconnect_bank.failed"
        demo = approval.payload.get("provider") == "demo"
        return Answer(shape, told, options=("bank.demo",) if demo else ())


def _connection(uow: UnitOfWork, approval: Approval) -> Connection:
    return uow.banks.get(UserId(approval.user_id), str(approval.payload["connection"]))


def _done(connection: Connection) -> Performed:
    receipt = {"state": CONFIRMED, "provider": connection.provider}
    return Performed(ApprovalState.EXECUTED, receipt=receipt)
