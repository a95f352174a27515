"""What every test may ask for: real servers, the shared data, and a machine without a network."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from tests import servers
from tests.bars import bar, pytest_terminal_summary  # noqa: F401 (a fixture and a hook)

if TYPE_CHECKING:
    from core.store.unit_of_work import Database

_CHECKOUT = Path(__file__).resolve().parents[1]
_TEMPLATE = "fm_template"
# The rooms of tests whose files take longest, the longest first.
_LONG = ("eval", "safety", "simulator", "e2e", "chaos")

# Nothing of the developer's own set-up reaches a test: no keys, no addresses, no fixed clock.
for _name in [name for name in os.environ if name.startswith(("FM_", "OPENAI_"))]:
    if not _name.startswith("FM_TEST_"):
        del os.environ[_name]
# The rates of sixteen years take a second of every process that begins with empty books; no test
# converts what is older than the books of the sample households.
os.environ["FM_RATES__HISTORY_FROM"] = "2025-06-01"

# What lives for one test run need not wait for a disk: a commit is thirty times as fast in memory.
_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30
if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

# Thousands of collected tests live to the end: looking through them again and again takes a tenth
# of it, so nothing is looked through until all are there, and they never are.
gc.disable()

# `make test` tries the same few examples each time, `make slow` tries the properties again with
# many; `thorough` is for a night.
_BASE = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", _BASE, max_examples=12, derandomize=True)
settings.register_profile("many", _BASE, max_examples=100, derandomize="CI" in os.environ)
settings.register_profile("thorough", _BASE, max_examples=2000)
settings.load_profile(os.environ.get("FM_TEST_PROFILE", "many"))


def pytest_configure(config: pytest.Config) -> None:
    """Open the run in the process that starts the others."""
    if not hasattr(config, "workerinput"):
        servers.open_run(os.environ.get("PYTEST_DEBUG_TEMPROOT"))


def pytest_collection_finish() -> None:
    """Set aside what has been collected: it lives to the end, and need not be looked through."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the second database and whole processes to the slow suite, and put long files first.

    What differs between the databases (locks, triggers, races) is marked ``locking`` and runs on
    both in the fast suite; so does the one talk of each channel that is marked ``everyday``.

    A file goes to one process: one that takes minutes, begun last, would keep all others waiting.
    """
    for item in items:
        on_postgres = "[postgresql" in item.name and not item.get_closest_marker("locking")
        end_to_end = "e2e" in item.path.parts and not item.get_closest_marker("everyday")
        if on_postgres or end_to_end:
            item.add_marker("slow")
    items.sort(key=_place_in_line)


def _place_in_line(item: pytest.Item) -> int:
    """Return where in the line of long rooms a test stands; all others come after those."""
    room = item.path.relative_to(_CHECKOUT / "tests").parts[0]
    return _LONG.index(room) if room in _LONG else len(_LONG)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers after the last worker has finished."""
    if not hasattr(config, "workerinput"):
        servers.close_run()


@pytest.fixture(scope="session")
def fuzz_seconds() -> float:
    """How long each reader is fuzzed: `make fuzz` says so; the fast tests run one short round."""
    return float(os.environ.get("FM_TEST_FUZZ_SECONDS", "0"))


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine, and every name that is not its own."""
    with pytest.MonkeyPatch.context() as patch:
        connect, connect_ex, look_up = (
            socket.socket.connect,
            socket.socket.connect_ex,
            socket.getaddrinfo,
        )

        def guarded_connect(self: socket.socket, address: object) -> None:
            _refuse_outside(self.family, address)
            connect(self, address)  # type: ignore[arg-type]  # any address form the family takes

        def guarded_connect_ex(self: socket.socket, address: object) -> int:
            _refuse_outside(self.family, address)
            return connect_ex(self, address)  # type: ignore[arg-type]  # as above

        def guarded_look_up(host: object, *rest: object, **named: object) -> object:
            _refuse_outside(socket.AF_INET, (host,))
            return look_up(host, *rest, **named)  # type: ignore[arg-type]  # passed on untouched

        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Public sample data beside the checkout; a test that needs it skips where it is absent."""
    folder = _CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no shared data beside the checkout")
    return folder


