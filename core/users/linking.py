"""Joining a chat to a user by a one-time token that both sides confirm."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

# Long enough to walk to the phone, short enough for a leaked link to be useless.
LINK_LIFE = timedelta(minutes=10)


# What the audit trail calls it: the ledger of who agreed to be written to, where and when.
LINKED = "chat.linked"
UNLINKED = "chat.unlinked"
OPTED_OUT = "chat.opted_out"
OPTED_IN = "chat.opted_in"


class BindingState(StrEnum):
    """Whether a linked chat may be written to."""

    ACTIVE = "active"
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"
    REVOKED = "revoked"


class LinkState(StrEnum):
    """How far a link token has come: the chat claims it, then the signed-in side confirms."""

    ISSUED = "issued"
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


LINK_MOVES: dict[LinkState, frozenset[LinkState]] = {
    LinkState.ISSUED: frozenset({LinkState.CLAIMED}),
    LinkState.CLAIMED: frozenset({LinkState.CONFIRMED, LinkState.REFUSED}),
    LinkState.CONFIRMED: frozenset(),
    LinkState.REFUSED: frozenset(),
}
