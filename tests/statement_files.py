"""Statements as banks would write them, from rows a test has made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.money import Money

ACCOUNT_NUMBER = "555111222"


@dataclass(frozen=True, order=True)
class BankRow:
    """One row of a bank: ``minor`` is negative for money out, ``number`` is the bank's own."""

    day: date
    minor: int
    text: str
    number: str = ""


def csv_file(rows: Sequence[BankRow], currency: str = "USD", opening: int | None = None) -> bytes:
    """Return a CSV with a column for each direction, and one for the balance if there is one."""
    lines = ["Date,Description,Debit,Credit" + (",Balance" if opening is not None else "")]
    balance = opening or 0
    for row in rows:
        balance += row.minor
        amount = Money(abs(row.minor), currency).plain
        debit, credit = (amount, "") if row.minor < 0 else ("", amount)
        cells = [row.day.isoformat(), row.text, debit, credit]
        if opening is not None:
            cells.append(Money(balance, currency).plain)
        lines.append(",".join(cells))
    return ("\n".join(lines) + "\n").encode()


def ofx_file(
    rows: Sequence[BankRow],
    *,
    currency: str = "USD",
    closing: int | None = None,
    as_of: date | None = None,
    number: str = ACCOUNT_NUMBER,
) -> bytes:
    """Return an OFX file; each row has the bank's own number, and so has the account."""
    days = [row.day for row in rows]
    first, last = min(days), max(days)
    body = "\n".join(_ofx_row(row, currency) for row in rows)
    balance = ""
    if closing is not None:
        told = Money(closing, currency).plain
        on = (as_of or last).strftime("%Y%m%d")
        balance = f"<LEDGERBAL><BALAMT>{told}<DTASOF>{on}</LEDGERBAL>"
    text = (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\n"
        "CHARSET:1252\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
        "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        "<DTSERVER>20261118<LANGUAGE>ENG<FI><ORG>Chase<FID>1</FI></SONRS></SIGNONMSGSRSV1>\n"
        "<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        f"<STMTRS><CURDEF>{currency}<BANKACCTFROM><BANKID>123<ACCTID>{number}"
        "<ACCTTYPE>CHECKING</BANKACCTFROM>\n"
        f"<BANKTRANLIST><DTSTART>{first:%Y%m%d}<DTEND>{last:%Y%m%d}\n{body}\n</BANKTRANLIST>"
        f"{balance}</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    return text.encode()


def _ofx_row(row: BankRow, currency: str) -> str:
    kind = "DEBIT" if row.minor < 0 else "CREDIT"
    amount = Money(row.minor, currency).plain
    return (
        f"<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{row.day:%Y%m%d}<TRNAMT>{amount}"
        f"<FITID>{row.number}<NAME>{row.text}</STMTTRN>"
    )
