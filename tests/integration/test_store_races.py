"""Many at once in the same books: nothing is lost, doubled, invented or stuck.

Real threads on real databases. On SQLite one writer excludes every other; on PostgreSQL it is
the locks of the stores that have to.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from core.errors import FinanceError
from core.ids import EntryId
from core.ledger.entry import Allocation, EntryNotInBooks, Flow, Source
from core.money import Money
from core.store.call_store import KeyReused
from core.store.row_booking import Row
from tests.ledgers import COFFEE, GROCERIES, TAXI, assert_sound, book, changing, entry, look, spent
from tests.people import NOW, TODAY, Person, alice, charlie, dora
from tests.statement_files import BankRow, csv_file
from tools.outcome import Done, Refused

pytestmark = pytest.mark.locking

WORKERS = 8
OPENING = 10_000_00


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in threads that begin together; what is raised is returned like a result."""
    gate = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        gate.wait(10)
        try:
            return job()
        except FinanceError as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def kinds(results: Sequence[Any]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


class TestTransfersAtOnce:
    @pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
    def test_conserve_the_total_whatever_their_order(self, database, seed):
        person = charlie(database)
        names = sorted(person.accounts)
        openings = [
            entry(person.accounts[name], Money(OPENING, "INR"), flow=Flow.OPENING) for name in names
        ]
        book(person, *openings)
        moved = Counter(dict.fromkeys(names, OPENING))

        def transfers(number: int) -> Counter[str]:
            """Move money in an order of its own; seeded, so that a failure comes again."""
            chance, sums = random.Random(seed * 100 + number), Counter[str]()
            for _ in range(12):
                source, target = chance.sample(names, 2)
                minor = chance.randrange(1, 5_000)
                legs = [
                    entry(person.accounts[source], Money(-minor, "INR"), flow=Flow.MOVE),
                    entry(person.accounts[target], Money(minor, "INR"), flow=Flow.MOVE),
                ]
                book(person, *chance.sample(legs, 2))
                sums.update({source: -minor, target: minor})
            return sums

        results = at_once(*(lambda n=n: transfers(n) for n in range(WORKERS)))
        for sums in results:
            moved.update(sums)
        with database.reading() as uow:
            found = {one.account.name: one.posted.minor for one in uow.accounts.balances(person.id)}
        assert found == moved
        assert sum(found.values()) == OPENING * len(names)
        assert_sound(person)

    def test_of_several_people_do_not_wait_for_each_other_in_a_circle(self, database):
        people = [alice(database) for _ in range(4)]

        def several(person: Person, number: int) -> int:
            """Change two entries in one transaction, forwards or backwards."""
            ids = booked[person.id][:: 1 if number % 2 else -1]
            for amount in range(1, 6):
                with changing(database) as uow:
                    for one in ids:
                        minor = Money(-amount * 100 - number, "USD")
                        uow.ledger.change_amount(person.id, one, minor, now=NOW)
                        part = Allocation(COFFEE, -minor)
                        uow.categories.allocate(person.id, one, (part,), now=NOW)
            return 5

        booked = {
            person.id: book(
                person,
                entry(person.accounts["Checking"], Money(-1, "USD")),
                entry(person.accounts["Card"], Money(-2, "USD"), flow=Flow.INCOME),
            )
            for person in people
        }
        for person in people:
            with changing(database) as uow:
                uow.ledger.change_flow(person.id, booked[person.id][1], Flow.SPEND, now=NOW)
                part = Allocation(COFFEE, Money(2, "USD"))
                uow.categories.allocate(person.id, booked[person.id][1], (part,), now=NOW)
        jobs = [lambda p=person, n=n: several(p, n) for person in people for n in (0, 1)]
        assert at_once(*jobs) == [5] * len(jobs)
        for person in people:
            assert_sound(person)


class TestOneEntryAtOnce:
    def test_is_taken_out_once(self, database):
        person = alice(database)
        (booked,) = book(person, entry(person.accounts["Checking"], Money(-500, "USD")))

        def void() -> str:
            with changing(database) as uow:
                return uow.ledger.void(person.id, booked, now=NOW).value

        results = at_once(*[void] * WORKERS)
        assert kinds(results) == {"str": 1, EntryNotInBooks.__name__: WORKERS - 1}
        assert_sound(person)

    def test_is_filed_in_one_place(self, database):
        person = alice(database)
        (booked,) = book(person, entry(person.accounts["Checking"], Money(-500, "USD")))
        slugs = [COFFEE, TAXI, GROCERIES, "user:cats"] * 2
        results = at_once(
            *(
                lambda slug=slug: person.run(
                    "recategorise_entry", entry=f"entry:{booked}", category=slug
                )
                for slug in slugs
            )
        )
        assert kinds(results) == {"Done": len(slugs)}
        assert_sound(person)
        assert spent(person) == 500

    def test_ends_with_an_amount_that_somebody_wanted(self, database):
        person = alice(database)
        (booked,) = book(person, entry(person.accounts["Checking"], Money(-500, "USD")))
        amounts = [f"{number}.00" for number in range(1, WORKERS + 1)]
        results = at_once(
            *(
                lambda amount=amount: person.run(
                    "edit_entry", entry=f"entry:{booked}", amount=amount
                )
                for amount in amounts
            )
        )
        assert kinds(results) == {"Done": WORKERS}
        assert abs(person.entries()[0].amount).plain in amounts
        assert_sound(person)

    def test_settles_once(self, database):
        person, day = alice(database), TODAY - timedelta(days=1)
        checking = person.accounts["Checking"]
        pending = Row(day, Money(-500, "USD"), "SHOP", external_id="p", pending=True)

        def send(row: Row) -> int:
            with changing(database) as uow:
                found = uow.rows.book(person.id, checking, [row], source=Source.BANK, now=NOW)
            return found.settled

        send(pending)
        posted = [
            Row(day, Money(-500, "USD"), "SHOP", external_id=f"q{number}") for number in range(4)
        ]
        results = at_once(*(lambda row=row: send(row) for row in posted))
        assert sorted(results) == [0, 0, 0, 1]
        assert len(person.entries()) == 4
        assert_sound(person)


class TestANewUserAtOnce:
    def test_gets_one_nominal_account_of_a_kind_and_one_purse(self, database):
        person = dora(database)
        results = at_once(
            *(lambda: person.run("add_entry", amount="1.250", payee="coffee"),) * WORKERS
        )
        assert kinds(results) == {"Done": WORKERS}
        assert_sound(person)
        with database.reading() as uow:
            accounts = uow.accounts.balances(person.id)
        assert [one.posted for one in accounts] == [Money(-1250 * WORKERS, "KWD")]

    def test_gets_one_even_from_those_who_ask_the_store_directly(self, database):
        person = alice(database)
        checking = person.accounts["Checking"]
        results = at_once(*(lambda: book(person, entry(checking, Money(-1, "USD"))),) * WORKERS)
        assert kinds(results) == {"tuple": WORKERS}
        assert_sound(person)


class TestTheSameFileAtOnce:
    def test_is_booked_once(self, database):
        person = alice(database)
        rows = [BankRow(TODAY - timedelta(days=n), -100 * n, "SHOP") for n in range(20, 1, -1)]
        content = csv_file(rows, opening=0)
        results = at_once(
            *(
                lambda: person.run(
                    "import_statement",
                    file=person.send_file("a.csv", content),
                    account="Checking",
                ),
            )
            * 4
        )
        assert kinds(results) == {"Done": 4}
        assert len(person.entries()) == len(rows)
        assert_sound(person)


class TestAnIdempotencyKey:
    def test_works_once_however_often_it_comes_at_once(self, database):
        person = alice(database)
        key = person.ids.new("key")
        results = at_once(
            *(lambda: person.run("add_entry", key=key, amount="4", payee="coffee"),) * WORKERS
        )
        assert kinds(results) == {"Done": WORKERS}
        assert len({str(result) for result in results}) == 1
        assert len(person.entries()) == 1
        assert person.run("add_entry", key=key, amount="4", payee="coffee") == results[0]

    def test_with_other_arguments_is_refused_and_changes_nothing(self, database):
        person = alice(database)
        key = person.ids.new("key")
        person.do("add_entry", key=key, amount="4", payee="coffee")
        before = look(person)
        for tool, arguments in (
            ("add_entry", {"amount": "5", "payee": "coffee"}),
            ("add_entry", {"amount": "4", "payee": "coffee", "note": "x"}),
            ("set_budget", {"category": COFFEE, "amount": "4"}),
        ):
            outcome = person.run(tool, key=key, **arguments)
            assert isinstance(outcome, Refused)
            assert outcome.code == KeyReused.code
        assert look(person) == before

    def test_of_somebody_else_stands_in_nobodys_way(self, database):
        one, other = alice(database), charlie(database)
        key = one.ids.new("key")
        for person in (one, other):
            person.do("add_entry", key=key, amount="4", payee="coffee")
        assert (len(one.entries()), len(other.entries())) == (1, 1)

    def test_may_be_long_and_still_differ_at_its_end(self, database):
        person = alice(database)
        for tail in ("a", "b"):
            person.do("add_entry", key="k" * 200 + tail, amount="4", payee="coffee")
        assert len(person.entries()) == 2

    def test_of_a_refusal_may_be_used_again(self, database):
        person = alice(database)
        key = person.ids.new("key")
        assert isinstance(person.run("add_entry", key=key, amount="0", payee="tea"), Refused)
        assert isinstance(person.run("add_entry", key=key, amount="4", payee="tea"), Done)


class TestUndoAtOnce:
    def test_takes_back_each_change_once(self, database):
        person = alice(database)
        for number in range(4):
            person.do("add_entry", amount=f"{number + 1}", payee="coffee")
        results = at_once(*(lambda: person.run("undo"),) * 6)
        assert kinds(results) == {"Done": 6}
        assert Counter(result.answer.shape for result in results) == {
            "undo.entry_added": 4,
            "undo.nothing": 2,
        }
        assert person.entries() == ()
        assert_sound(person)


def test_entry_ids_never_collide(database):
    person = alice(database)
    checking = person.accounts["Checking"]

    def many() -> tuple[EntryId, ...]:
        return book(person, *[entry(checking, Money(-1, "USD"))] * 10)

    results = at_once(*[many] * WORKERS)
    assert len({one for ids in results for one in ids}) == WORKERS * 10
    assert_sound(person)
