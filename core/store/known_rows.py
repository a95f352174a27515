"""Which rows of a bank are in the books already."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, Connection, select

from core.ids import AccountId
from core.store.settlement_store import SettlementStore
from core.store.tables import bank, ledger

_E, _ROWS = ledger.entries, bank.rows
# Up to this many keys are looked up one by one; for more it is cheaper to read them all.
_FEW = 2_000
_AT_ONCE = 400


class KnownRows:
    """Finds rows again by the bank's id or by what they say."""

    def __init__(self, connection: Connection) -> None:
        """Look inside the caller's transaction."""
        self._connection = connection
        self._settlements = SettlementStore(connection)

    def among(
        self, account_id: AccountId, fingerprints: Collection[bytes], external_ids: Collection[str]
    ) -> tuple[set[bytes], set[str]]:
        """Return which fingerprints and provider ids of an account are already known."""
        old_prints, old_ids = self._settlements.keys(account_id)
        prints = old_prints.intersection(fingerprints)
        ids = old_ids.intersection(external_ids)
        prints.update(self._kept(account_id, _E.c.fingerprint, set(fingerprints)))
        ids.update(self._kept(account_id, _E.c.external_id, set(external_ids)))
        if external_ids:
            met = select(_ROWS.c.reference).where(_ROWS.c.account_id == account_id)
            ids.update(set(self._connection.execute(met).scalars()).intersection(external_ids))
        return prints, ids

    def _kept(self, account_id: AccountId, column: Column[Any], wanted: set[Any]) -> set[Any]:
        # That the column is filled has to be said, or the index on filled ones is of no use.
        query = select(column).where(_E.c.account_id == account_id, column.is_not(None))
        if len(wanted) > _FEW:
            return wanted.intersection(self._connection.execute(query).scalars())
        found: set[Any] = set()
        several = list(wanted)
        for start in range(0, len(several), _AT_ONCE):
            some = query.where(column.in_(several[start : start + _AT_ONCE]))
            found.update(self._connection.execute(some).scalars())
        return found
