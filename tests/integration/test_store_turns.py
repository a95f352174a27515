"""Who may take which message: the first of its chat, one worker at a time, and nobody too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.conversation.plan import ToolCall
from core.conversation.turn import LEASE, InboundState
from core.messaging.address import Address
from core.messaging.inbound import Accepted, Duplicate, InboundFile, InboundKind, InboundMessage
from core.store.conversation_store import LeaseLost
from core.store.unit_of_work import Database
from core.store.vault import SYSTEM
from tests.ledgers import changing
from tests.people import NOW, Person, alice, bob
from tools.context import ToolContext

pytestmark = pytest.mark.locking

ADD = ToolCall("add_entry", {"amount": "4", "payee": "coffee"})
BALANCES = ToolCall("show_balances", {})


def message(person: Person, number: int, chat: str = "a") -> InboundMessage:
    return InboundMessage(
        provider_event_id=f"{person.id}/{chat}/{number}",
        address=Address.parse(f"terminal:{person.id}-{chat}"),
        kind=InboundKind.TEXT,
        text=f"coffee {number}",
    )


@pytest.fixture(autouse=True)
def _empty(database: Database) -> None:
    """Leave no message of an earlier test waiting."""
    with changing(database) as uow:
        uow.connection.execute(text("UPDATE inbox SET state = 'ignored' WHERE state = 'received'"))


class TestSideBySide:
    def test_a_message_that_newer_code_stored_is_read_by_what_is_known_of_it(self, database):
        person = alice(database)
        sent = replace(message(person, 1), files=(InboundFile("ref", "a.pdf", "application/pdf"),))
        with changing(database) as uow:
            stored = uow.inbox.add(sent, now=NOW, ids=person.ids)
            assert isinstance(stored, Accepted)
            row = uow.inbox.waiting(stored.inbound_id)
            assert row is not None
            place = ("inbox", "payload", stored.inbound_id)
            told = uow.inbox._vault.open_json(SYSTEM, place, bytes(row["payload"]))
            told |= {"mood": "of tomorrow", "files": [{**told["files"][0], "pages": 3}]}
            newer: Any = {**row, "payload": uow.inbox._vault.close_json(SYSTEM, place, told)}
            assert uow.inbox.open(newer) == sent

    def test_a_row_that_older_code_wrote_has_no_place_in_a_trace(self, database):
        person = alice(database)
        with changing(database) as uow:
            stored = uow.inbox.add(message(person, 2), now=NOW, ids=person.ids)
            row = uow.inbox.waiting(stored.inbound_id)
            assert row is not None
            assert row["trace"] is None


class TestTheInbox:
    def test_keeps_the_order_of_what_came_in_one_batch(self, database):
        person = alice(database)
        batch = [message(person, number) for number in range(20)]
        with changing(database) as uow:
            stored = uow.inbox.add_many(batch, now=NOW, ids=person.ids)
        wanted = [one.inbound_id for one in stored if isinstance(one, Accepted)]
        found = []
        for _ in wanted:
            with changing(database) as uow:
                row = uow.inbox.oldest_waiting(now=NOW)
                assert row is not None
                found.append(row["id"])
                uow.inbox.close(row["id"], InboundState.HANDLED, now=NOW)
        assert found == wanted

    def test_stores_an_event_once_however_often_it_comes(self, database):
        person = alice(database)
        first, second = message(person, 1), message(person, 2)
        with changing(database) as uow:
            stored = uow.inbox.add_many([first, second, first], now=NOW, ids=person.ids)
            again = uow.inbox.add(second, now=NOW + timedelta(days=3), ids=person.ids)
        assert [type(one) for one in (*stored, again)] == [Accepted, Accepted, Duplicate, Duplicate]

    def test_never_gives_a_second_worker_the_message_after_the_one_being_taken(self, database):
        if database.engine.dialect.name == "sqlite":
            pytest.skip("there is never a second writer")
        one, other = alice(database), bob(database)
        batch = [message(one, 1), message(one, 2), message(other, 3)]
        with changing(database) as uow:
            stored = uow.inbox.add_many(batch, now=NOW, ids=one.ids)
        ids = [kept.inbound_id for kept in stored if isinstance(kept, Accepted)]
        with database.work() as first, database.work() as second, database.work() as third:
            rows = [uow.inbox.oldest_waiting(now=NOW) for uow in (first, second, third)]
        assert [row["id"] if row else None for row in rows] == [ids[0], ids[2], None]

    def test_holds_back_what_follows_in_a_chat_that_is_held(self, database):
        person = alice(database)
        with changing(database) as uow:
            uow.inbox.add_many([message(person, 1), message(person, 2)], now=NOW, ids=person.ids)
            address = message(person, 1).address
            talk = uow.conversations.at(address, owner=person.id, now=NOW, ids=person.ids)
            assert uow.conversations.lease(talk.id, now=NOW) == 1
        with database.work() as uow:
            assert uow.inbox.oldest_waiting(now=NOW) is None
            assert uow.conversations.lease(talk.id, now=NOW) is None
            later = NOW + LEASE + timedelta(microseconds=1)
            assert uow.inbox.oldest_waiting(now=later) is not None


class TestALease:
    def test_that_was_taken_over_lets_its_old_holder_do_nothing(self, database):
        person = alice(database)
        chat = person.chat()
        with changing(database) as uow:
            old = uow.conversations.lease(chat, now=NOW)
        with changing(database) as uow:
            new = uow.conversations.lease(chat, now=NOW + LEASE + LEASE)
        assert (old, new) == (1, 2)
        with database.work() as uow:
            for attempt in (
                lambda: uow.conversations.check(chat, 1, now=NOW),
                lambda: uow.conversations.fence(chat, 1),
                lambda: uow.conversations.release(chat, 1),
            ):
                with pytest.raises(LeaseLost):
                    attempt()
            uow.conversations.fence(chat, 2)

    def test_that_was_lost_stops_a_write_and_not_a_question(self, database):
        person = alice(database)
        chat = person.chat()
        with changing(database) as uow:
            epoch = uow.conversations.lease(chat, now=NOW)
        late = ToolContext(
            user=person.user, now=NOW, key="k1", conversation_id=chat, epoch=(epoch or 0) - 1
        )
        runner = person.runner
        with pytest.raises(LeaseLost):
            runner.run(ADD, late)
        assert person.entries() == ()
        assert type(runner.run(BALANCES, late)).__name__ == "Done"

    def test_is_opened_once_for_a_chat_that_two_find_new(self, database):
        person = alice(database)
        where = Address.parse(f"terminal:{person.id}-new")
        with changing(database) as uow:
            first = uow.conversations.at(where, owner=person.id, now=NOW, ids=person.ids)
        with changing(database) as uow:
            second = uow.conversations.at(where, owner=person.id, now=NOW, ids=person.ids)
        assert first == second
