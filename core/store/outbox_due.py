"""Which messages of a lane are due: written out once, for making it anew outlasts running it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, or_, select

from core.messaging.delivery import DeliveryState
from core.messaging.outbound import MessageClass
from core.messaging.outbox import Lane, lane_classes
from core.store.outbox_rows import OUTBOX

_S = DeliveryState


def _something_earlier(classes: Sequence[MessageClass]) -> ColumnElement[bool]:
    """Return the condition that an earlier message of the same talk is still on its way."""
    earlier = OUTBOX.alias("earlier")
    return exists().where(
        earlier.c.conversation_id == OUTBOX.c.conversation_id,
        earlier.c.state.in_((_S.READY.value, _S.SENDING.value)),
        earlier.c.message_class.in_([name.value for name in classes]),
        or_(
            earlier.c.created_at < OUTBOX.c.created_at,
            and_(earlier.c.created_at == OUTBOX.c.created_at, earlier.c.id < OUTBOX.c.id),
        ),
    )


def _due(lane: Lane) -> Select[Any]:
    """Write out which messages of a lane are due, in the order in which they are sent."""
    classes = lane_classes(lane)
    query = select(OUTBOX).where(
        OUTBOX.c.state == _S.READY.value,
        OUTBOX.c.due_at <= bindparam("by"),
        OUTBOX.c.message_class.in_([name.value for name in classes]),
    )
    if lane is Lane.BULK:
        # The order of the index and no other: thousands may be due at the same moment.
        query = query.order_by(OUTBOX.c.due_at)
    else:
        places = {name.value: place for place, name in enumerate(classes)}
        query = query.where(~_something_earlier(classes)).order_by(
            case(places, value=OUTBOX.c.message_class),
            OUTBOX.c.due_at,
            OUTBOX.c.created_at,
            OUTBOX.c.id,
        )
    # On SQLite, which has no such locks, a write transaction excludes every other writer.
    return query.limit(bindparam("most")).with_for_update(of=OUTBOX, skip_locked=True)


# Each takes ``by``, the moment now, and ``most``, how many rows.
DUE = {lane: _due(lane) for lane in Lane}
