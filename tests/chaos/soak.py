"""Minutes of traffic with a kill every so often: nothing lost or doubled, nothing grows."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from sqlalchemy import text

from core.messaging.delivery import ResendRule, resend_rule
from core.messaging.outbound import MessageClass
from core.store.cipher import MasterKey
from core.store.unit_of_work import Database
from tests import servers
from tests.chaos.crowd import key_of
from tests.chaos.supervisor import Supervisor, free_port, supervised, until
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, TwilioStandIn
from tests.fakes.world import MASTER, open_world
from tests.people import alice, bob

PUBLIC = "https://money.example"
_ROOT = Path(__file__).resolve().parents[2]
_CHATS = 40
# Once nothing is wrong any more: the lease of a send, a look, and what follows from it.
_DRAIN_SECONDS = 240.0
_PRODUCTION = {"work": ("work",), "executor": ("executor",), "beat": ("beat",)}


@dataclass(frozen=True)
class Wanted:
    """``every`` seconds a process is killed, or all of them (``tree``); the last third is calm."""

    minutes: float = 2.0
    every: float = 20.0
    messages: float = 5.0  # a second
    reports: float = 20.0
    tree: bool = False
    seed: int = 1


@dataclass
class Came:
    """What a soak came to."""

    messages: int = 0
    sends: int = 0
    kills: int = 0
    recovered_seconds: list[float] = field(default_factory=list)
    grown_percent: dict[str, float] = field(default_factory=dict)
    files_grown: dict[str, int] = field(default_factory=dict)
    drained_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def soak(wanted: Wanted, url: str, redis: str, folder: Path) -> Came:
    """Run one installation on a database; with ``redis`` as the four processes of production."""
    world = open_world(url)
    people = [alice(world.database), bob(world.database)]
    numbers = [f"+155502{place:02}0" for place in range(_CHATS)]
    for place, number in enumerate(numbers):
        people[place % 2].chat(f"sms:{number}")
    world.database.close()
    understanding = folder / "understanding"
    if not understanding.exists():
        understanding.symlink_to(_ROOT / "var" / "understanding", target_is_directory=True)
    port = free_port()
    with TwilioStandIn() as carrier:
        settings = settings_on(url, redis, folder, carrier.base_url)
        commands = {"serve": ("serve", "--port", str(port)), **(_PRODUCTION if redis else {})}
        with supervised(Supervisor(folder, settings, commands), port) as crew:
            run = _Run(wanted, crew, carrier, f"http://127.0.0.1:{port}", numbers)
            run.go(url)
    return run.came


def settings_on(url: str, redis: str, folder: Path, carrier: str) -> dict[str, str]:
    """Return the environment of the processes of one installation."""
    return {
        **servers.environment(),
        "FM_DATABASE__URL": url,
        "FM_REDIS__URL": redis,
        "FM_SECURITY__MASTER_KEY": MASTER,
        "FM_PUBLIC_BASE_URL": PUBLIC,
        "FM_TWILIO__ACCOUNT_SID": ACCOUNT_SID,
        "FM_TWILIO__AUTH_TOKEN": AUTH_TOKEN,
        "FM_TWILIO__BASE_URL": carrier,
        "FM_TWILIO__SMS_FROM": "+15550199",
        "FM_FILES__FOLDER": str(folder / "files"),
        "FM_DEMO__ENABLED": "false",
        "FM_LOGS__LEVEL": "ERROR",
    }


class _Run:
    def __init__(
        self, wanted: Wanted, crew: Supervisor, carrier: TwilioStandIn, url: str, numbers: list[str]
    ) -> None:
        self._wanted = wanted
        self._crew = crew
        self._carrier = carrier
        self._url = url
        self._numbers = numbers
        self._chance = random.Random(wanted.seed)
        self._stop = threading.Event()
        self._posted = threading.Lock()
        self.came = Came()

    def go(self, database_url: str) -> None:
        """Kill for two thirds of the time, be calm for the rest, drain and look."""
        seconds = self._wanted.minutes * 60
        with self._traffic():
            self._kill_for(seconds * 2 / 3)
            self._measure_growth(seconds / 3)
        began = time.monotonic()
        database = Database.open(database_url, MasterKey(MASTER))
        try:
            if not until(lambda: not _busy(database), _DRAIN_SECONDS):
                self.came.wrong.append(f"not drained: {_busy(database)[:5]}")
            self.came.drained_seconds = time.monotonic() - began
            self._judge(database)
        finally:
            database.close()
        swept = self._crew.run("sweep")
        if swept.returncode:
            self.came.wrong.append(f"sweep: {swept.stdout[-600:]}{swept.stderr[-300:]}")
        self.came.kills = self._crew.killed

    @contextmanager
    def _traffic(self) -> Iterator[None]:
        """Have people write and the carrier report, as fast as is wanted."""
        threads = [
            threading.Thread(target=self._each, args=(self._wanted.messages, self._write)),
            threading.Thread(target=self._each, args=(self._wanted.reports, self._report)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(30)

    def _each(self, rate: float, do: Any) -> None:
        chance = random.Random(self._wanted.seed)
        while rate and not self._stop.wait(1 / rate):
            do(chance)

    def _write(self, chance: random.Random) -> None:
        with self._posted:
            self.came.messages += 1
            number = self.came.messages
        self._post(f"lunch {number}.50", f"SM{number:032x}", chance.choice(self._numbers))

    def _report(self, chance: random.Random) -> None:
        """Report on something that was sent, perhaps for the second time or out of order."""
        journal = list(self._carrier.journal)
        if not journal:
            return
        sent = chance.choice(journal[-200:])
        status = chance.choice(("sent", "delivered", "delivered", "queued"))
        try:
            self._carrier.report(sent, status, server_url=self._url)
        except (HTTPError, URLError, OSError):
            return  # reports are not sent again for long; the next one says as much

    def _post(self, words: str, sid: str, sender: str) -> None:
        """Post as the carrier does: again and again until it is taken."""
        form = self._carrier.sms_form(words, sid=sid, sender=sender)
        path = "/hooks/twilio/sms"
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if self._carrier.post(self._url + path, PUBLIC + path, form) == 200:
                    return
            except (HTTPError, URLError, OSError):
                time.sleep(0.1)
        self.came.wrong.append(f"{words} was never taken")

    def _kill_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            every = self._wanted.every
            pause = self._chance.uniform(every / 4, every) if self._wanted.tree else every
            if self._stop.wait(min(pause, max(0.0, end - time.monotonic()))):
                return
            names = list(self._crew.running)
            victims = names if self._wanted.tree else [self._chance.choice(names)]
            self._crew.kill(*victims)
            self.came.recovered_seconds.append(self._until_heard())

    def _until_heard(self) -> float:
        """Write from a chat in which nothing was under way; return the seconds to the answer."""
        began = time.monotonic()
        place = len(self.came.recovered_seconds)
        sender = f"+155503{place:04}"
        self._post("hello", f"SMffff{place:028x}", sender)  # no id of a numbered message
        if not until(lambda: any(one.get("To") == sender for one in self._carrier.journal), 60):
            self.came.wrong.append(f"{sender} was never answered")
        return round(time.monotonic() - began, 2)

    def _measure_growth(self, seconds: float) -> None:
        """Let it run undisturbed; compare what it holds a third in and at the end."""
        self._watch_for(seconds / 3)
        before, files = self._crew.rss(), self._crew.files()
        self._watch_for(seconds * 2 / 3)
        after, files_after = self._crew.rss(), self._crew.files()
        for name in before:
            grown = round((after[name] / before[name] - 1) * 100, 1)
            self.came.grown_percent[name] = grown
            self.came.files_grown[name] = files_after[name] - files[name]

    def _watch_for(self, seconds: float) -> None:
        """Let it run; who ends unasked is started again, as an orchestrator would, and told of."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(1.0, left))
            self.came.wrong += self._crew.look_after()

    def _judge(self, database: Database) -> None:
        taken = Counter(key_of(sent) for sent in self._carrier.journal)
        self.came.sends = sum(taken.values())
        for outbox_id, kind, state in _rows(
            database, "SELECT id, message_class, state FROM outbox"
        ):
            once = resend_rule(MessageClass(kind)) is ResendRule.NEVER
            if once and taken[outbox_id] > 1:
                self.came.wrong.append(f"{kind} {outbox_id} was sent {taken[outbox_id]} times")
            if state in ("accepted", "delivered") and not taken[outbox_id]:
                self.came.wrong.append(f"{kind} {outbox_id} is {state} and was never sent")
        booked = Counter(
            abs(minor) for (minor,) in _rows(database, "SELECT minor FROM journal_entries")
        )
        for number in range(1, self.came.messages + 1):
            times = booked[number * 100 + 50]
            if times != 1:
                self.came.wrong.append(f"lunch {number} is booked {times} times")


def _busy(database: Database) -> list[Any]:
    return [
        *_rows(database, "SELECT 'in', id FROM inbox WHERE state = 'received'"),
        *_rows(database, "SELECT state, id FROM outbox WHERE state IN ('ready', 'sending')"),
    ]


def _rows(database: Database, query: str) -> list[Any]:
    with database.reading() as uow:
        return [tuple(row) for row in uow.connection.execute(text(query))]
