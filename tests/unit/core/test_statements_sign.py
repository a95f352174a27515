"""Money out is negative in the books, however a bank's export prints it."""

from __future__ import annotations

import pytest

from tests.unit.core.test_statements_csv import amounts, codes, one

HEAD = "Date,Description,Amount\n"
DAYS = [f"2026-10-{day:02}" for day in range(1, 29)]


def table(*rows: tuple[str, str], head: str = HEAD) -> str:
    return head + "".join(
        f"{day},{text},{amount}\n" for day, (text, amount) in zip(DAYS, rows, strict=False)
    )


class TestCardExports:
    def test_are_turned_when_the_thanks_for_a_payment_stands_on_a_minus(self):
        statement = one(
            table(
                ("CORNER SHOP", "12.40"),
                ("PAYMENT RECEIVED - THANK YOU", "-100.00"),
                ("ANNUAL FEE", "95.00"),
                ("CORNER SHOP REFUND", "-12.40"),
            )
        )
        assert amounts(statement) == ["-12.40", "100.00", "-95.00", "12.40"]
        assert statement.account.kind == "card"
        assert codes(statement) == ["statement.sign_turned"]

    def test_are_left_alone_when_the_thanks_stands_on_a_plus(self):
        statement = one(
            table(("CORNER SHOP", "-12.40"), ("AUTOPAY PAYMENT - THANK YOU", "100.00"), ("X", "-1"))
        )
        assert amounts(statement) == ["-12.40", "100.00", "-1.00"]
        assert statement.account.kind == "card"
        assert codes(statement) == []

    def test_are_turned_when_known_shops_are_all_positive(self):
        statement = one(table(("NETFLIX.COM", "15.99"), ("SPOTIFY P123", "9.99"), ("ODD", "3")))
        assert amounts(statement) == ["-15.99", "-9.99", "-3.00"]
        assert codes(statement) == ["statement.sign_turned"]

    def test_mark_only_money_in_where_the_rest_is_spending(self):
        statement = one(
            table(("CORNER SHOP", "£12.40"), ("PAYMENT", "+ £100.00"), ("CORNER BAR", "£8.00"))
        )
        assert amounts(statement) == ["-12.40", "100.00", "-8.00"]
        marked = one(table(("SHOP", "12.40"), ("REFUND", "12.40 Cr"), ("BAR", "8.00")))
        assert amounts(marked) == ["-12.40", "12.40", "-8.00"]

    def test_may_print_the_balance_as_what_is_owed(self):
        head = "Date,Description,Amount,Balance\n"
        text = head + (
            "2026-10-01,CORNER SHOP,10.00,110.00\n"
            "2026-10-02,PAYMENT THANK YOU,-100.00,10.00\n"
            "2026-10-03,CORNER BAR,5.00,15.00\n"
            "2026-10-04,CORNER BAR,6.00,21.00\n"
        )
        statement = one(text)
        assert amounts(statement) == ["-10.00", "100.00", "-5.00", "-6.00"]
        assert statement.opening.plain == "-100.00"
        assert statement.closing.plain == "-21.00"
        assert statement.lines[0].balance.plain == "-110.00"


class TestBankExports:
    @pytest.mark.parametrize(
        "rows",
        [
            [("ACME PAYROLL", "3500.00"), ("INTEREST", "1.20"), ("CHASE AUTOPAY", "-100.00")],
            [("CLIENT A", "500"), ("CLIENT B", "300"), ("GIFT THANK YOU", "-50.00")],
            [("AMAZON REFUND", "20.00"), ("ZARA REFUND", "9.00"), ("RENT", "-900.00")],
            [("SALARY", "3500.00"), ("NETFLIX", "15.99"), ("SPOTIFY", "9.99")],
        ],
    )
    def test_are_not_turned_on_thin_evidence(self, rows):
        assert amounts(one(table(*rows)))[0][0] != "-"

    def test_with_nothing_but_money_in_say_so(self):
        statement = one(table(("FROM SAM", "20.00"), ("FROM ANA", "30.00")))
        assert amounts(statement) == ["20.00", "30.00"]
        assert codes(statement) == ["statement.only_money_in"]

    def test_are_turned_when_the_balance_falls_as_the_amounts_are_positive(self):
        head = "Date,Description,Amount,Balance\n"
        text = head + "2026-10-01,A,10,90\n2026-10-02,B,-30,120\n2026-10-03,C,20,100\n"
        assert amounts(one(text)) == ["-10.00", "30.00", "-20.00"]


