"""Approvals: decided once, claimed once, settled only by whoever holds the lease."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update

from core.approvals.approval import (
    EXECUTE_WITHIN,
    MAX_TRIES,
    OPEN_STATES,
    Approval,
    ApprovalState,
    Proposal,
    expiry,
    sources,
)
from core.approvals.decision import Decision, Said, Verdict, decide, normal_code
from core.approvals.payload import canonical, payload_hash
from core.errors import FinanceError
from core.ids import Ids, UserId
from core.store.insert_once import insert_once
from core.store.tables import action as tables
from core.store.vault import Vault

_T = tables.approvals
_S = ApprovalState
_CODE_TRIES = 20
_MOVES = {
    Verdict.APPROVED: _S.APPROVED,
    Verdict.DECLINED: _S.DECLINED,
    Verdict.EXPIRED: _S.EXPIRED,
    Verdict.STEP_UP: _S.CONFIRMING,
}
_OPEN = tuple(state.value for state in OPEN_STATES)
TOO_MANY_TRIES = "too_many_tries"
NEVER_STARTED = "never_started"


class CodesExhausted(FinanceError):
    """No unused code was found for this user; there are far more codes than anybody can use."""

    code = "approval.codes_exhausted"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an execution came to. ``look_again`` is when an unknown outcome is asked for next."""

    state: ApprovalState
    reason: str = ""
    reference: str = ""
    receipt: Mapping[str, Any] | None = None
    look_again: datetime | None = None


