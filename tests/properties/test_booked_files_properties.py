"""What holds for imported statements: files that repeat, overlap, come late or are taken back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ledger.entry import EntryState, Flow, Source
from core.money import Money
from core.store.row_booking import Row
from tests.ledgers import COFFEE, DEAR, ON_BOTH, TAXI, assert_sound, changing, figures, look
from tests.people import NOW, TODAY, Person, alice, bob
from tests.statement_files import BankRow, csv_file, ofx_file
from tools.outcome import Done

pytestmark = [ON_BOTH, pytest.mark.slow]

TEXTS = (
    "STARBUCKS 1234 NEW YORK",
    "WHOLE FOODS MARKET",
    "UBER TRIP HELP",
    "PAYROLL ACME CORP",
    "ZELLE TO JOHN",
    "KL 4711 UNKNOWN",
)
days = st.integers(min_value=1, max_value=40).map(lambda back: TODAY - timedelta(days=back))
minors = st.integers(min_value=-50_000, max_value=50_000).filter(bool)
rows = st.builds(BankRow, day=days, minor=minors, text=st.sampled_from(TEXTS))
files = st.lists(rows, min_size=1, max_size=12).map(sorted)


def send(person: Person, content: bytes, name: str = "a.csv", account: str = "Checking") -> Done:
    """Import a file as its owner would, and look whether the books are still sound."""
    arguments = {"account": account} if account else {}
    done = person.do("import_statement", file=person.send_file(name, content), **arguments)
    assert_sound(person)
    return done


def told(done: Done) -> dict[str, int]:
    return {fact.name: fact.value for fact in done.answer.facts if isinstance(fact.value, int)}


def numbered(found: list[BankRow]) -> list[BankRow]:
    """Give each row the bank's own number."""
    return [replace(row, number=f"fit{place}") for place, row in enumerate(found)]


def balance_on(found: list[BankRow], day: date, opening: int) -> int:
    return opening + sum(row.minor for row in found if row.day <= day)


def rows_in(person: Person) -> Counter[tuple[date, int, str]]:
    return Counter(
        (item.booked_date, item.amount.minor, item.description)
        for item in person.entries()
        if item.flow is not Flow.OPENING
    )


def books_rows(person: Person, *found: Row) -> None:
    """Book rows as a connected bank would send them."""
    checking = person.accounts["Checking"]
    with changing(person.database) as uow:
        uow.rows.book(person.id, checking, found, source=Source.BANK, now=NOW)


class TestTheSameFile:
    @DEAR
    @given(found=files, again=st.integers(min_value=1, max_value=2))
    def test_sent_again_changes_nothing(self, database, found, again):
        person = alice(database)
        first = told(send(person, csv_file(found, opening=100_00)))
        before = look(person)
        for _ in range(again):
            second = told(send(person, csv_file(found, opening=100_00)))
            assert (second["new"], second["known"]) == (0, len(found))
            assert {**look(person), "assertions": 0} == {**before, "assertions": 0}
        assert first["new"] == len(found)

    @DEAR
    @given(row=rows, number=st.integers(min_value=2, max_value=6))
    def test_with_equal_rows_keeps_every_one_of_them(self, database, row, number):
        person = alice(database)
        for _ in range(2):
            send(person, csv_file([row] * number))
        assert list(rows_in(person).values()) == [number]

    @DEAR
    @given(found=files)
    def test_in_its_other_order_is_known(self, database, found):
        person = alice(database)
        send(person, csv_file(found))
        assert told(send(person, csv_file(found[::-1])))["new"] == 0


