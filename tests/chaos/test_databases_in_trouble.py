"""What a database does on a bad day: it is locked, cut off, cannot write, or is asked at once."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text

from core.ids import SystemIds
from core.messaging.address import Address
from core.messaging.inbound import Accepted, InboundKind, InboundMessage
from core.store.cipher import MasterKey
from core.store.unit_of_work import Database, StoreUnavailable
from tests.fakes.world import MASTER, World, open_world

pytestmark = pytest.mark.slow
_ROOT = Path(__file__).resolve().parents[2]
# Stores rows until it is killed, saying the number of each once it is kept.
_WRITER = """
import sys
from core.store.cipher import MasterKey
from core.store.unit_of_work import Database
database = Database.open(sys.argv[1], MasterKey(sys.argv[2]))
number = 0
while True:
    number += 1
    with database.work() as uow:
        uow.schedules.set_mark(f"row {number}", "kept")
        uow.commit()
    print(number, flush=True)
    if number % 20 == 0:
        database.tidy()
"""

# Holds the one writer's place until it is told to let go: locks within one process are none.
_LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""


def mark(database: Database, name: str) -> None:
    with database.work() as uow:
        uow.schedules.set_mark(name, "kept")
        uow.commit()


def kept(database: Database, name: str) -> bool:
    with database.reading() as uow:
        return uow.schedules.mark(name) is not None


def message(event_id: str) -> InboundMessage:
    return InboundMessage(event_id, Address.parse("sms:+15550100"), InboundKind.TEXT, "balance")


class TestTheSameWebhookTenTimes:
    """Fault 20: at once, and days later."""

    def test_is_stored_once(self, database):
        ids = SystemIds()
        gate = threading.Barrier(10)

        def post(_: int) -> bool:
            gate.wait(20)
            with database.work() as uow:
                stored = uow.inbox.add(message("same"), now=World(database).now, ids=ids)
                uow.commit()
            return isinstance(stored, Accepted)

        with ThreadPoolExecutor(10) as pool:
            assert sum(pool.map(post, range(10))) == 1
        assert not post_alone(database, ids)


def post_alone(database: Database, ids: SystemIds) -> bool:
    with database.work() as uow:
        stored = uow.inbox.add(message("same"), now=World(database).now, ids=ids)
        uow.commit()
    return isinstance(stored, Accepted)


class TestPostgresql:
    @pytest.fixture
    def database(self, fresh_postgres_url):
        made = open_world(fresh_postgres_url).database
        yield made
        made.close()

    def test_that_ends_a_connection_keeps_nothing_of_what_was_open(self, database):
        """Fault 15."""

        def interrupted() -> None:
            with database.work() as uow:
                uow.schedules.set_mark("half", "done")
                own = uow.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
                with database.reading() as other:
                    other.connection.execute(text(f"SELECT pg_terminate_backend({own})"))
                time.sleep(0.1)
                uow.commit()

        with pytest.raises(StoreUnavailable):
            interrupted()
        assert not kept(database, "half")
        mark(database, "whole")
        assert kept(database, "whole")

    def test_that_has_no_connection_left_is_unavailable_for_a_while(self, database):
        """Fault 15: whoever asks hears 503, and the next one is served."""
        pool = database.engine.pool
        pool._timeout = 0.2  # as long as anybody waits here
        taken = [database.engine.connect() for _ in range(30)]
        with pytest.raises(StoreUnavailable):
            mark(database, "too many")
        for connection in taken:
            connection.close()
        mark(database, "room again")
        assert kept(database, "room again")

    def test_lets_one_of_two_that_wait_for_each_other_go_on(self, database):
        """Fault 16: a deadlock is broken, and what was broken off is not kept in part."""
        mark(database, "a")
        mark(database, "b")
        both = threading.Barrier(2, timeout=20)

        def change(first: str, second: str) -> bool:
            try:
                with database.work() as uow:
                    _set(uow, first, second)
                    both.wait()
                    _set(uow, second, first)
                    uow.commit()
            except StoreUnavailable:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(change, ("a", "b"), ("b", "a")))
        assert sorted(done) == [False, True]
        with database.reading() as uow:
            values = [uow.schedules.mark(name) for name in ("a", "b")]
        assert values == ["b", "a"]  # both of the one that went on


def _set(uow, name: str, value: str) -> None:
    uow.connection.execute(
        text("UPDATE settings_kept SET value = :value WHERE name = :name"),
        {"name": name, "value": value},
    )


class TestSqlite:
    @pytest.fixture
    def world(self, tmp_path):
        made = open_world(f"sqlite:///{tmp_path / 'books.db'}")
        yield made
        made.database.close()

    def test_that_another_process_locks_is_waited_for_and_no_longer(self, world, tmp_path):
        """Fault 19."""
        engine = world.database.engine
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=300"))
        engine.dispose()
        other = subprocess.Popen(
            [sys.executable, "-c", _LOCKER, str(tmp_path / "books.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            mark(world.database, "locked out")
        assert 0.2 < time.monotonic() - began < 5
        other.communicate("done\n", timeout=20)
        mark(world.database, "let in")
        assert kept(world.database, "let in")

    def test_keeps_what_it_said_when_killed_while_it_writes_and_tidies(self, world, tmp_path):
        """Fault 19: twenty commits, then a checkpoint, and death at any moment."""
        told = until_killed(_writer(tmp_path), lines=90)
        assert told >= 90
        assert_whole(world, tmp_path, told)

    def test_keeps_what_it_said_when_the_disk_does_not_obey(self, world, tmp_path):
        """Fault 17: a sync that fails acknowledges nothing."""
        tracer = shutil.which("strace")
        if tracer is None:
            pytest.skip("no strace here")
        fault = "inject=fdatasync,fsync:error=EIO:when=30+"
        inject = [
            tracer,
            "-f",
            "-qq",
            "-e",
            "trace=fdatasync,fsync",
            "-e",
            fault,
            "-o",
            "/dev/null",
        ]
        told = until_killed(_writer(tmp_path, inject), lines=10_000)
        assert 0 < told < 10_000
        assert_whole(world, tmp_path, told)


def _writer(folder: Path, before: list[str] | None = None) -> subprocess.Popen[str]:
    program = [sys.executable, "-c", _WRITER, f"sqlite:///{folder / 'books.db'}", MASTER]
    return subprocess.Popen(
        [*(before or []), *program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=_ROOT,
        start_new_session=True,  # a tracer and what it traces end together
    )


def until_killed(process: subprocess.Popen[str], *, lines: int) -> int:
    """Read so many lines, or to the end, and kill; return the last number that was said."""
    assert process.stdout is not None
    last = 0
    for line in process.stdout:
        last = int(line)
        if last >= lines:
            break
    os.killpg(process.pid, signal.SIGKILL)
    left = process.stdout.read().split()
    process.stdout.close()
    process.wait(20)
    return int(left[-1]) if left else last


def assert_whole(world: World, folder: Path, told: int) -> None:
    """See that everything that was said is there, and the file whole."""
    with sqlite3.connect(folder / "books.db") as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    plain.close()
    database = Database.open(f"sqlite:///{folder / 'books.db'}", MasterKey(MASTER))
    lost = [number for number in range(1, told + 1) if not kept(database, f"row {number}")]
    database.close()
    assert lost == []
    assert kept(world.database, "row 1")
