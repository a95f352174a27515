"""The lines of a receipt: what each is about, and the amounts printed in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from core.currencies import EXPONENTS
from core.errors import FinanceError
from core.statements.amounts import decimal_mark, money_from, unit_currency
from core.statements.csv_style import dollar_of
from core.statements.headers import fold
from core.statements.printed_dates import without_days

MAX_LINES = 200
MAX_LINE = 160

_UNIT = r"(?:Rs\.?|INR|USD|GBP|EUR|CAD|AUD|MXN|CHF|[A-Z]{0,2}\$|[£€₹¥])"
# No blank groups thousands here: "1 95.00" is one piece at 95.00.
_DIGITS = r"\d{1,3}(?:[.,'’]\d{2,3})+[.,]\d{2}|\d{1,7}[.,]\d{2}"
# With two decimals it is an amount; behind one stands no figure, no per cent and no unit.
_AMOUNT = re.compile(
    rf"(?<![\w.,/:-])(?P<minus>[-−(]?)\s?(?P<unit>{_UNIT})?\s?(?P<digits>{_DIGITS})"
    rf"(?![\d%/:]|[.,]\d|\s?(?:%|kg|lb|l\b|g\b))(?P<after>\s?[-−)](?!\d))?\s?(?P<behind>{_UNIT})?"
)
# Whole amounts count beside a label or a sign only: "Total 450", "₹450", "450/-".
_WHOLE = re.compile(
    rf"(?<![\w.,/:-])(?P<minus>[-−(]?)\s?(?P<unit>{_UNIT})?\s?"
    rf"(?P<digits>\d{{1,3}}(?:[.,]\d{{2,3}})+|\d{{1,7}})(?P<after>/-)?"
    rf"(?![\d%/:]|[.,]\d|\s?%)\s?(?P<behind>{_UNIT})?\s*$"
)
_EACH = re.compile(r"(?i)^\s*\d+(?:[.,]\d+)?\s*(?:x|@|\*|st|pcs|nos|kg|lb)\s*[@x]?")


class Kind(StrEnum):
    """What a line is about; the words of each stand in ``receipts.toml``."""

    IGNORED = "ignored"
    BEFORE_TAX = "before_tax"
    TIP = "tip"
    DISCOUNT = "discount"
    ROUNDING = "rounding"
    CHANGE = "change"
    PAID = "paid"
    TOTAL = "total"
    PLAIN_TOTAL = "plain_total"
    TAX = "tax"
    ITEM = "item"


SUMS = (Kind.TOTAL, Kind.PLAIN_TOTAL)
_PAYING = (Kind.PAID, Kind.CHANGE)
_WITH_WHOLE = frozenset(
    {Kind.TOTAL, Kind.PLAIN_TOTAL, Kind.BEFORE_TAX, Kind.PAID, Kind.CHANGE, Kind.TIP}
)


@dataclass(frozen=True, slots=True)
class Priced:
    """A line with amounts: ``minors`` from left to right, in minor units; ``name`` is before.

    ``included`` says that the line itself tells of a tax that is in the prices.
    """

    kind: Kind
    name: str
    minors: tuple[int, ...]
    place: int
    included: bool = False

    @property
    def minor(self) -> int:
        """The last amount, which is the one that the line is about."""
        return self.minors[-1]


@dataclass(frozen=True, slots=True)
class _Found:
    digits: str
    negative: bool
    start: int


def clean_lines(text: str) -> tuple[str, ...]:
    """Return the lines that hold something, bounded in number and length."""
    lines = (" ".join(line.split())[:MAX_LINE] for line in text.splitlines())
    return tuple(line for line in lines if line)[:MAX_LINES]


def currency_of(lines: Sequence[str], own: str) -> str:
    """Return the currency that most signs name; ``own`` is meant where there is none."""
    seen: dict[str, int] = {}
    for line in lines:
        for match in (*_AMOUNT.finditer(line), *_WHOLE.finditer(line)):
            unit = unit_currency(match["unit"] or match["behind"] or "")
            if unit:
                seen[unit] = seen.get(unit, 0) + 1
    if not seen:
        return own
    unit = max(seen, key=lambda one: seen[one])
    return dollar_of(own) if unit == "$" else unit


def priced_lines(lines: Sequence[str], currency: str) -> tuple[Priced, ...]:
    """Return the lines that hold amounts, read with the one decimal mark that fits them all."""
    kinds = _settled_kinds([_kind(line) for line in lines])
    rows = [(place, line, kinds[place]) for place, line in enumerate(lines)]
    found = [(place, line, kind, _amounts(line, kind, currency)) for place, line, kind in rows]
    mark = _mark(one.digits for *_, amounts in found for one in amounts)
    priced = []
    for place, line, kind, amounts in found:
        minors = tuple(filter(None, (_minor(one, mark, currency) for one in amounts)))
        name = line[: amounts[0].start].strip(" .:-*#") if amounts else ""
        if minors and not (kind is Kind.ITEM and _EACH.match(line) and len(minors) < 2):
            priced.append(Priced(kind, name, minors, place, says(line, "included")))
    return tuple(priced)


def says(line: str, words: str) -> bool:
    """Tell whether a line has one of the words kept under a name in ``receipts.toml``."""
    return _has_any(fold(line), _lexicon()["words"][words])


def is_only(line: str, words: str) -> bool:
    """Tell whether a line is no more than such words, figures aside."""
    bare = re.sub(r"[\d\W_]+", " ", fold(line)).strip()
    return bare in _lexicon()["words"][words]


def _settled_kinds(kinds: Sequence[Kind]) -> list[Kind]:
    """Take words of paying above the sum for what was bought: a bar, a gift card."""
    first = next((place for place, kind in enumerate(kinds) if kind in SUMS), 0)
    return [
        Kind.ITEM if place < first and kind in _PAYING else kind for place, kind in enumerate(kinds)
    ]


def _kind(line: str) -> Kind:
    folded = re.sub(r"\d+", " ", fold(without_days(line)))
    kinds: Mapping[str, Sequence[str]] = _lexicon()["kinds"]
    for name, words in kinds.items():
        if name != Kind.TAX.value and _has_any(folded, words):
            kind = Kind(name)
            is_tax = kind is Kind.PLAIN_TOTAL and _has_any(folded, kinds[Kind.TAX.value])
            if is_tax and not _has_any(folded, _lexicon()["words"]["included"]):
                return Kind.TAX
            return kind
    return Kind.TAX if _has_any(folded, kinds[Kind.TAX.value]) else Kind.ITEM


def _amounts(line: str, kind: Kind, currency: str) -> list[_Found]:
    """Return the amounts of a line; dates and times in it are none."""
    bare = _blanked(line)
    matches = list(_AMOUNT.finditer(bare)) if EXPONENTS[currency] else []
    if not matches:
        matches = [one for one in _WHOLE.finditer(bare) if _may_be_whole(one, kind, currency)]
    return [
        _Found(re.sub(r"['’ ]", "", one["digits"]), bool(one["minus"] or _minus(one)), one.start())
        for one in matches
    ]


def _minus(match: re.Match[str]) -> bool:
    return (match["after"] or "").strip() in ("-", "−", ")")


def _may_be_whole(match: re.Match[str], kind: Kind, currency: str) -> bool:
    signed = bool(match["unit"] or match["behind"] or match["after"])
    return signed or kind in _WITH_WHOLE or not EXPONENTS[currency]


def _blanked(line: str) -> str:
    """Blank out dates and times, so that every amount stays where it is."""
    for day in re.finditer(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?", line):
        line = line[: day.start()] + " " * len(day[0]) + line[day.end() :]
    return line


def _mark(digits: Iterable[str]) -> str:
    try:
        return decimal_mark(digits, decimals=2)
    except FinanceError:
        return "."  # they contradict each other: the sum will not come out, and that is said


def _minor(found: _Found, mark: str, currency: str) -> int | None:
    try:
        money, rounded = money_from(found.digits, mark, currency)
    except FinanceError:
        return None
    if rounded:
        return None
    return -money.minor if found.negative else money.minor


@cache
def _lexicon() -> Mapping[str, Mapping[str, Sequence[str]]]:
    path = Path(__file__).with_name("receipts.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _has_any(folded: str, words: Iterable[str]) -> bool:
    padded = f" {folded} "
    return any(f" {word} " in padded for word in words)
