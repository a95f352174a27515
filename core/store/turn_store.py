"""Turns: how far each exchange has come, so that a crash resumes where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Update, bindparam, select, update

from core.conversation.plan import Plan
from core.conversation.plan_json import plan_from_json, plan_to_json
from core.conversation.turn import TURN_MOVES, Turn, TurnState
from core.ids import Ids, TurnId
from core.store.insert_once import insert_once
from core.store.tables import conversation as tables
from core.store.vault import Vault

_T = tables.turns

# What every turn needs is written out once; making it anew takes longer than running it.
_MOVE = {
    state: update(_T)
    .where(
        _T.c.id == bindparam("turn"),
        _T.c.epoch == bindparam("held"),
        _T.c.state.in_([old.value for old, new in TURN_MOVES.items() if state in new]),
    )
    .values(state=state.value)
    for state in TurnState
}
_FINISH = {
    state: move.values(finished_at=bindparam("now"), reference=bindparam("found_by"))
    for state, move in _MOVE.items()
}
_PLANNED: dict[str, Any] = {"planner": bindparam("planned_by"), "plan": bindparam("sealed_plan")}
_FINISH_PLANNED = {state: finish.values(_PLANNED) for state, finish in _FINISH.items()}
_LAST_END = (
    select(_T.c.finished_at)
    .where(_T.c.conversation_id == bindparam("talk"))
    .order_by(_T.c.started_at.desc())
    .limit(1)
)
_WRITE_PLAN = _MOVE[TurnState.PLANNED].values(_PLANNED)


class TurnStore:
    """Opens turns and keeps their plans."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def open(
        self,
        *,
        conversation_id: str,
        owner: str,
        inbound_id: str,
        epoch: int,
        registry: str,
        now: datetime,
        ids: Ids,
    ) -> Turn:
        """Open the turn of an inbound message, or take over the one a crash left (T2).

        It begins when its chat is claimed, and that is not before the last one there ended: the
        clock of another machine may say otherwise.
        """
        begun = self._not_before(conversation_id, now)
        values = {
            "id": ids.new("turn"),
            "conversation_id": conversation_id,
            "owner": owner,
            "inbound_id": inbound_id,
            "epoch": epoch,
            "state": TurnState.OPEN.value,
            "registry": registry,
            "started_at": begun,
        }
        if insert_once(self._connection, _T, values):
            return self._turn({**values, "plan": None})
        query = select(_T).where(_T.c.inbound_id == inbound_id)
        row = self._connection.execute(query).mappings().one()
        taken: dict[str, Any] = {"epoch": epoch}
        if row["finished_at"] is not None:  # it had failed, and was put back: it begins anew
            taken |= {"started_at": begun, "finished_at": None, "reference": None}
        self._connection.execute(update(_T).where(_T.c.id == row["id"]).values(taken))
        return self._turn({**row, **taken})

    def reopen(self, inbound_id: str) -> None:
        """Let the turn of a message that failed be taken again; until then its end stands."""
        opened = update(_T).where(_T.c.inbound_id == inbound_id).values(state=TurnState.OPEN.value)
        self._connection.execute(opened.where(_T.c.state == TurnState.FAILED.value))

    def write_plan(self, turn: Turn, plan: Plan, owner: str) -> bool:
        """Write the plan down (T3); false when it has already moved on."""
        return self._moved(_WRITE_PLAN, turn, self._sealed(turn, plan, owner))

    def finish(
        self,
        turn: Turn,
        state: TurnState,
        *,
        now: datetime,
        reference: str = "",
        plan: Plan | None = None,
        owner: str = "",
    ) -> bool:
        """Close a turn (T5); a plan not written down before is kept now."""
        values: dict[str, Any] = {"now": now, "found_by": reference or None}
        if plan is None:
            return self._moved(_FINISH[state], turn, values)
        return self._moved(_FINISH_PLANNED[state], turn, values | self._sealed(turn, plan, owner))

    def of(self, conversation_id: str, limit: int = 50) -> tuple[RowMapping, ...]:
        """Return a conversation's turns for the console, newest first; plans stay sealed."""
        query = (
            select(_T)
            .where(_T.c.conversation_id == conversation_id)
            .order_by(_T.c.started_at.desc(), _T.c.id.desc())
            .limit(limit)
        )
        return tuple(self._connection.execute(query).mappings())

    def plan_of(self, row: Mapping[str, Any] | RowMapping) -> Plan | None:
        """Unseal the plan in a row of `of`."""
        if row["plan"] is None:
            return None
        place = ("turns", "plan", row["id"])
        return plan_from_json(self._vault.open_json(row["owner"], place, bytes(row["plan"])))

    def _not_before(self, conversation_id: str, now: datetime) -> datetime:
        """Return ``now``, or when the last turn of the chat ended where that is later."""
        ended = self._connection.execute(_LAST_END, {"talk": conversation_id}).scalar()
        return now if ended is None else max(now, ended)

    def _sealed(self, turn: Turn, plan: Plan, owner: str) -> dict[str, Any]:
        place = ("turns", "plan", turn.id)
        sealed = self._vault.close_json(owner, place, plan_to_json(plan))
        return {"planned_by": plan.planner.value, "sealed_plan": sealed}

    def _moved(self, move: Update, turn: Turn, values: dict[str, Any]) -> bool:
        changed = self._connection.execute(move, {"turn": turn.id, "held": turn.epoch, **values})
        return changed.rowcount == 1

    def _turn(self, row: Mapping[str, Any] | RowMapping) -> Turn:
        return Turn(
            id=TurnId(row["id"]),
            conversation_id=row["conversation_id"],
            inbound_id=row["inbound_id"],
            epoch=row["epoch"],
            state=TurnState(row["state"]),
            started_at=row["started_at"],
            plan=self.plan_of(row),
        )