class TestPartsOfAFile:
    @DEAR
    @given(found=files, data=st.data())
    def test_in_any_order_and_overlapping_come_to_the_whole(self, database, found, data):
        """Parts are whole days: a bank never tells half a day and the other half later."""
        opening = data.draw(st.integers(min_value=-(10**6), max_value=10**6), label="opening")
        whole, parted = alice(database), alice(database)
        send(whole, csv_file(found, opening=opening))
        known = sorted({row.day for row in found})
        spans = data.draw(st.lists(_spans(known), max_size=3), label="parts") + _halves(known)
        for first, last in data.draw(st.permutations(spans), label="order"):
            part = [row for row in found if first <= row.day <= last]
            before = balance_on(found, first - timedelta(days=1), opening)
            send(parted, csv_file(part, opening=before))
        assert rows_in(parted) == rows_in(whole)
        assert figures(look(parted)) == figures(look(whole))

    @DEAR
    @given(found=files, data=st.data())
    def test_may_cut_through_a_day_when_the_bank_numbers_its_rows(self, database, found, data):
        found = numbered(found)
        whole, parted = alice(database), alice(database)
        send(whole, ofx_file(found), "a.ofx")
        some = st.lists(st.sampled_from(found), min_size=1, max_size=len(found), unique=True)
        for part in [*data.draw(st.lists(some, max_size=3), label="parts"), found]:
            send(parted, ofx_file(part), "a.ofx")
        assert rows_in(parted) == rows_in(whole)
        assert figures(look(parted)) == figures(look(whole))

    @DEAR
    @given(found=files.filter(lambda some: some[0].day < some[-1].day), opening=minors)
    def test_that_come_late_leave_the_stated_balance_as_it_is(self, database, found, opening):
        person = alice(database)
        last = found[-1].day
        newer = [row for row in found if row.day == last]
        older = [row for row in found if row.day < last]
        stated = balance_on(found, last, opening)
        send(person, csv_file(newer, opening=stated - sum(row.minor for row in newer)))
        late = send(person, csv_file(older, opening=opening))
        assert "import_statement.balance_differs" not in late.answer.options
        assert _balance(person) == stated
        person.undo()
        assert _balance(person) == stated


class TestTakingAnImportBack:
    @DEAR
    @given(
        before=files,
        found=files,
        opening=minors,
        form=st.sampled_from(["csv", "ofx", "new account"]),
    )
    def test_restores_what_was_and_lets_the_file_come_again(
        self, database, before, found, opening, form
    ):
        person = bob(database) if form == "new account" else alice(database)
        account = {"csv": "Checking", "ofx": "Savings", "new account": ""}[form]
        if form != "new account":
            send(person, csv_file(before, opening=0))
        was = look(person)
        content, name = csv_file(found, opening=opening), "a.csv"
        if form != "csv":
            closing = opening + sum(row.minor for row in found)
            content, name = ofx_file(numbered(found), closing=closing), "a.ofx"
        first = told(send(person, content, name, account))
        after = look(person)
        if first["new"]:
            person.undo()
            assert_sound(person)
            assert look(person) == was
        second = told(send(person, content, name, account))
        assert second["new"] == first["new"]
        assert figures(look(person)) == figures(after)
        assert look(person)["entries"] == after["entries"]

    def test_brings_back_the_pending_entry_it_settled_with_its_note_and_category(self, database):
        person, day = alice(database), TODAY - timedelta(days=3)
        books_rows(
            person, Row(day, Money(-450, "USD"), "STARBUCKS", external_id="p1", pending=True)
        )
        (entry,) = person.entries()
        person.do("recategorise_entry", entry=entry.handle, category=TAXI)
        person.do("edit_entry", entry=entry.handle, note="with Anna")
        was = look(person)
        send(person, csv_file([BankRow(TODAY - timedelta(days=1), -450, "STARBUCKS 1234")]))
        (settled,) = person.entries()
        assert (settled.id, settled.state) == (entry.id, EntryState.POSTED)
        assert settled.category == TAXI
        assert look(person)["entries"][0][-1] == "with Anna"
        person.undo()
        assert_sound(person)
        assert look(person) == was

    def test_knows_a_settled_row_when_it_comes_again_as_pending(self, database):
        person, day = alice(database), TODAY - timedelta(days=3)
        pending = Row(day, Money(-450, "USD"), "STARBUCKS", external_id="p1", pending=True)
        posted = Row(day, Money(-450, "USD"), "STARBUCKS 1234", external_id="q1")
        for row in (pending, posted, pending, posted):
            books_rows(person, row)
        assert len(person.entries()) == 1
        assert_sound(person)

    def test_leaves_no_transfer_linked_to_what_is_gone(self, database):
        person, day = alice(database), TODAY - timedelta(days=3)
        out = [BankRow(day, -50_000, "TRANSFER TO SAVINGS")]
        into = [BankRow(day, 50_000, "TRANSFER FROM CHECKING")]
        links = []
        send(person, csv_file(out))
        for _ in range(2):
            send(person, csv_file(into), account="Savings")
            with database.reading() as uow:
                links.append(_live_links(uow, person))
            person.undo()
        with database.reading() as uow:
            assert _live_links(uow, person) == 0
        assert links == [1, 1]


