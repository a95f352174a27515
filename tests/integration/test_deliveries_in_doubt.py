"""Deliveries in doubt: looked up, marked when repeated, and never sent blindly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from core.messaging.address import Address, ChannelName
from core.messaging.channel import Ambiguous, Found, Reason, Receipt
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import MessageClass, OutboundMessage
from tests.fakes.recording_channel import LookingChannel, RecordingChannel
from tests.fakes.world import World, open_world
from workers.deliver import deliver_bulk, deliver_urgent
from workers.retry import reconcile, release_overdue

pytestmark = pytest.mark.slow

SMS = "sms:+15550100"
NEVER = [MessageClass.REPLY, MessageClass.APPROVAL, MessageClass.SECURITY]
SAFE = [MessageClass.ALERT, MessageClass.SUMMARY, MessageClass.REPORT]


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


def deliver(world: World) -> int:
    return deliver_urgent(world.context) + deliver_bulk(world.context)


def later(world: World, **span: float) -> None:
    world.clock.advance(timedelta(**span))


class PartChannel(RecordingChannel):
    """A channel whose provider took the first part of a message, and the answer was lost."""

    def look_up(
        self, message: OutboundMessage, address: Address, *, is_taken: Callable[[str], bool]
    ) -> Found | None:
        return Found(Receipt(("part-1",), DeliveryState.ACCEPTED), is_whole=False)


class TestUnknownOutcome:
    @pytest.mark.parametrize("message_class", NEVER)
    def test_is_never_sent_again_when_once_must_be_enough(
        self, world: World, message_class: MessageClass
    ) -> None:
        channel = world.channel()
        channel.lose_answers = [Ambiguous(Reason.TIMED_OUT)]
        outbox_id = world.queue(world.chat(world.user().id), message_class=message_class)
        for _ in range(30):
            deliver(world)
            reconcile(world.context)
            later(world, minutes=20)
        assert len(channel.sent) == 1
        assert world.state(outbox_id) == "unknown"

    @pytest.mark.parametrize("message_class", SAFE)
    def test_is_sent_again_and_marked_where_a_repeat_harms_nobody(
        self, world: World, message_class: MessageClass
    ) -> None:
        channel = world.channel()
        channel.lose_answers = [Ambiguous(Reason.SERVER_ERROR)]
        outbox_id = world.queue(world.chat(world.user().id), "Food: 80 %", message_class)
        for _ in range(4):
            deliver(world)
            reconcile(world.context)
            later(world, minutes=2)
        assert world.state(outbox_id) == "accepted"
        first, second = channel.texts()
        assert first == "Food: 80 %"
        assert second.endswith("Food: 80 %")
        assert "Sent again" in second

    @pytest.mark.parametrize("message_class", [MessageClass.REPLY, MessageClass.ALERT])
    def test_is_found_out_where_the_provider_can_be_asked(
        self, world: World, message_class: MessageClass
    ) -> None:
        channel = LookingChannel()
        world.channels[ChannelName.SMS] = channel
        channel.lose_answers = [Ambiguous(Reason.CONNECTION_LOST)]
        outbox_id = world.queue(world.chat(world.user().id, SMS), message_class=message_class)
        deliver(world)
        assert world.state(outbox_id) == "unknown"
        assert reconcile(world.context) == 0
        later(world, minutes=2)
        assert reconcile(world.context) == 1
        assert world.state(outbox_id) == "accepted"
        assert (len(channel.sent), channel.looked) == (1, 1)

    def test_of_a_repeat_is_found_out_too_and_no_third_one_sent(self, world: World) -> None:
        channel = LookingChannel()
        world.channels[ChannelName.SMS] = channel
        channel.faults = [Ambiguous(Reason.TIMED_OUT)]  # it never arrived
        chat = world.chat(world.user().id, SMS)
        outbox_id = world.queue(chat, "Food: 80 %", MessageClass.ALERT)
        deliver(world)
        later(world, minutes=2)
        reconcile(world.context)
        channel.lose_answers = [Ambiguous(Reason.TIMED_OUT)]  # and its repeat did
        for _ in range(4):
            deliver(world)
            later(world, minutes=11)
            reconcile(world.context)
        assert world.state(outbox_id) == "accepted"
        assert len(channel.sent) == 1

    def test_is_not_taken_for_an_earlier_message_with_the_same_words(self, world: World) -> None:
        channel = LookingChannel()
        world.channels[ChannelName.SMS] = channel
        chat = world.chat(world.user().id, SMS)
        world.queue(chat, "Rent is due", MessageClass.ALERT)
        deliver(world)
        channel.faults = [Ambiguous(Reason.TIMED_OUT)]
        second = world.queue(chat, "Rent is due", MessageClass.ALERT)
        for _ in range(3):
            deliver(world)
            later(world, minutes=2)
            reconcile(world.context)
        assert world.state(second) == "accepted"
        assert channel.keys().count(second) == 1

    def test_of_some_parts_goes_on_behind_them(self, world: World) -> None:
        channel = PartChannel()
        world.channels[ChannelName.SMS] = channel
        channel.faults = [Ambiguous(Reason.TIMED_OUT)]
        outbox_id = world.queue(world.chat(world.user().id, SMS), "Long", MessageClass.REPORT)
        deliver(world)
        later(world, minutes=2)
        reconcile(world.context)
        deliver(world)
        assert world.state(outbox_id) == "accepted"
        assert [one.message.parts_sent for one in channel.sent] == [1]

    def test_comes_of_a_worker_that_died_while_sending(self, world: World) -> None:
        channel = world.channel()
        alert = world.queue(world.chat(world.user().id), message_class=MessageClass.ALERT)

        def die() -> None:
            raise KeyboardInterrupt  # as close to a kill as one process can come

        channel.before_send = die
        with pytest.raises(KeyboardInterrupt):
            deliver(world)
        assert release_overdue(world.context) == 0
        later(world, minutes=1)
        assert release_overdue(world.context) == 1
        assert world.state(alert) == "unknown"

    def test_comes_of_an_adapter_that_broke(self, world: World) -> None:
        channel = world.channel()
        channel.faults = [ValueError("a bug")]
        outbox_id = world.queue(world.chat(world.user().id))
        deliver(world)
        assert world.state(outbox_id) == "unknown"
