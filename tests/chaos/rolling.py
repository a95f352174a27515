"""A new version rolled out under load: migrated while the old one serves, then one by one.

The old version is taken from the history: the newest commit whose newest migration this code knows
and has gone beyond. Two web processes, two workers, the executor and the beat run its code; the
database is migrated beside them; each is told to end and started with this code.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from sqlalchemy import text

from core.store.cipher import MasterKey
from core.store.migrate import _chain, head
from core.store.unit_of_work import Database
from tests.chaos.crowd import key_of
from tests.chaos.soak import PUBLIC, settings_on
from tests.chaos.supervisor import Supervisor, free_port, is_ready, until
from tests.fakes.twilio_stand_in import TwilioStandIn
from tests.fakes.world import MASTER

_ROOT = Path(__file__).resolve().parents[2]
_VERSIONS = "core/store/migrations/versions"
_PATH = "/hooks/twilio/sms"
_CHATS, _WRITERS = 12, 3
_READY_SECONDS, _DRAIN_SECONDS, _CALM_SECONDS = 120.0, 180.0, 5.0
# Run with the old version's own code: people of its time, in a database of its time.
_PEOPLE = """
import sys
from core.store.cipher import MasterKey
from core.store.unit_of_work import Database
from tests.people import NOW, alice, bob
database = Database.open(sys.argv[1], MasterKey(sys.argv[2]))
with database.work() as uow:
    uow.users.ensure_system_key(now=NOW)
    uow.commit()
people = [alice(database), bob(database)]
for place, number in enumerate(sys.argv[3:]):
    people[place % 2].chat(f"sms:{number}")
