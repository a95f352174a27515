"""MT940: every movement is read with the bank's sign, or the file is refused with its line."""

from __future__ import annotations

from datetime import date

import pytest

from core.statements.reading import ReadLimits, read_statement
from core.statements.refusals import BadRows, FileTruncated, TooManyRows
from tests.unit.core.test_statements_banks import TODAY

HEAD = ":20:A\n:25:20050550/1234567890\n:28C:1/1\n:60F:C261030EUR100,00\n"


def read(body: str, closing: str = ":62F:C261105EUR100,00\n-\n", **limits):
    return read_statement(
        (HEAD + body + closing).encode(),
        filename="a.sta",
        default_currency=None,
        today=TODAY,
        limits=ReadLimits(**limits) if limits else ReadLimits(),
    )


def only(body: str, **more):
    (statement,) = read(body, **more)
    (line,) = statement.lines
    return line


class TestMovements:
    @pytest.mark.parametrize(
        ("field", "minor", "day"),
        [
            ("2611021103D12,5NTRFNONREF", -1250, date(2026, 11, 3)),
            ("261102C12,NTRFNONREF", 1200, date(2026, 11, 2)),
            ("2611021102RC12,00NTRFNONREF", -1200, date(2026, 11, 2)),
            ("2611021102RD12,00NTRFNONREF", 1200, date(2026, 11, 2)),
            ("2611021102CR12,00NTRFNONREF", 1200, date(2026, 11, 2)),
            ("2611021102DN12NTRFNONREF", -1200, date(2026, 11, 2)),
            # Valued in January, booked in December: of the year before.
            ("2601021230D1,00NTRF", -100, date(2025, 12, 30)),
            # The bank's convention of thirty days a month.
            ("260230D1,00NTRF", -100, date(2026, 2, 28)),
        ],
    )
    def test_reads_sign_amount_and_day(self, field, minor, day):
        line = only(f":61:{field}\n")
        assert (line.amount.minor, line.booked_date) == (minor, day)

    def test_joins_what_the_line_length_has_cut(self):
        long = "X" * 60 + "MITTEN"
        assert only(f":61:261102D1,00NTRF\n:86:{long}\nDRIN UND\nWEITER\n").description == (
            long + "DRIN UND WEITER"
        )

    def test_takes_the_words_of_the_movement_when_there_are_no_details(self):
        assert only(":61:261102D1,00NTRFRENT//BANKREF\nEXTRA\n").description == "RENT EXTRA"

    def test_leaves_what_follows_the_closing_balance_alone(self):
        line = only(":61:261102D1,00NTRF\n:86:OWN\n", closing=":62F:C261102EUR99,00\n:86:AD\n-\n")
        assert line.description == "OWN"


class TestBalances:
    def test_puts_the_pages_of_an_account_together(self):
        more = HEAD.replace("EUR100,00", "EUR90,00") + ":61:261103C5,00NTRF\n"
        (statement,) = read(
            ":61:261102D10,00NTRF\n",
            closing=f":62F:C261102EUR90,00\n-\n{more}:62F:C261103EUR95,00\n",
        )
        assert [line.amount.minor for line in statement.lines] == [-1000, 500]
        assert statement.opening is not None
        assert statement.closing is not None
        assert (statement.opening.minor, statement.closing.minor) == (10000, 9500)

    def test_keeps_accounts_and_currencies_apart(self):
        other = HEAD.replace("EUR", "USD") + ":62F:C261102USD100,00\n"
        statements = read("", closing=f":62F:C261102EUR100,00\n-\n{other}")
        assert [one.account.currency for one in statements] == ["EUR", "USD"]

    def test_says_when_they_do_not_tie_and_states_none(self):
        (statement,) = read(":61:261102D10,00NTRF\n")
        assert [one.code for one in statement.warnings] == ["statement.balances_do_not_tie"]
        assert (statement.opening, statement.closing) == (None, None)


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "line", "reason"),
        [
            (":61:261102D1x,00NTRF\n", 5, "amount_bad"),
            (":61:261102D1.000,00NTRF\n", 5, "amount_bad"),
            (":61:261302D1,00NTRF\n", 5, "date_bad"),
            # Without its colon the movement would be swallowed by the text before it.
            (":61:261102D1,00NTRF\n:86:A\n61:261102D2,00NTRF\n", 7, "tag_broken"),
        ],
    )
    def test_names_line_and_reason(self, body, line, reason):
        with pytest.raises(BadRows) as refused:
            read(body)
        assert (refused.value.fields["line"], refused.value.fields["reason"]) == (line, reason)

    def test_a_file_that_stops_before_its_closing_balance(self):
        with pytest.raises(FileTruncated):
            read(":61:261102D1,00NTRF\n", closing="")

    def test_too_many_movements(self):
        with pytest.raises((TooManyRows, BadRows)):
            read(":61:261102D1,00NTRF\n" * 3, max_rows=2)
