"""Production as it is run: four processes, PostgreSQL and Redis, and what happens when one dies."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import text

from core.clock import SystemClock
from core.ids import SystemIds
from core.messaging.address import Address, ChannelName
from core.store.cipher import MasterKey
from core.store.unit_of_work import Database
from core.users.user import UserUnknown
from tests import servers
from tests.e2e.stage import MASTER, SECRET
from tests.fakes.telegram_stand_in import TOKEN, TelegramStandIn

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PERSON = 700_100_200
# A worker that is killed leaves leases behind; whoever comes next waits until they end.
_LEASES_END = 30.0  # six seconds, on a machine that does much else
_SOON = 60.0


@dataclass
class Crew:
    """The processes of one installation and the bot's side of Telegram."""

    telegram: TelegramStandIn
    settings: Mapping[str, str]
    port: int
    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str, **more: str) -> None:
        """Start a process of the command line."""
        command = [sys.executable, "-m", "bot", name, *arguments]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env={**self.settings, **more}, stdout=log, stderr=log
            )

    def load_samples(self) -> None:
        """Book the sample households by hand: in production no process does so by itself."""
        command = [sys.executable, "-m", "bot", "demo"]
        subprocess.run(command, cwd=ROOT, env={**self.settings}, check=True, capture_output=True)

    def stop(self, name: str, number: int = signal.SIGTERM) -> int:
        """End a process by its id and return how it ended."""
        process = self.running.pop(name)
        process.send_signal(number)
        try:
            return process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(10)

    def say(self, words: str) -> int:
        """Have Telegram deliver a message; return how many had been sent to the chat before."""
        before = len(self.telegram.sent())
        sender = {"id": PERSON, "is_bot": False, "first_name": "Maya"}
        chat = {"id": PERSON, "type": "private"}
        message = {"message_id": 40, "from": sender, "chat": chat, "date": 1795168800}
        self.telegram.push({"message": {**message, "text": words}})
        return before

    def answer(self, words: str, *, count: int = 1, seconds: float = _SOON) -> list[str]:
        """Write a message and wait for ``count`` messages back."""
        before = self.say(words)
        return self.heard(before, count=count, seconds=seconds)

    def heard(self, before: int, *, count: int = 1, seconds: float = _SOON) -> list[str]:
        """Wait until ``count`` messages more than ``before`` were sent."""
        until(lambda: len(self.telegram.sent()) >= before + count, seconds, self.logs)
        return [call.fields["text"] for _number, call in self.telegram.sent()[before:]]

    def booked_by_hand(self) -> int:
        """Count the entries that were typed in."""
        database = Database.open(self.settings["FM_DATABASE__URL"], MasterKey(MASTER))
        with database.reading() as uow:
            query = text("SELECT COUNT(*) FROM journal_entries WHERE source = 'manual'")
            found = uow.connection.execute(query).scalar_one()
        database.close()
        return int(found)

    def logs(self) -> str:
        """Return the end of what every process wrote."""
        ends = {file.name: file.read_text()[-1500:] for file in self.folder.glob("*.log")}
        return "\n".join(f"{name}: {end}" for name, end in ends.items())