class ApprovalStore:
    """Keeps approvals and makes every move of their state a conditional update."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def add(self, proposal: Proposal, *, now: datetime, ids: Ids) -> Approval:
        """Present a proposal under a code that no approval of this user ever had."""
        approval_id = ids.new("appr")
        expires_at = expiry(proposal.tier, now=now)
        values = {
            "id": approval_id,
            "user_id": proposal.user_id,
            "conversation_id": proposal.conversation_id,
            "action": proposal.action,
            "tier": proposal.tier,
            "payload": self._vault.close(
                proposal.user_id, _place("payload", approval_id), canonical(proposal.payload)
            ),
            "payload_hash": payload_hash(
                proposal.payload,
                user_id=proposal.user_id,
                action=proposal.action,
                nonce=approval_id,
                expires_at=expires_at,
            ),
            "answer": self._vault.close_json(
                proposal.user_id, _place("answer", approval_id), dict(proposal.shown)
            ),
            "state": _S.PENDING.value,
            "tries": 0,
            "created_at": now,
            "expires_at": expires_at,
        }
        for _ in range(_CODE_TRIES):
            if insert_once(self._connection, _T, {**values, "code": ids.code()}):
                return self._required(approval_id)
        raise CodesExhausted

    def get(self, approval_id: str) -> Approval | None:
        """Return one approval by its id."""
        return self._one(_T.c.id == approval_id)

    def by_code(self, user_id: UserId, code: str) -> Approval | None:
        """Return the user's approval with this code, whatever its state."""
        return self._one(_T.c.user_id == user_id, _T.c.code == normal_code(code))

    def open_for(self, user_id: UserId, *, now: datetime) -> tuple[Approval, ...]:
        """Return what waits for the user's word, oldest first."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id, _T.c.state.in_(_OPEN), _T.c.expires_at > now)
            .order_by(_T.c.created_at, _T.c.id)
        )
        return tuple(self._approval(row) for row in self._connection.execute(query).mappings())

    def latest_for(self, user_id: UserId, limit: int = 1) -> tuple[Approval, ...]:
        """Return the user's newest approvals in any state: "did it work?"."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id)
            .order_by(_T.c.created_at.desc(), _T.c.id.desc())
            .limit(limit)
        )
        return tuple(self._approval(row) for row in self._connection.execute(query).mappings())

    def decide(self, said: Said, *, now: datetime) -> Decision:
        """Take a user's word; of two at the same moment the database lets one through."""
        approval = self.by_code(said.user_id, said.code)
        if approval is None:
            return self._count_wrong_code(said, now)
        verdict = decide(approval, said, now=now)
        state = _MOVES.get(verdict)
        if state in (None, approval.state) or approval.state not in OPEN_STATES:
            return Decision(verdict, approval)
        # Only from what was judged: of a word in time and one too late at the same moment, the
        # second must not end what the first has approved.
        judged = tuple(OPEN_STATES.intersection(sources(state)))
        moved = self._move(approval.id, state, judged, decided_at=now)
        current = self._required(approval.id)
        return Decision(verdict if moved else Verdict.ALREADY, current)

    def withdraw(
        self, user_id: UserId, code: str, *, reason: str, now: datetime
    ) -> Approval | None:
        """Take a proposal back before it is executed; nothing when it is too late or unknown."""
        approval = self.by_code(user_id, code)
        if approval is None:
            return None
        if not self._move(approval.id, _S.WITHDRAWN, reason=reason, decided_at=now):
            return None
        return self._required(approval.id)

    def withdraw_open(
        self, user_id: UserId, conversation_id: str, *, reason: str, now: datetime
    ) -> int:
        """Void what is open in one chat: its user opted out there, or typed too many codes."""
        changed = self._connection.execute(
            update(_T)
            .where(
                _T.c.user_id == user_id,
                _T.c.conversation_id == conversation_id,
                _T.c.state.in_(_OPEN),
            )
            .values(state=_S.WITHDRAWN.value, reason=reason, decided_at=now)
        )
        return changed.rowcount

    def supersede(self, approval_id: str, *, reason: str, now: datetime) -> bool:
        """Replace an open proposal by a newer one of the same thing."""
        return self._move(
            approval_id, _S.SUPERSEDED, tuple(OPEN_STATES), reason=reason, decided_at=now
        )

    def expire_due(self, *, now: datetime) -> tuple[Approval, ...]:
        """End what was not answered in time, and what was approved but never started."""
        late = now - EXECUTE_WITHIN
        query = select(_T.c.id, _T.c.state).where(
            or_(
                _T.c.state.in_(_OPEN) & (_T.c.expires_at <= now),
                (_T.c.state == _S.APPROVED.value) & (_T.c.decided_at <= late),
            )
        )
        ended = []
        for approval_id, state in self._connection.execute(query).all():
            reason = NEVER_STARTED if state == _S.APPROVED.value else None
            if self._move(approval_id, _S.EXPIRED, (_S(state),), reason=reason, settled_at=now):
                ended.append(self._required(approval_id))
        return tuple(ended)

    def claim_approved(self, *, now: datetime, lease: timedelta) -> Approval | None:
        """Take one approved action for execution; commit before anything is done."""
        query = (
            select(_T.c.id)
            .where(_T.c.state == _S.APPROVED.value, _T.c.decided_at > now - EXECUTE_WITHIN)
            .order_by(_T.c.decided_at, _T.c.id)
            .limit(1)
        )
        found = self._connection.execute(self._locking(query)).scalar()
        if found is None:
            return None
        if not self._move(found, _S.EXECUTING, lease_until=now + lease):
            return None
        return self._required(found)

    def claim_overdue(self, *, now: datetime, lease: timedelta) -> Approval | None:
        """Take one execution whose outcome is open: its lease ended, or its next look is due.

        The state stays; the new lease keeps other executors away and the old holder from
        settling. The caller asks the provider by the approval's key before anything else.
        """
        open_states = (_S.EXECUTING.value, _S.UNKNOWN.value)
        query = (
            select(_T.c.id, _T.c.lease_until)
            .where(_T.c.state.in_(open_states), _T.c.lease_until <= now)
            .order_by(_T.c.lease_until)
            .limit(1)
        )
        row = self._connection.execute(self._locking(query)).first()
        if row is None:
            return None
        changed = self._connection.execute(
            update(_T)
            .where(
                _T.c.id == row.id,
                _T.c.state.in_(open_states),
                _T.c.lease_until == row.lease_until,
            )
            .values(lease_until=now + lease)
        )
        return self._required(row.id) if changed.rowcount == 1 else None

    def hold_all(self, *, now: datetime) -> int:
        """After a restore: what was approved may have been done since the copy was made.

        It counts as begun by somebody who is gone, so that the service is asked by the key first.
        """
        changed = self._connection.execute(
            update(_T)
            .where(_T.c.state == _S.APPROVED.value)
            .values(state=_S.EXECUTING.value, lease_until=now)
        )
        return changed.rowcount

    def settle(self, held: Approval, settlement: Settlement, *, now: datetime) -> bool:
        """Write what an execution came to; false when the lease is somebody else's by now."""
        receipt = settlement.receipt
        sealed = (
            self._vault.close_json(held.user_id, _place("receipt", held.id), dict(receipt))
            if receipt is not None
            else None
        )
        allowed = {*sources(settlement.state), settlement.state} & {_S.EXECUTING, _S.UNKNOWN}
        changed = self._connection.execute(
            update(_T)
            .where(
                _T.c.id == held.id,
                _T.c.state.in_([state.value for state in allowed]),
                _T.c.lease_until == held.lease_until,
            )
            .values(
                state=settlement.state.value,
                reason=settlement.reason or None,
                reference=settlement.reference or None,
                receipt=sealed,
                settled_at=None if settlement.state is _S.EXECUTING else now,
                lease_until=settlement.look_again,
            )
        )
        return changed.rowcount == 1

    def _count_wrong_code(self, said: Said, now: datetime) -> Decision:
        """Count a code nobody has against everything open in that chat; the fifth voids it all."""
        here = (
            _T.c.user_id == said.user_id,
            _T.c.conversation_id == said.conversation_id,
            _T.c.state.in_(_OPEN),
        )
        self._connection.execute(update(_T).where(*here).values(tries=_T.c.tries + 1))
        voided = self._connection.execute(
            update(_T)
            .where(*here, _T.c.tries >= MAX_TRIES)
            .values(state=_S.WITHDRAWN.value, reason=TOO_MANY_TRIES, decided_at=now)
        )
        return Decision(Verdict.VOID if voided.rowcount else Verdict.WRONG_CODE)

    def _move(
        self,
        approval_id: str,
        new: ApprovalState,
        old: tuple[ApprovalState, ...] = (),
        **values: Any,
    ) -> bool:
        """Move a state if it still is one that ``new`` may follow; one row changed means yes."""
        allowed = [state.value for state in old or sources(new)]
        changed = self._connection.execute(
            update(_T)
            .where(_T.c.id == approval_id, _T.c.state.in_(allowed))
            .values(state=new.value, **values)
        )
        return changed.rowcount == 1

    def _locking(self, query: Any) -> Any:
        if self._connection.dialect.name == "postgresql":
            return query.with_for_update(skip_locked=True)
        return query  # a write transaction on SQLite already excludes every other writer

    def _one(self, *where: Any) -> Approval | None:
        row = self._connection.execute(select(_T).where(*where)).mappings().first()
        return self._approval(row) if row is not None else None

    def _required(self, approval_id: str) -> Approval:
        query = select(_T).where(_T.c.id == approval_id)
        return self._approval(self._connection.execute(query).mappings().one())

    def _approval(self, row: Mapping[Any, Any]) -> Approval:
        owner, key = UserId(row["user_id"]), row["id"]
        opened = self._vault.open_json
        receipt = row["receipt"]
        return Approval(
            id=key,
            user_id=owner,
            conversation_id=row["conversation_id"],
            code=row["code"],
            action=row["action"],
            tier=row["tier"],
            payload=opened(owner, _place("payload", key), bytes(row["payload"])),
            payload_hash=row["payload_hash"],
            state=ApprovalState(row["state"]),
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            shown=opened(owner, _place("answer", key), bytes(row["answer"])),
            tries=row["tries"],
            reference=row["reference"],
            receipt=opened(owner, _place("receipt", key), bytes(receipt)) if receipt else None,
            reason=row["reason"],
            decided_at=row["decided_at"],
            settled_at=row["settled_at"],
            lease_until=row["lease_until"],
        )


def _place(column: str, approval_id: str) -> tuple[str, str, str]:
    return ("approvals", column, approval_id)
