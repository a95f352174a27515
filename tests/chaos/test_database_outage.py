"""Fault 14: PostgreSQL stopped at once under load, twice, and started again."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from sqlalchemy import text

from core.store.sweep.rule import Asked
from core.store.sweep.sweep import PATIENCE, sweep
from tests import servers
from tests.chaos.crowd import key_of
from tests.e2e.chats import PUBLIC
from tests.e2e.stage import Stage, open_stage, wait_until

pytestmark = pytest.mark.slow
_CHATS, _OUTAGES, _OUT_SECONDS, _CALM_SECONDS = 4, 2, 1.5, 0.8
_PATH = "/hooks/twilio/sms"


@pytest.fixture
def postgres() -> Iterator[servers.OwnPostgres]:
    servers.or_skip(servers.postgres_server)  # says whether one can be had here at all
    own = servers.OwnPostgres()
    own.start()
    yield own
    own.close()


@pytest.fixture
def stage(postgres, tmp_path) -> Iterator[Stage]:
    with open_stage(tmp_path, database={"url": postgres.url}) as made:
        yield made


@dataclass
class Crowd:
    """People who write all the time, each message until it is taken."""

    stage: Stage
    numbers: list[str]
    taken: list[int] = field(default_factory=list)
    answers: list[tuple[float, float, int]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _ticking: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Have each write in a thread of its own."""
        threads = [
            threading.Thread(target=self._write, args=(place,))
            for place in range(len(self.numbers))
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(60)

    def statuses(self, since: float, until: float) -> Counter[int]:
        """Count the answers to what was asked and answered between two moments."""
        inside = [
            status for began, ended, status in self.answers if since < began and ended < until
        ]
        return Counter(inside)

    def _write(self, place: int) -> None:
        number = place + 1
        while not self._stop.is_set():
            form = self.stage.twilio.sms_form(
                f"lunch {number}.50", sid=f"SM{number:032x}", sender=self.numbers[place]
            )
            while self._post(form) != 200:
                time.sleep(0.15)
            self.taken.append(number)
            number += len(self.numbers)
            time.sleep(0.15)

    def _post(self, form: dict[str, str]) -> int:
        began = time.monotonic()
        with self._ticking:  # what came later is younger
            self.stage.clock.advance(timedelta(milliseconds=5))
        try:
            status = self.stage.twilio.post(self.stage.url + _PATH, PUBLIC + _PATH, form)
        except HTTPError as refused:
            status = refused.code
        self.answers.append((began, time.monotonic(), status))
        return status


class TestPostgresqlStoppedUnderLoad:
    def test_loses_and_doubles_nothing_and_is_never_told_to_be_well(self, postgres, stage):
        person = stage.person()
        crowd = Crowd(stage, [stage.sms_chat(person).number for _ in range(_CHATS)])
        outages = []
        with crowd.writing():
            for _ in range(_OUTAGES):
                time.sleep(_CALM_SECONDS)
                postgres.stop_at_once()
                began = time.monotonic()
                time.sleep(_OUT_SECONDS)
                assert _get(stage, "/healthz") == 200
                assert _get(stage, "/readyz") == 503
                outages.append((began, time.monotonic()))
                postgres.start()
                wait_until(lambda: _get(stage, "/readyz") == 200)
            time.sleep(_CALM_SECONDS)
        for began, ended in outages:
            seen = crowd.statuses(began, ended)
            assert set(seen) == {503}, seen
        assert {status for _, _, status in crowd.answers} == {200, 503}
        self.drain(stage)
        self.judge(stage, crowd)

    def drain(self, stage: Stage) -> None:
        """Let leases end and what is in doubt be looked up, on the application's clock."""
        stage.advance(timedelta(seconds=15))  # turns that were cut off
        wait_until(lambda: not self.rows(stage, "SELECT 1 FROM inbox WHERE state = 'received'"))
        for _ in range(4):
            stage.advance(timedelta(seconds=80))  # sends that were cut off, and the look after them
            time.sleep(0.3)
        stage.settle()

    def judge(self, stage: Stage, crowd: Crowd) -> None:
        rows = self.rows(stage, "SELECT provider_event_id, state FROM inbox")
        assert sorted(rows) == sorted((f"SM{number:032x}", "handled") for number in crowd.taken)
        booked = Counter(
            abs(minor) for (minor,) in self.rows(stage, "SELECT minor FROM journal_entries")
        )
        assert booked == Counter(number * 100 + 50 for number in crowd.taken)
        sent = Counter(key_of(one) for one in stage.twilio.journal)
        assert set(sent.values()) == {1}
        outbox = dict(self.rows(stage, "SELECT id, state FROM outbox"))
        assert set(outbox.values()) <= {"accepted", "unknown"}
        assert {key for key, state in outbox.items() if state == "accepted"} <= set(sent)
        with stage.app.database.work() as uow:
            uow.audit.seal_pending(now=stage.clock.now())
            uow.commit()
        with stage.app.database.reading() as uow:
            later = stage.clock.now() + timedelta(minutes=1)
            assert sweep(Asked(uow.connection, uow.vault, later, PATIENCE)) == ()

    def rows(self, stage: Stage, query: str) -> list[tuple[Any, ...]]:
        with stage.app.database.reading() as uow:
            return [tuple(row) for row in uow.connection.execute(text(query))]


def _get(stage: Stage, path: str) -> int:
    try:
        with urlopen(stage.url + path, timeout=20) as answer:
            return int(answer.status)
    except HTTPError as refused:
        return refused.code
