"""Reads the short message a bank sends about one payment; every other text is none.

The message is foreign text: its figures are believed for one entry in the user's own books, which
can be undone, and its names are never anything but a description.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from core.errors import FinanceError
from core.money import Money
from core.statements.amounts import money_from, unit_currency
from core.statements.csv_style import dollar_of
from core.statements.dates import DateOrder, read_date

MAX_TEXT = 1_000
MAX_NAME = 60
# So many signs before an amount tell what it is an amount of.
_NEAR = 24
_UNIT = r"(?:Rs\.?|INR|₹|US\$|USD|\$|GBP|£|EUR|€|[A-Z]{2}\$)"
_NUMBER = r"\d[\d,]*(?:\.\d{1,2})?"
_AMOUNT = re.compile(rf"(?P<unit>{_UNIT})\s*:?\s*(?P<digits>{_NUMBER})(?![\d/-])", re.IGNORECASE)
# "debited by 599.0": State Bank of India leaves the currency out.
_BARE = re.compile(r"\b(?:debited|credited)\s+by\s+(?P<unit>)(?P<digits>\d[\d,]*\.\d{1,2})")
# The last digits of an account or card, starred or called an ending; never a date or a reference.
_TAIL = re.compile(
    r"(?:\bending(?:\s+(?:in|with))?\s*[:#]?\s*|\b(?:a/?c|acct?|account|card)\b\.?"
    r"(?:\s*(?:no|number|num)\b)?[.:#\s-]*)(?:[x*.•]+\s*-?)?(?P<digits>\d{3,6})(?![\d/.,:-]*\d)",
    re.IGNORECASE,
)
_MASKED = re.compile(r"(?<![\w])[x*•]{1,}[x*•-]*(?P<digits>\d{3,6})(?![\d/:-])", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\b(?:rrn|utr|upi\s*ref(?:erence)?|imps\s*ref|ref(?:erence|no)?|txn\s*id|upi)\b"
    r"(?:\s*(?:no|number|id))?[\s.:#-]*(?P<id>(?=[a-z]*\d)[a-z0-9]{4,22})",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"\bUPI/(?:P2[AM]/)?(?P<id>\d{9,14})(?:/(?P<name>[^/\n]+))?", re.IGNORECASE)
_DAY = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    r"|\d{1,2}[-\s]?[A-Za-z]{3,9}[-\s,']*\d{2,4}|[A-Za-z]{3,9}\s\d{1,2},?\s\d{4}"
)
_SHORT_DAY = re.compile(r"\b(?:on|dated)\s+(\d{1,2}/\d{1,2}|[A-Za-z]{3,9}\s\d{1,2})\b")
# What stands where a name would and is none.
_NO_NAME = r"(?!your\b|a/?c\b|acc(?:oun)?t\b|acct\b|card\b|rs\b|inr\b|zelle\b|\d)"
_NAMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:at|towards)\s+{_NO_NAME}(?P<name>[^;\n]+)",
        rf"\b(?:trf to|transfer to|to)\s+(?:vpa\s+)?{_NO_NAME}(?P<name>[^;\n]+)",
        r";\s*(?P<name>[^;\n]+?)\s+credited\b",
        rf"\bwith\s+{_NO_NAME}(?P<name>[^;\n]+)",
        rf"\b(?:from|by)\s+(?:vpa\s+)?{_NO_NAME}(?P<name>[^;\n]+)",
    )
)
_NAME_STOPS = re.compile(r"\.\s|\.$|[(),]|\s-\s?")


@dataclass(frozen=True, slots=True)
class BankText:
    """One payment as a bank's message tells it.

    ``amount`` is negative for money out. ``tail`` are the last digits of the account or card,
    ``reference`` what both banks of a payment call it by; each is empty when it is not told, and
    ``day`` is None.
    """

    amount: Money
    tail: str
    is_card: bool
    day: date | None
    reference: str
    payee: str
    rail: str


def read_bank_text(text: str, *, currency: str, today: date) -> BankText | None:
    """Return the payment a message tells of, or nothing when it is no such message.

    ``currency`` is the user's own, for banks that name none and for ``$``.
    """
    said = " ".join(text.split())
    lower = said.casefold()
    if not said or len(said) > MAX_TEXT or _any(lower, "never"):
        return None
    side = _side(lower)
    tail, masked = _tail(said)
    reference, name = _reference(said)
    money = _amount(said, currency)
    if not side or money is None or not (masked or reference):
        return None
    return BankText(
        amount=money if side > 0 else -money,
        tail=tail,
        is_card="card" in lower,
        day=_day(said, money.currency, today),
        reference=reference,
        payee=name or _name(said),
        rail=next((rail.upper() for rail in _words()["rails"] if _has(lower, rail)), ""),
    )


@cache
def _words() -> Mapping[str, Sequence[str]]:
    path = Path(__file__).with_name("bank_texts.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _has(lower: str, phrase: str) -> bool:
    return re.search(rf"(?<![a-z]){re.escape(phrase)}(?![a-z])", lower) is not None


def _any(lower: str, kind: str) -> bool:
    return any(_has(lower, phrase) for phrase in _words()[kind])


def _side(lower: str) -> int:
    """Return +1 or -1 by the first word that tells, once "credit card" is out of the way."""
    for name in _words()["card_names"]:
        lower = lower.replace(name, "card")
    first: dict[int, int] = {}
    for side, kind in ((-1, "out"), (1, "in")):
        for phrase in _words()[kind]:
            match = re.search(rf"(?<![a-z]){re.escape(phrase)}(?![a-z])", lower)
            if match:
                first[side] = min(first.get(side, len(lower)), match.start())
    return min(first, key=lambda side: first[side]) if first else 0


def _amount(said: str, currency: str) -> Money | None:
    """Return the first amount that is not a balance or a limit."""
    since = 0
    for match in (*_AMOUNT.finditer(said), *_BARE.finditer(said)):
        since = since if since <= match.start() else 0
        before = said[max(match.start() - _NEAR, since) : match.start()].casefold()
        since = match.end()
        if any(_has(before, word) for word in _words()["other_amounts"]):
            continue
        unit = unit_currency(match["unit"]) if match["unit"] else currency
        try:
            money, _ = money_from(
                match["digits"], ".", dollar_of(currency) if unit == "$" else unit
            )
        except FinanceError:
            continue
        if money:
            return money
    return None


def _tail(said: str) -> tuple[str, bool]:
    """Return the last digits of the account, and whether they are told as a bank tells them."""
    for pattern in (_TAIL, _MASKED):
        match = pattern.search(said)
        if match:
            return match["digits"][-4:], True
    return "", False


def _reference(said: str) -> tuple[str, str]:
    """Return the reference, and the name beside it where the two are one word."""
    slashed = _SLASHED.search(said)
    if slashed:
        return slashed["id"], _cut(slashed["name"] or "")
    match = _REFERENCE.search(said)
    return (match["id"].upper(), "") if match else ("", "")


def _day(said: str, currency: str, today: date) -> date | None:
    """Return the day told, in the order of the currency's country; none that cannot be."""
    order = DateOrder.MONTH_FIRST if currency == "USD" else DateOrder.DAY_FIRST
    for match in _DAY.finditer(said):
        for tried in (order, *DateOrder):
            day = _read(match[0], tried, today)
            if day is not None and day <= today + timedelta(days=1):
                return min(day, today)
    short = _SHORT_DAY.search(said)
    if short:
        for year in (today.year, today.year - 1):
            text = f"{short[1]}/{year}" if "/" in short[1] else f"{short[1]} {year}"
            day = _read(text, order, today)
            if day is not None and day <= today:
                return day
    return None


def _read(text: str, order: DateOrder, today: date) -> date | None:
    try:
        return read_date(text, order=order, today=today)
    except FinanceError:
        return None


def _name(said: str) -> str:
    """Return the other party as far as the message names one."""
    for pattern in _NAMES:
        match = pattern.search(said)
        if match is None:
            continue
        name = _cut(match["name"])
        if any(map(str.isalpha, name)):
            return name
    return ""


def _cut(said: str) -> str:
    """End a name where the bank's own words go on."""
    name = _NAME_STOPS.split(said, maxsplit=1)[0]
    lower = f" {name.casefold()} "
    ends = [at for end in _words()["name_ends"] if (at := lower.find(end, 1)) > 0]
    if ends:
        name = name[: max(min(ends) - 1, 0)]
    return name.partition("@")[0].strip(" .:-")[:MAX_NAME]
