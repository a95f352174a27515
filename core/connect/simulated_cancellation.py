"""The cancellation provider that ships with the product: nothing real happens, and it says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from core.connect.cancellation import (
    CancellationReceipt,
    CancellationRequest,
    CancellationTimeout,
    CancellationUnavailable,
    ReceiptNote,
    ReceiptState,
)
from core.errors import FinanceError
from core.money import Money

# One stored receipt: plain text fields, so that any table or file can hold it.
StoredReceipt = Mapping[str, str]


class CancellationKeyReused(FinanceError):
    """The key was used for another request: an approval is for one payload only."""

    code = "cancellation.key_reused"


class Behaviour(StrEnum):
    """What the simulator does for a merchant, so that every ending can be tried."""

    ACCEPTS = "accepts"
    REFUSES = "refuses"
    SLOW = "slow"  # accepts, and says that it will take days
    SILENT = "silent"  # gets the request, but the answer never arrives
    DOWN = "down"  # cannot be reached
    DEARER = "dearer"  # charges more than what was approved


# Merchants with an ending of their own; every other one accepts.
BEHAVIOURS: Mapping[str, Behaviour] = {
    "planet fitness": Behaviour.REFUSES,
    "cult fit": Behaviour.REFUSES,
    "new york times": Behaviour.SLOW,
    "hotstar": Behaviour.SLOW,
    "openai": Behaviour.SILENT,
    "google one": Behaviour.SILENT,
    "1password": Behaviour.DEARER,
}
_DEARER_BY_PERCENT = 20
_CONFIRMED_AFTER, _SLOWLY = timedelta(days=1), timedelta(days=4)


@dataclass(frozen=True, slots=True)
class SimulatedCancellation:
    """A provider without a network: the same request always has the same receipt.

    ``receipts`` is given from outside and may be kept anywhere; it maps a key to plain text
    fields, is only looked up and written once a key, never listed. ``behaviours`` maps a
    merchant's name (lower case, without signs) to what happens there. With a clock (``now``) it
    confirms a request some time after it came; without one, never.
    """

    receipts: MutableMapping[str, StoredReceipt]
    behaviours: Mapping[str, Behaviour]
    now: Callable[[], datetime] | None = None

    @property
    def name(self) -> str:
        """What it is called, for receipts and the audit."""
        return "demo provider"

    @property
    def demo(self) -> bool:
        """Nothing real happens."""
        return True

    def submit(self, request: CancellationRequest) -> CancellationReceipt:
        """Answer as the merchant's behaviour says, and remember the answer under the key."""
        digest = _digest(request)
        known = self.receipts.get(request.key)
        if known is not None:
            if known["digest"] != digest:
                raise CancellationKeyReused
            return _read(known)
        behaviour = self._behaviour(request)
        if behaviour is Behaviour.DOWN:
            raise CancellationUnavailable(provider=self.name)
        receipt = self._decide(request, behaviour, digest)
        at = self.now().isoformat() if self.now is not None else ""
        self.receipts[request.key] = {**_written(receipt, digest), "at": at}
        if behaviour is Behaviour.SILENT:
            raise CancellationTimeout(provider=self.name)
        return receipt

    def lookup(self, key: str) -> CancellationReceipt | None:
        """Return the receipt that was given (or lost on its way) for the key."""
        known = self.receipts.get(key)
        if known is None:
            return None
        receipt = _read(known)
        return replace(receipt, state=ReceiptState.CONFIRMED) if self._is_over(known) else receipt

    def _is_over(self, kept: StoredReceipt) -> bool:
        """Tell whether the time has passed after which a request is confirmed."""
        at = kept.get("at", "")
        if self.now is None or not at or kept["state"] != ReceiptState.REQUESTED:
            return False
        wait = _SLOWLY if kept["note"] == ReceiptNote.SLOW else _CONFIRMED_AFTER
        return self.now() - datetime.fromisoformat(at) >= wait

    def _behaviour(self, request: CancellationRequest) -> Behaviour:
        names = {_plain(request.merchant_key), _plain(request.subscription_name)}
        found = [behaviour for name, behaviour in self.behaviours.items() if name in names]
        return found[0] if found else Behaviour.ACCEPTS

    def _decide(
        self, request: CancellationRequest, behaviour: Behaviour, digest: str
    ) -> CancellationReceipt:
        reference = f"DEMO-{digest[:8].upper()}"
        if behaviour is Behaviour.REFUSES:
            return CancellationReceipt(
                reference, ReceiptState.REFUSED, note=ReceiptNote.IN_PERSON, demo=True
            )
        now = self._price_now(request, behaviour)
        if now != request.amount:
            return CancellationReceipt(
                reference,
                ReceiptState.REFUSED,
                note=ReceiptNote.PRICE_CHANGED,
                amount_now=now,
                demo=True,
            )
        return CancellationReceipt(
            reference,
            ReceiptState.REQUESTED,
            effective_on=request.paid_until or request.requested_on,
            note=ReceiptNote.SLOW if behaviour is Behaviour.SLOW else ReceiptNote.NONE,
            demo=True,
        )

    def _price_now(self, request: CancellationRequest, behaviour: Behaviour) -> Money:
        """Return the merchant's price: a dearer one names it once, and then keeps to it."""
        if behaviour is not Behaviour.DEARER:
            return request.amount
        whose = _hash(request.merchant_key, request.account_last4, request.amount.currency)
        told = self.receipts.get(f"price-{whose}")
        if told is None:
            more = Money(request.amount.minor * _DEARER_BY_PERCENT // 100, request.amount.currency)
            told = {"digest": whose, "price": _text(request.amount + more)}
            self.receipts[f"price-{whose}"] = told
        return _money(told["price"])


def _plain(name: str) -> str:
    return " ".join("".join(sign if sign.isalnum() else " " for sign in name.casefold()).split())


def _digest(request: CancellationRequest) -> str:
    """Tell one request from another: everything that was approved, and nothing else."""
    return _hash(
        request.key,
        request.merchant_key,
        request.subscription_name,
        request.account_last4,
        _text(request.amount),
    )


def _hash(*words: str) -> str:
    return blake2b("|".join(words).encode(), digest_size=16).hexdigest()


def _written(receipt: CancellationReceipt, digest: str) -> StoredReceipt:
    return {
        "digest": digest,
        "reference": receipt.reference,
        "state": receipt.state.value,
        "note": receipt.note.value,
        "effective_on": receipt.effective_on.isoformat() if receipt.effective_on else "",
        "amount_now": _text(receipt.amount_now) if receipt.amount_now else "",
    }


def _read(stored: StoredReceipt) -> CancellationReceipt:
    effective = stored["effective_on"]
    return CancellationReceipt(
        reference=stored["reference"],
        state=ReceiptState(stored["state"]),
        effective_on=date.fromisoformat(effective) if effective else None,
        note=ReceiptNote(stored["note"]),
        amount_now=_money(stored["amount_now"]) if stored["amount_now"] else None,
        demo=True,
    )


def _text(amount: Money) -> str:
    return f"{amount.minor} {amount.currency}"


def _money(text: str) -> Money:
    minor, currency = text.split()
    return Money(int(minor), currency)
