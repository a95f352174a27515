"""A conversation on Telegram from the provider's push to what the phone shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.messaging.address import ChannelName
from tests.e2e.stage import Stage, open_stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("telegram")) as opened:
        yield opened


class TestTheWholeConversation:
    def test_goes(self, stage):
        maya = stage.app.demo.load("maya")
        chat = stage.telegram_chat()
        def show(got): print(got)
        show(chat.say("balance"))
        show(chat.say(f"/start {stage.token(maya, ChannelName.TELEGRAM)}"))
        show(chat.say("balance"))
        stage.confirm(maya)
        show(chat.heard()[-1])
        for t in ["balance","food?","coffee 4","no, that was groceries","UNDO","coffee 5"]:
            print(t); show(chat.say(t))
        show(chat.press("undo"))
        show(chat.say("cancel netflix"))
        show(chat.press("approve"))
        print([ (c.method,c.fields) for c in stage.telegram.calls if c.method.startswith('edit')])
        print([ (c.fields.get('reply_markup')) for c in chat.calls()])
        show(chat.heard())
        assert 0
