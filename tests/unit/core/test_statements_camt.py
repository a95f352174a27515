"""CAMT.053: plain XML only, every booked entry, the balances of the account's own currency."""

from __future__ import annotations

import pytest

from core.statements.reading import read_statement
from core.statements.refusals import (
    BadRows,
    FileTruncated,
    FormatNotYet,
    FormatUnknown,
    StatementRefused,
)
from tests.unit.core.test_statements_banks import FILES, TODAY

GOOD = (FILES / "es_levante.camt053.xml").read_text(encoding="utf-8")


def read(text: str | bytes):
    data = text if isinstance(text, bytes) else text.encode()
    return read_statement(data, filename="a.xml", default_currency=None, today=TODAY)


def reason(text: str | bytes, kind: type[StatementRefused] = StatementRefused):
    with pytest.raises(kind) as refused:
        read(text)
    return refused.value.fields["reason"], refused.value.fields["line"]


class TestReadCamt:
    def test_reads_every_encoding_that_the_file_declares(self):
        text = GOOD.replace("UTF-8", "ISO-8859-1").replace("Renfe", "Café")
        statements = read(text.encode("latin-1"))
        assert statements == read(GOOD.replace("Renfe", "Café"))

    def test_believes_no_balances_that_do_not_tie(self):
        (statement,) = read(GOOD.replace(">1803.60<", ">1803.61<"))
        assert "statement.balances_do_not_tie" in [one.code for one in statement.warnings]
        assert statement.closing is None

    def test_trusts_no_reference_that_comes_twice(self):
        (statement,) = read(GOOD.replace("L-2", "L-1"))
        assert [line.external_id for line in statement.lines] == [None, None]

    @pytest.mark.parametrize(
        ("old", "new", "why"),
        [
            (">56.40<", ">56,40<", "amount_bad"),
            (">56.40<", "><", "amount_missing"),
            ("2026-11-03", "2026-11-33", "date_bad"),
            ("DBIT", "OUT", "direction_missing"),
            ('Ccy="EUR">56.40', 'Ccy="USD">56.40', "currency_unknown"),
        ],
    )
    def test_refuses_a_bad_entry_by_its_line(self, old, new, why):
        assert reason(GOOD.replace(old, new, 1), BadRows) == (why, 10)

    @pytest.mark.parametrize(
        "declared",
        [
            '<!DOCTYPE Document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
            '<!DOCTYPE Document SYSTEM "http://bank.example/camt.dtd">',
            '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        ],
    )
    def test_refuses_documents_that_declare_anything(self, declared):
        assert reason(GOOD.replace("<Document", f"{declared}\n<Document", 1))[0] == "xml_unsafe"

    def test_refuses_what_is_cut_off_or_broken(self):
        assert reason(GOOD[:1500], FileTruncated)[0] == "truncated"
        assert reason(GOOD.replace("</Acct>", "</Act>"), FormatUnknown)[0] == "xml_broken"
        deep = "<A>" * 100 + "</A>" * 100
        assert reason(GOOD.replace("<Id>S1</Id>", deep), FormatUnknown)[0] == "xml_too_large"

    @pytest.mark.parametrize("encoding", ["TF-8", "utf-7", "idna", "shift_jis"])
    def test_refuses_an_encoding_that_is_none(self, encoding):
        found = reason(GOOD.replace("UTF-8", encoding), FormatUnknown)
        assert found == ("encoding_unknown", 1)

    def test_does_not_take_a_notice_for_a_statement(self):
        text = GOOD.replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn").replace("053", "054")
        assert reason(text, FormatNotYet)[0] == "format_not_yet"
