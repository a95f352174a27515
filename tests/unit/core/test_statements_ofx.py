"""OFX files of both ages are read as the bank wrote them, or refused with the bank's reason."""

from __future__ import annotations

from datetime import date

import pytest

from core.statements.ofx_tokens import declared_encoding, tags
from core.statements.reading import read_statement
from core.statements.refusals import (
    BadRows,
    BankSaysError,
    CurrencyUnknown,
    FileTruncated,
    NoAccount,
)
from core.statements.statement import StatementFormat
from tests.unit.core.test_statements_banks import TODAY

ROW = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261003<TRNAMT>-3.50<FITID>1<NAME>CAFE</STMTTRN>"
ACCOUNT = "<BANKACCTFROM><BANKID>1<ACCTID>9988776655<ACCTTYPE>CHECKING</BANKACCTFROM>"


def row(**values: str) -> str:
    given = {"TRNTYPE": "DEBIT", "DTPOSTED": "20261003", "TRNAMT": "-3.50", "FITID": "1"} | values
    return "<STMTTRN>" + "".join(f"<{name}>{value}" for name, value in given.items()) + "</STMTTRN>"


def file(rows: str, *, account: str = ACCOUNT, rest: str = "", currency: str = "EUR") -> str:
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nCHARSET:1252\n\n<OFX>\n<BANKMSGSRSV1><STMTTRNRS><STMTRS>"
        f"<CURDEF>{currency}\n{account}\n<BANKTRANLIST>\n{rows}\n</BANKTRANLIST>{rest}"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )


def read(text: str | bytes, *, currency: str | None = None):
    data = text if isinstance(text, bytes) else text.encode()
    return read_statement(data, filename="a.ofx", default_currency=currency, today=TODAY)


def line(rows: str, **more: str):
    (statement,) = read(file(rows, **more))
    (found,) = statement.lines
    return found


def problems(rows: str):
    with pytest.raises(BadRows) as refused:
        read(file(rows))
    return [(problem.line, problem.reason) for problem in refused.value.problems]


class TestRows:
    @pytest.mark.parametrize(
        "posted",
        [
            "20261003",
            "20261003235959",
            "20261003233000.000[-5:EST]",
            "20261003000000[+13:NZDT]",
            "2026-10-03",
        ],
    )
    def test_keep_the_banks_day_whatever_the_zone(self, posted):
        assert line(row(DTPOSTED=posted)).booked_date == date(2026, 10, 3)

    @pytest.mark.parametrize(
        ("written", "plain"),
        [
            ("-3.50", "-3.50"),
            ("+00000000000115.8300", "115.83"),
            ("-3,50", "-3.50"),
            ("1,234.56", "1234.56"),
            ("1.234,56", "1234.56"),
            (" -12 ", "-12.00"),
        ],
    )
    def test_read_the_decimals_of_either_mark(self, written, plain):
        assert line(row(TRNAMT=written)).amount.plain == plain

    @pytest.mark.parametrize(
        ("values", "description", "payee"),
        [
            ({"NAME": "CAFE", "MEMO": "TABLE 4"}, "CAFE TABLE 4", "CAFE"),
            ({"NAME": "CAFE", "MEMO": "POS;CAFE"}, "POS;CAFE", "CAFE"),
            (
                {"NAME": "DIVIDEND FOR PERIO", "MEMO": "DIVIDEND FOR PERIOD"},
                "DIVIDEND FOR PERIOD",
                "",
            ),
            ({"NAME": "CAFE"}, "CAFE", ""),
            ({"MEMO": "TABLE 4"}, "TABLE 4", ""),
            ({"CHECKNUM": "1001", "TRNTYPE": "CHECK"}, "CHECK 1001", ""),
            ({"NAME": "A &amp; B &lt;X&gt;"}, "A & B <X>", ""),
            ({"NAME": "<![CDATA[A & B]]>"}, "A & B", ""),
            ({"NAME": "1 < 2"}, "1 < 2", ""),
            ({"PAYEE": "<NAME>SHOP</PAYEE>", "MEMO": "BOOKS"}, "SHOP BOOKS", "SHOP"),
        ],
    )
    def test_tell_the_other_party_from_the_text(self, values, description, payee):
        found = line(row(**values))
        assert (found.description, found.payee) == (description, payee)

    def test_that_cannot_be_read_refuse_the_file_and_are_all_named(self):
        rows = "\n".join(
            [
                row(DTPOSTED=""),
                row(DTPOSTED="20260231"),
                row(TRNAMT=""),
                row(TRNAMT="ten"),
                row(TRNAMT="1,234"),
                row(),
            ]
        )
        assert problems(rows) == [
            (9, "date_missing"),
            (10, "date_bad"),
            (11, "amount_missing"),
            (12, "amount_bad"),
            (13, "amount_ambiguous"),
        ]

    def test_without_end_tags_are_all_found(self):
        rows = ROW.replace("</STMTTRN>", "") + ROW.replace("<FITID>1", "<FITID>2")
        (statement,) = read(file(rows))
        assert [found.external_id for found in statement.lines] == ["1", "2"]

    def test_that_share_an_id_lose_it(self):
        (statement,) = read(file(row() + row(TRNAMT="-9") + row(FITID="2")))
        assert [found.external_id for found in statement.lines] == [None, None, "2"]

    def test_with_a_card_number_for_an_id_keep_a_hash_of_it(self):
        external_id = line(row(FITID="4111111111111111")).external_id
        assert external_id is not None
        assert "4111" not in external_id

    def test_with_turned_signs_are_turned_back(self):
        rows = row(TRNAMT="3.50") + row(TRNTYPE="CREDIT", TRNAMT="-100", FITID="2")
        (statement,) = read(file(rows))
        assert [found.amount.plain for found in statement.lines] == ["-3.50", "100.00"]

    def test_rounded_are_told(self):
        (statement,) = read(file(row(TRNAMT="-115.8331")))
        assert statement.lines[0].amount.plain == "-115.83"
        assert [warning.code for warning in statement.warnings] == ["statement.amounts_rounded"]

    def test_in_another_currency_have_a_statement_of_their_own(self):
        foreign = row(FITID="2").replace(
            "</STMTTRN>", "<CURRENCY><CURRATE>1<CURSYM>USD</CURRENCY></STMTTRN>"
        )
        euros, dollars = read(file(row() + foreign))
        assert [one.account.currency for one in (euros, dollars)] == ["EUR", "USD"]
        assert [len(one.lines) for one in (euros, dollars)] == [1, 1]

    def test_converted_by_the_bank_stay_in_the_accounts_currency(self):
        rows = row().replace(
            "</STMTTRN>", "<ORIGCURRENCY><CURRATE>1<CURSYM>USD</ORIGCURRENCY></STMTTRN>"
        )
        assert line(rows).amount.plain == "-3.50"


