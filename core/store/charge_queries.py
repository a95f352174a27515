"""Money out and money in as the detector of recurring payments sees it: one payment each."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from core.ids import UserId
from core.ledger.account import AccountKind
from core.ledger.entry import IN_THE_BOOKS, Flow
from core.period import month_number
from core.store.tables import ledger
from core.subscriptions.charge import Charge

# Yearly charges need two of them to be seen.
LOOK_BACK = timedelta(days=800)
_LIVE = tuple(state.value for state in IN_THE_BOOKS)


class ChargeQueries:
    """Reads payments; never writes."""

    def __init__(self, connection: Connection) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def spending(self, user_id: UserId, since: date) -> list[Charge]:
        """Return what was spent from ``since`` on; ``minor`` counts money out."""
        return self._counted(user_id, since, Flow.SPEND)

    def income(self, user_id: UserId, since: date) -> list[Charge]:
        """Return what came in from ``since`` on; ``minor`` counts money in."""
        return self._counted(user_id, since, Flow.INCOME)

    def card_payments(self, user_id: UserId, since: date) -> list[Charge]:
        """Return what was paid off on own cards; the key names the card: ``card:7``."""
        out, into, links = (
            ledger.entries.alias("out"),
            ledger.entries.alias("into"),
            ledger.transfers,
        )
        cards = ledger.accounts
        query = (
            select(
                out.c.id,
                out.c.account_id,
                into.c.account_id,
                cards.c.name,
                out.c.booked_date,
                out.c.minor,
                out.c.currency,
            )
            .join(links, links.c.out_entry_id == out.c.id)
            .join(into, into.c.id == links.c.in_entry_id)
            .join(cards, cards.c.id == into.c.account_id)
            .where(
                links.c.user_id == user_id,
                cards.c.kind == AccountKind.CARD.value,
                out.c.booked_date >= since,
                out.c.state.in_(_LIVE),
            )
            .order_by(out.c.id)
        )
        return [
            Charge(
                entry_id=row[0],
                account_id=row[1],
                merchant_key=card_key(row[2]),
                name=row[3],
                booked_date=row[4],
                minor=-row[5],
                currency=row[6],
                category="LOAN_PAYMENTS_CREDIT_CARD_PAYMENT",
            )
            for row in self._connection.execute(query)
        ]

    def newest(self, user_id: UserId) -> date | None:
        """Return the day of the newest entry: how far the books reach."""
        entries = ledger.entries
        query = select(func.max(entries.c.booked_date)).where(
            entries.c.user_id == user_id, entries.c.state.in_(_LIVE)
        )
        found: date | None = self._connection.execute(query).scalar()
        return found

    def _counted(self, user_id: UserId, since: date, flow: Flow) -> list[Charge]:
        entries, parts = ledger.entries, ledger.allocations
        sign = -1 if flow is Flow.SPEND else 1
        query = (
            select(
                entries.c.id,
                entries.c.account_id,
                entries.c.merchant_key,
                entries.c.payee,
                entries.c.booked_date,
                entries.c.minor,
                entries.c.currency,
                parts.c.category,
            )
            .join(parts, parts.c.entry_id == entries.c.id)
            .where(
                parts.c.user_id == user_id,
                parts.c.live,
                parts.c.flow == flow.value,
                parts.c.month >= month_number(since),
                parts.c.booked_date >= since,
                entries.c.merchant_key != "",
            )
            .order_by(entries.c.id)
        )
        seen: dict[int, Charge] = {}
        for row in self._connection.execute(query).all():
            if row[0] not in seen:  # a split entry is one payment
                seen[row[0]] = Charge(
                    entry_id=row[0],
                    account_id=row[1],
                    merchant_key=row[2],
                    name=row[3],
                    booked_date=row[4],
                    minor=sign * row[5],
                    currency=row[6],
                    category=row[7],
                )
        return list(seen.values())


def card_key(account_id: int) -> str:
    """Return the key by which payments to an own card are known."""
    return f"card:{account_id}"
