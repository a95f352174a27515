"""With a model set up and gone, every dialogue ends as without one; most messages ask none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.dialogue.handler import DialogueHandler
from bot.dialogue.lead import Leader, Models
from bot.dialogue.model_journal import Prices
from bot.llm.breaker import ModelBreaker
from bot.llm.chat import Fault, Message, ModelReply, ModelUnavailable
from bot.llm.line import Line, Place
from bot.llm.loop import Loop
from bot.llm.model_tools import ModelTools
from prompts.told import tool_words
from tests.bars import Bar
from tests.dialogue.judge import Judge
from tests.dialogue.player import Player
from tests.dialogue.script import Dialogue, all_dialogues
from tests.dialogue.stage import Stage

# Of the messages that have to work without a model, so many at least are not sent to one.
_LEAST = 70  # per cent


@dataclass
class Gone:
    """Fails at once, and counts how often it was asked."""

    name: str = "gone"
    asked: list[str] = field(default_factory=list)

    def warm(self) -> None:
        pass

    def ask(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], *, seconds: float
    ) -> ModelReply:
        self.asked.append(messages[-1].text)
        raise ModelUnavailable(Fault.SERVER)


class NeverOpen(ModelBreaker):
    """Asks again each time, so that what is counted is what would be asked."""

    @property
    def is_open(self) -> bool:
        return False


@pytest.fixture
def gone() -> Gone:
    return Gone()


@pytest.fixture
def led(stage: Stage, gone: Gone) -> Stage:
    """The stage with a leader whose model is gone; every user has agreed to it."""
    app = stage.app
    line = Line([Place(gone, NeverOpen())], call_seconds=5)
    tools = ModelTools(app.runner.registry, tool_words())
    models = Models(Loop(line, turn_seconds=10), line, tools, Prices(), given=True)
    leader = Leader(models, app.runner, app.database, app.clock, app.phrasebook)
    handler = DialogueHandler(replace(app.handler._kit, leader=leader))
    return replace(stage, app=replace(app, handler=handler))


def _of_the_sixty() -> list[Dialogue]:
    """Return the rows of the sixty messages that need no model."""
    return [one for one in all_dialogues() if one.name.startswith("sixty/") and not one.is_led]


_ROWS = {one.name for one in _of_the_sixty()}
_OTHERS = [one for one in all_dialogues() if one.name not in _ROWS and not one.is_led]


def _tell(stage: Stage, dialogue: Dialogue) -> int:
    """Play a dialogue and judge it; return how many messages were said."""
    player = Player(stage, dialogue, dialogue.profiles[0])
    judge, said = Judge(player), 0
    for played in player.play():
        judge.see(played)
        said += len(played.reports)
    return said


@pytest.mark.slow
def test_most_messages_that_work_without_a_model_are_not_sent_to_one(
    led: Stage, gone: Gone, bar: Bar
):
    said = sum(_tell(led, dialogue) for dialogue in _of_the_sixty())
    assert said >= 60
    # The model is really there: what nobody understands goes to it.
    free = next(one for one in all_dialogues() if one.name.endswith("a_person_after_two_failures"))
    before = len(gone.asked)
    _tell(led, free)
    assert len(gone.asked) > before
    del gone.asked[before:]
    kept, name = said - len(gone.asked), "messages of the sixty that ask no model"
    bar(name, kept, of=said, at_least=_LEAST, unit="%")


@pytest.mark.slow
@pytest.mark.parametrize("dialogue", _OTHERS, ids=lambda one: one.name)
def test_every_dialogue_ends_the_same_when_the_model_is_gone(led: Stage, dialogue: Dialogue):
    _tell(led, dialogue)
