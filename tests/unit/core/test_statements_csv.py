"""Any bank's table is read by its own words, and refused whole where a row cannot be read."""

from __future__ import annotations

import pytest

from core.statements.dates import DateOrder
from core.statements.reading import read_statement
from core.statements.refusals import (
    AmountAmbiguous,
    BadRows,
    ColumnsUnknown,
    CurrencyUnknown,
    DateAmbiguous,
    EmptyFile,
    FormatUnknown,
    HeaderMissing,
)
from tests.unit.core.test_statements_banks import TODAY

HEAD = "Date,Description,Amount\n"


def read(text: str, *, currency: str | None = "USD", order: DateOrder | None = None, name="x.csv"):
    return read_statement(
        text.encode(),
        filename=name,
        default_currency=currency,
        today=TODAY,
        date_order=order,
    )


def one(text: str, **more):
    (statement,) = read(text, **more)
    return statement


def amounts(statement):
    return [line.amount.plain for line in statement.lines]


def codes(statement):
    return [warning.code for warning in statement.warnings]


def problems(text: str, **more):
    with pytest.raises(BadRows) as refused:
        read(text, **more)
    return [(problem.line, problem.reason) for problem in refused.value.problems]


class TestHeader:
    @pytest.mark.parametrize(
        "header",
        [
            "Date,Description,Amount",
            "Booking date;Narration;Transaction amount",
            "Transaction Date\tParticulars\tAmount (USD)",
            "DATE|DETAILS|AMOUNT",
            "Buchungstag;Verwendungszweck;Betrag",
            "Date;Libellé;Montant",
            "Fecha;Concepto;Importe",
            "Date of transaction,Description of goods,Amount in account currency",
        ],
    )
    def test_is_understood_in_four_languages_and_with_any_delimiter(self, header):
        mark = next(sign for sign in ";\t|," if sign in header)
        row = mark.join(["2026-10-01", "Cafe", "-3.50"])
        statement = one(f"{header}\n{row}\n")
        assert amounts(statement) == ["-3.50"]
        assert statement.lines[0].description == "Cafe"

    def test_may_stand_below_other_lines(self):
        text = "Account,12345678\nExported by J Doe, 2026\n\n" + HEAD + "2026-10-01,Cafe,-3.50\n"
        statement = one(text)
        assert statement.account.number == "12345678"
        assert statement.lines[0].line_number == 5

    def test_may_stand_again_on_every_page(self):
        row = "2026-10-01,Cafe,-3.50\n"
        assert len(one(HEAD + row + HEAD + row).lines) == 2

    def test_that_is_missing_is_asked_for(self):
        with pytest.raises(HeaderMissing) as refused:
            read("01/10/2026,-3.50,CAFE ON THE CORNER\n02/10/2026,-4.00,BAKER\n")
        assert refused.value.fields["line"] == 1

    def test_without_a_column_we_need_says_which(self):
        with pytest.raises(ColumnsUnknown) as refused:
            read("Date,Description,Shoe size\n2026-10-01,Cafe,42\n")
        assert refused.value.fields["missing"] == "amount"
        assert "shoe size" in str(refused.value.fields["header"])

    def test_text_that_is_no_table_is_no_statement(self):
        with pytest.raises(FormatUnknown):
            read("Dear customer\nyour statement is ready.\n")

    def test_without_rows_is_empty(self):
        with pytest.raises(EmptyFile) as refused:
            read(HEAD)
        assert refused.value.fields["reason"] == "no_rows"


