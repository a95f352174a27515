"""A card: what its issuer calls it, and the four figures that are shown; never its number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.money import Money

ACTION = "change_card"


class CardState(StrEnum):
    """How far a card has come."""

    CREATED = "created"  # asked for, not yet with the issuer
    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


CARD_MOVES: dict[CardState, frozenset[CardState]] = {
    CardState.CREATED: frozenset({CardState.ACTIVE, CardState.CLOSED}),
    CardState.ACTIVE: frozenset({CardState.FROZEN, CardState.CLOSED}),
    CardState.FROZEN: frozenset({CardState.ACTIVE, CardState.CLOSED}),
    CardState.CLOSED: frozenset(),
}


class CardChange(StrEnum):
    """What an approval may do to a card."""

    ISSUE = "issue"
    UNFREEZE = "unfreeze"
    CLOSE = "close"


AFTER: dict[CardChange, CardState] = {
    CardChange.ISSUE: CardState.ACTIVE,
    CardChange.UNFREEZE: CardState.ACTIVE,
    CardChange.CLOSE: CardState.CLOSED,
}


class CardUnknown(FinanceError):
    """There is no such card, or it is not this user's."""

    code = "card.unknown"


class CardMoveRefused(FinanceError):
    """A card in this state cannot be brought into the other."""

    code = "card.move_refused"


@dataclass(frozen=True, slots=True)
class Card:
    """A card on a wallet. ``token`` is the issuer's own name for it, empty until it is issued.

    ``per_purchase`` and ``per_day`` are the user's limits: nothing means none.
    """

    id: str
    user_id: UserId
    account_id: AccountId
    currency: str
    name: str
    state: CardState
    token: str = ""
    last4: str = ""
    per_purchase: Money | None = None
    per_day: Money | None = None
    created_at: datetime | None = None

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"card:{self.id}"

    @property
    def shown(self) -> str:
        """The card as people know it: its name and its last figures."""
        return f"{self.name} {self.last4}".strip()

    def payload(self, change: CardChange) -> dict[str, str | int]:
        """Return what is approved: built for the proposal, and again before it is done."""
        return {
            "card": self.id,
            "do": change.value,
            "name": self.shown,
            "account": int(self.account_id),
            "state": self.state.value,
            "last4": self.last4,
        }


def move(card: Card, state: CardState) -> Card:
    """Return the card in another state; to the one it is in, it is the same card."""
    if state is card.state:
        return card
    if state not in CARD_MOVES[card.state]:
        raise CardMoveRefused(state=card.state.value)
    return replace(card, state=state)
