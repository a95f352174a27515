"""Quantities of a security: exact decimals of at most eighteen places, never a float."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction

from core.errors import FinanceError
from core.money import Money, exponent, to_decimal

# Fifteen figures before the point and eighteen behind it: room for the smallest crypto unit.
PLACES = 18
_LARGEST = Decimal(10) ** 15
_UNIT = Decimal(1).scaleb(-PLACES)
EXACT = Context(prec=60)


class QuantityUnreadable(FinanceError):
    """The quantity is not a number above nought that anybody could hold."""

    code = "trade.quantity_unreadable"


class PriceUnreadable(FinanceError):
    """The price is not a number above nought."""

    code = "trade.price_unreadable"


def quantity_of(text: Decimal | str | int) -> Decimal:
    """Read a quantity above nought; raise `QuantityUnreadable`."""
    value = to_decimal(text)
    places = value.normalize(EXACT).as_tuple().exponent
    assert isinstance(places, int)
    if not 0 < value < _LARGEST or -places > PLACES:
        raise QuantityUnreadable
    return value


def price_of(text: Decimal | str | int) -> Decimal:
    """Read a price of one piece, above nought; raise `PriceUnreadable`."""
    value = to_decimal(text)
    if not 0 < value < _LARGEST:
        raise PriceUnreadable
    return value


def added(first: Decimal, second: Decimal) -> Decimal:
    """Add two quantities; nothing is rounded."""
    return EXACT.add(first, second)


def taken(first: Decimal, second: Decimal) -> Decimal:
    """Take one quantity from another; nothing is rounded."""
    return EXACT.subtract(first, second)


def split_quantity(quantity: Decimal, new: int, old: int) -> Decimal:
    """Return what ``quantity`` becomes when ``old`` pieces become ``new`` ones.

    A third of a piece is cut off behind the eighteenth place: nobody gets more than there is.
    """
    exact = EXACT.divide(EXACT.multiply(quantity, Decimal(new)), Decimal(old))
    return exact.quantize(_UNIT, ROUND_DOWN, EXACT).normalize(EXACT)


def worth(quantity: Decimal, price: Decimal, currency: str) -> Money:
    """Return what ``quantity`` pieces at ``price`` are, rounded half to even."""
    minor = Fraction(quantity) * Fraction(price) * Fraction(10) ** exponent(currency)
    return Money(round(minor), currency)


def shown(quantity: Decimal) -> str:
    """Write a quantity as people do: without empty noughts, and no more than eight places."""
    cut = quantity.quantize(Decimal(1).scaleb(-8), ROUND_DOWN, EXACT) if quantity else Decimal(0)
    text = f"{cut:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
