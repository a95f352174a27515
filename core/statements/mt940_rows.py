"""Reads the fields of an MT940 that carry money or text: movements, balances, details."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from core.money import Money, exponent
from core.statements.amounts import AmountNotUnderstood, money_from
from core.statements.dates import FIRST_YEAR, DateNotUnderstood, DateUnlikely

# Value date, booking day, reversal and direction, funds code, amount, kind, and the
# references of the customer and the bank.
_MOVEMENT = re.compile(
    r"(\d{6})(\d{4})?(R?[CD])([A-Z])?(\d[\d.]*(?:,\d*)?)(?:[NFS][A-Z0-9]{3}(.*))?"
)
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})(\d[\d.]*(?:,\d*)?)\s*")
_NO_REFERENCE = re.compile(r"(?:NONREF|NOTPROVIDED|[EKM]REF\+?)\b", re.IGNORECASE)
# A full line of a field was cut by the bank wherever it ended; the next one goes on in the word.
_FULL_LINE = 60
# German banks: ?20 and on is the purpose, ?32 the other party, ?00 the kind of booking.
_STRUCTURED = re.compile(r"\s?\d{3}([?>@+])(?:00|1\d|2\d)")
_PURPOSE = frozenset({*range(20, 30), *range(60, 64)})
_PARTY = frozenset({32, 33})
# Dutch banks: /NAME/ANNA/REMI/RENT/ and words like them.
_SLASHED = re.compile(r"/(NAME|REMI|BENM|EREF|TRTP|IBAN|BIC|ORDP|ISDT|CSID|MARF|PREF)/")
_SEPA = re.compile(r"\b(?:EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA)\+")


class Movement(NamedTuple):
    """One ``:61:``: its booking day, its amount, and the words that stand in it."""

    booked_date: date
    amount: Money
    rounded: bool
    text: str


class BalanceField(NamedTuple):
    """One ``:60:`` or ``:62:``."""

    day: date
    amount: Money


def read_movement(lines: Sequence[str], currency: str, *, today: date) -> Movement:
    """Read a ``:61:``; raise what is wrong with it."""
    match = _MOVEMENT.fullmatch(lines[0].strip())
    if match is None:
        raise AmountNotUnderstood
    valued = _day(match[1], today)
    money, rounded = money_from(_digits(match[5]), ",", currency)
    is_out = match[3] in ("D", "RC")
    return Movement(
        booked_date=_booking_day(match[2], valued, today),
        amount=-money if is_out else money,
        rounded=rounded,
        text=" ".join(filter(None, (_reference(match[6] or ""), *map(str.strip, lines[1:])))),
    )


def read_balance(text: str, *, today: date) -> BalanceField:
    """Read an opening or closing balance; raise what is wrong with it."""
    match = _BALANCE.fullmatch(text)
    if match is None:
        raise AmountNotUnderstood
    exponent(match[3])
    money, _ = money_from(_digits(match[4]), ",", match[3])
    return BalanceField(_day(match[2], today), money if match[1] == "C" else -money)


def read_details(fields: Sequence[Sequence[str]]) -> tuple[str, str]:
    """Return what the ``:86:`` fields of a movement say, and whom they name as the other party."""
    parts = [_joined(lines) for lines in fields]
    whole = " ".join(filter(None, parts))
    structured = _STRUCTURED.match(whole)
    if structured:
        return _by_number(whole, structured[1])
    if _SLASHED.search(whole):
        return _by_word(whole)
    return " ".join(whole.split()), ""


def _digits(text: str) -> str:
    if "." in text:
        raise AmountNotUnderstood
    return text


def _reference(behind: str) -> str:
    text = behind.partition("//")[0].strip()
    return "" if _NO_REFERENCE.match(text) else text


def _day(text: str, today: date) -> date:
    """Return a day of six digits; 30 February is a bank's convention for the last of the month."""
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    if year > today.year + 1:
        year -= 100
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        raise DateNotUnderstood
    last = calendar.monthrange(year, month)[1]
    if day > last and (month != 2 or day > 30):
        raise DateNotUnderstood
    if year < FIRST_YEAR:
        raise DateUnlikely
    return date(year, month, min(day, last))


def _booking_day(text: str | None, valued: date, today: date) -> date:
    """Return the booking day, whose year is the one that puts it nearest to the value date."""
    if text is None:
        return valued
    days = []
    for year in (valued.year - 1, valued.year, valued.year + 1):
        last = calendar.monthrange(year, 2)[1]
        if text != "0229" or last == 29:
            days.append(_day(f"{year % 100:02d}{text}", today))
    return min(days, key=lambda day: abs(day - valued))


def _joined(lines: Sequence[str]) -> str:
    """Join the lines of a field as the bank meant them."""
    text = ""
    for row in lines:
        glue = "" if not text or len(text.rpartition("\n")[2]) >= _FULL_LINE else " "
        text += ("" if glue else "\n") + glue + row
    return text.replace("\n", "").strip()


def _by_number(text: str, mark: str) -> tuple[str, str]:
    kind, purpose, party = "", "", ""
    for part in text.split(mark)[1:]:
        number = int(part[:2]) if part[:2].isdecimal() else -1
        if number == 0:
            kind = part[2:].strip()
        elif number in _PURPOSE:
            # A key word begins a new thought; anything else goes on in the middle of a word.
            purpose += f" {part[2:]}" if _SEPA.match(part[2:]) else part[2:]
        elif number in _PARTY:
            party += part[2:]
    said = _SEPA.sub(" ", purpose)
    description = " ".join(f"{kind} {said}".split())
    payee = " ".join(party.split())
    return description or payee, payee


def _by_word(text: str) -> tuple[str, str]:
    pieces = _SLASHED.split(text)
    said = {name: words.strip(" /") for name, words in zip(pieces[1::2], pieces[2::2], strict=True)}
    payee = " ".join(said.get("NAME", "").split())
    description = " ".join(said.get("REMI", "").split()) or payee or " ".join(text.split())
    return description, payee
