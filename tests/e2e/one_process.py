"""The real application in a process of its own that a test may kill, stop and start again.

Children come from a server process that has imported everything once, so that starting one costs
a fraction of a second. Nothing in them is faked: database, handler, tools, workers, channel.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bot.api.cancellation_hook import SIGNATURE, cancellation_secret
from bot.api.server import create_server
from bot.app import App, open_app
from core import settings as all_settings
from core.clock import FixedClock
from core.connect.cancellation_events import signed
from core.messaging.address import Address
from core.messaging.inbound import InboundKind, InboundMessage
from core.settings import Settings
from tests.fakes.world import MASTER
from workers.inline import run_until_quiet

_SECONDS = 60.0
# The leases of turns, sends and executions all end within this.
LATER = timedelta(minutes=5)


@dataclass(frozen=True)
class Life:
    """What one process is started with."""

    url: str
    folder: Path
    at: datetime
    failpoint: str = ""
    model_url: str = ""
    voice_url: str = ""

    def later(self, failpoint: str = "") -> Life:
        """The life after this one, when every lease has ended."""
        return replace(self, at=self.at + LATER, failpoint=failpoint)

    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            FM_PUBLIC_BASE_URL="",
            database=all_settings.Database(url=self.url),
            security=all_settings.Security(master_key=SecretStr(MASTER)),
            files=all_settings.Files(folder=self.folder),
            logs=all_settings.Logs(level="CRITICAL"),
            testing=all_settings.Testing(failpoint=self.failpoint),
            model=all_settings.Model(base_url=self.model_url, name="one", consent="given"),
            voice=all_settings.Voice(base_url=self.voice_url),
        )

    def open(self) -> App:
        return open_app(self.settings(), at=self.at)


def say(event: str, text: str, address: str) -> InboundMessage:
    """Return a message as a provider would deliver it, again and again under the same number."""
    return InboundMessage(
        provider_event_id=event,
        address=Address.parse(address),
        kind=InboundKind.TEXT,
        text=text,
    )


def live(life: Life, messages: Sequence[InboundMessage]) -> None:
    """Take messages in and do everything there is to do, unless it ends before."""
    app = life.open()
    for message in messages:
        app.accept.accept(message)
    run_until_quiet(app.jobs, rounds=40)
    app.close()


def clear_up(life: Life, messages: Sequence[InboundMessage]) -> None:
    """Go on after another process died: its leases end, and later what was in doubt is settled."""
    app = life.later().open()
    assert isinstance(app.clock, FixedClock)
    for message in messages:
        app.accept.accept(message)
    for _ in range(2):
        run_until_quiet(app.jobs, rounds=40)
        app.clock.advance(LATER)
    app.close()


def hear_word(life: Life, path: str, body: bytes) -> None:
    """Let a provider post its signed word to the real server; it must be taken."""
    app = life.open()
    signature = signed(body, cancellation_secret(app), life.at)

    async def posted() -> int:
        transport = httpx.ASGITransport(create_server(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://fm") as http:
            answer = await http.post(path, content=body, headers={SIGNATURE: signature})
        return answer.status_code

    assert asyncio.run(posted()) == 200
    app.close()


def answer_all(life: Life, gate: Any, threads: int) -> None:
    """Answer what waits until nothing does, in threads, together with other processes."""
    app = life.open()
    gate.wait(_SECONDS)
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(_answer, app) for _ in range(threads)]:
            done.result()
    app.close()


def _answer(app: App) -> None:
    """Go on while anything waits: what another worker holds may be free a moment later."""
    while True:
        if app.handler.handle_next():
            continue
        with app.database.reading() as uow:
            if not uow.inbox.backlog()[0]:
                return
        time.sleep(0.002)


def run(target: Callable[..., None], *arguments: Any) -> int:
    """Run a function in a process of its own; return how that process ended."""
    process = start(target, *arguments)
    process.join(_SECONDS)
    assert process.exitcode is not None, "the process hangs"
    return process.exitcode


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Start a function in a process of its own."""
    process = context().Process(target=_quietly, args=(target, *arguments), daemon=True)
    process.start()
    return process


def context() -> multiprocessing.context.ForkServerContext:
    """Return where processes come from."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["tests.e2e.warm"])
    return made


def wait_until_stopped(process: BaseProcess) -> None:
    """Wait until a process stands still (it has stopped itself)."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        assert process.exitcode is None, "it ended instead of stopping"
        status = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        if status == "T":
            return
        time.sleep(0.01)
    raise AssertionError("it never stopped")


def go_on(process: BaseProcess) -> int:
    """Let a stopped process go on to its end; return how it ended."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGCONT)
    process.join(_SECONDS)
    assert process.exitcode is not None, "the process hangs"
    return process.exitcode


def _quietly(target: Callable[..., None], *arguments: Any) -> None:
    logging.disable(logging.CRITICAL)
    target(*arguments)
