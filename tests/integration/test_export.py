"""Books that go out come back the same, and other programs come to the same balances."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.demo import DemoBooks
from core.alerts.alert import Alert, AlertKind
from core.alerts.attention import Way, Wish, about_scope
from core.investments.lot import lots_of
from core.investments.security import Security, SecurityKind
from core.investments.trade import TradeKind, pieces
from core.ledger.account import AccountKind
from core.ledger.entry import Source
from core.ledger.search import EntryQuery, GroupBy
from core.money import Money
from core.schedules.reminder import Reminder
from core.statements.fingerprint import fingerprints
from core.statements.statement import StatementLine
from core.store.portable import BooksNotEmpty, BooksUnreadable, tables, undecided
from core.store.row_booking import Row
from core.store.tables import METADATA
from core.users.user import User
from tests.fakes.world import World, open_world
from tools.exporting import export, is_books, load_books

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 3)
LINES = [
    StatementLine(DAY, Money(-450, "USD"), "COFFEE"),
    StatementLine(DAY, Money(-450, "USD"), "COFFEE"),
    StatementLine(DAY, Money(250000, "USD"), "PAYROLL ACME INC"),
]


@pytest.fixture
def world() -> World:
    return open_world()


def import_rows(world: World, user: User, account_id) -> int:
    with world.database.work() as uow:
        prints = fingerprints(uow.accounts.rows_key(account_id), LINES)
        rows = [
            Row(
                line.booked_date,
                line.amount,
                line.description,
                fingerprint=seen,
            )
            for line, seen in zip(LINES, prints, strict=True)
        ]
        imported = uow.imports.add(
            user.id,
            file_hash="h",
            file_format="csv",
            file_name="a.csv",
            now=world.now,
            ids=world.ids,
        )
        booked = uow.rows.book(
            user.id, account_id, rows, source=Source.IMPORT, now=world.now, import_id=imported
        )
        uow.commit()
    return booked.new


@pytest.fixture
def maya(world: World) -> User:
    """Somebody with a bit of everything: an import, entries by hand, a note, a budget, a card."""
    user = world.user("maya@example.org", currency="USD", zone="America/New_York")
    account = world.account(user)
    import_rows(world, user, account)
    entry = world.book(user, account, "12.34", DAY, payee='=Evil "Shop"; x')
    with world.database.work() as uow:
        card = uow.accounts.open(
            user.id, name="Everyday", kind=AccountKind.CARD, currency="USD",
            number="************4242", now=world.now,
        )  # fmt: skip
        uow.categories.annotate(user.id, entry, "note", "for Ana", source="user", now=world.now)
        uow.commit()
    world.book(user, card.id, "80.00", DAY, payee="Zara")
    world.budget(user, "200.00")
    return user


def trade_twice_and_sell_the_second(world: World, user: User) -> None:
    apple = Security(0, user.id, "AAPL", "Apple", SecurityKind.STOCK, "USD")
    with world.database.work() as uow:
        number = uow.trades.add_security(apple, now=world.now).id
        kept = [
            uow.trades.add(
                pieces(user.id, number, TradeKind.BUY, on, quantity="1", each=Money(100, "USD")),
                now=world.now,
            )
            for on in (DAY, DAY + timedelta(days=1))
        ]
        sale = pieces(
            user.id, number, TradeKind.SELL, DAY + timedelta(days=2), quantity="1",
            each=Money(90, "USD"),
        )  # fmt: skip
        uow.trades.add(replace(sale, lot_id=kept[1].id), now=world.now)
        uow.commit()


def reminded_of_an_alert(world: World, user: User) -> Reminder:
    """Keep a reminder that tells an alert again, and return it."""
    at = world.now + timedelta(days=1)
    with world.database.work() as uow:
        alert = uow.alerts.keep_once(
            Alert(user.id, AlertKind.BUDGET_WARNING, "k", "budget:1", ()),
            now=world.now,
            ids=world.ids,
        )
        assert alert is not None
        mind = Reminder(user.id, "the budget", at.date(), None, at, alert_id=alert.id)
        mind = uow.reminders.add(mind, now=world.now, ids=world.ids)
        uow.commit()
    return mind


def told(world: World, user: User) -> dict[str, object]:
    """Balances, sums by category and month, notes and budgets: what a report is made of."""
    with world.database.reading() as uow:
        entries = uow.entries.find(user.id, EntryQuery())
        return {
            "balances": [
                (one.account.name, one.account.last4, one.posted, one.pending)
                for one in uow.accounts.balances(user.id)
            ],
            "sums": [
                (one.key, one.currency, one.minor, one.rows)
                for group in (GroupBy.CATEGORY, GroupBy.MONTH, GroupBy.MERCHANT)
                for one in uow.entries.totals(user.id, EntryQuery(), group)
            ],
            "entries": [
                (one.booked_date, one.amount, one.payee, one.description, one.category, one.state,
                 one.source, uow.categories.note(user.id, one.id))
                for one in entries
            ],
            "budgets": [(one.category, one.limit, one.state) for one in uow.budgets.of(user.id)],
            "mismatches": uow.accounts.mismatches(user.id),
        }  # fmt: skip


def exported(world: World, user: User, what: str, form: str) -> str:
    with world.database.reading() as uow:
        return export(uow, user, what=what, form=form)


def load(world: World, user: User, text: str) -> None:
    with world.database.work() as uow:
        load_books(uow, user, text.encode(), ids=world.ids)
        uow.commit()


class TestEverything:
    def test_comes_back_the_same_in_another_installation(self, world, maya):
        text = exported(world, maya, "all", "json")
        assert is_books(text.encode())
        other = open_world()
        stranger = other.user("stranger@example.org")
        other.book(stranger, other.account(stranger), "1.00", DAY)
        moved = other.user("maya@example.org")
        load(other, moved, text)
        assert told(other, moved) == told(world, maya)
        with other.database.reading() as uow:
            assert uow.users.get(moved.id).preferences == maya.preferences
        again = json.loads(exported(other, moved, "all", "json"))
        assert [len(rows) for rows in again["books"].values()] == [
            len(rows) for rows in json.loads(text)["books"].values()
        ]

    def test_keeps_which_purchase_a_sale_named(self, world, maya):
        """Ids differ in another installation: the second purchase is still the one sold."""
        trade_twice_and_sell_the_second(world, maya)
        other = open_world()
        trade_twice_and_sell_the_second(other, other.user("stranger@example.org"))
        moved = other.user("maya@example.org")
        load(other, moved, exported(world, maya, "all", "json"))
        with other.database.reading() as uow:
            trades = uow.trades.of(moved.id)
        assert trades[2].lot_id == trades[1].id
        assert [lot.opened_on for lot in lots_of(trades).open] == [DAY]

    def test_knows_its_rows_again_when_a_statement_comes_once_more(self, world, maya):
        other = open_world()
        moved = other.user("maya@example.org")
        other.account(other.user("first@example.org"))  # so that account ids differ
        load(other, moved, exported(world, maya, "all", "json"))
        with other.database.reading() as uow:
            account = uow.accounts.of(moved.id)[0]
        assert import_rows(other, moved, account.id) == 0

    def test_is_loaded_into_empty_books_only(self, world, maya):
        with pytest.raises(BooksNotEmpty):
            load(world, maya, exported(world, maya, "all", "json"))

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('"minor": -450', '"minor": -451'),
            ('"minor": -450', '"minor": "x"'),
            ('"account_id": ', '"account_id": 9'),
            ('"booked_date": "2026-11-03"', '"booked_date": "soon"'),
            ('"version": 1', '"version": 2'),
            ('"postings"', '"users"'),
        ],
    )
    def test_is_refused_when_it_was_changed(self, world, maya, old, new):
        text = exported(world, maya, "all", "json")
        assert old in text
        other = open_world()
        moved = other.user("maya@example.org")
        with pytest.raises(BooksUnreadable):
            load(other, moved, text.replace(old, new, 1))
        assert told(other, moved)["entries"] == []

    @pytest.mark.parametrize("household", ["maya", "arjun"])
    def test_takes_a_whole_household_along(self, household):
        world = open_world()
        DemoBooks(world.database, world.clock, world.ids, 1).load(household)
        with world.database.reading() as uow:
            user = uow.users.get(uow.users.all_ids()[-1])
            assert uow.payments.contacts(user.id)
        text = exported(world, user, "all", "json")
        other = open_world()
        moved = other.user("moved@example.org")
        load(other, moved, text)
        assert told(other, moved) == told(world, user)
        with other.database.reading() as uow:
            assert uow.payments.contacts(moved.id) == ()

    def test_takes_reminders_and_wishes_along(self, world, maya):
        mind = reminded_of_an_alert(world, maya)
        with world.database.work() as uow:
            uow.alerts.wishes.put(
                maya.id, Wish(about_scope("Netflix"), Way.OFF, None), now=world.now
            )
            uow.commit()
        other = open_world()
        moved = other.user("maya@example.org")
        load(other, moved, exported(world, maya, "all", "json"))
        with other.database.reading() as uow:
            (kept,) = uow.reminders.of(moved.id)
            (wish,) = uow.alerts.wishes.of(moved.id)
        assert (kept.text, kept.due_at, kept.alert_id) == (mind.text, mind.due_at, "")
        assert wish.scope == about_scope("Netflix")

    def test_knows_how_a_banks_files_are_read(self, world, maya):
        with world.database.work() as uow:
            uow.layouts.keep(maya.id, "a header", {"date": 0}, now=world.now)
            uow.commit()
        other = open_world()
        moved = other.user("maya@example.org")
        load(other, moved, exported(world, maya, "all", "json"))
        with other.database.reading() as uow:
            assert uow.layouts.of(moved.id) == {"a header": {"date": 0}}

    def test_takes_no_key_and_no_payee_along(self):
        names = {table.name for table in tables()}
        assert names.isdisjoint({"bank_connections", "contacts", "payments", "cards"})
        assert names.isdisjoint({"model_calls", "media_readings", "assistant_keys"})

    def test_is_decided_of_every_table(self):
        assert undecided() == frozenset()

    def test_holds_every_table_of_the_books(self):
        names = {table.name for table in tables()}
        assert names >= {"accounts", "journal_entries", "postings", "allocations", "annotations"}
        assert names >= {"transfers", "category_rules", "category_cases", "budgets", "imports"}
        assert names.isdisjoint({"users", "sessions", "messages", "approvals", "audit_events"})
        assert names <= METADATA.tables.keys()


class TestTable:
    def test_runs_no_foreign_text_as_a_formula(self, world, maya):
        rows = list(csv.DictReader(io.StringIO(exported(world, maya, "transactions", "csv"))))
        assert len(rows) == 5
        assert next(row["payee"] for row in rows if "Evil" in row["payee"]).startswith("'=")
        assert {row["date"] for row in rows} == {"2026-11-03"}
        assert all(re.fullmatch(r"-?\d+\.\d\d", row["amount"]) for row in rows)

    @pytest.mark.parametrize(
        ("source", "sure", "marked"),
        [("model", 89, "yes"), ("keyword", 75, "yes"), ("model", 90, "no"), ("user", 75, "no")],
    )
    def test_tells_which_category_is_only_a_guess(self, world, maya, source, sure, marked):
        with world.database.work() as uow:
            entry = uow.entries.find(maya.id, EntryQuery())[0]
            part = replace(entry.allocations[0], source=source, confidence=sure)
            uow.categories.allocate(maya.id, entry.id, (part,), now=world.now)
            uow.commit()
        table = exported(world, maya, "transactions", "csv")
        row = next(iter(csv.DictReader(io.StringIO(table))))
        assert row["category_is_guess"] == marked


def balances(world: World, user: User) -> dict[str, Decimal]:
    with world.database.reading() as uow:
        held = uow.accounts.balances(user.id)
    return {f"{one.account.kind.value}": one.posted.decimal for one in held}


class TestJournals:
    def test_hledger_comes_to_the_same_balances(self, world, maya, tmp_path: Path):
        program = shutil.which("hledger")
        if program is None:
            pytest.skip("hledger is not here")
        path = tmp_path / "books.journal"
        path.write_text(exported(world, maya, "all", "hledger"), encoding="utf-8")
        command = [program, "-f", str(path), "balance", "assets", "liabilities", "-O", "csv", "-N"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = {row[0]: Decimal(row[1].split()[0]) for row in csv.reader(said.splitlines()[1:])}
        ours = balances(world, maya)
        assert found["assets:Everyday"] == ours["checking"]
        assert found["liabilities:Everyday"] == ours["card"]

    def test_beancount_accepts_it_and_comes_to_the_same_balances(self, world, maya, tmp_path: Path):
        program = shutil.which("bean-check")
        if program is None:
            pytest.skip("beancount is not here")
        path = tmp_path / "books.beancount"
        text = exported(world, maya, "all", "beancount")
        ours = balances(world, maya)
        text += f"2026-11-04 balance Assets:Everyday  {ours['checking']} USD\n"
        text += f"2026-11-04 balance Liabilities:Everyday  {ours['card']} USD\n"
        path.write_text(text, encoding="utf-8")
        said = subprocess.run([program, str(path)], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