def until(done: Callable[[], Any], seconds: float, explain: Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, explain()
        time.sleep(0.05)


@pytest.fixture
def redis_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "redis"
    folder.mkdir()
    return folder


@pytest.fixture
def crew(fresh_postgres_url: str, redis_folder: Path, tmp_path: Path) -> Iterator[Crew]:
    broker = servers.or_skip(lambda: servers.start_redis(redis_folder))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with TelegramStandIn() as telegram:
        settings = {
            **servers.environment(),
            "FM_DATABASE__URL": fresh_postgres_url,
            "FM_REDIS__URL": f"{broker}/0",
            "FM_SECURITY__MASTER_KEY": MASTER,
            "FM_PUBLIC_BASE_URL": "https://money.example",
            "FM_TELEGRAM__TOKEN": TOKEN,
            "FM_TELEGRAM__BASE_URL": telegram.base_url,
            "FM_TELEGRAM__WEBHOOK_SECRET": SECRET,
            "FM_FILES__FOLDER": str(tmp_path / "files"),
        }
        understanding = ROOT / "var" / "understanding"
        understanding.mkdir(parents=True, exist_ok=True)
        (tmp_path / "understanding").symlink_to(understanding, target_is_directory=True)
        made = Crew(telegram, settings, port, tmp_path)
        try:
            made.start("serve", "--port", str(port))
            until(lambda: is_ready(port), _SOON, made.logs)
            made.load_samples()
            until(lambda: link_maya(fresh_postgres_url), _SOON, made.logs)
            set_webhook(telegram, f"http://127.0.0.1:{port}/hooks/telegram")
            for name in ("work", "executor", "beat"):
                made.start(name)
            yield made
        finally:
            for name in list(made.running):
                made.stop(name)
            stop_redis(redis_folder)


def is_ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def link_maya(url: str) -> bool:
    """Link the chat to the sample household; false while the server is still booking it."""
    database = Database.open(url, MasterKey(MASTER))
    now, ids = SystemClock().now(), SystemIds()
    try:
        with database.work() as uow:
            user = uow.users.by_email("maya@demo.financemaster.app")
            address = Address(ChannelName.TELEGRAM, str(PERSON))
            uow.bindings.link(user.id, address, now=now, ids=ids)
            # Quiet all day, so that only answers are heard and counted.
            quiet = replace(
                user.preferences, quiet_from=clock_time(0, 1), quiet_until=clock_time(0)
            )
            uow.users.set_preferences(user.id, quiet)
            uow.commit()
    except UserUnknown:
        return False
    finally:
        database.close()
    return True


def set_webhook(telegram: TelegramStandIn, url: str) -> None:
    body = json.dumps({"url": url, "secret_token": SECRET}).encode()
    request = Request(
        f"{telegram.base_url}/bot{TOKEN}/setWebhook", body, {"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=5) as answer:
        assert answer.status == 200


def stop_redis(folder: Path) -> None:
    """End the server through its guard, by process id."""
    guard = folder / "guard.pid"
    if guard.exists():
        os.kill(int(guard.read_text()), signal.SIGTERM)
        until(lambda: not guard.exists(), 15, lambda: "Redis did not stop")


class TestProduction:
    def test_a_conversation_goes_through_all_processes_and_survives_losing_them(
        self, crew: Crew, redis_folder: Path
    ) -> None:
        assert "Chase Checking" in crew.answer("balance")[0]
        self.cancel(crew)
        self.lose_the_worker(crew)
        self.lose_redis(crew, redis_folder)
        assert [crew.stop(name) for name in ("beat", "work", "executor")] == [0, 0, 0], crew.logs()
        # The web server lets the signal through once it has ended in order.
        assert crew.stop("serve") in {0, -signal.SIGTERM}, crew.logs()

    def cancel(self, crew: Crew) -> None:
        (prompt,) = crew.answer("cancel netflix")
        code = prompt.partition("APPROVE ")[2][:4]
        approved, receipt = crew.answer(f"APPROVE {code}", count=2)
        assert approved.startswith(f"Approved {code}")
        assert "to cancel Netflix" in receipt

    def lose_the_worker(self, crew: Crew) -> None:
        """Kill it the moment it has booked an entry and not yet answered."""
        crew.stop("work")
        crew.start("work", FM_TESTING__FAILPOINT="T4.written")
        before = crew.say("coffee 4")
        crew.running["work"].wait(_SOON)
        assert crew.running.pop("work").returncode == -signal.SIGKILL, crew.logs()
        assert len(crew.telegram.sent()) == before
        crew.start("work")
        (answer,) = crew.heard(before, seconds=_LEASES_END)
        assert answer.startswith("Added $4.00")
        assert crew.booked_by_hand() == 1

    def lose_redis(self, crew: Crew, folder: Path) -> None:
        stop_redis(folder)
        started = time.monotonic()
        assert "Chase Checking" in crew.answer("balance", seconds=20)[0]
        assert time.monotonic() - started < 15
