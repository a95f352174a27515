"""What the kill tests share: a person with one chat, in a process that dies at a named place."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.failpoints import Point
from core.money import Money
from core.store.sweep.rule import Asked
from core.store.sweep.sweep import PATIENCE, sweep
from core.subscriptions.cadence import Cadence
from core.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.e2e.one_process import LATER, Life, clear_up, live, run, say
from tests.fakes.world import open_world
from tests.ledgers import assert_sound, changing
from tests.people import NOW, Person, alice

KILLED = -signal.SIGKILL
# Where a transaction is open or just kept, PostgreSQL has to show it too.
ALSO_ON_POSTGRESQL = {
    Point.T1_UNSTORED,
    Point.T3_PLANNED,
    Point.T4_UNWRITTEN,
    Point.T5_UNANSWERED,
    Point.T7_SENT,
    Point.EXECUTOR_PERFORMED,
    Point.EXECUTOR_UNSETTLED,
    Point.PAY_ASKED,
    Point.PAY_UNWRITTEN,
    Point.FOLLOW_UNWRITTEN,
    Point.MODEL_ANSWERED,
    Point.MEDIA_ANSWERED,
    Point.ERASER_UNWRITTEN,
}


def at_each(points: Iterable[Point]) -> pytest.MarkDecorator:
    """Run a test at each place on SQLite, and on PostgreSQL where it matters."""
    listed = tuple(points)
    cases = [("sqlite", point) for point in listed]
    cases += [("postgresql", point) for point in listed if point in ALSO_ON_POSTGRESQL]
    return pytest.mark.parametrize(("stage", "point"), cases, indirect=["stage"])


@dataclass
class Stage:
    """A person with one chat, and what can be seen from outside of what became of a message."""

    person: Person
    life: Life
    address: str

    def process(self, life: Life, event: str, words: str) -> int:
        return run(live, life, [say(event, words, self.address)])

    def clear_up(self, event: str, words: str) -> None:
        """Let the provider send it again, and a fresh process do what is left to do."""
        assert run(clear_up, self.life, [say(event, words, self.address)]) == 0

    def rows(self, sql: str) -> list[Any]:
        with self.person.database.reading() as uow:
            return [tuple(row) for row in uow.connection.execute(text(sql))]

    def bubbles(self) -> list[str]:
        """Everything the bot has said in the chat."""
        with self.person.database.reading() as uow:
            (talk,) = uow.conversations.of(self.person.id)
            shown = uow.conversations.transcript(talk.id)
        return [str(one.body["text"]) for one in shown if one.sender == "bot"]

    def code(self) -> str:
        with self.person.database.reading() as uow:
            (approval,) = uow.approvals.latest_for(self.person.id)
        return approval.code

    def sweep(self) -> None:
        """Run every rule over the database, when everything has had its time."""
        with changing(self.person.database) as uow:
            uow.audit.seal_pending(now=self.life.at)
            asked = Asked(uow.connection, uow.vault, self.life.at + 3 * LATER, PATIENCE)
            assert sweep(asked) == ()

    def check(self) -> None:
        """Look at everything that must hold whatever happened."""
        assert_sound(self.person)
        self.sweep()
        with changing(self.person.database) as uow:
            uow.audit.seal_pending(now=self.life.at)
            found = uow.audit.verify()
        assert found.is_intact
        assert found.unsealed == 0
        assert self.rows("SELECT state FROM inbox WHERE state <> 'handled'") == []
        assert self.rows("SELECT state FROM turns WHERE state <> 'replied'") == []
        open_states = "('ready', 'sending', 'accepted')"
        assert self.rows(f"SELECT state FROM outbox WHERE state IN {open_states}") == []
        assert self.rows("SELECT 1 FROM conversations WHERE lease_until IS NOT NULL") == []


def open_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Yield a stage on SQLite, or on the database that a test names."""
    url = f"sqlite:///{tmp_path / 'books.db'}"
    if getattr(request, "param", "sqlite") == "postgresql":
        url = request.getfixturevalue("fresh_postgres_url")
    world = open_world(url)
    person = alice(world.database)
    address = f"terminal:{person.id}"
    person.chat(address)
    subscribe(person)
    yield Stage(person, Life(url, tmp_path / "files", NOW), address)
    world.database.close()


def subscribe(person: Person) -> None:
    netflix = Subscription(
        id=0,
        user_id=person.id,
        merchant_key="netflix",
        name="Netflix",
        account_id=person.accounts.get("Card") or next(iter(person.accounts.values())),
        amount=Money(1599, person.currency),
        cadence=Cadence.MONTHLY,
        status=SubscriptionStatus.ACTIVE,
        first_date=date(2026, 1, 5),
        last_date=date(2026, 11, 5),
        next_date=date(2026, 12, 5),
    )
    with changing(person.database) as uow:
        uow.subscriptions.save(netflix, now=NOW)


def dying(life: Life, point: Point, how: str = "kill") -> Life:
    """Return the life in which a process dies, or stops, at a place."""
    return replace(life, failpoint=f"{point.value}={how}")
