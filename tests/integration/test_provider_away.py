"""A provider that is away: nothing is lost, nobody runs it over, STOP holds, others go on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.app import store_batch
from bot.channels.line import line_breaker, over
from core.messaging.address import Address, ChannelName
from core.messaging.channel import Reason, Receipt, RetryLater
from core.messaging.inbound import InboundKind, InboundMessage
from core.messaging.opt_out import classify_keyword
from core.messaging.outbound import MessageClass, OutboundMessage
from core.store.conversation_store import Conversation
from tests.fakes.recording_channel import RecordingChannel
from tests.fakes.world import World, open_world
from workers.deliver import deliver_bulk, deliver_urgent

pytestmark = pytest.mark.slow
_CHATS = 30


@pytest.fixture
def world():
    made = open_world()
    yield made
    made.database.close()


def look(world: World, *, seconds: int) -> None:
    """Let time pass and the workers look once."""
    world.clock.advance(timedelta(seconds=seconds))
    deliver_urgent(world.context)
    deliver_bulk(world.context)


class GuardedChannel(RecordingChannel):
    """A channel behind the breaker that every provider of messages has, on the world's clock."""

    def __init__(self, world: World, name: ChannelName) -> None:
        super().__init__(name)
        self.breaker = line_breaker(self._ticks)
        self.world = world
        self.is_away = False
        world.channels[name] = self

    def _ticks(self) -> float:
        return self.world.now.timestamp()

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:
        return over(self.breaker, lambda: self._send(message, address, key))

    def _send(self, message: OutboundMessage, address: Address, key: str) -> Receipt:
        if self.is_away:
            self.calls += 1
            raise RetryLater(Reason.NOT_CONNECTED)
        return super().send(message, address, key=key)


@dataclass
class Hour:
    """People on two providers, one of which is away, who go on writing all the time."""

    world: World
    sms: GuardedChannel
    telegram: GuardedChannel
    talks: list[Conversation]
    friends: list[Conversation]
    answers: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def pass_by(self, *, minutes: int, writing: bool) -> list[int]:
        """Let it pass in steps of five seconds; return what SMS took in each."""
        taken = []
        for step in range(minutes * 12):
            if writing and step % 6 == 0:
                place = step // 6
                self.answers.append(self.world.queue(self.talks[place % len(self.talks)]))
                self.elsewhere.append(self.world.queue(self.friends[place % len(self.friends)]))
            before = len(self.sms.sent)
            look(self.world, seconds=5)
            taken.append(len(self.sms.sent) - before)
            assert all(self.world.state(one) == "accepted" for one in self.elsewhere[-2:])
        return taken

    def stop(self, talk: Conversation) -> None:
        """Have the user of a chat write STOP."""
        words = "STOP"
        message = InboundMessage(
            f"stop {talk.id}",
            talk.address,
            InboundKind.TEXT,
            words,
            keyword=classify_keyword(words),
        )
        store_batch(self.world.database, self.world.clock, self.world.ids, [message])


class TestAnHourAway:
    """Fault 25: behind a breaker, with people who go on writing, and one who says STOP."""

    def test_is_asked_now_and_then_and_comes_back_to_no_crowd(self, world: World) -> None:
        user, friend = world.user().id, world.user("friend@example.org").id
        hour = Hour(
            world,
            GuardedChannel(world, ChannelName.SMS),
            GuardedChannel(world, ChannelName.TELEGRAM),
            [world.chat(user, f"sms:+15550{number:03}0") for number in range(_CHATS)],
            [world.chat(friend, f"telegram:{7000 + number}") for number in range(5)],
        )
        alerts = [world.queue(talk, "Rent", MessageClass.ALERT) for talk in hour.talks]
        hour.sms.is_away = True
        hour.pass_by(minutes=30, writing=True)
        hour.stop(hour.talks[0])
        hour.pass_by(minutes=30, writing=True)
        assert hour.sms.sent == []
        assert hour.sms.calls <= 5 + 60 * 4  # one look each quarter of a minute, whoever waits
        hour.sms.is_away = False
        taken = hour.pass_by(minutes=12, writing=False)
        waited = len(hour.answers) + len(alerts)
        assert max(taken) <= waited // 5  # never a fifth of all at once
        silent = hour.talks[0].address
        assert silent not in {one.address for one in hour.sms.sent}
        assert hour.telegram.calls == len(hour.telegram.sent) == len(hour.elsewhere)
        assert len(set(hour.sms.keys())) == len(hour.sms.keys())
        # An answer is worth sending for an hour: only the oldest were too old by then.
        states = {one: world.state(one) for one in (*hour.answers, *alerts)}
        assert {one for one, state in states.items() if state == "failed"} <= set(hour.answers[:30])
        own = 1 + 2 * len(range(0, len(hour.answers) // 2, _CHATS))
        counted = Counter(states.values())
        assert counted["suppressed"] == own
        assert counted["accepted"] == waited - own - counted["failed"]
