"""A chat whose turn is under way is held on, however long it takes, and is free when it is over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.dialogue.handler import DialogueHandler
from bot.dialogue.holding import Holding
from core.clock import FixedClock
from core.conversation.context import TurnContext
from core.conversation.plan import Plan
from core.conversation.turn import LEASE, RENEWED_EVERY
from core.store.unit_of_work import Database
from tests.fakes.world import open_world
from tests.ledgers import changing
from tests.model_talk import Offline, Talk, open_talk, said
from tests.people import NOW, Person, alice

pytestmark = pytest.mark.slow

_OFTEN = timedelta(milliseconds=10)
_ALMOST = LEASE - timedelta(seconds=1)
_CHATS = count(1)


@dataclass
class Held:
    """A conversation that was claimed when the clock said ``NOW``."""

    database: Database
    clock: FixedClock
    id: str
    epoch: int

    def is_free(self) -> bool:
        """Tell whether another worker could claim it, without keeping the claim."""
        with self.database.work() as uow:
            return uow.conversations.lease(self.id, now=self.clock.now()) is not None

    def passes(self, step: timedelta) -> None:
        """Move the clock, and give whoever renews the time to do so."""
        self.clock.advance(step)
        time.sleep(0.1)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    path = tmp_path_factory.mktemp("held") / "books.db"
    database = open_world(f"sqlite:///{path}").database
    yield alice(database)
    database.close()


@pytest.fixture
def held(person: Person) -> Held:
    talk = person.chat(f"terminal:held-{next(_CHATS)}")
    with changing(person.database) as uow:
        epoch = uow.conversations.lease(talk, now=NOW)
    assert epoch == 1
    return Held(person.database, FixedClock(NOW), talk, epoch)


class TestHolding:
    def test_keeps_others_out_while_the_turn_goes_on_and_no_longer(self, held):
        holding = Holding(held.database, held.clock, every=_OFTEN)
        with holding.on(held.id, held.epoch):
            for _ in range(3):
                held.passes(_ALMOST)
                assert not held.is_free()
        held.passes(LEASE + _ALMOST)
        assert held.is_free()

    def test_lets_go_of_a_turn_that_never_ends(self, held):
        holding = Holding(held.database, held.clock, every=_OFTEN, longest=timedelta(0))
        with holding.on(held.id, held.epoch):
            held.passes(_ALMOST)
            held.passes(_ALMOST)
            assert held.is_free()

    def test_never_claims_again_what_was_let_go_of(self, held):
        with changing(held.database) as uow:
            uow.conversations.release(held.id, held.epoch)
            assert not uow.conversations.renew(held.id, held.epoch, now=NOW)
        assert held.is_free()

    def test_holds_nothing_that_another_worker_has_taken_over(self, held):
        with changing(held.database) as uow:
            assert uow.conversations.lease(held.id, now=NOW + LEASE + LEASE) == 2
            assert not uow.conversations.renew(held.id, held.epoch, now=NOW + LEASE * 9)
            assert uow.conversations.renew(held.id, 2, now=NOW + LEASE + LEASE)


class Slow(Offline):
    """Plans for so long that the lease of the turn would have ended twice."""

    def __init__(self, talk: Talk) -> None:
        super().__init__()
        self.talk = talk
        self.others: list[bool] = []

    def plan(self, context: TurnContext) -> Plan:
        app = self.talk.app
        other = DialogueHandler(app.handler._kit)
        clock = app.clock
        assert isinstance(clock, FixedClock)
        for _ in range(2):
            clock.advance(_ALMOST)
            time.sleep(RENEWED_EVERY.total_seconds() * 1.5)
            self.others.append(other.handle_next())
        return super().plan(context)


class TestATurn:
    def test_that_takes_long_is_nobody_elses(self, tmp_path: Path):
        with open_talk(tmp_path) as talk:
            slow = Slow(talk)
            kit = replace(talk.app.handler._kit, planners=(slow,), leader=None)
            visitor = replace(talk, app=replace(talk.app, handler=DialogueHandler(kit))).visitor()
            exchange, _reply = said(visitor, "coffee or tea")
        assert slow.others == [False, False]
        assert len(exchange.replies) == 1
