"""Conversations: who talks where, what is open, and the transcript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Executable,
    RowMapping,
    bindparam,
    case,
    insert,
    or_,
    select,
    update,
)

from core.conversation.context import Profile
from core.conversation.state import DialogueState, state_from_json, state_to_json
from core.conversation.turn import LEASE
from core.errors import FinanceError
from core.ids import Ids
from core.messaging.address import Address, ChannelName
from core.store.inbox_store import address_index
from core.store.insert_once import insert_once
from core.store.tables import conversation as tables
from core.store.vault import SYSTEM, Vault

_C, _M = tables.conversations, tables.messages

# What every turn needs is written out once; making it anew takes longer than running it.
_AT = select(_C).where(
    _C.c.channel == bindparam("at_channel"), _C.c.address_index == bindparam("at_index")
)
_BY_ID = select(_C).where(_C.c.id == bindparam("talk"))
_OF = select(_C).where(_C.c.owner == bindparam("owner")).order_by(_C.c.created_at.desc())
_LEASE = (
    update(_C)
    .where(
        _C.c.id == bindparam("talk"),
        or_(_C.c.lease_until.is_(None), _C.c.lease_until < bindparam("now")),
    )
    .values(lease_until=bindparam("until"), epoch=_C.c.epoch + 1)
    .returning(_C.c.epoch)
)
_HELD = update(_C).where(_C.c.id == bindparam("talk"), _C.c.epoch == bindparam("held"))
# No lease is made shorter: one of a message at which workers have died is long.
_UNTIL = bindparam("until", type_=_C.c.lease_until.type)
_AT_LEAST = case((_C.c.lease_until > _UNTIL, _C.c.lease_until), else_=_UNTIL)
_CHECK = _HELD.values(lease_until=_AT_LEAST)
# Only while it is leased: a turn that has just ended let go of it.
_RENEW = _HELD.where(_C.c.lease_until.is_not(None)).values(lease_until=_AT_LEAST)
_FENCE = _HELD.values(epoch=_C.c.epoch)
_RELEASE = _HELD.values(lease_until=None).returning(_C)
_STATE = select(_C.c.state).where(_C.c.id == bindparam("talk"))
_REMEMBER = update(_C).where(_C.c.id == bindparam("talk")).values(state=bindparam("kept"))
_SAY = insert(_M)


class LeaseLost(FinanceError):
    """Another worker took the conversation over; nothing of this turn may be kept."""

    code = "turn.lease_lost"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One chat. ``owner`` is its user's id, or the system's while nobody is linked."""

    id: str
    owner: str
    address: Address
    profile: Profile
    epoch: int

    @property
    def is_linked(self) -> bool:
        """Tell whether the chat belongs to a user."""
        return self.owner != SYSTEM


@dataclass(frozen=True, slots=True)
class TranscriptMessage:
    """One bubble of the transcript; ``body`` has text, choices and attachments."""

    seq: int
    sender: str
    body: Mapping[str, Any]
    subjects: tuple[str, ...]
    profile: Profile
    at: datetime
    outbox_id: str
    owner: str


