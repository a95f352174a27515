"""What asking a model costs: tokens, our own time around it, and how long one that hangs."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.dialogue.handler import DialogueHandler
from bot.dialogue.lead import Leader, Models
from bot.dialogue.model_journal import Prices
from bot.llm.breaker import ModelBreaker
from bot.llm.chat import Fault, Message, ModelReply, ModelUnavailable, Wanted, estimate
from bot.llm.line import Line, Place
from bot.llm.loop import Loop
from bot.llm.model_tools import ModelTools
from checks.live import read_tasks
from core.messaging.inbound import Accepted, InboundKind, InboundMessage
from core.settings import Model
from prompts.told import tool_words
from tests.bars import Bar
from tests.fakes.model_stand_in import Answer, call, calls, words
from tests.model_talk import UNSURE, Talk, open_talk, said

pytestmark = pytest.mark.slow

# As they are where nobody sets them: what a user really waits for.
_USUAL = Model()
_LOOKS = (
    call("spending", category="food", period="this month"),
    call("transactions", period="this month"),
    call("bills", view="due"),
    call("budgets", view="standing"),
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with open_talk(tmp_path_factory.mktemp("talk")) as talk:
        yield talk


@pytest.fixture
def talk(opened: Talk) -> Talk:
    opened.stand_in.forget()
    opened.offline.guess = None
    return opened.led(turn_seconds=20.0)


def _looking(number: int, says: str = "It is {f1}.") -> Any:
    """Look something up, then answer."""

    def script(request: Mapping[str, Any]) -> Answer:
        has_looked = request["messages"][-1]["role"] == "tool"
        return words(says) if has_looked else calls(_LOOKS[number % len(_LOOKS)])

    return script


def _told(request: Mapping[str, Any]) -> Iterator[str]:
    """Give everything of a request that a tokenizer reads."""
    for one in request["messages"]:
        yield str(one["content"] or "")
        for wanted in one.get("tool_calls", ()):
            yield wanted["function"]["name"] + wanted["function"]["arguments"]
    yield json.dumps(request["tools"], ensure_ascii=False, separators=(",", ":"))


def test_tokens_of_a_question(talk: Talk, bar: Bar):
    for number, task in enumerate(read_tasks()):
        visitor = talk.visitor()
        talk.stand_in.obey(_looking(number))
        for text in task["say"]:
            said(visitor, text)
    tokens = [sum(map(estimate, _told(request))) for request in talk.stand_in.requests]
    assert len(tokens) >= 60
    bar("tokens of a question, mean with all tools", round(statistics.mean(tokens)), at_most=3500)


# As long as people write, and as models answer them.
_LONG_CHAT = (
    "how much has gone on food this month, i feel like it was a lot",
    "and the month before? i think we ate out less then",
    "what about getting around, last month? trains and all that",
    "how am i doing against the food budget so far",
    "what do my subscriptions come to a month, all of them together",
    "netflix, how much in april? and is it the same every month",
    "what do i still have to pay in the next weeks, in total please",
    "is there room left in transport this month or should i walk",
    "everything i own minus everything i owe, in one number",
    "what can i spend safely until payday, roughly",
    "should i be worried about any of that, honestly",
    "ok and what would you cut first if you were me",
    "thanks, and remind me: what was the biggest one of them again",
    "and how does that compare with what came in",
)
_LONG_ANSWER = (
    "By your books that is {f1}, everything of these days counted. It is worth a look beside the"
    " weeks before, for some of it comes only once in a while; I can go through the single payments"
    " with you, the largest first, if you would like to see where it went."
)


def test_tokens_of_a_question_late_in_a_long_chat(talk: Talk, bar: Bar):
    visitor, tokens = talk.visitor(), []
    for number, text in enumerate(_LONG_CHAT):
        before = len(talk.stand_in.requests)
        talk.stand_in.obey(_looking(number, _LONG_ANSWER))
        said(visitor, text)
        if number >= len(_LONG_CHAT) - 5:
            asked = talk.stand_in.requests[before:]
            tokens += [sum(map(estimate, _told(request))) for request in asked]
    assert len(tokens) >= 10
    told = "tokens of a question, mean, from the tenth turn of a chat on"
    bar(told, round(statistics.mean(tokens)), at_most=3500)


def test_our_own_time_around_a_turn(talk: Talk, bar: Bar):
    """CPU that two questions and a look add to the turn that looks the same up without a model."""
    led = [_handled(talk, number) for number in range(40)]
    kit = talk.app.handler._kit
    alone = replace(talk, app=replace(talk.app, handler=DialogueHandler(replace(kit, leader=None))))
    alone.offline.guess = UNSURE
    plain = [_handled(alone, number) for number in range(40)]
    added = statistics.median(led[5:]) - statistics.median(plain[5:])
    bar("our own time that a model adds to a turn", added, at_most=25, unit=" ms")


def _spare() -> float:
    """Return how much longer waits may be on a machine that others keep busy as well.

    The bars are those of a quiet one; there a core is free for whoever waits.
    """
    return 1.0 if os.getloadavg()[0] <= (os.cpu_count() or 1) else 1.5


def _handled(talk: Talk, number: int) -> float:
    """Return the milliseconds of this thread that a turn took.

    The client and the stand-in of the model have threads of their own.
    """
    app, visitor = talk.app, talk.visitor()
    talk.stand_in.obey(_looking(0))
    message = InboundMessage(
        provider_event_id=app.ids.new(f"m{number}"),
        address=visitor._address,
        kind=InboundKind.TEXT,
        text="hm what have i been doing with my money of late",
    )
    with app.database.work() as uow:
        stored = uow.inbox.add(message, now=app.clock.now(), ids=app.ids)
        uow.commit()
    assert isinstance(stored, Accepted)
    began = time.thread_time()
    assert app.handler.handle(stored.inbound_id) is not None
    return 1000 * (time.thread_time() - began)


@dataclass
class Clock:
    """Seconds that pass only while a model is waited for."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Waiting:
    """A model whose answers take their time by a clock of its own; the last one over and over.

    An answer is a reply, or why none came; one that would take longer than is waited for is
    given up exactly then, as a client with a deadline does.
    """

    clock: Clock
    answers: list[tuple[float, ModelReply | Fault]]
    name: str = "waiting"

    def warm(self) -> None:
        """Nothing to load."""

    def ask(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],
        *,
        seconds: float,
    ) -> ModelReply:
        """Let the time pass."""
        takes, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.clock.now += min(takes, seconds)
        if takes > seconds:
            raise ModelUnavailable(Fault.TIMEOUT)
        if isinstance(answer, Fault):
            raise ModelUnavailable(answer)
        return answer


