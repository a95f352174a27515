"""Two currencies and an amount between them: which one is valued, and which one it is valued in."""

from __future__ import annotations

from intents.filling import Filling
from intents.reading import Piece, plain_amount


def take_currencies(filling: Filling) -> None:
    """Settle what a request about two currencies names: base, quote, amount, rate.

    An amount says its own currency ("50 euros in rupees"); what is left over stands in order.
    """
    taken: list[str] = []
    if "rate" in filling.takes:
        taken = _rate(filling)
    elif "amount" in filling.takes:
        taken = _amount(filling)
    named = [
        filling.in_slot(name, "currency") for name in ("base", "quote") if name in filling.slots
    ]
    pieces = [piece for piece in named if piece] or filling.free("currency")
    wanted = [name for name in ("base", "quote") if name not in taken]
    if "base" in filling.slots and "quote" not in filling.slots:
        wanted = ["base"]
    elif "quote" in filling.slots and "base" not in filling.slots:
        wanted = ["quote"]
    elif "base" in wanted and len(pieces) == 1 and "amount" in filling.arguments:
        wanted = ["quote"]  # "100 in euros" is of the user's own currency
    for name, piece in zip(wanted, pieces, strict=False):
        if name not in filling.arguments:
            filling.use(piece, name, piece.value)


def _amount(filling: Filling) -> list[str]:
    """Settle the amount; return which currency it has named already."""
    piece = filling.in_slot("amount", "amount") or next(iter(filling.free("amount")), None)
    if piece is None:
        return []
    filling.use(piece, "amount", plain_amount(piece.value))
    return _currency(filling, piece, "base")


def _rate(filling: Filling) -> list[str]:
    """Settle "1 usd = 3.67 aed", or a bare figure between two currencies."""
    amounts = filling.free("amount")
    units = filling.in_slot("units", "amount") or (amounts[0] if len(amounts) > 1 else None)
    rate = filling.in_slot("rate", "amount") or (amounts[-1] if amounts else None)
    taken: list[str] = []
    if units is not None and units is not rate:
        filling.use(units, "units", plain_amount(units.value))
        taken += _currency(filling, units, "base")
    if rate is not None:
        filling.use(rate, "rate", plain_amount(rate.value))
        taken += _currency(filling, rate, "quote")
    return taken


def _currency(filling: Filling, piece: Piece, name: str) -> list[str]:
    if piece.value.currency is None:
        return []
    filling.arguments[name] = piece.value.currency
    return [name]


def take_wallet_currency(filling: Filling) -> None:
    """Settle the currency of a wallet to be opened; other tools hear of it with an amount."""
    if filling.intent.tool != "open_wallet":
        return
    piece = filling.in_slot("currency", "currency") or next(iter(filling.free("currency")), None)
    if piece is not None:
        filling.use(piece, "currency", piece.value)
        return
    for amount in filling.free("amount"):  # "a euro wallet" sounds like one euro
        if amount.value.currency is not None:
            filling.use(amount, "currency", amount.value.currency)
            return
