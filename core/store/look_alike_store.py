"""Possible doubles: pairs of entries that two sources told of, for the user to decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from core.errors import FinanceError
from core.ids import AccountId, EntryId, UserId
from core.ledger.doubles import WINDOW, Seen, look_alikes
from core.ledger.entry import IN_THE_BOOKS, Flow, Source
from core.store.insert_once import insert_once
from core.store.tables import ledger, review

_T, _E = review.look_alikes, ledger.entries
# Nobody goes through more of them; the rest would come up when these are decided.
MAX_SUGGESTED = 200
# Many equal amounts close together would be compared with each other.
_MOST_COMPARED = 20_000


class Verdict(StrEnum):
    """What the user said of a pair."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"


class DoubleUnknown(FinanceError):
    """There is no such pair, or it is not this user's."""

    code = "double.unknown"


@dataclass(frozen=True, slots=True)
class Double:
    """A pair of entries: the one that came later, and the one that was there."""

    entry_id: EntryId
    other_id: EntryId


class LookAlikeStore:
    """Keeps pairs and what was decided about them; a decided pair never comes up again."""

    def __init__(self, connection: Connection) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def suggest(
        self, user_id: UserId, account_id: AccountId, import_id: str, *, now: datetime
    ) -> int:
        """Look for doubles of an import's rows in other sources; return how many were found."""
        span = self._span(account_id, import_id)
        if span is None:
            return 0
        others = self._seen(account_id, self._elsewhere(import_id), span)
        if not others:
            return 0
        amounts = {one.minor for one in others}
        new = [
            one
            for one in self._seen(account_id, _E.c.import_id == import_id, span)
            if one.minor in amounts
        ]
        pairs = look_alikes(new[:_MOST_COMPARED], others[:_MOST_COMPARED])[:MAX_SUGGESTED]
        return sum(self._add(user_id, pair, now) for pair in pairs)

    def open(self, user_id: UserId) -> tuple[Double, ...]:
        """Return the pairs that wait for a decision, both of which are in the books."""
        one, other = _E.alias("one"), _E.alias("other")
        query = (
            select(_T.c.entry_id, _T.c.other_id)
            .join(one, one.c.id == _T.c.entry_id)
            .join(other, other.c.id == _T.c.other_id)
            .where(
                _T.c.user_id == user_id,
                _T.c.state == Verdict.OPEN.value,
                _in_the_books(one.c.state),
                _in_the_books(other.c.state),
            )
            .order_by(_T.c.entry_id, _T.c.other_id)
        )
        return tuple(Double(*row) for row in self._connection.execute(query))

    def settle(self, user_id: UserId, double: Double, verdict: Verdict) -> None:
        """Keep what the user said of a pair; raise `DoubleUnknown`."""
        changed = self._connection.execute(
            update(_T)
            .where(
                _T.c.user_id == user_id,
                _T.c.entry_id == double.entry_id,
                _T.c.other_id == double.other_id,
            )
            .values(state=verdict.value)
        )
        if changed.rowcount == 0:
            raise DoubleUnknown

    def _span(self, account_id: AccountId, import_id: str) -> tuple[date, date] | None:
        query = select(func.min(_E.c.booked_date), func.max(_E.c.booked_date)).where(
            _E.c.account_id == account_id, _E.c.import_id == import_id
        )
        first, last = self._connection.execute(query).one()
        return None if first is None else (first - WINDOW, last + WINDOW)

    def _elsewhere(self, import_id: str) -> ColumnElement[bool]:
        """Return what comes from another source: typed in, or a file of another format.

        Rows of the same format have the same fingerprints, and are known by them.
        """
        form = select(ledger.imports.c.format).where(ledger.imports.c.id == import_id)
        same = select(ledger.imports.c.id).where(ledger.imports.c.format == form.scalar_subquery())
        by_hand = _E.c.source == Source.MANUAL.value
        from_file = and_(_E.c.source == Source.IMPORT.value, _E.c.import_id.not_in(same))
        return or_(by_hand, from_file)

    def _seen(
        self, account_id: AccountId, which: ColumnElement[bool], span: tuple[date, date]
    ) -> list[Seen]:
        query = select(_E.c.id, _E.c.booked_date, _E.c.minor).where(
            _E.c.account_id == account_id,
            _E.c.booked_date.between(*span),
            _E.c.flow != Flow.OPENING.value,
            _in_the_books(_E.c.state),
            which,
        )
        return [Seen(*row) for row in self._connection.execute(query)]

    def _add(self, user_id: UserId, pair: tuple[int, int], now: datetime) -> bool:
        values = {
            "entry_id": pair[0],
            "other_id": pair[1],
            "user_id": user_id,
            "state": Verdict.OPEN.value,
            "created_at": now,
        }
        return insert_once(self._connection, _T, values)


def _in_the_books(state: Any) -> ColumnElement[bool]:
    live: Iterable[str] = [one.value for one in IN_THE_BOOKS]
    return state.in_(live)  # type: ignore[no-any-return]  # a column of any table