class ConversationStore:
    """Finds, leases and remembers conversations."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def at(self, address: Address, *, owner: str, now: datetime, ids: Ids) -> Conversation:
        """Return the conversation at an address, opening it when it is new."""
        index = address_index(self._vault, address)
        row = self._row(_AT, at_channel=address.channel.value, at_index=index)
        if row is None:
            conversation_id = ids.new("conv")
            place = ("conversations", "address", conversation_id)
            values = {
                "id": conversation_id,
                "owner": owner,
                "channel": address.channel.value,
                "address": self._vault.close(SYSTEM, place, address.show()),
                "address_index": index,
                "profile": default_profile(address.channel).value,
                "epoch": 0,
                "created_at": now,
            }
            insert_once(self._connection, _C, values)  # two may open it at the same moment
            row = self._row(_AT, at_channel=address.channel.value, at_index=index)
            assert row is not None
        return self._conversation(row)

    def find(self, address: Address) -> Conversation | None:
        """Return the conversation at an address, if there is one."""
        index = address_index(self._vault, address)
        row = self._row(_AT, at_channel=address.channel.value, at_index=index)
        return self._conversation(row) if row is not None else None

    def has_said(self, conversation_id: str, outbox_id: str) -> bool:
        """Tell whether a message of the outbox is in the transcript already."""
        query = select(_M.c.seq).where(
            _M.c.conversation_id == conversation_id, _M.c.outbox_id == outbox_id
        )
        return self._connection.execute(query).first() is not None

    def get(self, conversation_id: str) -> Conversation | None:
        """Return a conversation by its id."""
        row = self._row(_BY_ID, talk=conversation_id)
        return self._conversation(row) if row is not None else None

    def of(self, owner: str) -> tuple[Conversation, ...]:
        """Return a user's conversations, newest first."""
        rows = self._connection.execute(_OF, {"owner": owner}).mappings()
        return tuple(self._conversation(row) for row in rows)

    def lease(self, conversation_id: str, *, now: datetime) -> int | None:
        """Claim a conversation (T2): return the new epoch, or nothing when somebody holds it."""
        values = {"talk": conversation_id, "now": now, "until": now + LEASE}
        epoch: int | None = self._connection.execute(_LEASE, values).scalar()
        return epoch

    def check(self, conversation_id: str, epoch: int, *, now: datetime) -> None:
        """Go on holding the lease; raise `LeaseLost` when another worker has it."""
        values = {"talk": conversation_id, "held": epoch, "until": now + LEASE}
        if self._connection.execute(_CHECK, values).rowcount != 1:
            raise LeaseLost

    def renew(
        self, conversation_id: str, epoch: int, *, now: datetime, lease: timedelta = LEASE
    ) -> bool:
        """Hold the lease for longer; false when its turn is over, or another worker has it."""
        values = {"talk": conversation_id, "held": epoch, "until": now + lease}
        return self._connection.execute(_RENEW, values).rowcount == 1

    def fence(self, conversation_id: str, epoch: int) -> None:
        """Keep others from taking over until this transaction ends; raise `LeaseLost`.

        The lease itself ends when it did: only the row is held.
        """
        values = {"talk": conversation_id, "held": epoch}
        if self._connection.execute(_FENCE, values).rowcount != 1:
            raise LeaseLost

    def release(self, conversation_id: str, epoch: int) -> Conversation:
        """Let the conversation go; raise `LeaseLost` when it is not ours any more.

        Returned as it is now: a turn may have given it to another owner (DEMO).
        """
        values = {"talk": conversation_id, "held": epoch}
        row = self._row(_RELEASE, **values)
        if row is None:
            raise LeaseLost
        return self._conversation(row)

    def state(self, conversation: Conversation) -> DialogueState:
        """Return what the conversation remembers."""
        sealed = self._connection.execute(_STATE, {"talk": conversation.id}).scalar()
        if sealed is None:
            return DialogueState()
        place = ("conversations", "state", conversation.id)
        return state_from_json(self._vault.open_json(conversation.owner, place, bytes(sealed)))

    def remember(self, conversation: Conversation, state: DialogueState) -> None:
        """Keep what the conversation shall remember."""
        place = ("conversations", "state", conversation.id)
        sealed = self._vault.close_json(conversation.owner, place, state_to_json(state))
        self._connection.execute(_REMEMBER, {"talk": conversation.id, "kept": sealed})

    def hand_over(self, conversation_id: str, owner: str) -> None:
        """Give a chat to another owner and forget what it remembered."""
        self._connection.execute(
            update(_C).where(_C.c.id == conversation_id).values(owner=owner, state=None)
        )

    def set_profile(self, conversation_id: str, profile: Profile) -> None:
        """Choose how a web or terminal chat renders."""
        self._connection.execute(
            update(_C).where(_C.c.id == conversation_id).values(profile=profile.value)
        )

    def say(
        self,
        conversation: Conversation,
        *,
        sender: str,
        body: Mapping[str, Any],
        now: datetime,
        turn_id: str = "",
        outbox_id: str = "",
        subjects: Sequence[str] = (),
    ) -> int:
        """Add a bubble to the transcript and return its number."""
        place = ("messages", "body", f"{conversation.id}/{turn_id}/{outbox_id}/{sender}")
        values = {
            "conversation_id": conversation.id,
            "owner": conversation.owner,
            "turn_id": turn_id or None,
            "outbox_id": outbox_id or None,
            "sender": sender,
            "body": self._vault.close_json(conversation.owner, place, dict(body)),
            "subjects": " ".join(subjects)[:400],
            "profile": conversation.profile.value,
            "created_at": now,
        }
        result = self._connection.execute(_SAY, values)
        return int(result.inserted_primary_key[0])  # type: ignore[index]

    def transcript(
        self, conversation_id: str, *, after: int = 0, limit: int = 200
    ) -> tuple[TranscriptMessage, ...]:
        """Return the bubbles after number ``after``: the last ``limit`` of them, oldest first."""
        query = (
            select(_M)
            .where(_M.c.conversation_id == conversation_id, _M.c.seq > after)
            .order_by(_M.c.seq.desc())
            .limit(limit)
        )
        rows = self._connection.execute(query).mappings().all()
        return tuple(self._message(row) for row in reversed(rows))

    def subjects_of(self, conversation_id: str, outbox_id: str) -> tuple[str, ...]:
        """Return the handles an earlier message of this conversation was about."""
        query = select(_M.c.subjects).where(
            _M.c.conversation_id == conversation_id, _M.c.outbox_id == outbox_id
        )
        return tuple((self._connection.execute(query).scalar() or "").split())

    def _row(self, query: Executable, **values: Any) -> RowMapping | None:
        return self._connection.execute(query, values).mappings().first()

    def _conversation(self, row: RowMapping) -> Conversation:
        place = ("conversations", "address", row["id"])
        return Conversation(
            id=row["id"],
            owner=row["owner"],
            address=Address.parse(self._vault.open(SYSTEM, place, bytes(row["address"]))),
            profile=Profile(row["profile"]),
            epoch=row["epoch"],
        )

    def _message(self, row: RowMapping) -> TranscriptMessage:
        key = f"{row['conversation_id']}/{row['turn_id'] or ''}/{row['outbox_id'] or ''}"
        place = ("messages", "body", f"{key}/{row['sender']}")
        return TranscriptMessage(
            seq=row["seq"],
            sender=row["sender"],
            body=self._vault.open_json(row["owner"], place, bytes(row["body"])),
            subjects=tuple(row["subjects"].split()),
            profile=Profile(row["profile"]),
            at=row["created_at"],
            outbox_id=row["outbox_id"] or "",
            owner=row["owner"],
        )


def default_profile(channel: ChannelName) -> Profile:
    """Return how a channel renders when nobody chose otherwise."""
    if channel in (ChannelName.WEB, ChannelName.TERMINAL, ChannelName.EMAIL):
        return Profile.WEB
    return Profile(channel.value)