class TestDebitAndCredit:
    @pytest.mark.parametrize(
        "rows",
        [
            "2026-10-01,Cafe,3.50,\n2026-10-02,Pay,,100.00\n",
            "2026-10-01,Cafe,-3.50,\n2026-10-02,Pay,,100.00\n",
            "2026-10-01,Cafe,3.50,\n2026-10-02,Pay,,-100.00\n",
            "2026-10-01,Cafe,3.50,0.00\n2026-10-02,Pay,0.00,100.00\n",
            "2026-10-01,Cafe,3.50,-\n2026-10-02,Pay,-,100.00\n",
        ],
    )
    def test_columns_mean_the_same_with_any_sign(self, rows):
        head = "Date,Description,Debit,Credit\n"
        assert amounts(one(head + rows)) == ["-3.50", "100.00"]

    def test_a_lone_minus_among_debits_is_money_back(self):
        head = "Date,Description,Paid out,Paid in\n"
        rows = "2026-10-01,Cafe,3.50,\n2026-10-02,Cafe,-3.50,\n2026-10-03,Pay,,9\n"
        assert amounts(one(head + rows)) == ["-3.50", "3.50", "9.00"]

    @pytest.mark.parametrize(
        ("out", "into"),
        [
            ("DR", "CR"),
            ("debit", "credit"),
            ("Soll", "Haben"),
            ("Cargo", "Abono"),
            ("Af", "Bij"),
            ("D", "C"),
        ],
    )
    def test_may_be_words_beside_one_amount(self, out, into):
        head = "Date,Description,Amount,Type\n"
        rows = f"2026-10-01,Cafe,3.50,{out}\n2026-10-02,Pay,100,{into}\n"
        assert amounts(one(head + rows)) == ["-3.50", "100.00"]

    def test_words_do_not_overrule_a_minus(self):
        head = "Date,Description,Amount,Type\n"
        rows = "2026-10-01,Cafe,-3.50,debit\n2026-10-02,Pay,100.00,credit\n"
        assert amounts(one(head + rows)) == ["-3.50", "100.00"]

    def test_words_about_the_way_of_paying_are_none(self):
        head = "Date,Description,Amount,Type\n"
        rows = "2026-10-01,Cafe,-3.50,Card payment\n2026-10-02,Pay,100.00,Transfer\n"
        statement = one(head + rows)
        assert amounts(statement) == ["-3.50", "100.00"]
        assert statement.lines[0].description == "Cafe"


class TestBalances:
    HEAD = "Date,Description,Amount,Balance\n"

    @pytest.mark.parametrize(
        "rows",
        [
            "2026-10-01,A,-1,99\n2026-10-02,B,-2,97\n2026-10-03,C,5,102\n",
            "2026-10-03,C,5,102\n2026-10-02,B,-2,97\n2026-10-01,A,-1,99\n",
            "2026-10-01,A,-1,99\n2026-10-02,B,-2,\n2026-10-03,C,5,102\n",
        ],
    )
    def test_that_follow_each_other_are_believed_in_either_order(self, rows):
        statement = one(self.HEAD + rows)
        assert (statement.opening.plain, statement.closing.plain) == ("100.00", "102.00")
        assert str(statement.as_of) == "2026-10-03"
        assert codes(statement) == []

    def test_that_do_not_are_told_and_not_believed(self):
        statement = one(self.HEAD + "2026-10-01,A,-1,99\n2026-10-02,B,-2,90\n")
        assert statement.closing is None
        assert codes(statement) == ["statement.balances_do_not_tie"]

    def test_that_cannot_be_read_do_not_stop_the_rows(self):
        statement = one(self.HEAD + "2026-10-01,A,-1,n/a\n2026-10-02,B,-2,n/a\n")
        assert amounts(statement) == ["-1.00", "-2.00"]
        assert statement.closing is None
