"""Being forgotten, in both databases: nothing that names the user is left in any table or file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select
from sqlalchemy.exc import NoResultFound

from core.erasure.erasure import COOL_OFF, ERASURE_MOVES, ErasureState
from core.handoff.ticket import TicketNote, TicketReason
from core.ids import UserId
from core.ledger.account import AccountKind
from core.messaging.address import Address, ChannelName
from core.messaging.inbound import InboundKind, InboundMessage
from core.messaging.outbound import OutboundMessage
from core.messaging.outbox import Outgoing
from core.money import Money
from core.store.eraser import BLANKED, CHILDREN, KEPT, owner_column
from core.store.file_store import FileKind, StoredFile
from core.store.tables import METADATA
from core.store.unit_of_work import Database
from core.users.user import UserUnknown
from tests.fakes.world import World, open_world
from tests.ledgers import assert_sound, book, changing, entry
from tests.people import NOW, Person, alice, bob
from workers.erase import erase_due, forget_again

LATER = NOW + COOL_OFF
# Whatever of these is left anywhere leads back to the user.
SECRETS = ("Zanzibar", "4155550142", "ES9121000418450200051332", "1332", "zelda", "landlordish")


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A world with a database of the test's own: everything in it is looked at."""
    made = open_world(database_url)
    yield made
    made.database.close()


def secretive(world: World) -> tuple[Person, str]:
    """Alice with something personal in as many tables as there are ways to get it there."""
    person, ids = alice(world.database), world.ids
    where = Address(ChannelName.SMS, "+4155550142")
    talk = person.chat("sms:+4155550142")
    with changing(world.database) as uow:
        account = uow.accounts.open(
            person.id,
            name="Zanzibar savings",
            kind=AccountKind.SAVINGS,
            currency="USD",
            institution="Zanzibar bank",
            number="ES9121000418450200051332",
            now=NOW,
        )
        uow.files.add(
            StoredFile(
                "report/zelda.pdf",
                person.id,
                FileKind.REPORT,
                "Zanzibar.pdf",
                "application/pdf",
                3,
                NOW,
            )
        )
        uow.inbox.add(_message(where), now=NOW, ids=ids)
        uow.outbox.enqueue(_outgoing(uow, talk), now=NOW, ids=ids)
        ticket, _ = uow.tickets.open(person.id, talk, TicketReason.ASKED, now=NOW)
        uow.tickets.note(ticket, TicketNote("admin:x", "landlordish", NOW))
    world.objects.put("report/zelda.pdf", b"pdf")
    person.do("add_entry", amount="12", payee="Zanzibar tours", account=account.handle)
    person.do("set_goal", name="Zanzibar trip", amount="900")
    person.do("add_rule", merchant="Zanzibar tours", category="TRAVEL", scope="future")
    person.do("set_debt", name="Zanzibar loan", amount="100", apr="5", least="10")
    person.run("cancel_subscription", chat=talk, subscription="Zanzibar")
    person.run("erase_data", chat=talk)
    return person, talk


def erase(world: World, person: Person) -> None:
    with changing(world.database) as uow:
        assert uow.erasures.schedule("appr_1", person.id, now=NOW)
    world.clock.advance(LATER - world.clock.now())
    erase_due(world.context)
    world.clock.advance(timedelta(minutes=16))
    erase_due(world.context)


def _message(where: Address) -> InboundMessage:
    return InboundMessage("ev-1", where, InboundKind.TEXT, text="trip to Zanzibar")


def _outgoing(uow: Any, talk: str) -> Outgoing:
    found = uow.conversations.get(talk)
    return Outgoing(
        owner=found.owner,
        conversation_id=talk,
        address=found.address,
        message=OutboundMessage("Zanzibar is booked"),
        dedupe_key="said-1",
        due_at=NOW + timedelta(days=9),
    )


def everything(database: Database) -> dict[str, list[str]]:
    """Return every text of every table, and every sealed column as it lies there."""
    found: dict[str, list[str]] = {}
    with database.reading() as uow:
        for table in METADATA.sorted_tables:
            for row in uow.connection.execute(select(table)).mappings():
                found.setdefault(table.name, []).extend(
                    value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    for value in row.values()
                    if value is not None
                )
    return found


def rows_of(database: Database, user_id: UserId) -> dict[str, int]:
    """Count the rows of every table that says whose they are."""
    with database.reading() as uow:
        counted = {}
        for table in METADATA.sorted_tables:
            own = owner_column(table)
            if own:
                found = uow.connection.execute(select(table).where(table.c[own] == user_id))
                counted[table.name] = len(found.all())
    return {name: number for name, number in counted.items() if number}


class TestEveryTable:
    @pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
    def test_is_known_to_the_eraser(self, table):
        ways = (
            table.name in KEPT,
            table.name in BLANKED,
            table.name in CHILDREN,
            bool(owner_column(table)),
        )
        assert any(ways), "say in core/store/eraser.py what becomes of this table's rows"

    def test_that_is_kept_holds_no_sealed_column_of_a_user(self):
        sealed = {
            (table.name, column.name)
            for table in METADATA.sorted_tables
            if table.name in KEPT
            for column in table.columns
            if isinstance(column.type, LargeBinary)
        }
        assert sealed == set()


