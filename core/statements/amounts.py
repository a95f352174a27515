"""Reads the amounts banks print: separators of every country, signs, brackets, CR and DR."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core.currencies import EXPONENTS
from core.errors import FinanceError
from core.money import Money, exponent
from core.statements.refusals import AmountAmbiguous

# No sum of money has more signs than this, however it is written.
MAX_AMOUNT_TEXT = 40

# "$" stands for a dollar of some country: the caller knows which.
_SIGNS = {
    "$": "$", "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD",
    "S$": "SGD", "HK$": "HKD", "R$": "BRL", "£": "GBP", "€": "EUR", "₹": "INR", "RS": "INR",
    "¥": "JPY", "₩": "KRW", "₺": "TRY", "₦": "NGN", "₽": "RUB", "₪": "ILS", "฿": "THB",
    "₫": "VND", "₱": "PHP", "ZŁ": "PLN", "KČ": "CZK", "FT": "HUF",
}  # fmt: skip
_MARKS = {"CR": 1, "C": 1, "DR": -1, "D": -1}
_SIMPLE = re.compile(r"-?\d[\d.,]*")
# Digits with their separators; the point of "Rs.500" belongs to the word before it.
_NUMBER = re.compile(r"(?:(?<![^\W\d_])[.,])?\d(?:[\d.,\s'’]*\d)?")
_GROUPING = re.compile(r"[\s'’]")
_AROUND = re.compile(r"[-+()\s]+")
_DASHED_CENTS = re.compile(r"^[.,]-+")
_MINUSES = str.maketrans(
    dict.fromkeys("−–—\u2011", "-") | dict.fromkeys("\u200e\u200f\u202c\ufeff")
)
# A leading zero tells more than another digit.
_SHAPES = str.maketrans("23456789", "1" * 8)
_IN_GROUPS = {
    ".": re.compile(r"\d{1,3}(?:\.\d{2,3})*\.\d{3}"),
    ",": re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}"),
}
_OTHER = {".": ",", ",": "."}


class AmountNotUnderstood(FinanceError):
    """The cell holds something, and it is not an amount."""

    code = "statement.amount_bad"


@dataclass(frozen=True, slots=True)
class PrintedAmount:
    """An amount as printed: digits with separators, and what stood around them.

    ``marked`` is +1 when the bank wrote CR or a plus sign, -1 for DR, 0 for neither. ``unit`` is
    a currency code, ``$`` for a dollar of some country, or empty.
    """

    digits: str
    negative: bool = False
    marked: int = 0
    unit: str = ""


def take_apart(text: str) -> PrintedAmount:
    """Split a printed amount into digits, sign, marks and currency."""
    if len(text) > MAX_AMOUNT_TEXT:
        raise AmountNotUnderstood
    if _SIMPLE.fullmatch(text):
        return PrintedAmount(text.lstrip("-"), negative=text[0] == "-")
    clean = text.translate(_MINUSES)
    number = _NUMBER.search(clean)
    if number is None:
        raise AmountNotUnderstood
    before, after = clean[: number.start()], clean[number.end() :]
    around = before + " " + _DASHED_CENTS.sub("", after)
    marked, unit = _read_words(around)
    return PrintedAmount(
        digits=_GROUPING.sub("", number[0]),
        negative="-" in around or ("(" in before and ")" in after),
        marked=marked or int("+" in around),
        unit=unit,
    )


def one_of_each_shape(texts: Iterable[str]) -> list[str]:
    """Return one text of each pattern of digits and signs: enough to see how a file writes them."""
    return list({text.translate(_SHAPES): text for text in texts}.values())


def plain_pattern(mark: str, currency: str) -> re.Pattern[str]:
    """Return the pattern of an amount with all its decimals and no grouping, nor anything else."""
    places = exponent(currency)
    decimals = rf"{re.escape(mark)}[0-9]{{{places}}}" if places else ""
    return re.compile(rf"-?[0-9]{{1,15}}{decimals}")


def _read_words(around: str) -> tuple[int, str]:
    """Return the CR/DR mark and the currency in the text around a number."""
    marked, unit = 0, ""
    for word in _AROUND.split(around):
        bare = word.rstrip(".,:").upper()
        if bare in _MARKS:
            marked = _MARKS[bare]
        elif bare:
            unit = unit_currency(bare)
            if not unit:
                raise AmountNotUnderstood
    return marked, unit


def unit_currency(unit: str) -> str:
    """Return the currency that a sign or code means (``$`` stays itself), or empty."""
    bare = unit.strip().rstrip(".").upper()
    return bare if bare in EXPONENTS else _SIGNS.get(bare, "")


def decimal_mark(amounts: Iterable[str], *, decimals: int) -> str:
    """Return the decimal mark that all printed ``amounts`` agree on, ``.`` when none has any.

    ``decimals`` are the currency's. Raises `AmountAmbiguous` when the amounts contradict each
    other, or when all that is there is ``1.234``, which is two amounts in two countries.
    """
    votes: dict[str, str] = {}
    for text in amounts:
        votes.setdefault(_vote(text, decimals), text)
    if "." in votes and "," in votes:
        raise AmountAmbiguous(example=votes[","], reason="amounts_contradict")
    for mark in (".", ","):
        if mark in votes:
            return mark
    doubtful = votes.get("?", "")
    if doubtful and "whole" not in votes:
        raise AmountAmbiguous(example=doubtful)
    # Beside "500", "1.234" can only be a group: nobody prints three decimals and drops them.
    return _OTHER[doubtful[-4]] if doubtful else "."


def _vote(text: str, decimals: int) -> str:
    """Return the decimal mark one amount proves, or ``?`` or ``whole`` when it proves none."""
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return "whole"
    mark, behind = text[last], len(text) - last - 1
    if _OTHER[mark] in text:
        return mark
    if text.count(mark) > 1:
        return _OTHER[mark]
    if behind != 3 or text.startswith(("0", ".", ",")) or last > 3 or decimals == 3:
        return mark
    return _OTHER[mark] if decimals == 0 else "?"


def money_from(digits: str, mark: str, currency: str) -> tuple[Money, bool]:
    """Return the money printed as ``digits``, and whether decimals had to be rounded away."""
    places = exponent(currency)
    whole, rest = _whole_and_rest(digits, mark)
    if len(rest) > places:
        return Money.rounded(Decimal(f"{whole}.{rest}"), currency), True
    return Money(int(whole + rest.ljust(places, "0")), currency), False


def units_from(digits: str, mark: str, *, places: int) -> int:
    """Return printed ``digits`` as whole units of ``places`` decimals, cutting what is beyond."""
    whole, rest = _whole_and_rest(digits, mark)
    return int(whole + rest[:places].ljust(places, "0"))


def _whole_and_rest(digits: str, mark: str) -> tuple[str, str]:
    """Divide at the decimal mark: plain digits before, digits without end zeros behind."""
    whole, _, rest = digits.partition(mark)
    other = _OTHER[mark]
    if other in whole:
        if not _IN_GROUPS[other].fullmatch(whole):
            raise AmountNotUnderstood
        whole = whole.replace(other, "")
    whole = whole or "0"
    if not (whole + rest).isdecimal() or not whole.isascii():
        raise AmountNotUnderstood
    return whole, rest.rstrip("0")


def minor_from(digits: str, currency: str) -> Money:
    """Return the money of an export that prints whole minor units (pence, cents)."""
    if not digits.isdecimal():
        raise AmountNotUnderstood
    return Money(int(digits), currency)