class TestAccounts:
    @pytest.mark.parametrize(
        ("kind", "found"),
        [
            ("CHECKING", "checking"),
            ("SAVINGS", "savings"),
            ("MONEYMRKT", "savings"),
            ("CREDITLINE", "loan"),
        ],
    )
    def test_have_the_ledgers_kinds(self, kind, found):
        (statement,) = read(file(ROW, account=ACCOUNT.replace("CHECKING", kind)))
        assert statement.account.kind == found
        assert (statement.account.number, statement.account.last4) == ("9988776655", "6655")

    def test_of_cards_show_four_digits_only(self):
        text = file(ROW, account="<CCACCTFROM><ACCTID>4111-1111-1111-1111</CCACCTFROM>")
        (statement,) = read(text.replace("STMTRS>", "CCSTMTRS>"))
        assert statement.account.kind == "card"
        assert statement.account.number == "************1111"

    def test_of_one_file_are_all_read(self):
        second = "<STMTTRNRS><STMTRS><CURDEF>USD" + ACCOUNT + ROW + "</STMTRS></STMTTRNRS>"
        text = file(ROW).replace("</STMTTRNRS>", "</STMTTRNRS>" + second)
        assert [one.account.currency for one in read(text)] == ["EUR", "USD"]

    def test_name_their_bank(self):
        sonrs = "<SIGNONMSGSRSV1><SONRS><FI><ORG>Old Bank<FID>7</FI></SONRS></SIGNONMSGSRSV1>"
        (statement,) = read(file(ROW).replace("<BANKMSGSRSV1>", sonrs + "<BANKMSGSRSV1>", 1))
        assert statement.account.institution == "Old Bank"

    def test_of_quicken_say_so(self):
        text = file(ROW).replace("<BANKMSGSRSV1>", "<INTU.BID>3000<BANKMSGSRSV1>", 1)
        assert read(text)[0].format is StatementFormat.QFX

    def test_without_a_currency_take_the_callers_or_ask(self):
        text = file(ROW).replace("<CURDEF>EUR", "")
        assert read(text, currency="GBP")[0].account.currency == "GBP"
        with pytest.raises(CurrencyUnknown):
            read(text)
        with pytest.raises(CurrencyUnknown):
            read(file(ROW, currency="POINTS"))


