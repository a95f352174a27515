"""Where the simulated provider keeps its receipts: its own table, as a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping

from core.clock import Clock
from core.store.unit_of_work import Database

_PROVIDER = "demo"


class StoredReceipts(MutableMapping[str, Mapping[str, str]]):
    """Receipts in the database: written once, never changed, so a restart forgets nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep receipts in ``database``."""
        self._database = database
        self._clock = clock

    def __getitem__(self, key: str) -> Mapping[str, str]:
        """Return a receipt."""
        with self._database.reading() as uow:
            receipt = uow.provider.find(key)
        if receipt is None:
            raise KeyError(key)
        return receipt

    def __setitem__(self, key: str, receipt: Mapping[str, str]) -> None:
        """Keep a receipt; the first one under a key stays."""
        with self._database.work() as uow:
            uow.provider.keep(
                key,
                provider=_PROVIDER,
                request_hash=receipt.get("digest", ""),
                receipt=receipt,
                now=self._clock.now(),
            )
            uow.commit()

    def __delitem__(self, key: str) -> None:
        """Receipts are never removed."""
        raise TypeError("a receipt is never removed")

    def __iter__(self) -> Iterator[str]:
        """Receipts are looked up, never listed."""
        raise TypeError("receipts are looked up, never listed")

    def __len__(self) -> int:
        """Receipts are looked up, never counted."""
        raise TypeError("receipts are looked up, never counted")
