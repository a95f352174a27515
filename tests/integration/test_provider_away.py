"""A provider that is away for half an hour: nothing is lost, nobody runs it over, STOP holds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.messaging.address import Address, ChannelName
from core.messaging.channel import Reason, RetryLater
from core.messaging.outbound import MessageClass
from tests.fakes.world import World, open_world
from workers.deliver import deliver_bulk, deliver_urgent

pytestmark = pytest.mark.slow
_CHATS = 20


@pytest.fixture
def world():
    made = open_world()
    yield made
    made.database.close()


class TestAProviderThatIsAway:
    """Fault 25."""

    def test_costs_no_answer_and_is_not_run_over_when_it_is_back(self, world: World) -> None:
        channel, away = world.channel(ChannelName.SMS), [True]

        def refuse() -> None:
            if away[0]:
                raise RetryLater(Reason.NOT_CONNECTED)

        channel.before_send = refuse
        user = world.user().id
        chats = [world.chat(user, f"sms:+155501{number:02}0") for number in range(_CHATS)]
        answers = [world.queue(chat) for chat in chats]
        alerts = [world.queue(chat, "Rent", MessageClass.ALERT) for chat in chats]
        with world.database.work() as uow:
            uow.bindings.opt_out(Address.parse("sms:+155501000"), now=world.now)
            uow.commit()
        self.live(world, minutes=30)
        asked = channel.calls
        assert asked <= 13 * 2 * _CHATS  # a try each now and then, not each second
        away[0] = False
        self.live(world, minutes=1)
        assert len(channel.sent) < 2 * _CHATS  # not all in the first minute
        self.live(world, minutes=20)
        states = [world.state(one) for one in answers]
        assert states == ["suppressed", *["accepted"] * (_CHATS - 1)]
        assert {world.state(one) for one in alerts[1:]} == {"accepted"}
        assert "sms:+155501000" not in {one.address.show() for one in channel.sent}
        assert len(set(channel.keys())) == len(channel.keys())

    def live(self, world: World, *, minutes: int) -> None:
        """Let the workers look every two seconds."""
        for _ in range(minutes * 30):
            world.clock.advance(timedelta(seconds=2))
            deliver_urgent(world.context)
            deliver_bulk(world.context)
