"""The payment rail that ships with the product: no money moves, and it says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from core.connect.payment_rail import (
    OrderState,
    PaymentOrder,
    PaymentReceipt,
    RailTimeout,
    RailUnavailable,
)
from core.errors import FinanceError


class OrderKeyReused(FinanceError):
    """The key was used for another order: an approval is for one payment only."""

    code = "payment.key_reused"


class Ending(StrEnum):
    """What the simulator does for a payee, so that every ending can be tried."""

    ACCEPTS = "accepts"
    SLOW = "slow"  # takes it, and the payee has it some time later
    REFUSES = "refuses"
    SILENT = "silent"  # takes it, but the answer never arrives
    DOWN = "down"  # cannot be reached


# By the last sign of the number; every other one accepts.
ENDINGS: Mapping[str, Ending] = {
    "1": Ending.SLOW,
    "3": Ending.REFUSES,
    "5": Ending.SILENT,
    "9": Ending.DOWN,
}
_ARRIVES_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SimulatedRail:
    """A rail without a network: the same order always has the same receipt."""

    receipts: MutableMapping[str, Mapping[str, str]]
    now: Callable[[], datetime]

    @property
    def name(self) -> str:
        """What it is called, for receipts and the audit."""
        return "demo rail"

    @property
    def demo(self) -> bool:
        """Nothing real happens."""
        return True

    def submit(self, order: PaymentOrder) -> PaymentReceipt:
        """Answer as the number's last sign says, and remember the answer under the key."""
        digest = _digest(order)
        known = self.receipts.get(order.key)
        if known is not None:
            if known["digest"] != digest:
                raise OrderKeyReused
            return self._read(known)
        ending = ENDINGS.get(order.number[-1:], Ending.ACCEPTS)
        if ending is Ending.DOWN:
            raise RailUnavailable
        kept = {"digest": digest, "ending": ending.value, "at": self.now().isoformat()}
        self.receipts[order.key] = kept
        if ending is Ending.SILENT:
            raise RailTimeout
        return self._read(kept)

    def lookup(self, key: str) -> PaymentReceipt | None:
        """Return the receipt that was given (or lost on its way) for the key."""
        known = self.receipts.get(key)
        return self._read(known) if known is not None else None

    def _read(self, kept: Mapping[str, str]) -> PaymentReceipt:
        reference = f"DEMO-{kept['digest'][:8].upper()}"
        ending = Ending(kept["ending"])
        if ending is Ending.REFUSES:
            return PaymentReceipt(reference, OrderState.REFUSED)
        arrived = self.now() - datetime.fromisoformat(kept["at"]) >= _ARRIVES_AFTER
        if ending is Ending.SLOW and not arrived:
            return PaymentReceipt(reference, OrderState.SENT)
        return PaymentReceipt(reference, OrderState.ACCEPTED)


def _digest(order: PaymentOrder) -> str:
    words = (order.key, order.name, order.number, str(order.amount.minor), order.amount.currency)
    return blake2b("|".join(words).encode(), digest_size=16).hexdigest()
