"""Workers in processes of their own that are killed at any moment, and a carrier that lies to them.

The workers are warm: each comes from a process that has read everything, so that one starts in a
fraction of a second. Their clock runs fast, the same in all of them, so that leases end soon. What
they do, and what they do it with, is the product's own.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.app import App, open_app
from bot.dialogue.handler import DialogueHandler
from core import settings as all_settings
from core.settings import Settings
from tests.e2e.one_process import Life, start
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, Fault, SentMessage, TwilioStandIn
from tests.people import NOW
from workers.inline import run_once
from workers.jobs import JOBS

FROM = "+15550199"
# What the workers do; the rounds through everybody's books have nothing to do with messages.
_WORK = tuple(job for job in JOBS if job.queue in {"turns", "deliver", "bulk", "background"})
_IDLE_SECONDS = 0.05


@dataclass(frozen=True)
class FastClock:
    """Runs ``times`` as fast as the machine's, from the same moment in every process."""

    began_at: datetime
    began: float
    times: float = 12.0

    def now(self) -> datetime:
        return self.began_at + timedelta(seconds=(time.monotonic() - self.began) * self.times)


@dataclass(frozen=True)
class Shift(Life):
    """What a worker is started with: a life with a carrier and a clock that runs."""

    carrier: str = ""
    clock: FastClock = field(default_factory=lambda: FastClock(NOW, time.monotonic()))

    def settings(self) -> Settings:
        twilio = all_settings.Twilio.model_validate(
            {
                "account_sid": ACCOUNT_SID,
                "auth_token": AUTH_TOKEN,
                "base_url": self.carrier,
                "sms_from": FROM,
            }
        )
        given = super().settings()
        return given.model_copy(
            update={"twilio": twilio, "public_base_url": "https://money.example"}
        )

    def open(self) -> App:
        """Open the application, its workers and its dialogue on the fast clock."""
        app = open_app(self.settings())
        handler = DialogueHandler(replace(app.handler._kit, clock=self.clock))
        jobs = replace(app.jobs, clock=self.clock, handler=handler)
        return replace(app, jobs=jobs, handler=handler, clock=self.clock)


def work(shift: Shift) -> None:
    """Do what there is to do, for ever."""
    app = shift.open()
    while os.getppid() != 1:
        if not any(run_once(app.jobs, _WORK).values()):
            time.sleep(_IDLE_SECONDS)


class LyingTwilio(TwilioStandIn):
    """Accepts and drops the answer, accepts and says 500, has too much to do, or refuses."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(retry_after="3")
        self._chance = chance
        self._drawing = threading.Lock()
        self.is_well = False

    def take(self, fields: dict[str, list[str]]) -> tuple[int, dict[str, Any] | Fault, str]:
        if "To" not in fields:  # whoever asked was killed in the middle of it
            return 400, {"code": 21604, "message": "To is required", "status": 400}, ""
        fault = self._fault()
        if fault is not None:
            self.fail_next(fault)
        return super().take(fields)

    def _fault(self) -> Fault | int | None:
        with self._drawing:
            draw = 1.0 if self.is_well else self._chance.random()
        bounds: tuple[tuple[float, Fault | int], ...] = (
            (0.08, Fault.RESET_AFTER_ACCEPT),
            (0.14, Fault.ERROR_AFTER_ACCEPT),
            (0.17, Fault.MALFORMED_AFTER_ACCEPT),
            (0.25, Fault.TOO_MANY),
            (0.29, 21612),
        )
        return next((fault for bound, fault in bounds if draw < bound), None)

    def keys(self) -> Counter[str]:
        """Count what was taken by the delivery's own key, which is in the address called back."""
        return Counter(key_of(sent) for sent in list(self.journal))


def key_of(sent: SentMessage) -> str:
    """Return the key of a delivery that the carrier took."""
    return parse_qs(urlsplit(sent.get("StatusCallback")).query).get("key", [""])[0]


@dataclass
class Crew:
    """The workers at work: so many at any time, replaced when they are killed."""

    shift: Shift
    size: int
    killed: int = 0
    workers: list[BaseProcess] = field(default_factory=list)

    def fill(self) -> None:
        """Start as many as are missing."""
        self.workers = [one for one in self.workers if one.is_alive()]
        while len(self.workers) < self.size:
            self.workers.append(start(work, self.shift))

    def kill_one(self, chance: random.Random) -> None:
        """Kill one of them, by its id, wherever it is."""
        victim = chance.choice(self.workers)
        if victim.pid is not None and victim.is_alive():
            os.kill(victim.pid, signal.SIGKILL)
            victim.join(10)
            self.killed += 1
        self.fill()

    def dismiss(self) -> None:
        """End everybody."""
        for one in self.workers:
            if one.pid is not None and one.is_alive():
                os.kill(one.pid, signal.SIGKILL)
            one.join(10)
        self.workers.clear()


@contextmanager
def at_work(shift: Shift, size: int) -> Iterator[Crew]:
    """Have a crew at work, and nobody left behind."""
    crew = Crew(shift, size)
    crew.fill()
    try:
        yield crew
    finally:
        crew.dismiss()


def shift_on(url: str, folder: Path, carrier: str, began_at: datetime) -> Shift:
    """Return what the workers of one run are started with."""
    clock = FastClock(began_at, time.monotonic())
    return Shift(url, folder / "files", began_at, carrier=carrier, clock=clock)
