"""The outbox: messages claimed before a byte leaves, recorded only by whoever still holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import NoResultFound

from core.errors import FinanceError
from core.ids import Ids
from core.messaging.channel import Reason
from core.messaging.delivery import Delivery, DeliveryState, rank, settled
from core.messaging.outbox import Lane, OutboxItem, Outgoing, lane_classes
from core.store.delivery_statuses import DeliveryStatuses
from core.store.insert_once import insert_once
from core.store.outbox_due import DUE
from core.store.outbox_rows import ATTEMPTS, OUTBOX, REPLAYED, to_item, to_row
from core.store.outbox_tracking import OutboxTracking
from core.store.template_store import TemplateStore
from core.store.vault import Vault

# How long the first look for the truth about an unknown delivery waits for a late callback.
RECONCILE_AFTER = timedelta(seconds=60)
_UNREADABLE = "unreadable_row"
_LEASE_ENDED = "lease_ended"
_RELEASED = "released"
RESTORED = "restored"
_QUIET = "quiet"

_S = DeliveryState

# What every message needs is written out once; making it anew takes longer than running it.
_ROW = select(OUTBOX).where(OUTBOX.c.id == bindparam("message")).with_for_update()
_CLAIM = (
    update(OUTBOX)
    .where(
        OUTBOX.c.id == bindparam("message"),
        OUTBOX.c.state == _S.READY.value,
        OUTBOX.c.epoch == bindparam("seen_epoch"),
    )
    .values(state=_S.SENDING.value, epoch=OUTBOX.c.epoch + 1, lease_until=bindparam("leased_until"))
)
_BEGIN = insert(ATTEMPTS)
_END = (
    update(ATTEMPTS)
    .where(ATTEMPTS.c.outbox_id == bindparam("message"), ATTEMPTS.c.number == bindparam("claim"))
    .values(
        finished_at=bindparam("ended"),
        outcome=bindparam("came_to"),
        reason=bindparam("why"),
        provider_message_id=bindparam("provider_id"),
    )
)
_SETTLE = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("message"))
    .values(
        state=bindparam("came_to"),
        due_at=bindparam("due"),
        attempts=bindparam("tries"),
        reason=bindparam("why"),
        provider_message_id=func.coalesce(
            bindparam("provider_id", type_=OUTBOX.c.provider_message_id.type),
            OUTBOX.c.provider_message_id,
        ),
        lease_until=None,
        settled_at=bindparam("settled"),
    )
)
_FINAL = tuple(state.value for state in _S if rank(state) >= rank(_S.DELIVERED))


class OutboxStore:
    """Stores, claims and settles outgoing messages.

    ``tracking`` reads where messages stand; ``statuses`` keeps what providers report, and
    ``templates`` what became of the messages that a provider approves beforehand.
    """

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault
        self.tracking = OutboxTracking(connection, vault)
        self.statuses = DeliveryStatuses(connection)
        self.templates = TemplateStore(connection)

    def enqueue(self, outgoing: Outgoing, *, now: datetime, ids: Ids) -> str | None:
        """Store a message once; its id, or nothing when the dedupe key was used before."""
        outbox_id = ids.new("out")
        created_at = now + timedelta(microseconds=outgoing.position)
        row = to_row(self._vault, outbox_id, outgoing, created_at=created_at)
        return outbox_id if insert_once(self._connection, OUTBOX, row) else None

    def claim_due(
        self, lane: Lane, *, now: datetime, limit: int, lease: timedelta
    ) -> tuple[OutboxItem, ...]:
        """Claim due messages: `sending` under a new epoch. Commit before the first byte leaves.

        An urgent message waits until nothing earlier of its conversation is on its way, so that
        the parts of a talk arrive in order. A row that cannot be opened fails at once instead of
        stopping the queue.
        """
        claimed = []
        due = self._connection.execute(DUE[lane], {"by": now, "most": limit})
        for row in due.mappings().all():
            moved = self._connection.execute(
                _CLAIM,
                {"message": row["id"], "seen_epoch": row["epoch"], "leased_until": now + lease},
            )
            if moved.rowcount != 1:
                continue
            fresh = {
                **row,
                "state": _S.SENDING.value,
                "epoch": row["epoch"] + 1,
                "lease_until": now + lease,
            }
            item = self._open(fresh, now)
            if item is not None:
                self._begin_attempt(item, now)
                claimed.append(item)
        return tuple(claimed)

    def record(self, claimed: OutboxItem, after: Delivery, *, now: datetime) -> bool:
        """Keep what a try came to; false, and nothing moved, when another worker has claimed since.

        A callback may have been faster than the answer, and a lease may have ended meanwhile: then
        the state only ever goes forward. What the try itself learnt is kept in any case.
        """
        new_ids = after.provider_message_ids[len(claimed.delivery.provider_message_ids) :]
        self._end_attempt(claimed, after, new_ids, now)
        self.statuses.know(after.address.channel, new_ids, claimed.id, now=now)
        row = self._locked(claimed.id)
        if row["epoch"] != claimed.epoch:
            return False
        old = DeliveryState(row["state"])
        state = after.state if old is _S.SENDING else settled(old, after.state)
        self._write(replace(after, state=self._with_reports(claimed.id, state)), now)
        return True

    def is_held(self, claimed: OutboxItem) -> bool:
        """Tell whether a claim is still its worker's own: nobody has claimed the row since."""
        return bool(self._locked(claimed.id)["epoch"] == claimed.epoch)

    def release(self, claimed: OutboxItem, *, now: datetime) -> bool:
        """Give a claim back of which no byte has left; only its holder can know that."""
        back = replace(claimed.delivery, state=_S.READY, reason=_RELEASED)
        return self.record(claimed, back, now=now)

    def expire_sending(self, *, now: datetime) -> int:
        """Turn claims whose lease ended into `unknown`: their holder may have sent or not."""
        overdue = and_(OUTBOX.c.state == _S.SENDING.value, OUTBOX.c.lease_until <= now)
        query = select(OUTBOX.c.id, OUTBOX.c.epoch).where(overdue)
        ended = 0
        for outbox_id, epoch in self._connection.execute(query).all():
            state = self._with_reports(outbox_id, _S.UNKNOWN)
            changed = self._connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.id == outbox_id, OUTBOX.c.epoch == epoch, overdue)
                .values(
                    state=state.value,
                    reason=_LEASE_ENDED,
                    lease_until=None,
                    due_at=now + RECONCILE_AFTER,
                )
            )
            ended += changed.rowcount
            self._connection.execute(
                update(ATTEMPTS)
                .where(
                    ATTEMPTS.c.outbox_id == outbox_id,
                    ATTEMPTS.c.number == epoch,
                    ATTEMPTS.c.finished_at.is_(None),
                )
                .values(outcome=_S.UNKNOWN.value, reason=_LEASE_ENDED)
            )
        return ended

    def claim_unknown(
        self, *, now: datetime, limit: int, lease: timedelta
    ) -> tuple[OutboxItem, ...]:
        """Take deliveries of unknown outcome whose next look is due; the look itself moves on."""
        query = (
            select(OUTBOX)
            .where(OUTBOX.c.state == _S.UNKNOWN.value, OUTBOX.c.due_at <= now)
            .order_by(OUTBOX.c.due_at)
            .limit(limit)
            .with_for_update(of=OUTBOX, skip_locked=True)
        )
        taken = []
        for row in self._connection.execute(query).mappings().all():
            moved = self._connection.execute(
                update(OUTBOX)
                .where(
                    OUTBOX.c.id == row["id"],
                    OUTBOX.c.state == _S.UNKNOWN.value,
                    OUTBOX.c.due_at == row["due_at"],
                )
                .values(due_at=now + lease)
            )
            item = self._open({**row, "due_at": now + lease}, now) if moved.rowcount else None
            if item is not None:
                taken.append(item)
        return tuple(taken)

    def reconcile(self, looked_at: OutboxItem, after: Delivery, *, now: datetime) -> bool:
        """Keep what looking for an unknown delivery found; only from `unknown`, only forward."""
        row = self._locked(looked_at.id)
        if row["epoch"] != looked_at.epoch or row["state"] != _S.UNKNOWN.value:
            return False
        new_ids = after.provider_message_ids[len(looked_at.delivery.provider_message_ids) :]
        self.statuses.know(after.address.channel, new_ids, looked_at.id, now=now)
        self._write(after, now)
        return True

    def hold_all(self, *, now: datetime) -> int:
        """After a restore: nothing that may have been sent since the copy is sent by itself.

        Every open message becomes `unknown`; an operator replays what is still wanted.
        """
        changed = self._connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.state.in_((_S.READY.value, _S.SENDING.value)))
            .values(
                state=_S.UNKNOWN.value,
                reason=RESTORED,
                epoch=OUTBOX.c.epoch + 1,
                due_at=now + timedelta(days=365),
                lease_until=None,
            )
        )
        return changed.rowcount

    def release_waiting(self, conversation_id: str, *, now: datetime) -> int:
        """Put back in line what waited for the user's next word in a chat (WhatsApp's 24 hours)."""
        changed = self._connection.execute(
            update(OUTBOX)
            .where(
                OUTBOX.c.conversation_id == conversation_id,
                OUTBOX.c.state == _S.SUPPRESSED.value,
                OUTBOX.c.reason == Reason.OUTSIDE_WINDOW.value,
            )
            .values(
                state=_S.READY.value,
                epoch=OUTBOX.c.epoch + 1,
                due_at=now,
                reason=None,
                settled_at=None,
            )
        )
        return changed.rowcount

    def hush(self, owner: str, *, now: datetime) -> int:
        """Do not send what waits to be said unasked to this user; it is stale when quiet ends."""
        unasked = [one.value for one in lane_classes(Lane.BULK)]
        changed = self._connection.execute(
            update(OUTBOX)
            .where(
                OUTBOX.c.owner == owner,
                OUTBOX.c.state == _S.READY.value,
                OUTBOX.c.message_class.in_(unasked),
            )
            .values(state=_S.SUPPRESSED.value, reason=_QUIET, settled_at=now)
        )
        return changed.rowcount

    def replay(self, outbox_id: str, *, now: datetime) -> bool:
        """Put a dead message back in line, by an operator's hand: a new try, the same key."""
        dead = (_S.FAILED.value, _S.UNKNOWN.value, _S.SUPPRESSED.value)
        changed = self._connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.id == outbox_id, OUTBOX.c.state.in_(dead))
            .values(
                state=_S.READY.value,
                epoch=OUTBOX.c.epoch + 1,
                due_at=now,
                reason=REPLAYED,
                settled_at=None,
                lease_until=None,
            )
        )
        return changed.rowcount == 1

    def _locked(self, outbox_id: str) -> Any:
        return self._connection.execute(_ROW, {"message": outbox_id}).mappings().one()

    def _open(self, row: Any, now: datetime) -> OutboxItem | None:
        try:
            return to_item(self._connection, self._vault, row)
        except (FinanceError, NoResultFound, KeyError, ValueError):
            # Its owner's key is gone, or it was tampered with: it can never be sent.
            self._connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.id == row["id"])
                .values(state=_S.FAILED.value, reason=_UNREADABLE, settled_at=now, lease_until=None)
            )
            return None

    def _begin_attempt(self, item: OutboxItem, now: datetime) -> None:
        begun = {
            "outbox_id": item.id,
            "number": item.epoch,
            "started_at": now,
            "outcome": _S.SENDING.value,
        }
        self._connection.execute(_BEGIN, begun)

    def _end_attempt(
        self, claimed: OutboxItem, after: Delivery, new_ids: Sequence[str], now: datetime
    ) -> None:
        outcome = _RELEASED if after.reason == _RELEASED else after.state.value
        ended = {
            "message": claimed.id,
            "claim": claimed.epoch,
            "ended": now,
            "came_to": outcome,
            "why": after.reason or None,
            "provider_id": new_ids[0] if new_ids else None,
        }
        self._connection.execute(_END, ended)

    def _with_reports(self, outbox_id: str, state: DeliveryState) -> DeliveryState:
        """Move ``state`` on by what the provider reported while the message was being sent."""
        if state not in (_S.ACCEPTED, _S.UNKNOWN):
            return state
        in_doubt = state is _S.UNKNOWN
        reported = self.statuses.reported(outbox_id, beyond_receipts=in_doubt)
        return settled(state, reported) if reported is not None else state

    def _write(self, after: Delivery, now: datetime) -> None:
        ids = after.provider_message_ids
        due_at = after.due_at
        if after.state is _S.UNKNOWN and due_at <= now:
            due_at = now + RECONCILE_AFTER
        settled_row = {
            "message": after.key,
            "came_to": after.state.value,
            "due": due_at,
            "tries": after.attempts,
            "why": after.reason or None,
            "provider_id": ids[-1] if ids else None,
            "settled": now if after.state.value in _FINAL else None,
        }
        self._connection.execute(_SETTLE, settled_row)