class TestAPendingRow:
    @DEAR
    @given(
        minor=minors,
        later=st.integers(min_value=0, max_value=9),
        others=st.lists(minors, max_size=4),
    )
    def test_keeps_id_category_and_note_when_it_is_posted(self, database, minor, later, others):
        person, day = alice(database), TODAY - timedelta(days=10)
        waiting = [Row(day, Money(minor, "USD"), "STARBUCKS", external_id="p0", pending=True)]
        waiting += [
            Row(day, Money(other, "USD"), "SHOP", external_id=f"p{place}", pending=True)
            for place, other in enumerate(others, start=1)
            if other != minor
        ]
        books_rows(person, *waiting)
        first = person.entries()[0]
        person.do("recategorise_entry", entry=first.handle, category=COFFEE)
        person.do("edit_entry", entry=first.handle, note="mine")
        posted = Row(day + timedelta(days=later), Money(minor, "USD"), "STB", external_id="q0")
        books_rows(person, posted)
        assert len(person.entries()) == len(waiting)
        entry = person.entries()[0]
        assert (entry.id, entry.state, entry.category) == (first.id, EntryState.POSTED, COFFEE)
        with database.reading() as uow:
            note = uow.categories.note(person.id, first.id)
        assert (note, entry.booked_date) == ("mine", posted.booked_date)
        assert_sound(person)


class TestWhatTheUserSaid:
    @DEAR
    @given(found=files, pick=st.integers(min_value=0), wrong=st.sampled_from([COFFEE, TAXI]))
    def test_survives_the_file_coming_again_and_every_rule(self, database, found, pick, wrong):
        person = alice(database)
        send(person, csv_file(found))
        entry = person.entries()[pick % len(found)]
        person.do("recategorise_entry", entry=entry.handle, category="user:mine")
        for _ in range(2):
            send(person, csv_file(found))
        if entry.merchant_key:
            person.run("add_rule", merchant=entry.merchant_key, category=wrong, scope="all")
        send(person, csv_file(found))
        with database.reading() as uow:
            kept = uow.entries.get(person.id, entry.id)
        assert kept.category == "user:mine"
        assert_sound(person)


class TestFilesOfRealBanks:
    @pytest.mark.parametrize(
        "name",
        [
            "csv/n26_en.csv",
            "csv/uk_johnlewis_card.csv",
            "ofx/ofxparse_checking.ofx",
            "ofx/ofxparse_bank_medium.ofx",
            "ofx/ofxtools_stmtrs.ofx",
        ],
    )
    def test_can_be_sent_twice_and_taken_back(self, database, shared_data: Path, name):
        person = bob(database)
        was = look(person)
        content = (shared_data / "statements" / name).read_bytes()
        file = name.rpartition("/")[2]
        send(person, content, file, "Imported")
        after = look(person)
        assert len(after["entries"]) > 0
        assert told(send(person, content, file, "Imported"))["new"] == 0
        person.undo()
        assert {**look(person), "assertions": []} == was
        send(person, content, file, "Imported")
        assert figures(look(person)) == figures(after)


def _spans(known: list[date]) -> st.SearchStrategy[tuple[date, date]]:
    pairs = st.tuples(st.sampled_from(known), st.sampled_from(known))
    return pairs.map(lambda pair: (min(pair), max(pair)))


def _halves(known: list[date]) -> list[tuple[date, date]]:
    """Two parts that together are everything."""
    middle = known[len(known) // 2]
    return [(known[0], middle), (middle, known[-1])]


def _balance(person: Person) -> int:
    with person.database.reading() as uow:
        balances = {one.account.name: one.posted.minor for one in uow.accounts.balances(person.id)}
    return balances["Checking"]


def _live_links(uow, person: Person) -> int:
    """Count the transfers both sides of which are in the books."""
    live = "('posted', 'pending')"
    query = (
        "SELECT COUNT(*) FROM transfers t "
        "JOIN journal_entries o ON o.id = t.out_entry_id "
        "JOIN journal_entries i ON i.id = t.in_entry_id "
        f"WHERE t.user_id = '{person.id}' AND o.state IN {live} AND i.state IN {live}"
    )
    return int(uow.connection.exec_driver_sql(query).scalar_one())
