"""Several workers over one inbox: each chat in its order, each message answered once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from core.messaging.address import Address
from tests.e2e.one_process import Life, answer_all, context, say, start
from tests.fakes.world import World, open_world
from tests.ledgers import assert_sound, changing
from tests.people import NOW, Person, dora

pytestmark = pytest.mark.slow

CHATS, MESSAGES = 20, 10


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = f"sqlite:///{tmp_path / 'books.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("fresh_postgres_url")
    made = open_world(url)
    yield made
    made.database.close()


class TestTwoWorkers:
    @pytest.mark.parametrize(
        ("processes", "threads"), [(1, 2), (2, 1)], ids=["threads", "processes"]
    )
    def test_answer_every_message_once_and_each_chat_in_order(
        self, world, tmp_path, processes, threads
    ):
        people = [_talker(world) for _ in range(CHATS)]
        _send(world, people)
        life = Life(
            str(world.database.engine.url.render_as_string(hide_password=False)), tmp_path, NOW
        )
        gate = context().Barrier(processes)
        workers = [start(answer_all, life, gate, threads) for _ in range(processes)]
        for worker in workers:
            worker.join(120)
            assert worker.exitcode == 0
        for person in people:
            _check(world, person)
        assert _count(world, "inbox", "state = 'handled'") == CHATS * MESSAGES
        assert _count(world, "outbox", "state = 'ready'") == CHATS * MESSAGES
        assert _count(world, "conversations", "lease_until IS NOT NULL") == 0


def _talker(world: World) -> Person:
    person = dora(world.database)
    person.chat(f"terminal:{person.id}")
    return person


def _send(world: World, people: list[Person]) -> None:
    """Let everybody write in turns, all of it stored before anybody answers."""
    messages = [
        say(f"{person.id}/{number}", f"coffee {number}", f"terminal:{person.id}")
        for number in range(1, MESSAGES + 1)
        for person in people
    ]
    with changing(world.database) as uow:
        uow.inbox.add_many(messages, now=NOW, ids=people[0].ids)


def _check(world: World, person: Person) -> None:
    """A chat was answered in the order in which it was written, turn after turn."""
    with world.database.reading() as uow:
        talk = uow.conversations.find(Address.parse(f"terminal:{person.id}"))
        assert talk is not None
        rows = uow.connection.execute(
            text(
                "SELECT t.epoch, t.state, i.attempts FROM turns t JOIN inbox i "
                "ON i.id = t.inbound_id WHERE t.conversation_id = :talk ORDER BY i.received_at"
            ),
            {"talk": talk.id},
        ).all()
        said = [one.body["text"] for one in uow.conversations.transcript(talk.id)]
    assert [tuple(row) for row in rows] == [(n, "replied", 1) for n in range(1, MESSAGES + 1)]
    assert said == [f"coffee {n}" for n in range(1, MESSAGES + 1)]
    assert [-entry.amount.minor for entry in person.entries()] == [
        n * 1000 for n in range(1, MESSAGES + 1)
    ]
    assert_sound(person)


def _count(world: World, table: str, where: str) -> int:
    with world.database.reading() as uow:
        query = text(f"SELECT COUNT(*) FROM {table} WHERE {where}")
        return int(uow.connection.execute(query).scalar_one())