_FOREVER = (3600.0, Fault.TIMEOUT)
_WRONG = ModelReply("You spent $999.99, as always.")


def _look(seconds: float, view: str) -> tuple[float, ModelReply]:
    return seconds, ModelReply("", (Wanted("1", "balances", {"view": view}),))


HANGS: dict[str, list[list[tuple[float, ModelReply | Fault]]]] = {
    "at once": [[_FOREVER]],
    "both of two": [[_FOREVER], [_FOREVER]],
    "after it has looked things up": [
        [_look(3.5, "accounts"), _look(3.5, "status"), _look(3.5, "net_worth"), _FOREVER]
    ],
    "the second one, after a look": [[_FOREVER], [_look(4, "status"), _FOREVER]],
    "and fails late, twice": [[(6.0, Fault.SERVER), (5.4, Fault.SERVER)]],
    "and is wrong late, twice": [[(5.6, _WRONG), (5.8, _WRONG)]],
    "at the repair": [[(7.0, _WRONG), _FOREVER]],
}


@pytest.mark.parametrize("name", HANGS)
def test_the_answer_comes_in_time_however_a_model_hangs(talk: Talk, bar: Bar, name: str):
    """By a clock that only waiting moves, and our own work on top: no other work counts."""
    clock, app = Clock(), talk.app
    places = [Place(Waiting(clock, [*answers]), ModelBreaker(clock)) for answers in HANGS[name]]
    line = Line(places, call_seconds=_USUAL.call_seconds)
    loop = Loop(line, turn_seconds=_USUAL.turn_seconds, ticks=clock)
    tools = ModelTools(app.runner.registry, tool_words())
    models = Models(loop, line, tools, Prices(), given=True)
    leader = Leader(models, app.runner, app.database, app.clock, app.phrasebook)
    handler = DialogueHandler(replace(app.handler._kit, leader=leader, planners=(talk.offline,)))
    talk.offline.guess = UNSURE
    own = _handled(replace(talk, app=replace(app, handler=handler)), 0) / 1000
    assert clock.now >= 10
    took = clock.now + own
    bar("first answer with a model that hangs, waits and work", took, at_most=13, unit=" s")


def test_a_model_that_hangs(opened: Talk, bar: Bar):
    talk = opened.led(turn_seconds=_USUAL.turn_seconds, call_seconds=_USUAL.call_seconds)
    talk.offline.guess = UNSURE
    talk.stand_in.will(Answer("", stall=60))
    visitor = talk.visitor()
    waits = []
    for _ in range(6):
        began = time.monotonic()
        exchange, reply = said(visitor, "hey was it me or did food get a bit out of hand lately")
        waits.append(time.monotonic() - began)
        assert exchange.planner == "classifier"
        assert "$" in reply
    most = 13 * _spare()
    bar("first answer with a model that hangs", waits[0], at_most=most, unit=" s")
    after, alone = statistics.median(waits[1:]), _without_a_model(opened)
    # At offline speed: as fast as where no model was ever asked, in the same minute.
    bar("next answer, in answers without a model", after / alone, at_most=2, unit=" times")


def _without_a_model(talk: Talk) -> float:
    """Return the seconds that the same answer takes where there is no model."""
    kit = talk.app.handler._kit
    alone = replace(talk, app=replace(talk.app, handler=DialogueHandler(replace(kit, leader=None))))
    alone.offline.guess = UNSURE
    visitor, waits = alone.visitor(), []
    for _ in range(6):
        began = time.monotonic()
        said(visitor, "hey was it me or did food get a bit out of hand lately")
        waits.append(time.monotonic() - began)
    return statistics.median(waits[1:])
