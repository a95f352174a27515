"""The audit trail on a real database: sealed in a chain, and every change shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from core.audit.event import Break, Head, Verification
from tests.fakes.databases import DATABASES, world_on
from tests.fakes.world import World

pytestmark = pytest.mark.slow


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    yield from world_on(request, f"sqlite:///{tmp_path}/audit.db")  # migrated, with its triggers


def append(world: World, count: int = 1) -> None:
    with world.database.work() as uow:
        for number in range(count):
            uow.audit.append(
                "user_1",
                actor="user",
                action="tool.add_entry",
                subject=f"turn:{number}",
                now=world.now,
                values={"before": None, "after": number},
            )
        uow.commit()


def seal(world: World) -> int:
    with world.database.work() as uow:
        sealed = uow.audit.seal_pending(now=world.now)
        uow.commit()
    return sealed


def verify(world: World, anchor: Head | None = None) -> Verification:
    with world.database.reading() as uow:
        return uow.audit.verify(anchor)


def tamper(world: World, statement: str) -> None:
    """Do what only somebody with the database itself in his hands can do."""
    on_table = world.database.engine.dialect.name == "postgresql"
    with world.database.work() as uow:
        for table in ("audit_events", "audit_seals"):
            for verb in ("update", "delete"):
                where = f" ON {table}" if on_table else ""
                uow.connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{where}")
        uow.connection.exec_driver_sql(statement)
        uow.commit()


def three_batches(world: World) -> Head:
    for count in (3, 2, 4):
        append(world, count)
        assert seal(world) == count
    with world.database.reading() as uow:
        head = uow.audit.head()
    assert head is not None
    return head


class TestSealPending:
    def test_seals_each_event_once(self, world: World) -> None:
        append(world, 3)
        assert seal(world) == 3
        assert seal(world) == 0
        found = verify(world)
        assert (found.events, found.seals, found.unsealed) == (3, 1, 0)

    def test_reports_what_is_not_sealed_yet(self, world: World) -> None:
        append(world, 2)
        assert verify(world).unsealed == 2
        assert verify(world).is_intact

    def test_keeps_no_value_that_was_changed(self, world: World) -> None:
        with world.database.work() as uow:
            uow.audit.append(
                "user_1",
                actor="user",
                action="a",
                subject="s",
                now=world.now,
                values={"after": "SECRET-PAYEE"},
            )
            uow.commit()
            rows = uow.connection.exec_driver_sql("SELECT * FROM audit_events").all()
        assert "SECRET-PAYEE" not in str(rows)

    def test_waits_for_a_writer_with_an_earlier_number(self, world: World) -> None:
        if world.database.engine.dialect.name != "postgresql":
            pytest.skip("SQLite has one writer at a time")
        opened, go_on = threading.Event(), threading.Event()

        def slow_writer() -> None:
            with world.database.work() as uow:
                uow.audit.append("user_1", actor="user", action="a", subject="slow", now=world.now)
                opened.set()
                go_on.wait(10)
                uow.commit()

        writer = threading.Thread(target=slow_writer)
        writer.start()
        assert opened.wait(10)
        append(world)  # has a later number and commits first
        threading.Timer(0.3, go_on.set).start()
        assert seal(world) == 2
        writer.join()
        assert verify(world).is_intact


class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_events SET subject = 'x'",
            "DELETE FROM audit_events",
            "UPDATE audit_seals SET events = 0",
            "DELETE FROM audit_seals",
        ],
    )
    def test_is_kept_by_the_database_itself(self, world: World, statement: str) -> None:
        three_batches(world)
        with pytest.raises(DBAPIError, match="append-only"), world.database.work() as uow:
            uow.connection.exec_driver_sql(statement)
        assert verify(world).is_intact


class TestVerify:
    @pytest.mark.parametrize(
        ("statement", "broken"),
        [
            ("UPDATE audit_events SET subject = 'x' WHERE seq = 5", Break.EVENTS),
            ("DELETE FROM audit_events WHERE seq = 4", Break.EVENTS),
            ("UPDATE audit_events SET user_id = 'user_2' WHERE seq = 9", Break.EVENTS),
            ("UPDATE audit_seals SET seal = previous WHERE first_seq = 1", Break.EVENTS),
            ("DELETE FROM audit_seals WHERE first_seq = 4", Break.CHAIN),
            ("UPDATE audit_seals SET previous = seal WHERE first_seq = 6", Break.CHAIN),
        ],
    )
    def test_finds_what_was_changed_behind_our_back(
        self,
        world: World,
        statement: str,
        broken: Break,
    ) -> None:
        three_batches(world)
        assert verify(world).is_intact
        tamper(world, statement)
        found = verify(world)
        assert found.broken is broken
        assert found.first_break is not None

    def test_finds_a_cut_off_end_only_by_the_head_kept_outside(self, world: World) -> None:
        head = three_batches(world)
        tamper(world, "DELETE FROM audit_seals WHERE first_seq = 6")
        tamper(world, "DELETE FROM audit_events WHERE seq >= 6")
        assert verify(world).is_intact
        assert verify(world, head).broken is Break.ANCHOR

    def test_knows_an_older_head(self, world: World) -> None:
        head = three_batches(world)
        append(world)
        seal(world)
        assert verify(world, head).is_intact