@pytest.fixture(scope="session")
def postgres_admin() -> str:
    """Address of the maintenance database of a real PostgreSQL server."""
    return servers.or_skip(servers.postgres_server)


@pytest.fixture(scope="session")
def postgres_url(postgres_admin: str, worker: str) -> Iterator[str]:
    """A PostgreSQL database of this test process alone, migrated; tests clean up behind them."""
    yield from _database(postgres_admin, f"fm_{worker}_{os.getpid()}")


@pytest.fixture
def fresh_postgres_url(postgres_admin: str, worker: str) -> Iterator[str]:
    """A PostgreSQL database of this one test alone, migrated and empty (about 50 ms)."""
    yield from _database(postgres_admin, f"fm_{worker}_{os.getpid()}_fresh")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("fresh_postgres_url"))
    return _copy_of_template(tmp_path / "books.db")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """An open, migrated database: first SQLite on disk, then PostgreSQL.

    The tests of a module share it: each makes people of its own, and looks at theirs alone.
    """
    from tests.fakes.world import open_world

    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    else:
        url = _copy_of_template(tmp_path_factory.mktemp("books") / "books.db")
    opened = open_world(url).database
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def redis_url(worker: str) -> str:
    """A Redis database of this test process alone, empty at the start of the run."""
    number = int(worker.removeprefix("gw")) if worker.startswith("gw") else 0
    return f"{servers.or_skip(servers.redis_server).rstrip('/')}/{number}"


@pytest.fixture(scope="session")
def worker() -> str:
    """Name of this test process: ``gw0``, ``gw1``, … or ``main`` when there is only one."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def _database(admin: str, name: str) -> Iterator[str]:
    """Make a database from the migrated template, and drop it at the end."""
    _make_template(admin)
    _run_sql(admin, f'CREATE DATABASE "{name}" TEMPLATE "{_TEMPLATE}"')
    yield f"{admin.rsplit('/', 1)[0]}/{name}"
    _run_sql(admin, f'DROP DATABASE "{name}" WITH (FORCE)')


def _make_template(admin: str) -> None:
    """Migrate one empty database, once per run; every other one is a copy of it."""
    folder = Path(os.environ[servers.RUN_FOLDER])
    done = folder / "template"
    with servers.lock(folder / "template.lock"):
        if done.exists():
            return
        _run_sql(admin, f'DROP DATABASE IF EXISTS "{_TEMPLATE}"', f'CREATE DATABASE "{_TEMPLATE}"')
        _migrate(f"{admin.rsplit('/', 1)[0]}/{_TEMPLATE}")
        done.touch()


def _copy_of_template(path: Path) -> str:
    """Copy one migrated, empty SQLite database, made once per run, to ``path``; return its URL."""
    folder = Path(os.environ[servers.RUN_FOLDER])
    template = folder / "template.db"
    with servers.lock(folder / "template-sqlite.lock"):
        if not template.exists():
            fresh = folder / "fresh.db"
            _migrate(f"sqlite:///{fresh}")
            fresh.rename(template)  # closed, so that all of it is in the one file
    shutil.copy(template, path)
    return f"sqlite:///{path}"


def _migrate(url: str) -> None:
    # Imported here: most tests need no database, and none should pay for it.
    from core.store.engine import open_engine
    from core.store.migrate import migrate

    engine = open_engine(url)
    migrate(engine)
    engine.dispose()


def _run_sql(admin: str, *statements: str) -> None:
    with psycopg.connect(admin.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _refuse_outside(family: int, address: object) -> None:
    if family not in {socket.AF_INET, socket.AF_INET6} or not isinstance(address, tuple):
        return
    host = address[0].decode() if isinstance(address[0], bytes) else address[0]
    if host in {None, "", "localhost", socket.gethostname()}:
        return
    try:
        inside = ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        inside = False
    if not inside:
        raise RuntimeError(f"a test reached for the network: {host}")