class TestRows:
    def test_that_cannot_be_read_refuse_the_file_and_are_all_named(self):
        text = HEAD + (
            "2026-10-01,Fine,-3.50\n"
            "2026-02-31,No such day,-3.50\n"
            ",No day,-3.50\n"
            "soon,No day either,-3.50\n"
            "2026-10-02,No amount,\n"
            "2026-10-02,Odd amount,3.50 apples\n"
            "2026-10-02,Too, many, cells\n"
        )
        assert problems(text) == [
            (4, "date_missing"),
            (5, "date_bad"),
            (6, "amount_missing"),
            (8, "amount_bad"),
        ]
        fixed = HEAD + "2026-02-31,No such day,-3.50\n2026-10-02,Odd amount,3.50 apples\n"
        assert problems(fixed) == [(2, "date_bad"), (3, "amount_bad")]

    def test_with_text_beyond_the_last_column_are_refused(self):
        assert problems(HEAD + "2026-10-01,Cafe,-3.50,and more\n") == [(2, "too_many_cells")]

    def test_that_hold_no_booking_are_passed_over(self):
        text = HEAD + (
            "\n,,\n*****,*****,*****\n2026-10-01,Cafe,-3.50\n"
            "Total,,-3.50\n,Closing balance,96.50\nThis is computer generated,,\n"
        )
        assert amounts(one(text)) == ["-3.50"]

    def test_that_only_state_a_balance_are_no_bookings(self):
        text = "Date,Description,Debit,Credit,Balance\n" + (
            "01/10/2026,Opening balance,,,100.00\n13/10/2026,Cafe,3.50,,96.50\n"
        )
        assert amounts(one(text)) == ["-3.50"]

    def test_may_run_over_several_lines(self):
        text = HEAD + '2026-10-01,"Cafe\non the corner",-3.50\n,near the park,\n2026-10-02,X,-1\n'
        first, second = one(text).lines
        assert first.description == "Cafe on the corner near the park"
        assert (first.line_number, second.line_number) == (2, 5)

    def test_after_a_quote_that_never_closes_are_not_swallowed(self):
        assert problems(HEAD + '2026-10-01,"Cafe,-3.50\n2026-10-02,Bar,-4.00\n') == [
            (2, "quote_unclosed")
        ]

    def test_dated_pending_are_left_out_and_counted(self):
        statement = one(HEAD + "Pending,Cafe,-3.50\n2026-10-01,Bar,-4.00\n")
        assert amounts(statement) == ["-4.00"]
        assert codes(statement) == ["statement.pending_skipped"]
        assert statement.warnings[0].fields == {"count": 1}

    def test_keep_their_order_and_their_twins(self):
        statement = one(HEAD + "2026-10-02,B,-2\n2026-10-01,A,-1\n2026-10-01,A,-1\n")
        assert amounts(statement) == ["-2.00", "-1.00", "-1.00"]

    def test_hold_no_card_numbers(self):
        (line,) = one(HEAD + "2026-10-01,PAID WITH 4111 1111 1111 1111,-1.00\n").lines
        assert "4111 1111" not in line.description
        assert "1111" in line.description


class TestDates:
    AMBIGUOUS = HEAD + "03/04/2026,Cafe,-3.50\n05/04/2026,Bar,-4.00\n"

    def test_that_no_row_settles_are_asked_about(self):
        with pytest.raises(DateAmbiguous) as refused:
            read(self.AMBIGUOUS)
        assert refused.value.fields["line"] == 2
        assert refused.value.fields["example"] == "03/04/2026"

    @pytest.mark.parametrize(("order", "month"), [("day_first", 4), ("month_first", 3)])
    def test_follow_the_caller_when_no_row_settles_them(self, order, month):
        assert one(self.AMBIGUOUS, order=DateOrder(order)).lines[0].booked_date.month == month

    def test_are_settled_by_a_single_row_against_the_caller(self):
        statement = one(self.AMBIGUOUS + "04/25/2026,Rent,-9.00\n", order=DateOrder.DAY_FIRST)
        assert [line.booked_date.month for line in statement.lines] == [3, 5, 4]

    def test_are_day_first_in_a_language_that_writes_them_so(self):
        text = "Fecha;Concepto;Importe\n03/04/2026;Bar;-3,50\n"
        assert one(text).lines[0].booked_date.month == 4

    def test_that_contradict_each_other_are_refused_where_they_do(self):
        text = self.AMBIGUOUS + "13/04/2026,Cafe,-1.00\n14/04/2026,Cafe,-1.00\n04/25/2026,X,-1\n"
        assert problems(text) == [(6, "date_bad")]


