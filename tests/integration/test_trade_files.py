"""Files of trades and prices: read in full or refused with line and reason, once, and undone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from core.investments.trade import TradeKind
from core.investments.trade_files import (
    TradeFileRefused,
    is_price_file,
    is_trade_file,
    read_prices,
    read_trades,
)
from core.ledger.account import AccountKind
from core.money import Money
from tests.ledgers import assert_sound, changing
from tests.people import NOW, Person, alice
from tools.outcome import Done, Refused

HEAD = "Date,Type,Symbol,Quantity,Price,Fee,Currency\n"
TRADES = (
    HEAD + "2026-01-05,BUY,AAPL,10,100.00,1.00,USD\n"
    '2026-03-05,Buy,VTI,4,"1,250.50",,USD\n'
    '2026-03-05,Buy,VTI,4,"1,250.50",,USD\n'
    "2026-06-05,Sell,AAPL,4,150,1.00,USD\n"
)
OTHER = "\ufeffTrade Date;Action;Ticker;Shares;Total\n2026-02-03T10:00:00;Dividend;aapl;;-12.40\n"
SPLIT = "date\tside\tsecurity\tqty\tprice\tratio\n2026/08/31\tsplit\tAAPL\t\t\t4:1\n"
PRICES = "Date,Ticker,Close\n2026-11-17,AAPL,160.50\n2026-11-16,AAPL,158\n"


class TestReading:
    def test_takes_every_row_as_it_is(self):
        rows = read_trades(TRADES.encode())
        assert [row.kind for row in rows] == [TradeKind.BUY] * 3 + [TradeKind.SELL]
        assert (rows[1].quantity, rows[1].price) == (Decimal(4), Decimal("1250.50"))
        assert (rows[0].line, rows[0].on, rows[0].fee) == (2, date(2026, 1, 5), Decimal("1.00"))
        assert len({row.key for row in rows}) == 4  # two trades alike are two

    def test_knows_other_headings_marks_and_splits(self):
        (paid,) = read_trades(OTHER.encode())
        assert (paid.kind, paid.symbol, paid.amount) == (
            TradeKind.DIVIDEND,
            "AAPL",
            Decimal("12.40"),
        )
        (split,) = read_trades(SPLIT.encode())
        assert (split.kind, split.ratio, split.on) == (TradeKind.SPLIT, (4, 1), date(2026, 8, 31))

    def test_tells_trades_prices_and_bank_rows_apart(self):
        bank = b"Date,Description,Amount\n2026-01-05,COFFEE,-4.50\n"
        assert [is_trade_file(one.encode()) for one in (TRADES, OTHER, SPLIT, PRICES)] == [
            True,
            True,
            True,
            False,
        ]
        assert is_price_file(PRICES.encode())
        assert not is_trade_file(bank)
        assert not is_price_file(bank)
        assert not is_trade_file(b"")
        assert not is_price_file(b"\x00\xff" * 50)

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ("05/01/2026,BUY,AAPL,10,100,,USD", "date_bad"),
            ("2026-02-30,BUY,AAPL,10,100,,USD", "date_bad"),
            ("2026-01-05,SWAP,AAPL,10,100,,USD", "kind_unknown"),
            ("2026-01-05,BUY,=1+1,10,100,,USD", "symbol_bad"),
            ("2026-01-05,BUY,AAPL,,100,,USD", "quantity_missing"),
            ("2026-01-05,BUY,AAPL,-3,100,,USD", "quantity_bad"),
            ("2026-01-05,BUY,AAPL,10,abc,,USD", "price_bad"),
            ("2026-01-05,BUY,AAPL,10,,,USD", "price_missing"),
            ("2026-01-05,BUY,AAPL,10,100,x,USD", "fee_bad"),
            ("2026-01-05,BUY,AAPL,10,100,,XXZ", "currency_unknown"),
            ("2026-01-05,BUY,AAPL,10,100", "columns_differ"),
            ("2026-01-05,SPLIT,AAPL,1,,,USD", "ratio_bad"),
        ],
    )
    def test_refuses_the_whole_file_for_one_bad_row_and_says_which(self, row, reason):
        good = "2026-01-02,BUY,AAPL,1,1,,USD\n"
        with pytest.raises(TradeFileRefused) as caught:
            read_trades((HEAD + good + "\n" + row + "\n").encode())
        assert caught.value.fields == {"line": 4, "reason": reason}

    @pytest.mark.parametrize(
        ("data", "reason"),
        [(HEAD.encode(), "no_rows"), (HEAD.encode() + b"\xff\xfe", "encoding")],
    )
    def test_refuses_files_that_are_none(self, data, reason):
        with pytest.raises(TradeFileRefused) as caught:
            read_trades(data)
        assert caught.value.fields["reason"] == reason

    def test_reads_prices(self):
        first, _ = read_prices(PRICES.encode())
        assert (first.symbol, first.price, first.on) == (
            "AAPL",
            Decimal("160.50"),
            date(2026, 11, 17),
        )


@pytest.fixture
def person(database) -> Person:
    found = alice(database)
    with changing(database) as uow:
        uow.accounts.open(
            found.id, name="Brokerage", kind=AccountKind.INVESTMENT, currency="USD", now=NOW
        )
    return found


def send(person: Person, text: str, **arguments) -> Done:
    key = person.send_file("trades.csv", text.encode())
    return person.do("import_statement", file=key, **arguments)


def counts(done: Done) -> tuple[object, object, object]:
    found = {fact.name: fact.value for fact in done.answer.facts}
    return found["rows"], found["new"], found["known"]


def brokerage(person: Person) -> Money:
    with person.database.reading() as uow:
        return next(
            one.posted
            for one in uow.accounts.balances(person.id)
            if one.account.name == "Brokerage"
        )


class TestImporting:
    def test_keeps_each_trade_once_with_its_money_and_undoes_the_file(self, person):
        paid = -(1_001_00 + 2 * 5_002_00) + 599_00
        assert counts(send(person, TRADES)) == (4, 4, 0)
        assert brokerage(person) == Money(paid, "USD")
        again = send(person, TRADES + "2026-07-01,Buy,VTI,1,200,,USD\n")
        assert counts(again) == (5, 1, 4)
        person.undo()
        assert brokerage(person) == Money(paid, "USD")
        person.undo()
        assert brokerage(person) == Money(0, "USD")
        assert person.do("show_portfolio").answer.shape == "show_portfolio.none"
        assert counts(send(person, TRADES)) == (4, 4, 0)
        assert_sound(person)

    def test_keeps_nothing_of_a_preview(self, person):
        assert send(person, TRADES, preview=True).answer.shape == "import_statement.trades_preview"
        assert person.entries() == ()

    @pytest.mark.parametrize(
        ("rows", "line", "reason"),
        [
            ("2026-01-05,SELL,AAPL,10,100,,USD\n", 2, "sold_more_than_held"),
            ("2026-01-05,BUY,AAPL,10,100,,EUR\n", 2, "other_currency"),
            ("2026-11-19,BUY,AAPL,10,100,,USD\n", 2, "date_ahead"),
            ("2026-01-05,DIV,AAPL,,1.005,,USD\n", 2, "price_missing"),
        ],
    )
    def test_keeps_nothing_when_the_books_cannot_take_a_row(self, person, rows, line, reason):
        key = person.send_file("trades.csv", (HEAD + rows).encode())
        outcome = person.run("import_statement", file=key)
        assert isinstance(outcome, Refused)
        assert outcome.code == "trades.row_unreadable"
        assert outcome.fields == {"line": line, "reason": reason}
        assert person.entries() == ()

    def test_says_when_money_found_no_account(self, database):
        person = alice(database)
        answer = send(person, TRADES).answer
        assert answer.options == ("import_statement.trades_no_account",)
        assert person.entries() == ()
        person.undo()
        done = send(person, TRADES, account="Checking")
        assert done.answer.options == ()
        assert len(person.entries()) == 4

    def test_keeps_prices_which_are_the_users_own_and_undoes_them(self, person):
        send(person, TRADES)
        assert counts(send(person, PRICES)) == (2, 2, 0)
        assert counts(send(person, PRICES)) == (2, 0, 2)
        changed = PRICES.replace("160.50", "161.00")
        assert counts(send(person, changed)) == (2, 1, 1)
        held = person.do("show_holding", security="AAPL").answer
        prices = {fact.name: fact.value for fact in held.facts}
        assert (prices["price"], prices["source"]) == (Money(16_100, "USD"), "price_file")
        person.undo()
        held = person.do("show_holding", security="AAPL").answer
        assert {fact.name: fact.value for fact in held.facts}["price"] == Money(16_050, "USD")
        person.undo()
        held = person.do("show_holding", security="AAPL").answer
        assert {fact.name: fact.value for fact in held.facts}["source"] == "price_trade"
