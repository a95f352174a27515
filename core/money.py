"""Exact money: a whole number of minor units and a currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from fractions import Fraction

from core.currencies import EXPONENTS
from core.errors import FinanceError

# Below the signed 64-bit range with room for sums: more than all money on earth in any currency.
MAX_MINOR = 10**17
_MAX_DIGITS = 18
# No price, rate or quantity has more; what has is not an amount.
_MAX_DECIMALS = 60
# Every amount that passes has fewer digits than this, so nothing is rounded on the way.
_EXACT = Context(prec=_MAX_DIGITS + _MAX_DECIMALS + 10)


class UnknownCurrency(FinanceError):
    """The code is not an ISO 4217 currency with a minor unit."""

    code = "money.unknown_currency"


class AmountTooPrecise(FinanceError):
    """The amount has more decimals than the currency can hold."""

    code = "money.too_precise"


class AmountTooLarge(FinanceError):
    """The amount is beyond what the books can hold."""

    code = "money.too_large"


class AmountUnreadable(FinanceError):
    """The text is not a plain decimal number."""

    code = "money.unreadable"


def exponent(currency: str) -> int:
    """Return how many decimals ``currency`` has (ISO 4217); raise `UnknownCurrency`."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency=currency[:8]) from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: ``minor`` units (cents, paise) of ``currency`` (ISO 4217 code)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what could not have come from exact arithmetic."""
        if type(self.minor) is not int:
            raise TypeError("money is a whole number of minor units")
        if self.currency not in EXPONENTS:
            raise UnknownCurrency(currency=self.currency[:8])
        if not -MAX_MINOR <= self.minor <= MAX_MINOR:
            raise AmountTooLarge(currency=self.currency)

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str) -> Money:
        """Read an exact decimal amount; `AmountTooPrecise` when it has too many decimals."""
        minor = to_decimal(amount).scaleb(exponent(currency), _EXACT)
        whole = minor.to_integral_value(context=_EXACT)
        if whole != minor:
            raise AmountTooPrecise(currency=currency)
        return cls(int(whole), currency)

    @classmethod
    def rounded(cls, amount: Decimal | str, currency: str) -> Money:
        """Read a decimal amount, rounding half to even to the currency's minor unit."""
        minor = to_decimal(amount).scaleb(exponent(currency), _EXACT)
        return cls(int(minor.to_integral_value(ROUND_HALF_EVEN, _EXACT)), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Return nothing, in ``currency``."""
        return cls(0, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    @property
    def plain(self) -> str:
        """The amount as a machine writes it: ``-1234.50``."""
        return f"{self.decimal:f}"

    def __add__(self, other: Money) -> Money:
        """Add; mixing currencies is a bug."""
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract; mixing currencies is a bug."""
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        """Turn the sign."""
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        """Drop the sign."""
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: Money) -> bool:
        """Compare; mixing currencies is a bug."""
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        """Compare; mixing currencies is a bug."""
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        """Tell whether there is any money at all."""
        return self.minor != 0

    def times(self, factor: Decimal | Fraction | int) -> Money:
        """Multiply by an exact factor, rounding half to even."""
        return Money(round(Fraction(factor) * self.minor), self.currency)

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Divide by ``weights`` so that the parts add up exactly.

        Left-over units go to the largest remainders, first part first; a negative amount is
        the mirror image of the positive one, so that a refund cancels its purchase.
        """
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise ValueError("weights must be positive")
        units = abs(self.minor)
        shares = [units * weight // total for weight in weights]
        rests = [units * weight % total for weight in weights]
        order = sorted(range(len(weights)), key=lambda i: (-rests[i], i))
        for i in order[: units - sum(shares)]:
            shares[i] += 1
        sign = -1 if self.minor < 0 else 1
        return tuple(Money(sign * share, self.currency) for share in shares)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError("two currencies in one sum")


def to_decimal(amount: Decimal | str | int) -> Decimal:
    """Read a plain finite decimal (``-1234.50``); floats are refused by type."""
    if isinstance(amount, float):
        raise TypeError("a float is not money")
    try:
        value = Decimal(amount)
    except (InvalidOperation, ValueError):
        raise AmountUnreadable from None
    if not value.is_finite():
        raise AmountUnreadable
    # Looked at before anything is computed: a number like 1e999999999 is no work to write down.
    if value and value.adjusted() > _MAX_DIGITS:
        raise AmountTooLarge
    places = value.as_tuple().exponent
    assert isinstance(places, int)
    if abs(places) > _MAX_DECIMALS:
        raise AmountUnreadable
    if value.copy_abs() > MAX_MINOR:
        raise AmountTooLarge
    return value


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Add up amounts of one currency; nothing at all is zero of ``currency``."""
    nothing = Money.zero(currency)
    minor = 0
    for amount in amounts:
        nothing._same(amount)  # noqa: SLF001 - its own kind
        minor += amount.minor
    return Money(minor, currency)
