"""Which chats are whose, who opted out, and the tokens that link a chat."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, case, delete, insert, select, update

from core.ids import Ids, UserId
from core.messaging.address import Address, ChannelName
from core.store.inbox_store import address_index
from core.store.mail_code_store import MailCodeStore
from core.store.tables import people
from core.store.vault import SYSTEM, Vault
from core.users.linking import LINK_LIFE, BindingState, LinkState

_B, _L, _O = people.bindings, people.link_tokens, people.opt_outs

# What every message needs is written out once; making it anew takes longer than running it.
_OWNER = select(_B).where(
    _B.c.channel == bindparam("at_channel"),
    _B.c.address_index == bindparam("at_index"),
    _B.c.state != BindingState.REVOKED.value,
)
_OF = (
    select(_B)
    .where(_B.c.user_id == bindparam("user"), _B.c.state != BindingState.REVOKED.value)
    .order_by(_B.c.linked_at.desc(), _B.c.id.desc())
)
_HEARD = (
    update(_B)
    .where(_B.c.channel == bindparam("at_channel"), _B.c.address_index == bindparam("at_index"))
    # Who writes can be reached again; that he opted out, or that it was revoked, stays.
    .values(
        last_inbound_at=bindparam("now"),
        state=case(
            (_B.c.state == BindingState.UNREACHABLE.value, BindingState.ACTIVE.value),
            else_=_B.c.state,
        ),
    )
)
_OPTED_OUT = select(_O.c.address_index).where(_O.c.address_index == bindparam("at_index"))


@dataclass(frozen=True, slots=True)
class Binding:
    """A chat that belongs to a user."""

    id: str
    user_id: UserId
    address: Address
    state: BindingState
    linked_at: datetime
    last_inbound_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A link token and how far it has come; ``claimed_by`` is who opened it in a chat."""

    token_hash: str
    user_id: UserId
    channel: ChannelName
    state: LinkState
    claimed_by: Address | None
    display_name: str
    expires_at: datetime


