"""What is kept of a receipt beside its payment: the shop, the total, and what was bought."""

from __future__ import annotations

import json
from dataclasses import dataclass

from core.money import Money
from core.statements.receipt import Item, Receipt

# The annotation of an entry that holds it.
FIELD = "receipt"


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A receipt as it stands beside an entry."""

    shop: str
    total: Money
    items: tuple[Item, ...]


def written(receipt: Receipt, total: Money) -> str:
    """Return a receipt as text to keep; the same paper gives the same text."""
    kept = {
        "shop": receipt.merchant,
        "total": total.minor,
        "currency": total.currency,
        "day": receipt.day.isoformat() if receipt.day else "",
        "items": [[item.name, item.amount.minor] for item in receipt.items],
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def read_kept(text: str) -> KeptReceipt | None:
    """Return what `written` kept; nothing for no text (a receipt that was taken off again)."""
    if not text:
        return None
    kept = json.loads(text)
    currency = kept["currency"]
    items = tuple(Item(name, Money(minor, currency)) for name, minor in kept["items"])
    return KeptReceipt(kept["shop"], Money(kept["total"], currency), items)