class TestBalances:
    def test_are_the_ledgers_and_of_their_day(self):
        rest = "<LEDGERBAL><BALAMT>96,50<DTASOF>20261031120000</LEDGERBAL>"
        (statement,) = read(file(ROW, rest=rest))
        assert statement.closing is not None
        assert statement.closing.plain == "96.50"
        assert statement.as_of == date(2026, 10, 31)

    @pytest.mark.parametrize("amount", ["", " ", "none"])
    def test_that_cannot_be_read_are_told_and_stop_nothing(self, amount):
        rest = f"<LEDGERBAL><BALAMT>{amount}</BALAMT><DTASOF>20261031</LEDGERBAL>"
        (statement,) = read(file(ROW, rest=rest))
        assert statement.closing is None
        assert len(statement.lines) == 1
        assert [warning.code for warning in statement.warnings] == ["statement.balance_unreadable"]


class TestWhatWeLeaveOut:
    def test_is_counted(self):
        rest = "<BANKTRANLISTP><STMTTRNP><TRNAMT>-1</STMTTRNP></BANKTRANLISTP>"
        (statement,) = read(file(ROW, rest=rest))
        (warning,) = statement.warnings
        assert (warning.code, warning.fields) == ("statement.pending_skipped", {"count": 1})

    def test_are_trades_but_not_the_cash_beside_them(self):
        rows = (
            "<INVBANKTRAN>"
            + ROW
            + "</INVBANKTRAN><BUYMF><INVBUY><INVTRAN><FITID>7</INVTRAN></INVBUY></BUYMF>"
        )
        text = file(rows, account="<INVACCTFROM><ACCTID>X1</INVACCTFROM>")
        (statement,) = read(text.replace("STMTRS>", "INVSTMTRS>"))
        assert statement.account.kind == "investment"
        assert len(statement.lines) == 1
        assert [warning.code for warning in statement.warnings] == ["statement.investments_skipped"]


class TestRefusals:
    def test_give_the_banks_own_words(self):
        status = "<STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Wrong password</STATUS>"
        with pytest.raises(BankSaysError) as refused:
            read("<OFX><SIGNONMSGSRSV1><SONRS>" + status + "</SONRS></SIGNONMSGSRSV1></OFX>")
        assert refused.value.fields["message"] == "Wrong password"
        assert refused.value.fields["status"] == "15500"

    def test_bound_the_banks_words(self):
        status = f"<STATUS><SEVERITY>ERROR<MESSAGE>{'x' * 900}</STATUS>"
        with pytest.raises(BankSaysError) as refused:
            read(f"<OFX><SONRS>{status}</SONRS></OFX>")
        assert len(str(refused.value.fields["message"])) == 200

    def test_of_one_account_refuse_the_whole_file(self):
        status = "<STATUS><CODE>2003<SEVERITY>ERROR<MESSAGE>Closed</STATUS>"
        text = file(ROW).replace("<STMTTRNRS>", "<STMTTRNRS>" + status, 1)
        with pytest.raises(BankSaysError):
            read(text)

    def test_meet_a_file_that_stops_in_the_middle(self):
        with pytest.raises(FileTruncated):
            read(file(ROW + ROW).partition("</BANKTRANLIST>")[0])

    def test_meet_a_file_without_accounts(self):
        with pytest.raises(NoAccount):
            read("<OFX><SIGNONMSGSRSV1></SIGNONMSGSRSV1></OFX>")


class TestTokens:
    def test_expand_no_entity_of_the_files_own(self):
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        text = bomb + file(row(NAME="&b;"))
        assert read(text)[0].lines[0].description == "&b;"

    def test_count_lines_through_comments(self):
        names = [(tag.name, tag.line) for tag in tags("<A>1\n<!-- x\n<B>2\n-->\n<C>3")]
        assert names == [("A", 1), ("C", 5)]

    @pytest.mark.parametrize(
        ("head", "encoding"),
        [
            (b"OFXHEADER:100\nCHARSET:1252\n", "cp1252"),
            (b"OFXHEADER:100\r\nCHARSET: UTF-8\r\n", "utf-8"),
            (b'<?xml version="1.0" encoding="ISO-8859-1"?>', "iso-8859-1"),
            (b"<OFX>", None),
        ],
    )
    def test_know_the_declared_encoding(self, head, encoding):
        assert declared_encoding(head) == encoding

    def test_read_windows_letters(self):
        data = file(row(NAME="Café Zoë €")).encode("cp1252")
        assert read(data)[0].lines[0].description == "Café Zoë €"
