"""What a simulated outside service remembers: one key, one effect, also after a crash of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from core.errors import FinanceError
from core.store.insert_once import insert_once
from core.store.tables import action as tables
from core.store.vault import SYSTEM, Vault

_T = tables.provider_requests


class KeyReused(FinanceError):
    """The same key came with another request: a bug of the caller, refused like a real provider."""

    code = "provider.key_reused"


class ProviderStore:
    """The provider's own books, kept apart from ours though in the same database."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def keep(
        self,
        key: str,
        *,
        provider: str,
        request_hash: str,
        receipt: Mapping[str, str],
        now: datetime,
    ) -> Mapping[str, str]:
        """Keep a request's receipt once; a repeat gets the first receipt back.

        Raises `KeyReused` when the key was used for something else.
        """
        insert_once(
            self._connection,
            _T,
            {
                "key": key,
                "provider": provider,
                "request_hash": request_hash,
                "receipt": self._vault.close_json(SYSTEM, _place(key), dict(receipt)),
                "created_at": now,
            },
        )
        query = select(_T.c.request_hash).where(_T.c.key == key, _T.c.provider == provider)
        if self._connection.execute(query).scalar() != request_hash:
            raise KeyReused(provider=provider)
        kept = self.find(key)
        assert kept is not None
        return kept

    def find(self, key: str) -> Mapping[str, str] | None:
        """Return the receipt of a request, nothing when it never arrived."""
        sealed = self._connection.execute(select(_T.c.receipt).where(_T.c.key == key)).scalar()
        if sealed is None:
            return None
        receipt: Mapping[str, str] = self._vault.open_json(SYSTEM, _place(key), bytes(sealed))
        return receipt


def _place(key: str) -> tuple[str, str, str]:
    return ("provider_requests", "receipt", key)
