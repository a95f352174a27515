"""Every reader, fed with damaged files: it reads or refuses, in time, and never breaks.

The fast tests run a few examples each; `make fuzz` gives every reader a minute or more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from core.errors import FinanceError
from core.statements.bank_text import read_bank_text
from core.statements.reading import ReadLimits, read_statement
from core.statements.statement import Statement

TODAY = date(2026, 11, 21)
PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
STATEMENTS = PAYLOADS / "statements"
# Processor time, so that a busy machine does not count against a reader.
LONGEST_SECONDS = 1.0
LIMITS = ReadLimits(max_bytes=200_000, max_rows=500)
FORMATS = {
    "csv": ("*.csv", "*.tsv"),
    "qif": ("*.qif",),
    "mt940": ("*.sta",),
    "camt": ("*.xml",),
    "xlsx": ("*.xlsx",),
    "pdf": ("*.pdf",),
}
OFX = (
    b"OFXHEADER:100\n\n<OFX><SIGNONMSGSRSV1><SONRS><FI><ORG>Bank</FI></SONRS></SIGNONMSGSRSV1>"
    b"<STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>12345<ACCTTYPE>CHECKING</BANKACCTFROM><STMTTRN>"
    b"<TRNTYPE>DEBIT<DTPOSTED>20261001<TRNAMT>-3.50<FITID>1<NAME>Cafe</STMTTRN><LEDGERBAL>"
    b"<BALAMT>5.00<DTASOF>20261002</LEDGERBAL></STMTRS></OFX>\n"
)
OFX2 = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE"'
    b' OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n<OFX><SIGNONMSGSRSV1><SONRS><FI><ORG>Bank</ORG></FI>'
    b"</SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD</CURDEF><BANKACCTFROM>"
    b"<BANKID>1</BANKID><ACCTID>12345</ACCTID><ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM>"
    b"<BANKTRANLIST><DTSTART>20261001</DTSTART><DTEND>20261003</DTEND><STMTTRN><TRNTYPE>DEBIT"
    b"</TRNTYPE><DTPOSTED>20261001120000[-5:EST]</DTPOSTED><TRNAMT>-3.50</TRNAMT><FITID>1</FITID>"
    b"<NAME>Cafe &amp; Bar</NAME></STMTTRN><STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20261003"
    b"</DTPOSTED><TRNAMT>50.00</TRNAMT><FITID>2</FITID><NAME>ACME</NAME><MEMO>Wages</MEMO>"
    b"</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>55.00</BALAMT><DTASOF>20261003</DTASOF>"
    b"</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
)
PRINTED = (
    b"Opening Balance 100.00\nDate Details Amount Balance\n2026-10-02 Cafe 4.00 96.00\n"
    b"2026-10-03 Wages\nACME 50.00 146.00\nClosing Balance 146.00\n"
)
BITS = st.sampled_from(
    [
        *(b"", b"\0", b"\n", b"\n\n", b" ", b"-", b"+", b".", b",", b"0", b"9" * 40, b"<", b">"),
        *(b"\xff\xfe", b"\xe2\x82\xac", b'"', b"'", b"<!DOCTYPE a [", b"&a;", b"]]>", b":61:"),
        *(b"^", b"!Type:Bank\n", b"D", b"T", b"2026-02-30", b"31/12/99", b"1.234", b"=1+1"),
        *(b"stream\n", b"endobj", b"/Kids [1 0 R]", b"xref", b"PK\x03\x04", b"\xd9\xa1\xd9\xa2"),
    ]
)


def samples(name: str) -> list[bytes]:
    if name in ("ofx", "ofx2"):
        return [OFX if name == "ofx" else OFX2]
    if name == "printed":
        return [PRINTED]
    files = [path for pattern in FORMATS[name] for path in sorted(STATEMENTS.glob(pattern))]
    return [path.read_bytes() for path in files]


@st.composite
def damaged(draw: st.DrawFn, whole: list[bytes]) -> bytes:
    """A good file in which a few places are cut out, doubled, replaced or cut off."""
    data = draw(st.sampled_from(whole))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(start + draw(st.integers(0, 40)), len(data))
        match draw(st.integers(0, 3)):
            case 0:
                data = data[:start] + data[end:]
            case 1:
                data = data[:end] + data[start:end] * draw(st.integers(1, 50)) + data[end:]
            case 2:
                data = data[:start] + draw(BITS | st.binary(max_size=8)) + data[end:]
            case _:
                data = data[:start] if draw(st.integers(0, 9)) == 0 else data
    return data


def reads_or_refuses(data: bytes) -> None:
    """The only two outcomes, both in time: statements whose sums hold, or one coded refusal."""
    began = time.process_time()
    said = outcome(data)
    assert time.process_time() - began < LONGEST_SECONDS
    if isinstance(said, FinanceError):
        assert said.code.startswith("statement.")
        assert {"line", "reason"} <= said.fields.keys()
        return
    assert said
    for statement in said:
        moved = statement.total_in - statement.total_out
        if statement.opening is not None and statement.closing is not None:
            assert statement.opening + moved == statement.closing
        assert all(1950 <= line.booked_date.year <= 2027 for line in statement.lines)


def outcome(data: bytes) -> tuple[Statement, ...] | FinanceError:
    try:
        return read_statement(
            data, filename="f", default_currency="EUR", today=TODAY, limits=LIMITS
        )
    except FinanceError as refusal:
        return refusal


def text_or_nothing(data: bytes) -> None:
    began = time.process_time()
    found = read_bank_text(data.decode("utf-8", "replace"), currency="INR", today=TODAY)
    assert found is None or found.amount
    assert time.process_time() - began < LONGEST_SECONDS


def play(
    whole: list[bytes],
    check: Callable[[bytes], None],
    seconds: float,
    *,
    short: int = 10,
    long: int = 500,
) -> int:
    """Run rounds of ``long`` examples until the time is up; return how many rounds.

    Without any time it is one round of ``short`` examples.
    """
    began, rounds = time.monotonic(), 0
    wanted = long if seconds else short
    while True:
        test = given(damaged(whole))(check)
        test = settings(
            max_examples=wanted,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(test)
        seed(rounds)(test)()
        rounds += 1
        if time.monotonic() - began >= seconds:
            return rounds


@pytest.mark.parametrize("name", [*FORMATS, "ofx", "ofx2", "printed"])
def test_a_reader_reads_or_refuses_whatever_comes(name: str, fuzz_seconds: float):
    assert play(samples(name), reads_or_refuses, fuzz_seconds) >= 1


def test_a_bank_text_is_read_or_none(fuzz_seconds: float):
    lines = (PAYLOADS / "bank_texts.toml").read_bytes().splitlines()
    texts = [line[8:-1] for line in lines if line.startswith(b"text = ")]
    assert play(texts, text_or_nothing, fuzz_seconds) >= 1
