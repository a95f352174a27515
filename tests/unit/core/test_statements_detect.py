"""A file's format is told by its content, and every file that is no statement says why."""

from __future__ import annotations

import pytest

from core.statements.detect import detect_format
from core.statements.reading import ReadLimits, read_statement
from core.statements.refusals import (
    EmptyFile,
    FileEncrypted,
    FileIsArchive,
    FileTooLarge,
    FormatNotYet,
    FormatUnknown,
    TooManyRows,
)
from core.statements.statement import StatementFormat
from core.statements.text import decode
from tests.unit.core.test_statements_banks import TODAY

CSV = b"Date,Description,Amount\n2026-10-01,Cafe,-3.00\n2026-10-02,Cafe,-3.00\n"
XLSX = b"PK\x03\x04\x14\x00\x00\x00" + b"\0" * 20 + b"xl/workbook.xml"
LOCKED_OFFICE = b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")


class TestDetectFormat:
    @pytest.mark.parametrize(
        ("data", "found"),
        [
            (CSV, StatementFormat.CSV),
            (b"OFXHEADER:100\nDATA:OFXSGML\n\n<OFX></OFX>", StatementFormat.OFX),
            (b"\r\n\r\n<OFX>\n</OFX>", StatementFormat.OFX),
            (b'<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?>\n<OFX></OFX>', StatementFormat.OFX),
            (b"OFXHEADER:100\n\n<OFX><INTU.BID>24</OFX>", StatementFormat.QFX),
        ],
    )
    def test_knows_what_we_read(self, data, found):
        assert detect_format(data) is found

    @pytest.mark.parametrize(
        ("data", "found"),
        [
            (b"%PDF-1.7\n...", StatementFormat.PDF),
            (XLSX, StatementFormat.XLSX),
            (b"!Type:Bank\nD01/02/2026\nT-3.00\n^\n", StatementFormat.QIF),
            (b"# exported\n!Account\nNChecking\n^\n", StatementFormat.QIF),
            (b":20:STARTUMSE\n:25:1/2\n:60F:C260101EUR1,\n", StatementFormat.MT940),
            (b"{1:F01BANKDEFF}{4:\n:20:X\n-}", StatementFormat.MT940),
            (
                b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">',
                StatementFormat.CAMT,
            ),
        ],
    )
    def test_knows_the_formats_beside_csv_and_ofx(self, data, found):
        assert detect_format(data) is found

    def test_names_a_format_that_is_to_come(self):
        with pytest.raises(FormatNotYet) as refused:
            detect_format(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
        assert refused.value.fields["format"] == "XLS"

    @pytest.mark.parametrize("data", [b"", b" \r\n\t ", b"\xef\xbb\xbf\n", b"\0\0\0"])
    def test_refuses_an_empty_file(self, data):
        with pytest.raises(EmptyFile):
            detect_format(data)

    @pytest.mark.parametrize(
        "data",
        [
            b"%PDF-1.7\n/Encrypt 5 0 R",
            b"PK\x03\x04\x14\x00\x01\x00" + b"\0" * 30,
            LOCKED_OFFICE,
            b"-----BEGIN PGP MESSAGE-----\n",
        ],
    )
    def test_refuses_a_file_that_wants_a_password(self, data):
        with pytest.raises(FileEncrypted):
            detect_format(data)

    @pytest.mark.parametrize("data", [b"PK\x03\x04\x14\0\0\0abc", b"\x1f\x8b\x08", b"Rar!\x1a\x07"])
    def test_refuses_an_archive(self, data):
        with pytest.raises(FileIsArchive):
            detect_format(data)

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"\x89PNG\r\n\x1a\n", "picture"),
            (bytes(range(32)) * 40, "binary"),
            (b"<!DOCTYPE html><html><body>Log in</body>", "web_page"),
            (b'{"accounts": []}', "other_data"),
            (b"<?xml version='1.0'?><books/>", "other_data"),
        ],
    )
    def test_says_what_else_it_is(self, data, reason):
        with pytest.raises(FormatUnknown) as refused:
            detect_format(data)
        assert refused.value.fields["reason"] == reason

    def test_ignores_the_file_name(self):
        statements = read_statement(CSV, filename="a.ofx", default_currency="EUR", today=TODAY)
        assert statements[0].format is StatementFormat.CSV


class TestLimits:
    def test_refuses_too_many_bytes(self):
        with pytest.raises(FileTooLarge) as refused:
            read_statement(
                CSV,
                filename="a.csv",
                default_currency="EUR",
                today=TODAY,
                limits=ReadLimits(max_bytes=10),
            )
        assert refused.value.fields["limit"] == 10

    @pytest.mark.parametrize(
        "data",
        [CSV, b"<OFX><STMTRS><CURDEF>EUR" + b"<STMTTRN><TRNAMT>1</STMTTRN>" * 2 + b"</OFX>"],
    )
    def test_refuses_too_many_rows(self, data):
        with pytest.raises(TooManyRows):
            read_statement(
                data,
                filename="a",
                default_currency="EUR",
                today=TODAY,
                limits=ReadLimits(max_rows=1),
            )


class TestDecode:
    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
    )
    def test_reads_western_text_in_every_usual_encoding(self, encoding):
        text = "Buchungstag;Empfänger;Betrag\n01.10.26;Bäckerei Müßig;-3,50\n"
        assert decode(text.encode(encoding)) == text

    def test_believes_what_fits_before_what_is_declared(self):
        assert decode("Café".encode(), declared="cp1252") == "Café"
        assert decode("Łódź".encode("cp1250"), declared="cp1250") == "Łódź"

    @pytest.mark.parametrize("declared", ["none", "idna", "base64", "rot13", "utf-7", "nonsense"])
    def test_does_not_fall_for_odd_declarations(self, declared):
        assert decode(b"Caf\xe9", declared=declared) == "Café"

    @pytest.mark.parametrize(
        ("encoding", "row"),
        [
            ("cp1251", "01.10.2026;Кофейня на углу, оплата картой;-250,00\n"),
            ("cp1250", "01.10.2026;Płatność kartą, księgarnia przy głównej;-25,00\n"),
        ],
    )
    def test_guesses_what_is_left(self, encoding, row):
        assert decode((row * 20).encode(encoding)) == row * 20

    def test_gives_every_line_the_same_end(self):
        assert decode(b"a\r\nb\rc\nd") == "a\nb\nc\nd"
