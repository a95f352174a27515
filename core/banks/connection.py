"""One connection to a bank, its states, and what a reading of it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import FinanceError
from core.ids import UserId

# How long the page to sign in on may be opened.
OFFER_LASTS = timedelta(minutes=15)
# However often its service says that there is something to read.
WAKE_AT_MOST_EVERY = timedelta(minutes=1)


# What proposals to end one call it.
CLOSING = "disconnect_bank"


class ConnectionUnknown(FinanceError):
    """The user has no such connection."""

    code = "bank.unknown"


class ConnectionState(StrEnum):
    """Where a connection stands."""

    OFFERED = "offered"  # the user has a page to sign in on
    ACTIVE = "active"
    SIGN_IN = "sign_in"  # the bank wants the user again
    CLOSED = "closed"


CONNECTION_MOVES: Mapping[ConnectionState, frozenset[ConnectionState]] = {
    ConnectionState.OFFERED: frozenset({ConnectionState.ACTIVE, ConnectionState.CLOSED}),
    ConnectionState.ACTIVE: frozenset({ConnectionState.SIGN_IN, ConnectionState.CLOSED}),
    ConnectionState.SIGN_IN: frozenset({ConnectionState.ACTIVE, ConnectionState.CLOSED}),
    ConnectionState.CLOSED: frozenset(),
}
READ = frozenset({ConnectionState.ACTIVE, ConnectionState.SIGN_IN})


class Trouble(StrEnum):
    """Why the last reading brought nothing: a code, whose sentence is in the phrasebook."""

    NONE = ""
    UNAVAILABLE = "unavailable"
    SIGN_IN = "sign_in"


class Renewal(StrEnum):
    """Why the user is asked to sign in at his bank although it is read as ever."""

    NONE = ""
    ENDS = "ends"  # the permission ends on a day that is known
    ACCOUNTS = "accounts"  # there are accounts that he has not let us read


@dataclass(frozen=True, slots=True)
class Connection:
    """A user's connection to one bank.

    ``bank`` is empty until the first reading. ``epoch`` counts what was written, so that of two
    readers at once only one may write. ``asked`` tells that the user waits for this reading and
    hears of it, in ``conversation_id``. ``ends_at`` goes with ``renewal``, where that is known.
    """

    id: str
    user_id: UserId
    provider: str
    state: ConnectionState
    bank: str
    cursor: str
    epoch: int
    conversation_id: str
    asked: bool
    offered_until: datetime | None
    next_sync_at: datetime | None
    synced_at: datetime | None
    trouble: Trouble
    failures: int
    demo: bool
    renewal: Renewal = Renewal.NONE
    ends_at: datetime | None = None

    @property
    def is_read(self) -> bool:
        """Whether it is one that rows come from, or would once signed in to."""
        return self.state in READ

    @property
    def is_well(self) -> bool:
        """Whether nothing is asked of the user before it can be read."""
        return self.state is ConnectionState.ACTIVE

    def may_be_signed_in_to(self, now: datetime) -> bool:
        """Whether there is a page for it that is still open."""
        if self.state is ConnectionState.CLOSED or self.offered_until is None:
            return False
        return now < self.offered_until

    def payload(self) -> dict[str, str | int]:
        """Return exactly what the user approves when he ends it."""
        return {"connection": self.id, "bank": self.bank, "provider": self.provider}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading changed in the books; ``accounts`` were opened by it."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    accounts: int = 0

    @property
    def anything(self) -> bool:
        """Whether the books are not as before."""
        return bool(self.new or self.changed or self.removed or self.accounts)
