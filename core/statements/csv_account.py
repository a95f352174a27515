"""Finds out which account a CSV is about: from a column, the lines before the table, the name."""

from __future__ import annotations

import re

from core.statements.csv_table import Table, labelled
from core.statements.headers import fold, phrases, words
from core.statements.mapping import CsvMapping
from core.statements.masking import masked_account
from core.statements.statement import StatementAccount

_LAST4 = re.compile(r"(\d{4})\D*$")
# "Chase1234_Activity.CSV", "statement_xx1234.csv": four digits on a name or on stars.
_NAME_LAST4 = re.compile(r"(?:[xX*]{2,}|^[A-Za-z]+)(\d{4})(?=[_. -])")
_NUMBER = re.compile(r"[\dXx*][\dXx* -]{2,}\d|[A-Z]{2}\d{2}[A-Z0-9 ]{10,30}")


def own_account_column(table: Table, mapping: CsvMapping) -> int | None:
    """Return the column that names the user's own account, not the other party's."""
    at = mapping.columns.account
    if at is None or (mapping.columns.payee is not None and not _is_own(table.header.names[at])):
        return None
    return at


def _is_own(name: str) -> bool:
    return name in words("own_account")


def account_number(table: Table, named: str, filename: str) -> str:
    """Return the account as its rows name it, or as the preamble or the file name tells."""
    return named or _preamble_number(table) or _name_last4(filename)


def make_account(
    number: str, *, mapping: CsvMapping, currency: str, filename: str
) -> StatementAccount:
    """Return the account with card numbers masked."""
    kind = mapping.kind or ("card" if phrases("card").search(fold(filename)) else "")
    last4 = _LAST4.search(number)
    return StatementAccount(
        number=masked_account(number, is_card=kind == "card" and last4 is not None),
        last4=last4[1] if last4 else "",
        kind=kind,
        currency=currency,
        institution="",
    )


def _preamble_number(table: Table) -> str:
    for label, value in labelled(table.preamble):
        number = _NUMBER.search(value)
        if label in words("account_label") and number:
            return number[0]
    return ""


def _name_last4(filename: str) -> str:
    match = _NAME_LAST4.search(filename)
    return match[1] if match else ""
