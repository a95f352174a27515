"""Cards: each move of a state happens only from the state it may follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from core.cards.card import CARD_MOVES, Card, CardMoveRefused, CardState, CardUnknown, move
from core.ids import AccountId, UserId
from core.money import Money
from core.store.tables import card as tables
from core.store.vault import Vault

_T = tables.cards


class CardStore:
    """Keeps cards: a token and four figures, nothing that could pay anywhere else."""

    def __init__(self, connection: Connection, _vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def add(self, card: Card, *, now: datetime) -> None:
        """Keep a new card."""
        self._connection.execute(
            insert(_T).values(
                id=card.id,
                user_id=card.user_id,
                account_id=card.account_id,
                currency=card.currency,
                name=card.name,
                state=card.state.value,
                token=card.token,
                last4=card.last4,
                created_at=now,
                changed_at=now,
            )
        )

    def of(self, user_id: UserId) -> tuple[Card, ...]:
        """Return the user's cards, oldest first."""
        query = select(_T).where(_T.c.user_id == user_id).order_by(_T.c.created_at, _T.c.id)
        return tuple(map(_card, self._connection.execute(query).mappings()))

    def get(self, user_id: UserId, card_id: str) -> Card:
        """Return one card of the user's; raise `CardUnknown`."""
        query = select(_T).where(_T.c.id == card_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise CardUnknown
        return _card(row)

    def by_token(self, token: str) -> Card | None:
        """Return the card that its issuer calls so."""
        row = self._connection.execute(select(_T).where(_T.c.token == token)).mappings().first()
        return _card(row) if row is not None else None

    def move(self, card: Card, state: CardState, *, now: datetime) -> Card:
        """Bring a card into a state, as it is now in the books; twice is as good as once."""
        card = move(self.get(card.user_id, card.id), state)
        allowed = [old.value for old, new in CARD_MOVES.items() if state in new] + [state.value]
        moved = self._connection.execute(
            update(_T)
            .where(_T.c.id == card.id, _T.c.state.in_(allowed))
            .values(state=state.value, changed_at=now)
        )
        if moved.rowcount != 1:
            raise CardMoveRefused
        return card

    def issued(self, card: Card, token: str, last4: str, *, now: datetime) -> Card:
        """Note what the issuer gave, and make the card usable."""
        self._connection.execute(
            update(_T)
            .where(_T.c.id == card.id, _T.c.state == CardState.CREATED.value)
            .values(token=token, last4=last4)
        )
        return replace(self.move(card, CardState.ACTIVE, now=now), token=token, last4=last4)

    def limit(self, card: Card, *, now: datetime) -> None:
        """Keep a card's limits as they are in ``card``."""
        self._connection.execute(
            update(_T)
            .where(_T.c.id == card.id)
            .values(
                purchase_minor=card.per_purchase.minor if card.per_purchase else None,
                day_minor=card.per_day.minor if card.per_day else None,
                changed_at=now,
            )
        )


def _card(row: RowMapping) -> Card:
    currency = row["currency"]
    purchase, day = row["purchase_minor"], row["day_minor"]
    return Card(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        account_id=AccountId(row["account_id"]),
        currency=currency,
        name=row["name"],
        state=CardState(row["state"]),
        token=row["token"],
        last4=row["last4"],
        per_purchase=Money(purchase, currency) if purchase is not None else None,
        per_day=Money(day, currency) if day is not None else None,
        created_at=row["created_at"],
    )
