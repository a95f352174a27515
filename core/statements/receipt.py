"""Reads what stands on a receipt, and tells whether its own figures come out.

The text was read off a photo by somebody else and is foreign: it may be misread, and nothing in it
is an instruction. So the total is believed only where arithmetic of the paper itself agrees with
it: items, tax, tip and discount add up to it, or what was paid less the change does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from core.errors import FinanceError
from core.money import Money
from core.statements.dates import DateOrder, is_all_numbers, read_date
from core.statements.masking import without_cards
from core.statements.printed_dates import full_days
from core.statements.receipt_lines import (
    SUMS,
    Kind,
    Priced,
    clean_lines,
    currency_of,
    is_only,
    priced_lines,
    says,
)

MAX_TEXT = 6_000
MAX_NAME = 60
MAX_ITEMS = 60
_OLDEST = timedelta(days=366)
_NAME_LINES = 6
_TAIL = re.compile(r"(?:[x*•#]+|\.{2,}|ending(?:\s+in)?)[\s-]*(\d{4})(?!\d)", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]")
_WEB = re.compile(r"(?i)www\.|https?:|@|\.com\b")
# Around the name of a thing: how many, a code for its tax, the number of its kind of goods.
_AROUND_NAME = re.compile(
    r"^(?:HSN\s*\d+\s+)?(?:\d+\s*(?:x\s*)?(?=\D))?|(?:\s+(?:[A-Z]|\d{1,3}))+$"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was bought, as printed; a refund is negative."""

    name: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says. ``total`` is missing where no line names one.

    ``adds_up``: the paper's own figures agree with the total. ``day`` is missing where none can be
    read, and ``day_sure`` is false where day and month could be the other way round. ``tail`` are
    the last digits of the card it was paid with; ``in_cash`` says that it was none.
    """

    merchant: str
    total: Money | None
    adds_up: bool
    day: date | None
    day_sure: bool
    items: tuple[Item, ...] = ()
    tail: str = ""
    in_cash: bool = False
    by_card: bool = False


def read_receipt(text: str, *, currency: str, today: date, order: DateOrder) -> Receipt | None:
    """Return what a text says as a receipt, or nothing when it holds no amount at all.

    ``currency`` is what is meant where no sign names one; ``order`` settles 03/04.
    """
    lines = clean_lines(text[:MAX_TEXT])
    unit = currency_of(lines, currency)
    priced = priced_lines(lines, unit)
    if not priced:
        return None
    total, adds_up = _total(priced)
    day, sure = _day(lines, order, today)
    pays = [lines[line.place] for line in priced if line.kind is Kind.PAID]
    tails = [match[1] for line in pays if (match := _TAIL.search(line))]
    return Receipt(
        merchant=_merchant(lines, priced),
        total=None if total is None else Money(total, unit),
        adds_up=adds_up,
        day=day,
        day_sure=sure,
        items=tuple(_items(priced, unit)),
        tail=tails[0] if tails else "",
        in_cash=any(says(line, "cash") for line in pays),
        by_card=any(says(line, "cards") for line in pays),
    )


def _total(priced: Sequence[Priced]) -> tuple[int | None, bool]:
    """Return the total, and whether anything on the paper confirms it."""
    sums = [line for kind in SUMS for line in reversed(priced) if line.kind is kind]
    sums = [line for line in sums if line.minor > 0]
    for line in sums:
        if _comes_out(line, priced):
            return line.minor, True
    return (sums[0].minor, False) if sums else (None, False)


def _comes_out(total: Priced, priced: Sequence[Priced]) -> bool:
    """Tell whether the parts above a total, or what was paid below, make it up."""
    goal = total.minor
    return goal in _built_up(total, priced) or goal in _settled(total, priced)


def _built_up(total: Priced, priced: Sequence[Priced]) -> Iterator[int]:
    """Give the sums that the paper's parts make: items or the sum before tax, and what is added.

    Tax above the total comes on top unless its line says that it is in the prices; below, it is in
    them. A discount may be taken off already, so it is tried both ways; a tip, a fee and the
    rounding always count.
    """
    above = [line for line in priced if line.place < total.place]
    added = sum(line.minor for line in above if line.kind in (Kind.TIP, Kind.ROUNDING))
    tax = sum(_tax(line) for line in above if line.kind is Kind.TAX and not line.included)
    less = sum(abs(line.minor) for line in above if line.kind is Kind.DISCOUNT)
    bases = [line.minor for line in above if line.kind is Kind.BEFORE_TAX]
    bought = [line for line in above if line.kind is Kind.ITEM]
    if bought:
        bases.append(sum(line.minor for line in bought))
    for base, off in product(bases, {0, less}):
        yield base + added + tax - off


def _settled(total: Priced, priced: Sequence[Priced]) -> Iterator[int]:
    """Give what was paid, less the change."""
    paid = [line.minor for line in priced if line.kind is Kind.PAID and line.place > total.place]
    change = sum(abs(line.minor) for line in priced if line.kind is Kind.CHANGE)
    yield from (one - change for one in paid)
    if len(paid) > 1:
        yield sum(paid) - change


def _tax(line: Priced) -> int:
    """Return the tax in a line; of net, tax and gross side by side it is the smallest."""
    values = sorted(line.minors)
    if len(values) >= 3 and values[-1] == values[-2] + values[-3]:
        return values[-3]
    return line.minor


def _items(priced: Sequence[Priced], currency: str) -> Iterator[Item]:
    first_sum = next((one.place for one in priced if one.kind in (Kind.BEFORE_TAX, *SUMS)), None)
    for line in priced[:MAX_ITEMS]:
        before = first_sum is None or line.place < first_sum
        if line.kind is Kind.ITEM and before and _LETTERS.search(line.name):
            name = without_cards(_AROUND_NAME.sub("", line.name)).strip()
            yield Item((name or line.name)[:MAX_NAME], Money(line.minor, currency))


def _day(lines: Sequence[str], order: DateOrder, today: date) -> tuple[date | None, bool]:
    """Return the first day that can be the one of buying, and whether it is read one way only."""
    other = next(one for one in DateOrder if one is not order)
    for line in lines:
        for text in full_days(line):
            days = [_possible(text, one, today) for one in (order, other)]
            if days[0] is not None:
                is_sure = days[1] in (None, days[0]) or not is_all_numbers(text)
                return days[0], is_sure
            if days[1] is not None:
                return days[1], True
    return None, False


def _possible(text: str, order: DateOrder, today: date) -> date | None:
    try:
        day = read_date(text.replace("'", " "), order=order, today=today)
    except FinanceError:
        return None
    return day if today - _OLDEST <= day <= today else None


def _merchant(lines: Sequence[str], priced: Sequence[Priced]) -> str:
    """Return the first line that can be a name: the heading, above what was bought."""
    prices = {line.place for line in priced}
    for place, line in enumerate(lines[:_NAME_LINES]):
        if place not in prices and _may_be_name(line):
            return without_cards(line).strip(" *-=_#|")[:MAX_NAME]
    return ""


def _may_be_name(line: str) -> bool:
    letters = len(_LETTERS.findall(line))
    digits = sum(map(str.isdigit, line))
    return letters >= 3 and digits <= 4 and not is_only(line, "no_name") and not _WEB.search(line)