class TestCurrency:
    @pytest.mark.parametrize(
        "text",
        [
            "Date,Description,Amount,Currency\n2026-10-01,Cafe,-3.50,EUR\n",
            "Date,Description,Amount (EUR)\n2026-10-01,Cafe,-3.50\n",
            "Date,Description,Amount in EUR\n2026-10-01,Cafe,-3.50\n",
            "Date;Libellé;Débit euros;Crédit euros\n2026-10-01;Cafe;3.50;\n",
            "Date,Description,Amount\n2026-10-01,Cafe,-€3.50\n",
            "Currency,EUR\nDate,Description,Amount\n2026-10-01,Cafe,-3.50\n",
        ],
    )
    def test_is_taken_from_the_file_before_the_caller(self, text):
        assert one(text, currency="USD").account.currency == "EUR"

    @pytest.mark.parametrize(
        ("default", "meant"), [("CAD", "CAD"), ("USD", "USD"), ("EUR", "USD"), (None, "USD")]
    )
    def test_a_dollar_is_the_callers_dollar(self, default, meant):
        text = HEAD + "2026-10-01,Cafe,-$3.50\n"
        assert one(text, currency=default).account.currency == meant

    def test_that_nobody_names_is_asked_for(self):
        with pytest.raises(CurrencyUnknown):
            read(HEAD + "2026-10-01,Cafe,-3.50\n", currency=None)

    def test_that_is_none_refuses_the_row(self):
        text = "Date,Description,Amount,Currency\n2026-10-01,Cafe,-3.50,POINTS\n"
        assert problems(text) == [(2, "currency_unknown")]

    def test_each_has_a_statement_of_its_own(self):
        text = "Date,Description,Amount,Currency\n" + (
            "2026-10-01,Cafe,-3.50,EUR\n2026-10-02,Diner,-20.00,USD\n2026-10-03,Bar,-5.00,EUR\n"
        )
        euros, dollars = read(text)
        assert amounts(euros) == ["-3.50", "-5.00"]
        assert amounts(dollars) == ["-20.00"]

    def test_without_decimals_has_none(self):
        text = 'Date,Description,Amount (JPY)\n2026-10-01,Ramen,"-1,200"\n'
        assert amounts(one(text)) == ["-1200"]


class TestDecimals:
    def test_that_could_be_thousands_are_asked_about(self):
        with pytest.raises(AmountAmbiguous):
            read("Date;Text;Amount\n2026-10-01;Rent;-1.234\n")

    def test_beyond_the_currency_are_rounded_and_told(self):
        statement = one(HEAD + "2026-10-01,Fund,-19.9951\n2026-10-02,Cafe,-3.50\n")
        assert amounts(statement) == ["-20.00", "-3.50"]
        (warning,) = statement.warnings
        assert warning.code == "statement.amounts_rounded"
        assert warning.fields == {"count": 1, "line": 2}

    def test_of_pence_are_those_of_one_known_export_only(self):
        known = "id,created,amount,currency,local_amount,local_currency,category,emoji,description"
        row = "tx_1,2026-10-01 10:00:00 +0000,-10,GBP,-10,GBP,general,,Tesco"
        assert amounts(one(f"{known}\n{row}\n")) == ["-0.10"]
        other = known.replace(",emoji", "")
        assert amounts(one(f"{other}\n{row.replace(',,Tesco', ',Tesco')}\n")) == ["-10.00"]


class TestAccounts:
    def test_of_one_file_have_a_statement_each(self):
        text = "Account number,Date,Description,Amount\n" + (
            "111122,2026-10-01,Cafe,-1.00\n333344,2026-10-01,Bar,-2.00\n"
        )
        first, second = read(text)
        assert (first.account.number, first.account.last4) == ("111122", "1122")
        assert amounts(second) == ["-2.00"]

    def test_of_the_other_party_are_not_ones_own(self):
        text = (
            "Date,Payee,Account number,Amount\n2026-10-01,Sam,111122,-1.00\n2026-10-02,Ana,3,-2\n"
        )
        statement = one(text)
        assert statement.account.number == ""
        assert statement.lines[0].payee == "Sam"

    @pytest.mark.parametrize(
        ("name", "last4", "kind"),
        [
            ("Chase1234_Activity.CSV", "1234", ""),
            ("visa_xx9876.csv", "9876", "card"),
            ("a.csv", "", ""),
        ],
    )
    def test_are_hinted_at_by_the_file_name(self, name, last4, kind):
        account = one(HEAD + "2026-10-01,Cafe,-1.00\n", name=name).account
        assert (account.last4, account.kind) == (last4, kind)

    def test_ids_are_kept_only_if_each_row_has_its_own(self):
        head, row = "ID,Date,Description,Amount\n", "{},2026-10-01,Cafe,-1.00\n"
        ids = [line.external_id for line in one(head + row.format("a") + row.format("b")).lines]
        assert ids == ["a", "b"]
        for other in ("a", ""):
            lines = one(head + row.format("a") + row.format(other)).lines
            assert [line.external_id for line in lines] == [None, None]
