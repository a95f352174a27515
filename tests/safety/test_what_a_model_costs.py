"""What asking a model costs: tokens, our own time around it, and how long one that hangs."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.dialogue.handler import DialogueHandler
from bot.llm.chat import estimate
from checks.live import read_tasks
from core.messaging.inbound import Accepted, InboundKind, InboundMessage
from core.settings import Model
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


def _looking(number: int) -> Any:
    """Look something up, then answer."""

    def script(request: Mapping[str, Any]) -> Answer:
        has_looked = request["messages"][-1]["role"] == "tool"
        return words("Here it is.") if has_looked else calls(_LOOKS[number % len(_LOOKS)])

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
    most, after = 0.5 * _spare(), statistics.median(waits[1:])
    bar("next answer with a model that hangs", after, at_most=most, unit=" s")