class TestAnErasure:
    def test_leaves_no_word_no_payee_and_no_number_in_any_table(self, world):
        person, _ = secretive(world)
        before = "\n".join(chain(*everything(world.database).values()))
        assert "Zanzibar" in before  # or the test would look at nothing
        erase(world, person)
        for table, texts in everything(world.database).items():
            for secret in (*SECRETS, person.user.email, person.user.given_name):
                assert not any(secret.lower() in text.lower() for text in texts), (table, secret)

    def test_leaves_only_what_it_says_it_leaves(self, world):
        person, _ = secretive(world)
        erase(world, person)
        left = rows_of(world.database, person.id)
        assert left.keys() <= {"accounts", "journal_entries", "audit_events", "erasures"}
        assert "report/zelda.pdf" not in world.objects.kept

    def test_destroys_the_key_itself(self, world):
        person, _ = secretive(world)
        erase(world, person)
        with world.database.reading() as uow, pytest.raises(NoResultFound):
            uow.vault.open_json(person.id, ("approvals", "payload", "x"), b"x")

    def test_touches_nobody_else(self, world):
        person, _ = secretive(world)
        other = bob(world.database)
        book(other, entry(other.accounts["BBVA"], Money(-450, "EUR")))
        other.do("set_goal", name="Lisbon", amount="300")
        before = _rows_beside(world.database, person.id)
        erase(world, person)
        assert _rows_beside(world.database, person.id) == before
        assert_sound(other)
        assert "Lisbon" in repr(other.do("show_goals").answer)

    def test_keeps_the_sums_of_the_ledger_and_the_chain_of_the_trail(self, world):
        person, _ = secretive(world)
        book(person, entry(person.accounts["Checking"], Money(-450, "USD")))
        erase(world, person)
        with changing(world.database) as uow:
            uow.audit.seal_pending(now=NOW)
            assert uow.audit.verify().is_intact
            sums = uow.connection.exec_driver_sql(
                "SELECT entry_id, SUM(minor) FROM postings GROUP BY entry_id"
            ).all()
        assert sums
        assert all(total == 0 for _, total in sums)

    def test_is_proved_by_what_was_destroyed(self, world):
        person, _ = secretive(world)
        erase(world, person)
        with world.database.reading() as uow:
            proof = uow.erasures.find("appr_1")
            actions = [event.action for event in uow.audit.of(person.id)]
            with pytest.raises(UserUnknown):
                uow.users.get(person.id)
        assert proof.state is ErasureState.ERASED
        assert proof.destroyed["user_keys"] == 1
        assert proof.destroyed["conversations"] == 1
        assert {"user.leaving", "user.erased"} <= set(actions)

    def test_waits_for_its_day_and_can_be_taken_back_until_then(self, world):
        person, _ = secretive(world)
        with changing(world.database) as uow:
            uow.erasures.schedule("appr_1", person.id, now=NOW)
        erase_due(world.context)
        person.do("keep_data")
        world.clock.advance(timedelta(days=9))
        assert erase_due(world.context) == 0
        with world.database.reading() as uow:
            assert uow.erasures.find("appr_1").state is ErasureState.WITHDRAWN
            assert uow.users.get(person.id).email == person.user.email

    def test_says_farewell_in_every_linked_chat_before_anything_goes(self, world):
        person, talk = secretive(world)
        with changing(world.database) as uow:
            uow.erasures.schedule("appr_1", person.id, now=NOW)
        world.clock.advance(LATER - world.clock.now())
        erase_due(world.context)
        with world.database.reading() as uow:
            said = [
                uow.outbox.tracking.get(one.id).message.text
                for one in uow.outbox.tracking.of_conversation(talk)
            ]
            assert uow.users.get(person.id)  # not yet: the farewell is on its way
        assert any("is being deleted now" in text for text in said)

    def test_is_done_again_on_a_copy_from_before(self, world):
        person, _ = secretive(world)
        with changing(world.database) as uow:
            uow.erasures.schedule("appr_1", person.id, now=NOW)
        world.objects.put("erasures/appr_1.json", b'{"user_id": "%s"}' % person.id.encode("ascii"))
        assert forget_again(world.context) == 1
        assert forget_again(world.context) == 0
        texts = "\n".join(chain(*everything(world.database).values()))
        assert "Zanzibar" not in texts


class TestTheFile:
    def test_holds_no_page_of_what_was_destroyed(self, tmp_path: Path):
        path = tmp_path / "books.db"
        world = open_world(f"sqlite:///{path}")
        person, _ = secretive(world)
        erase(world, person)
        world.database.close()
        for file in tmp_path.glob("books.db*"):
            assert b"Zanzibar" not in file.read_bytes()


class TestStates:
    def test_end_for_good(self):
        assert ERASURE_MOVES[ErasureState.ERASED] == frozenset()
        assert ErasureState.WITHDRAWN not in ERASURE_MOVES[ErasureState.LEAVING]


def _rows_beside(database: Database, user_id: UserId) -> dict[str, set[tuple[Any, ...]]]:
    with database.reading() as uow:
        return {
            table.name: {
                tuple(_plain(value) for value in row)
                for row in uow.connection.execute(
                    select(table).where(table.c[owner_column(table)] != user_id)
                )
            }
            for table in METADATA.sorted_tables
            if owner_column(table)
        }


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, (bytes, memoryview)) else value
