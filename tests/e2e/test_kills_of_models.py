"""kill -9 while a language model is asked: it is asked once, and the user is answered once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.failpoints import Point
from tests.e2e.killing import KILLED, Stage, at_each, dying, open_stage
from tests.fakes.model_stand_in import Answer, ModelStandIn, call, calls, words

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

_ASKED = "hey was it me or did things get a bit out of hand lately"
# How often the model hears of one turn, the process that goes on included. Who died with the
# question on its lips may or may not have been heard: it is not asked again.
_HEARD = {Point.MODEL_ASKED: 0, Point.MODEL_ANSWERED: 2, Point.T3_PLANNED: 2}


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    yield from open_stage(request, tmp_path)


@pytest.fixture
def model() -> Iterator[ModelStandIn]:
    with ModelStandIn() as stand_in:
        stand_in.obey(_script)
        yield stand_in


def _script(request: Mapping[str, Any]) -> Answer:
    if any(one["role"] == "tool" for one in request["messages"]):
        return words("In all it was {f1}.")
    return calls(call("spending", period="this month"))


class TestAProcessKilledWhileItAsksAModel:
    @at_each(_HEARD)
    def test_asks_once_and_answers_once(self, stage, point, model):
        stage.life = replace(stage.life, model_url=model.base_url)
        assert stage.process(dying(stage.life, point), "e1", _ASKED) == KILLED
        stage.clear_up("e1", _ASKED)
        stage.check()
        assert len(model.requests) == _HEARD[point]
        (told,) = stage.bubbles()
        led = point is not Point.MODEL_ASKED
        assert told.startswith("In all it was ") is led
        questions = stage.rows("SELECT position FROM model_calls ORDER BY position")
        assert questions == [(place,) for place in range(max(1, _HEARD[point]))]
