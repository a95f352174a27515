"""Forecasts and scores that were kept, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from core.ids import UserId
from core.insights.forecast import METHOD, Forecast, Kept
from core.insights.score import VERSION, Score
from core.period import month_number
from core.store.insert_once import insert_once
from core.store.tables import insight as tables
from core.store.vault import Vault

_F, _S, _P = tables.forecasts, tables.scores, tables.put_away


@dataclass(frozen=True, slots=True)
class KeptScore:
    """A score as it was in a month."""

    month: int
    value: int


class InsightStore:
    """Keeps what was told about a month, once; a later look never rewrites it."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def keep_forecast(
        self, user_id: UserId, forecast: Forecast, *, currency: str, now: datetime
    ) -> bool:
        """Keep the first forecast of a month; tell whether this was it."""
        values = {
            "user_id": user_id,
            "month": month_number(forecast.month.start),
            "currency": currency,
            "method": METHOD,
            "cut_off": forecast.cut_off,
            "low": forecast.low,
            "middle": forecast.middle,
            "high": forecast.high,
            "made_at": now,
        }
        return insert_once(self._connection, _F, values)

    def settle_forecast(self, user_id: UserId, month: int, currency: str, actual: int) -> None:
        """Write down what a month that is over really came to."""
        self._connection.execute(
            update(_F)
            .where(_F.c.user_id == user_id, _F.c.month == month, _F.c.currency == currency)
            .values(actual=actual)
        )

    def forecasts(self, user_id: UserId, currency: str) -> tuple[Kept, ...]:
        """Return the forecasts kept in one currency, oldest first."""
        query = (
            select(_F.c.month, _F.c.cut_off, _F.c.low, _F.c.middle, _F.c.high, _F.c.actual)
            .where(_F.c.user_id == user_id, _F.c.currency == currency)
            .order_by(_F.c.month)
        )
        return tuple(Kept(*row) for row in self._connection.execute(query))

    def keep_score(self, user_id: UserId, score: Score, *, month: int, now: datetime) -> None:
        """Keep a month's score, the first there is; a score that is none is not kept."""
        if score.value is None:
            return
        values = {
            "user_id": user_id,
            "month": month,
            "value": score.value,
            "coverage": int(score.coverage * 100),
            "version": VERSION,
            "made_at": now,
        }
        insert_once(self._connection, _S, values)

    def score_before(self, user_id: UserId, month: int) -> KeptScore | None:
        """Return the newest score kept before ``month``, of the same formula."""
        query = (
            select(_S.c.month, _S.c.value)
            .where(_S.c.user_id == user_id, _S.c.month < month, _S.c.version == VERSION)
            .order_by(_S.c.month.desc())
            .limit(1)
        )
        row = self._connection.execute(query).first()
        return None if row is None else KeptScore(*row)

    def put_away(self, user_id: UserId, key: str, *, now: datetime) -> bool:
        """Keep that an insight is not told again; tell whether that is new."""
        return insert_once(self._connection, _P, {"user_id": user_id, "key": key, "made_at": now})

    def bring_back(self, user_id: UserId, key: str) -> None:
        """Tell an insight again while it is true."""
        self._connection.execute(delete(_P).where(_P.c.user_id == user_id, _P.c.key == key))

    def put_away_keys(self, user_id: UserId) -> frozenset[str]:
        """Return the keys of what a user has put away."""
        found = self._connection.execute(select(_P.c.key).where(_P.c.user_id == user_id))
        return frozenset(found.scalars())
