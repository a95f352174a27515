"""What channels do beside sending: typing for as long as an answer takes."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bot.channels import courtesy
from bot.channels.courtesy import Courtesy
from core.messaging.address import Address, ChannelName
from tests.fakes.recording_channel import RecordingChannel

CHAT = Address.parse("telegram:42")


class TypingChannel(RecordingChannel):
    """Counts how often it showed that somebody types."""

    def __init__(self) -> None:
        super().__init__(ChannelName.TELEGRAM)
        self.typed = 0
        self.often = threading.Event()

    def typing(self, address: Address) -> None:
        assert address == CHAT
        self.typed += 1
        if self.typed > 2:
            self.often.set()


def kept(channel: RecordingChannel) -> Courtesy:
    no_database: Any = None
    return Courtesy(no_database, {channel.name: channel})


class TestTypingWhile:
    def test_shows_it_at_once(self):
        channel = TypingChannel()
        with kept(channel).typing_while(CHAT):
            assert channel.typed == 1

    def test_goes_on_while_an_answer_takes_its_time_and_no_longer(self, monkeypatch):
        monkeypatch.setattr(courtesy, "AGAIN_SECONDS", 0.01)
        channel = TypingChannel()
        with kept(channel).typing_while(CHAT):
            assert channel.often.wait(5)
        waiting = [one for one in threading.enumerate() if one.name == "typing"]
        for thread in waiting:
            thread.join(5)
        typed = channel.typed
        assert not [one for one in waiting if one.is_alive()]
        assert channel.typed == typed

    def test_ends_when_the_answer_breaks(self):
        channel = TypingChannel()
        with pytest.raises(KeyError), kept(channel).typing_while(CHAT):
            raise KeyError
        for thread in [one for one in threading.enumerate() if one.name == "typing"]:
            thread.join(5)
            assert not thread.is_alive()

    def test_does_nothing_where_nobody_sees_it(self):
        with kept(RecordingChannel(ChannelName.SMS)).typing_while(Address.parse("sms:+15550100")):
            assert not [one for one in threading.enumerate() if one.name == "typing"]
