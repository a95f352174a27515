"""A chat that changes hands: whoever comes late keeps nothing, and what failed can be had again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from bot.commands.admin import replay
from bot.dialogue.handler import DialogueHandler
from core.clock import FixedClock
from core.conversation.context import TurnContext
from core.conversation.plan import Plan, PlannerName, ToolCall
from core.conversation.turn import LEASE
from core.messaging.address import Address
from core.messaging.inbound import Accepted, InboundKind, InboundMessage
from core.store.sweep.rule import Asked, Invariant
from core.store.sweep.sweep import sweep
from tests.model_talk import Talk, open_talk
from tools.runner import Runner

pytestmark = pytest.mark.slow

# Each message of this file has an amount of its own.
_AMOUNTS = count(1001)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with open_talk(tmp_path_factory.mktemp("over")) as made:
        yield made


class Does:
    """Adds an expense for each message; first it does what the test says."""

    def __init__(self, first: Callable[[], None] = lambda: None) -> None:
        self.first = first

    def plan(self, context: TurnContext) -> Plan:
        amount = context.text.rpartition(" ")[2]
        first, self.first = self.first, lambda: None
        first()
        call = ToolCall("add_entry", {"amount": amount, "payee": "coffee"})
        return Plan(PlannerName.SENTENCE, (call,))


class Slow:
    """A runner that stands still before or after the first call it runs."""

    def __init__(self, runner: Runner, where: str, still: Callable[[], None]) -> None:
        self._runner, self._where, self._still = runner, where, still

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)

    def run(self, *given: Any, **named: Any) -> Any:
        where, self._where = self._where, ""
        if where == "before it runs":
            self._still()
        done = self._runner.run(*given, **named)
        if where == "after it ran":
            self._still()
        return done


@dataclass
class Chat:
    """One chat of the household; ``clock`` is that of the machine its first worker runs on."""

    talk: Talk
    clock: FixedClock
    id: str
    address: Address

    def worker(
        self, planner: Does, clock: FixedClock | None = None, **parts: Any
    ) -> DialogueHandler:
        kit = self.talk.app.handler._kit
        own = {"planners": (planner,), "leader": None, "clock": clock or self.clock, **parts}
        return DialogueHandler(replace(kit, **own))

    def writes(self, *texts: str) -> list[str]:
        """Store messages; return their ids."""
        app, stored = self.talk.app, []
        for number, said in enumerate(texts):
            message = InboundMessage(app.ids.new("cli"), self.address, InboundKind.TEXT, said)
            now = self.clock.now() + timedelta(microseconds=number)
            with app.database.work() as uow:
                kept = uow.inbox.add(message, now=now, ids=app.ids)
                uow.commit()
            assert isinstance(kept, Accepted)
            stored.append(kept.inbound_id)
        return stored

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.talk.app.database.reading() as uow:
            found = uow.connection.execute(text(query), {"talk": self.id, **values})
            return [row[0] if len(row) == 1 else tuple(row) for row in found]

    def booked(self, amount: str) -> int:
        minor = round(float(amount) * 100)
        query = "SELECT id FROM journal_entries WHERE abs(minor) = :minor"
        return len(self.rows(query, minor=minor))

    def replies(self) -> list[str]:
        """Return the turns that were answered, in the order of their answers."""
        query = (
            "SELECT dedupe_key FROM outbox WHERE conversation_id = :talk ORDER BY created_at, id"
        )
        return self.rows(query)

    def turns(self) -> list[str]:
        query = "SELECT id FROM turns WHERE conversation_id = :talk ORDER BY started_at"
        return [f"turn:{one}" for one in self.rows(query)]

    def breaches(self) -> list[str]:
        with self.talk.app.database.reading() as uow:
            asked = Asked(uow.connection, uow.vault, self.clock.now(), timedelta(minutes=5))
            found = sweep(asked, {Invariant.I2, Invariant.I4})
        mine = set(self.rows("SELECT id FROM turns WHERE conversation_id = :talk"))
        return [one.rule for one in found if one.rule != "two_turns_at_once" or one.subject in mine]


@pytest.fixture
def chat(talk: Talk) -> Chat:
    visitor = talk.visitor()
    clock = FixedClock(talk.app.clock.now())
    return Chat(talk, clock, visitor.conversation_id, visitor._address)


class TestAWorkerThatStoodStill:
    @pytest.mark.parametrize("where", ["before it plans", "before it runs", "after it ran"])
    def test_beyond_its_lease_keeps_nothing_and_the_next_one_goes_on(self, chat, where):
        first, second = f"{next(_AMOUNTS)}.01", f"{next(_AMOUNTS)}.02"
        chat.writes(f"coffee {first}", f"coffee {second}")
        other = chat.worker(Does())

        def overtaken() -> None:
            chat.clock.advance(LEASE + timedelta(seconds=1))
            assert other.handle_next()
            assert other.handle_next()

        kit = chat.talk.app.handler._kit
        if where == "before it plans":
            late = chat.worker(Does(overtaken))
        else:
            late = chat.worker(Does(), runner=Slow(kit.runner, where, overtaken))
        assert late.handle_next()
        assert (chat.booked(first), chat.booked(second)) == (1, 1)
        assert chat.replies() == chat.turns()
        assert len(chat.turns()) == 2
        assert chat.breaches() == []
        assert not other.handle_next()

    def test_within_its_lease_is_not_overtaken(self, chat):
        amount = f"{next(_AMOUNTS)}.03"
        chat.writes(f"coffee {amount}")
        taken = []

        def meanwhile() -> None:
            chat.clock.advance(LEASE - timedelta(seconds=1))
            taken.append(chat.worker(Does()).handle_next())

        assert chat.worker(Does(meanwhile)).handle_next()
        assert taken == [False]
        assert chat.booked(amount) == 1


class TestAWorkerWhoseClockIsBehind:
    def test_takes_the_next_message_after_the_one_before_and_no_rule_is_broken(self, chat):
        """Its turn begins when it claims the chat, and that is after the last one let go of it."""
        chat.writes(f"coffee {next(_AMOUNTS)}.04", f"coffee {next(_AMOUNTS)}.05")
        assert chat.worker(Does(lambda: chat.clock.advance(timedelta(seconds=1)))).handle_next()
        behind = FixedClock(chat.clock.now() - timedelta(milliseconds=200))
        assert chat.worker(Does(), behind).handle_next()
        assert len(chat.turns()) == 2
        assert chat.breaches() == []

    def test_while_two_that_overlap_are_still_found(self, chat):
        chat.writes(f"coffee {next(_AMOUNTS)}.06", f"coffee {next(_AMOUNTS)}.07")
        for _ in range(2):
            assert chat.worker(Does()).handle_next()
            chat.clock.advance(timedelta(seconds=1))
        with chat.talk.app.database.work() as uow:
            first = chat.turns()[0].removeprefix("turn:")
            values = {"late": chat.clock.now().replace(tzinfo=None), "turn": first}
            uow.connection.execute(
                text("UPDATE turns SET finished_at = :late WHERE id = :turn"), values
            )
            uow.commit()
        assert chat.breaches() == ["two_turns_at_once"]


class TestAMessageThatFailed:
    def test_is_answered_when_an_operator_puts_it_back(self, chat):
        def breaks() -> None:
            raise RuntimeError("a fault of ours")

        amount, after = f"{next(_AMOUNTS)}.08", f"{next(_AMOUNTS)}.09"
        (failed,) = chat.writes(f"coffee {amount}")
        assert chat.worker(Does(breaks)).handle_next()
        assert chat.rows("SELECT state FROM inbox WHERE id = :id", id=failed) == ["failed"]
        assert replay(chat.talk.app, failed)
        chat.clock.advance(timedelta(seconds=1))
        (waiting,) = chat.writes(f"coffee {after}")
        for _ in range(2):
            assert chat.worker(Does()).handle_next()
        handled = "SELECT state FROM inbox WHERE id IN (:one, :two)"
        assert chat.rows(handled, one=failed, two=waiting) == ["handled", "handled"]
        assert (chat.booked(amount), chat.booked(after)) == (1, 1)
        assert len(chat.replies()) == 3  # the apology, and both answers
        assert chat.breaches() == []
