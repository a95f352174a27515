"""Told to end (SIGTERM) while work is under way, a process finishes it and takes nothing new."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import create_engine, text

from tests import servers
from tests.e2e.stage import MASTER, SECRET
from tests.e2e.test_production import (
    PERSON,
    ROOT,
    Crew,
    crew,
    is_ready,
    redis_folder,
    until,
)
from tests.fakes.telegram_stand_in import TOKEN, TelegramStandIn

__all__ = ["crew", "redis_folder"]  # fixtures of the tests below

pytestmark = pytest.mark.slow
_SLOW = 2.0
_SOON = 30.0
# A process that starts on a busy machine.
_LONG = 150.0
# What the compose file and the manifests give a process before it is killed.
_GRACE = 30.0


def value(url: str, query: str) -> object:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(query)).scalar()
    engine.dispose()
    return found


@pytest.fixture
def telegram() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as running:
        yield running


class TestOneMachine:
    def test_the_web_process_finishes_its_answers(
        self, telegram: TelegramStandIn, tmp_path: Path
    ) -> None:
        port = _free_port()
        settings = {
            **servers.environment(),
            "FM_DATABASE__URL": f"sqlite:///{tmp_path / 'books.db'}",
            "FM_SECURITY__MASTER_KEY": MASTER,
            "FM_DEMO__ENABLED": "false",
            "FM_FILES__FOLDER": str(tmp_path / "files"),
            "FM_TELEGRAM__TOKEN": TOKEN,
            "FM_TELEGRAM__BASE_URL": telegram.base_url,
            "FM_TELEGRAM__WEBHOOK_SECRET": SECRET,
        }
        (tmp_path / "understanding").symlink_to(ROOT / "var" / "understanding")
        command = [sys.executable, "-m", "bot", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=settings)
        try:
            until(lambda: is_ready(port), 60, lambda: "it does not start")
            telegram.stall("sendMessage", _SLOW)
            self.post(port, "balance")
            until(lambda: telegram.made("sendMessage"), _SOON, lambda: "nothing is sent")
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            # uvicorn lets the signal through once it has ended in order.
            assert process.wait(_GRACE) in {0, -signal.SIGTERM}
        finally:
            process.kill()
            process.wait()
        assert time.monotonic() - began > _SLOW / 2
        assert value(settings["FM_DATABASE__URL"], "SELECT state FROM outbox") == "accepted"
        assert value(settings["FM_DATABASE__URL"], "SELECT state FROM inbox") == "handled"
        assert len(telegram.made("sendMessage")) == 1

    def post(self, port: int, words: str) -> None:
        sender = {"id": PERSON, "is_bot": False, "first_name": "Maya"}
        chat = {"id": PERSON, "type": "private"}
        message = {"message_id": 40, "from": sender, "chat": chat, "date": 1795168800}
        body = json.dumps({"update_id": 7, "message": {**message, "text": words}}).encode()
        headers = {
            "X-Telegram-Bot-Api-Secret-Token": SECRET,
            "Content-Type": "application/json",
        }
        request = Request(f"http://127.0.0.1:{port}/hooks/telegram", body, headers)
        with urlopen(request, timeout=10) as answer:
            assert answer.status == 200


class TestProduction:
    def test_worker_executor_and_beat_finish_what_they_hold(self, crew: Crew) -> None:
        assert "Chase Checking" in crew.answer("balance")[0]
        self.worker(crew)
        self.executor(crew)
        assert crew.stop("beat") == 0

    def worker(self, crew: Crew) -> None:
        """End it while a provider takes its time; the next message waits for the next worker."""
        crew.telegram.stall("sendMessage", _SLOW)
        sent = len(crew.telegram.made("sendMessage"))
        crew.say("coffee 4")
        until(lambda: len(crew.telegram.made("sendMessage")) > sent, _SOON, crew.logs)
        assert crew.stop("work") == 0, crew.logs()
        url = crew.settings["FM_DATABASE__URL"]
        replies = "SELECT state FROM outbox WHERE message_class = 'reply' ORDER BY id DESC"
        assert value(url, replies) in {"accepted", "delivered"}, crew.logs()
        assert len(crew.telegram.made("sendMessage")) == sent + 1
        crew.telegram.stall("sendMessage", 0)
        before = crew.say("tea 6")
        time.sleep(1)
        assert value(url, "SELECT COUNT(*) FROM inbox WHERE state = 'received'") == 1
        port = _free_port()
        crew.start("work", "--queues", "turns,deliver", "--port", str(port))
        assert crew.heard(before, seconds=_LONG)[0].startswith("Added $6.00")
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            assert json.load(answer) == {"alive": True, "hanging": []}
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            figures = answer.read().decode()
        assert 'financemaster_job_runs_total{job="answer_waiting"}' in figures
        assert 'job="deliver_bulk"' not in figures
        beats = "SELECT COUNT(*) FROM heartbeats WHERE worker = 'worker:deliver,turns'"
        until(lambda: value(url, beats) == 1, _SOON, crew.logs)
        assert crew.booked_by_hand() == 2

    def executor(self, crew: Crew) -> None:
        """Stop it between what it did outside and its record of that, and tell it to end there."""
        crew.stop("executor")
        crew.start("executor", FM_TESTING__FAILPOINT="executor.performed=stop")
        (prompt,) = crew.answer("cancel netflix", seconds=_LONG)
        code = prompt.partition("APPROVE ")[2][:4]
        before = len(crew.telegram.sent())
        crew.say(f"APPROVE {code}")
        process = crew.running["executor"]
        until(lambda: _stands_still(process), _LONG, crew.logs)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        assert process.wait(_GRACE) == 0, crew.logs()
        del crew.running["executor"]
        url = crew.settings["FM_DATABASE__URL"]
        assert value(url, f"SELECT state FROM approvals WHERE code = '{code}'") == "executed"
        assert "to cancel Netflix" in crew.heard(before, count=2, seconds=_LONG)[1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _stands_still(process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "it ended instead of stopping"
    status = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
    return status == "T"
