"""Reads what a printed statement says around its rows: whose it is, its currency, its balances."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.currencies import EXPONENTS
from core.statements.csv_style import Expectations, dollar_of
from core.statements.headers import fold, lexicon, phrases, words
from core.statements.masking import MAX_NUMBER, masked_account
from core.statements.page_text import PrintedLine
from core.statements.printed_amounts import PrintedToken, tokens_of
from core.statements.printed_dates import without_days
from core.statements.refusals import CurrencyUnknown
from core.statements.statement import StatementAccount

_HEAD_LINES = 4
_NUMBER = re.compile(
    r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b|(?:[A-Z]+-)*[\dXx*]{2,}(?:[ -][\dXx*]{2,})*"
)
# Fewer signs are a year or a branch.
_SHORTEST = 6
_CODE = re.compile(r"\b([A-Z]{3})\b")
_BANK = re.compile(r"\b(bank|banque|sparkasse|building society|credit union|n\.a\.)\b", re.I)
_STATEMENT = re.compile(r"\s*[-–|]?\s*\b(digital savings|account|bank|credit card)?\s*"
                        r"(statement|kontoauszug|relevé).*$", re.I)  # fmt: skip
# "in INR", "Currency: EUR", and codes beside amounts; other capitals are initials.
_SAYS_CURRENCY = re.compile(r"\b(?:in|currency|wahrung|devise|divisa|moneda)\b", re.I)


@dataclass(frozen=True, slots=True)
class Stated:
    """What the statement says its balance was before and after; none when it does not say."""

    opening: PrintedToken | None
    closing: PrintedToken | None


def stated_balances(lines: Sequence[PrintedLine]) -> Stated:
    """Return the first opening and the last closing balance that stand behind their labels."""
    opening = closing = None
    dated: list[PrintedToken] = []
    for line in lines:
        folded = fold(line.text)
        tokens = tokens_of(line)
        if not tokens or not folded:
            continue
        if phrases("opening_balance").search(folded):
            opening = opening or tokens[-1]
        elif phrases("closing_balance").search(folded):
            closing = tokens[-1]
        elif phrases("dated_balance").search(folded):
            dated.append(tokens[-1])
    if len(dated) > 1:
        opening, closing = opening or dated[0], closing or dated[-1]
    return Stated(opening, closing)


def is_card(lines: Sequence[PrintedLine]) -> bool:
    """Tell whether the page speaks of what only a card has."""
    return any(phrases("card_statement").search(fold(line.text)) for line in lines)


def currency_of(
    lines: Sequence[PrintedLine], tokens: Sequence[PrintedToken], expected: Expectations
) -> str:
    """Return the one currency of the statement; raise when nothing tells."""
    found = _by_signs(tokens) or _by_code(lines) or _by_hints(lines) or expected.currency or ""
    if found == "$":
        found = dollar_of(expected.currency)
    if found not in EXPONENTS:
        raise CurrencyUnknown(currency=found[:8])
    return found


def _by_signs(tokens: Sequence[PrintedToken]) -> str:
    units = Counter(token.unit for token in tokens if token.unit)
    return units.most_common(1)[0][0] if units else ""


def _by_code(lines: Sequence[PrintedLine]) -> str:
    for line in lines:
        if _SAYS_CURRENCY.search(fold(line.text)):
            for code in _CODE.findall(line.text):
                if code in EXPONENTS:
                    return str(code)
    return ""


def _by_hints(lines: Sequence[PrintedLine]) -> str:
    text = " ".join(fold(line.text) for line in lines)
    for currency, hints in lexicon()["currency_hints"].items():
        if any(f" {hint} " in f" {text} " for hint in hints):
            return str(currency)
    return ""


def account_of(lines: Sequence[PrintedLine], currency: str, *, card: bool) -> StatementAccount:
    """Return the account as the page names it, a card's number starred."""
    number = next(_numbers(lines), "")
    digits = "".join(filter(str.isalnum, number))
    kind = "card" if card else "savings" if _is_savings(lines) else "checking"
    return StatementAccount(
        number=masked_account(number.replace(" ", ""), is_card=card) if number else "",
        last4=digits[-4:],
        kind=kind,
        currency=currency,
        institution=_institution(lines),
    )


def _is_savings(lines: Sequence[PrintedLine]) -> bool:
    return any(phrases("savings_statement").search(fold(line.text)) for line in lines)


def _numbers(lines: Sequence[PrintedLine]) -> Iterator[str]:
    """Yield what stands behind a label of an account or card, on its line or the next."""
    labels = words("account_label") | {"account number", "card no", "credit card no", "card number"}
    for at, line in enumerate(lines):
        folded = f" {fold(line.text)} "
        if not any(f" {label} " in folded for label in labels):
            continue
        for candidate in (line, *lines[at + 1 : at + 2]):
            for match in _NUMBER.finditer(without_days(candidate.text)):
                bare = match[0].replace(" ", "").replace("-", "")
                if len(bare) >= _SHORTEST and sum(map(str.isdigit, bare)) >= 3:
                    yield match[0]


def _institution(lines: Sequence[PrintedLine]) -> str:
    for line in lines[:_HEAD_LINES]:
        if _BANK.search(line.text):
            return _STATEMENT.sub("", line.text)[:MAX_NUMBER].strip(" -,")[:40]
    return ""
