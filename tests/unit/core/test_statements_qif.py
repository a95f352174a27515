"""QIF: one order of days and one decimal mark for the whole file, no row lost."""

from __future__ import annotations

from datetime import date

import pytest

from core.statements.dates import DateOrder
from core.statements.reading import ReadLimits, read_statement
from core.statements.refusals import BadRows, CurrencyUnknown, DateAmbiguous, FileTruncated
from tests.unit.core.test_statements_banks import TODAY


def read(text: str, *, currency: str | None = "USD", order: DateOrder | None = None):
    return read_statement(
        text.encode(),
        filename="a.qif",
        default_currency=currency,
        today=TODAY,
        date_order=order,
        limits=ReadLimits(),
    )


def rows(*records: str, kind: str = "Bank") -> str:
    return f"!Type:{kind}\n" + "".join(f"{record}\n^\n" for record in records)


class TestReadQif:
    @pytest.mark.parametrize(
        ("day", "found"),
        [
            ("2/13'2026", date(2026, 2, 13)),
            ("2/13' 6", date(2006, 2, 13)),
            ("13.2.26", date(2026, 2, 13)),
            ("2026-02-13", date(2026, 2, 13)),
        ],
    )
    def test_reads_the_days_of_every_program(self, day, found):
        (statement,) = read(rows(f"D{day}\nT-3.00\nPCafe"))
        assert statement.lines[0].booked_date == found

    def test_takes_one_order_for_all_rows(self):
        (statement,) = read(rows("D03/02/2026\nT-1.00", "D13/02/2026\nT-2.00"))
        assert [line.booked_date for line in statement.lines] == [
            date(2026, 2, 3),
            date(2026, 2, 13),
        ]

    def test_takes_the_users_order_where_the_file_leaves_it_open(self):
        text = rows("D03/02/2026\nT-1.00")
        (statement,) = read(text, order=DateOrder.MONTH_FIRST)
        assert statement.lines[0].booked_date == date(2026, 3, 2)
        with pytest.raises(DateAmbiguous):
            read(text)

    def test_leaves_lists_and_trades_out(self):
        lists = "!Type:Cat\nNFood\nB100\n^\n!Type:Memorized\nT-5.00\nPOld\n^\n"
        text = lists + rows("D13/02/2026\nT-1.00") + rows("D13/02/2026\nNBuy\nT5.00", kind="Invst")
        (statement,) = read(text)
        assert len(statement.lines) == 1
        assert [one.code for one in statement.warnings] == ["statement.investments_skipped"]

    def test_keeps_accounts_apart_by_their_names(self):
        text = "!Account\nNOne\nTBank\n^\n" + rows("D13/02/2026\nT-1.00")
        text += "!Account\nNTwo\nTCCard\n^\n" + rows("D14/02/2026\nT-2.00", kind="CCard")
        statements = read(text)
        assert [(one.account.number, one.account.kind) for one in statements] == [
            ("One", "checking"),
            ("Two", "card"),
        ]

    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            ("D13/02/2026\nT-10.0x", "amount_bad"),
            ("T-10.00\nPShop", "date_missing"),
            ("D13/02/2026\nPShop", "amount_missing"),
            ("D31/02/2026\nT1.00", "date_bad"),
        ],
    )
    def test_refuses_a_bad_row_by_its_line(self, record, reason):
        with pytest.raises(BadRows) as refused:
            read(rows("D13/02/2026\nT-1.00", record))
        assert (refused.value.fields["line"], refused.value.fields["reason"]) == (5, reason)

    def test_refuses_a_file_that_ends_in_a_record(self):
        with pytest.raises(FileTruncated) as refused:
            read(rows("D13/02/2026\nT-1.00") + "D14/02/2026\nT-2.00\n")
        assert refused.value.fields["line"] == 5

    def test_wants_to_know_the_currency(self):
        with pytest.raises(CurrencyUnknown):
            read(rows("D13/02/2026\nT-1.00"), currency=None)
