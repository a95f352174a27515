"""How much work waits in each queue and for how long: for metrics, alerts and autoscaling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from core.approvals.approval import ApprovalState
from core.banks.connection import ConnectionState
from core.conversation.turn import InboundState
from core.messaging.delivery import DeliveryState
from core.messaging.outbox import Lane, lane_classes
from core.store.paper_store import PaperState
from core.store.schedule_store import OccurrenceState
from core.store.tables import action, bank, conversation, message, paper, plan

_IN, _OUT, _TRIES = conversation.inbox, message.outbox, message.attempts
_WENT_WELL = (
    DeliveryState.SENDING.value,
    DeliveryState.ACCEPTED.value,
    DeliveryState.DELIVERED.value,
    "released",
)


@dataclass(frozen=True, slots=True)
class Pile:
    """What is due in one queue: how much, and since when the oldest of it is."""

    waiting: int
    oldest: datetime | None

    def age(self, now: datetime) -> float:
        """Return the seconds that the oldest has been due; 0 when nothing is."""
        return max(0.0, (now - self.oldest).total_seconds()) if self.oldest is not None else 0.0


class WorkQueries:
    """Counts over all users; opens nothing that is sealed."""

    def __init__(self, connection: Connection) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def piles(self, *, now: datetime) -> Mapping[str, Pile]:
        """Return what is due at ``now`` by the name of its queue (`workers.jobs.Queue`)."""
        asked = action.approvals
        papers, banks = paper.papers, bank.connections
        return {
            "turns": self._pile(_IN.c.received_at, _IN.c.state == InboundState.RECEIVED.value),
            "deliver": self._outbox(Lane.URGENT, now),
            "bulk": self._outbox(Lane.BULK, now),
            "executor": self._pile(
                asked.c.decided_at, asked.c.state == ApprovalState.APPROVED.value
            ),
            "background": self._schedules(now),
            "papers": self._pile(papers.c.asked_at, papers.c.state == PaperState.ASKED.value),
            "banks": self._pile(
                banks.c.next_sync_at,
                banks.c.state == ConnectionState.ACTIVE.value,
                banks.c.next_sync_at <= now,
            ),
        }

    def delivery_errors(self, *, since: datetime) -> Mapping[tuple[str, str], int]:
        """Count the tries to send that did not go well, by channel and reason."""
        query = (
            select(_OUT.c.channel, _TRIES.c.reason, func.count())
            .join(_OUT, _OUT.c.id == _TRIES.c.outbox_id)
            .where(_TRIES.c.started_at >= since, _TRIES.c.outcome.not_in(_WENT_WELL))
            .group_by(_OUT.c.channel, _TRIES.c.reason)
        )
        rows = self._connection.execute(query).all()
        return {(channel, reason or "unknown"): int(count) for channel, reason, count in rows}

    def _outbox(self, lane: Lane, now: datetime) -> Pile:
        return self._pile(
            _OUT.c.due_at,
            _OUT.c.state == DeliveryState.READY.value,
            _OUT.c.due_at <= now,
            _OUT.c.message_class.in_([name.value for name in lane_classes(lane)]),
        )

    def _schedules(self, now: datetime) -> Pile:
        """Return schedules that have come round, and occurrences of them that wait to be made."""
        rounds, made = plan.schedules, plan.occurrences
        due = self._pile(rounds.c.next_due_at, rounds.c.state == "on", rounds.c.next_due_at <= now)
        open_ = self._pile(
            made.c.due_at, made.c.state == OccurrenceState.DUE.value, made.c.due_at <= now
        )
        since = [moment for moment in (due.oldest, open_.oldest) if moment is not None]
        return Pile(due.waiting + open_.waiting, min(since, default=None))

    def _pile(self, since: Any, *conditions: ColumnElement[bool]) -> Pile:
        number, oldest = self._connection.execute(
            select(func.count(), func.min(since)).where(*conditions)
        ).one()
        return Pile(int(number), oldest)