class BindingStore:
    """Links chats to users; one address belongs to one user at a time.

    ``mail_codes`` are the codes that prove an e-mail address.
    """

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault
        self.mail_codes = MailCodeStore(connection, vault)

    def owner_of(self, address: Address) -> Binding | None:
        """Return the binding of an address that is not revoked."""
        row = self._connection.execute(_OWNER, self._at(address)).mappings().first()
        return self._binding(row) if row is not None else None

    def link(self, user_id: UserId, address: Address, *, now: datetime, ids: Ids) -> str:
        """Bind an address to a user; an older binding of the address is revoked."""
        self.revoke(address)
        binding_id = ids.new("bind")
        place = ("channel_bindings", "address", binding_id)
        self._connection.execute(
            insert(_B).values(
                id=binding_id,
                user_id=user_id,
                channel=address.channel.value,
                address=self._vault.close(user_id, place, address.show()),
                address_index=address_index(self._vault, address),
                state=BindingState.ACTIVE.value,
                linked_at=now,
            )
        )
        return binding_id

    def revoke(self, address: Address) -> bool:
        """Unlink an address; false when it was not linked."""
        changed = self._connection.execute(
            update(_B)
            .where(
                _B.c.channel == address.channel.value,
                _B.c.address_index == address_index(self._vault, address),
                _B.c.state != BindingState.REVOKED.value,
            )
            .values(state=BindingState.REVOKED.value)
        )
        return changed.rowcount > 0

    def of(self, user_id: UserId) -> tuple[Binding, ...]:
        """Return a user's chats that are not revoked, latest link first."""
        rows = self._connection.execute(_OF, {"user": user_id}).mappings()
        return tuple(self._binding(row) for row in rows)

    def set_state(self, address: Address, state: BindingState) -> None:
        """Mark a linked address reachable, unreachable or opted out."""
        self._connection.execute(
            update(_B)
            .where(
                _B.c.channel == address.channel.value,
                _B.c.address_index == address_index(self._vault, address),
                _B.c.state != BindingState.REVOKED.value,
            )
            .values(state=state.value)
        )

    def heard_from(self, address: Address, *, now: datetime) -> None:
        """Note that somebody wrote from an address: it is reachable, WhatsApp's 24 hours begin."""
        self._connection.execute(_HEARD, {**self._at(address), "now": now})

    def opt_out(self, address: Address, *, now: datetime) -> None:
        """Stop everything to an address, linked or not."""
        self.opt_in(address)
        self._connection.execute(
            insert(_O).values(
                address_index=address_index(self._vault, address),
                channel=address.channel.value,
                opted_out_at=now,
            )
        )
        self.set_state(address, BindingState.OPTED_OUT)

    def opt_in(self, address: Address) -> None:
        """Allow messages to an address again."""
        index = address_index(self._vault, address)
        self._connection.execute(delete(_O).where(_O.c.address_index == index))
        self.set_state(address, BindingState.ACTIVE)

    def stop(self, address: Address, *, at: datetime) -> None:
        """Stop everything to an address from the moment its STOP is stored; a second one is none.

        The message itself still waits for its turn, which knows by ``at`` that this was its own.
        """
        if self.stopped_at(address) is None:
            self.opt_out(address, now=at)

    def stopped_at(self, address: Address) -> datetime | None:
        """Return since when an address wants nothing from us; nothing when it does."""
        index = address_index(self._vault, address)
        query = select(_O.c.opted_out_at).where(_O.c.address_index == index)
        return self._connection.execute(query).scalar()

    def is_opted_out(self, address: Address) -> bool:
        """Tell whether an address wants nothing from us."""
        index = address_index(self._vault, address)
        return self._connection.execute(_OPTED_OUT, {"at_index": index}).scalar() is not None

    def issue_link(
        self, user_id: UserId, channel: ChannelName, token: str, *, now: datetime
    ) -> datetime:
        """Keep the hash of a one-time link token; return when it expires."""
        expires_at = now + LINK_LIFE
        self._connection.execute(
            insert(_L).values(
                token_hash=token_hash(token),
                user_id=user_id,
                channel=channel.value,
                state=LinkState.ISSUED.value,
                created_at=now,
                expires_at=expires_at,
            )
        )
        return expires_at

    def claim_link(
        self, token: str, address: Address, display_name: str, *, now: datetime
    ) -> LinkRequest | None:
        """Claim a token from a chat, once and in time; the user still has to confirm."""
        hashed = token_hash(token)
        changed = self._connection.execute(
            update(_L)
            .where(
                _L.c.token_hash == hashed,
                _L.c.state == LinkState.ISSUED.value,
                _L.c.channel == address.channel.value,
                _L.c.expires_at > now,
            )
            .values(
                state=LinkState.CLAIMED.value,
                address=self._vault.close(
                    SYSTEM, ("link_tokens", "address", hashed), address.show()
                ),
                address_index=address_index(self._vault, address),
                display_name=self._vault.close(
                    SYSTEM, ("link_tokens", "display_name", hashed), display_name[:80]
                ),
            )
        )
        return self.link_request(hashed) if changed.rowcount == 1 else None

    def settle_link(
        self, hashed: str, user_id: UserId, *, confirmed: bool, now: datetime
    ) -> LinkRequest | None:
        """Confirm or refuse a claimed link, once, in time, by its own user."""
        state = LinkState.CONFIRMED if confirmed else LinkState.REFUSED
        changed = self._connection.execute(
            update(_L)
            .where(
                _L.c.token_hash == hashed,
                _L.c.user_id == user_id,
                _L.c.state == LinkState.CLAIMED.value,
                _L.c.expires_at > now,
            )
            .values(state=state.value)
        )
        return self.link_request(hashed) if changed.rowcount == 1 else None

    def link_request(self, hashed: str) -> LinkRequest | None:
        """Return a link request by the hash of its token."""
        row = (
            self._connection.execute(select(_L).where(_L.c.token_hash == hashed)).mappings().first()
        )
        return self._request(row) if row is not None else None

    def _at(self, address: Address) -> dict[str, object]:
        index = address_index(self._vault, address)
        return {"at_channel": address.channel.value, "at_index": index}

    def _binding(self, row: RowMapping) -> Binding:
        user_id = UserId(row["user_id"])
        place = ("channel_bindings", "address", row["id"])
        return Binding(
            id=row["id"],
            user_id=user_id,
            address=Address.parse(self._vault.open(user_id, place, bytes(row["address"]))),
            state=BindingState(row["state"]),
            linked_at=row["linked_at"],
            last_inbound_at=row["last_inbound_at"],
        )

    def _request(self, row: RowMapping) -> LinkRequest:
        hashed = row["token_hash"]
        address, name = None, ""
        if row["address"] is not None:
            opened = self._vault.open
            sealed = bytes(row["address"])
            address = Address.parse(opened(SYSTEM, ("link_tokens", "address", hashed), sealed))
            place = ("link_tokens", "display_name", hashed)
            name = opened(SYSTEM, place, bytes(row["display_name"]))
        return LinkRequest(
            token_hash=hashed,
            user_id=UserId(row["user_id"]),
            channel=ChannelName(row["channel"]),
            state=LinkState(row["state"]),
            claimed_by=address,
            display_name=name,
            expires_at=row["expires_at"],
        )


def token_hash(token: str) -> str:
    """Return what is kept of a token: its SHA-256, never the token."""
    return hashlib.sha256(token.encode()).hexdigest()