"""


class NoHistory(Exception):
    """There is no older version at hand: no git, a shallow clone, or nothing that fits."""


@dataclass
class Came:
    """What a rollout came to; ``longest_*`` are seconds that a message waited."""

    old: str = ""
    from_revision: str = ""
    to_revision: str = ""
    messages: int = 0
    refused: int = 0
    longest_to_be_taken: float = 0.0
    longest_to_be_answered: float = 0.0
    wrong: list[str] = field(default_factory=list)


def roll(url: str, redis: str, folder: Path) -> Came:
    """Roll this version out over the one before it; raise `NoHistory` where there is none."""
    commit, revision = version_before()
    came = Came(commit[:10], revision, head())
    old = _checked_out(commit, folder)
    numbers = [f"+155504{place:02}0" for place in range(_CHATS)]
    ports = {"web-a": free_port(), "web-b": free_port()}
    with TwilioStandIn() as carrier:
        commands: dict[str, tuple[str, ...]] = {
            **{name: ("serve", "--port", str(port)) for name, port in ports.items()},
            "work-a": ("work",),
            "work-b": ("work",),
            "executor": ("executor",),
            "beat": ("beat",),
        }
        settings = {
            **settings_on(url, redis, folder, carrier.base_url),
            "PYTHONPATH": str(_without_training(folder)),
        }
        crew = Supervisor(folder, settings, commands, roots=dict.fromkeys(commands, old))
        _prepare(crew, url, old, numbers)
        load = _Load(carrier, list(ports.values()), numbers)
        try:
            for name in commands:
                crew.start(name)
            _wait_for(crew, *ports.values())
            with load.writing():
                _roll(crew, dict(ports))
            _judge(came, crew, carrier, load, url)
        finally:
            crew.stop_all()
    return came


def version_before() -> tuple[str, str]:
    """Return the commit of the version before this one, and its newest migration."""
    known = _chain().keys() - {head()}
    for commit in _git("log", "--format=%H", "--", _VERSIONS).split():
        listed = _git("ls-tree", "--name-only", f"{commit}^", f"{_VERSIONS}/", missing="")
        names = [Path(line).stem for line in listed.split() if line.endswith(".py")]
        newest = max((name for name in names if name[:1].isdigit()), default="")
        if newest in known:
            return _git("rev-parse", f"{commit}^").strip(), newest
    raise NoHistory("no older version with a migration that this code knows")


def _git(*arguments: str, missing: str | None = None) -> str:
    git = shutil.which("git")
    if git is None or not (_ROOT / ".git").exists():
        raise NoHistory("no git, or no repository")
    ran = subprocess.run(
        [git, *arguments], cwd=_ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    if ran.returncode and missing is None:
        raise NoHistory(ran.stderr.strip()[-200:])
    return ran.stdout if not ran.returncode else str(missing)


def _checked_out(commit: str, folder: Path) -> Path:
    """Put the files of a commit into a folder of their own."""
    packed, place = folder / "old.tar", folder / "old"
    _git("archive", "--format=tar", "-o", str(packed), commit)
    with tarfile.open(packed) as archive:
        archive.extractall(place, filter="data")
    packed.unlink()
    return place


def _without_training(folder: Path) -> Path:
    """Return a place to import from first, with which nobody trains: sentences are enough here."""
    place = folder / "without"
    place.mkdir()
    (place / "sklearn.py").write_text('raise ImportError("nobody trains in this run")\n')
    return place


def _prepare(crew: Supervisor, url: str, old: Path, numbers: list[str]) -> None:
    """Have the old version make its database and people in it."""
    made = crew.run("migrate", root=old)
    if made.returncode:
        raise RuntimeError(f"the old version does not run here: {made.stderr[-600:]}")
    subprocess.run(
        [sys.executable, "-c", _PEOPLE, url, MASTER, *numbers],
        cwd=old,
        env={**crew.settings},
        check=True,
        timeout=120,
    )


def _wait_for(crew: Supervisor, *ports: int) -> None:
    for port in ports:
        if not until(lambda port=port: is_ready(port), _READY_SECONDS):  # type: ignore[misc]
            raise TimeoutError(crew.logs())


def _roll(crew: Supervisor, ports: dict[str, int]) -> None:
    """Migrate beside the old version, then replace one after the other."""
    time.sleep(_CALM_SECONDS)
    migrated = crew.run("migrate")
    if migrated.returncode:
        raise RuntimeError(f"not migrated: {migrated.stderr[-600:]}")
    time.sleep(_CALM_SECONDS)
    for name in tuple(crew.commands):
        if name not in ports and name != "beat":  # a door to see that it is up, as a probe does
            ports[name] = free_port()
            crew.commands[name] = (*crew.commands[name], "--port", str(ports[name]))
        crew.replace(name, _ROOT)
        if name in ports:
            _wait_for(crew, ports[name])
    time.sleep(_CALM_SECONDS)


@dataclass
class _Load:
    """People who write all the time; a message goes to whichever web process takes it."""

    carrier: TwilioStandIn
    ports: list[int]
    numbers: list[str]
    waited: dict[int, float] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Have a few write at the same time, each in chats of its own."""
        threads = [threading.Thread(target=self._write, args=(n,)) for n in range(_WRITERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(60)

    def _write(self, first: int) -> None:
        doors = cycle(self.ports)
        for number in count(first + 1, _WRITERS):
            if self._stop.wait(0.4):
                return
            sender = self.numbers[number % len(self.numbers)]
            form = self.carrier.sms_form(
                f"lunch {number}.50", sid=f"SM{number:032x}", sender=sender
            )
            began = time.monotonic()
            while not self._taken(next(doors), form) and time.monotonic() - began < 60:
                time.sleep(0.05)
            self.waited[number] = time.monotonic() - began

    def _taken(self, port: int, form: dict[str, str]) -> bool:
        try:
            url = f"http://127.0.0.1:{port}{_PATH}"
            return self.carrier.post(url, PUBLIC + _PATH, form) == 200
        except (HTTPError, URLError, OSError) as error:
            self.refused[type(error).__name__] += 1
            return False


def _judge(came: Came, crew: Supervisor, carrier: TwilioStandIn, load: _Load, url: str) -> None:
    came.messages, came.refused = len(load.waited), load.refused.total()
    came.longest_to_be_taken = round(max(load.waited.values()), 2)
    database = Database.open(url, MasterKey(MASTER))
    try:
        if not until(lambda: not _rows(database, _BUSY), _DRAIN_SECONDS):
            came.wrong.append(f"not drained: {_rows(database, _BUSY)[:5]}")
        came.wrong += _lost_or_doubled(database, carrier, load)
        spans = [
            (finished - received).total_seconds() for received, finished in _rows(database, _SPANS)
        ]
        came.longest_to_be_answered = round(max(spans, default=0.0), 2)
    finally:
        database.close()
    swept = crew.run("sweep")
    if swept.returncode:
        came.wrong.append(f"sweep: {swept.stdout[-600:]}{swept.stderr[-300:]}")


_BUSY = (
    "SELECT id FROM inbox WHERE state = 'received' "
    "UNION ALL SELECT id FROM outbox WHERE state IN ('ready', 'sending')"
)
_SPANS = "SELECT i.received_at, t.finished_at FROM turns t JOIN inbox i ON i.id = t.inbound_id"


def _lost_or_doubled(database: Database, carrier: TwilioStandIn, load: _Load) -> Iterator[str]:
    booked = Counter(
        abs(minor) for (minor,) in _rows(database, "SELECT minor FROM journal_entries")
    )
    for number in load.waited:
        if booked[number * 100 + 50] != 1:
            yield f"lunch {number} is booked {booked[number * 100 + 50]} times"
    taken = Counter(key_of(sent) for sent in carrier.journal)
    for outbox_id, state in _rows(database, "SELECT id, state FROM outbox"):
        if taken[outbox_id] != 1:
            yield f"{outbox_id} ({state}) was sent {taken[outbox_id]} times"


def _rows(database: Database, query: str) -> list[Any]:
    with database.reading() as uow:
        return [tuple(row) for row in uow.connection.execute(text(query))]
