"""A chat that writes faster than people do: stored, told once, and the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.commands.sweep import swept
from core.messaging.inbound import InboundKind, InboundMessage
from tests.e2e.chats import TelegramChat
from tests.e2e.stage import Stage, open_stage, wait_until

_MOST = 100


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("flooding"), workers=False) as opened:
        yield opened


def flood(stage: Stage, chat: TelegramChat, count: int, words: str = "balance") -> None:
    """Store messages as if they had come at once."""
    app = stage.app
    messages = [
        InboundMessage(f"flood/{next(stage.numbers)}", chat.address, InboundKind.TEXT, words)
        for _ in range(count)
    ]
    with app.database.work() as uow:
        uow.inbox.add_many(messages, now=app.clock.now(), ids=app.ids)
        uow.commit()


def told(stage: Stage, chat: TelegramChat) -> list[str]:
    """Let everything happen and return what the chat was sent meanwhile."""
    before = len(stage.telegram.sent())
    stage.settle()
    wait_until(lambda: stage.value("SELECT COUNT(*) FROM inbox WHERE state = 'received'") == 0)
    texts = [call.fields for _number, call in stage.telegram.sent()[before:]]
    return [each["text"] for each in texts if str(each["chat_id"]) == str(chat.person)]


class TestFlood:
    def test_is_stored_whole_answered_to_the_limit_and_told_once(self, stage: Stage) -> None:
        chat, other = stage.telegram_chat(stage.person()), stage.telegram_chat(stage.person())
        flood(stage, chat, _MOST + 20)
        answers = told(stage, chat)
        assert len(answers) == _MOST + 1
        assert "a lot of messages. Give me 60 seconds" in answers[-1]
        handled = "SELECT COUNT(*) FROM inbox WHERE state = 'handled'"
        assert stage.value(handled) >= _MOST + 20
        assert "Checking" in other.say("balance")[0]
        assert swept(stage.app, (), timedelta()) == ()
        stage.advance(timedelta(seconds=1))
        # An approval is read even now; this one has no request behind it and is told so.
        assert chat.say("APPROVE K7QM") != []
        assert chat.say("balance") == []
        stage.advance(timedelta(seconds=61))
        assert "Checking" in chat.say("balance")[0]

    def test_is_no_flood_when_somebody_had_to_wait_for_us(self, stage: Stage) -> None:
        chat = stage.telegram_chat(stage.person())
        for _ in range(4):
            flood(stage, chat, _MOST // 3)
            stage.clock.advance(timedelta(minutes=1))
        answers = told(stage, chat)
        assert len(answers) == 4 * (_MOST // 3)
