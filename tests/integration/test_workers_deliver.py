"""Delivery from the outbox to a channel: once, in order, and honest about what it knows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.messaging.address import Address, ChannelName
from core.messaging.channel import (
    Ambiguous,
    Misconfigured,
    OptedOut,
    Reason,
    RecipientGone,
    Rejected,
    RetryLater,
)
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import StatusUpdate
from core.messaging.outbound import MessageClass
from core.store.vault import SYSTEM
from core.users.linking import BindingState
from prompts.phrasebook import Phrasebook
from tests.fakes.world import World, open_world, phrases
from workers.context import JobContext
from workers.deliver import deliver_bulk, deliver_urgent
from workers.reported import take_report
from workers.retry import reconcile

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


class TestDeliver:
    def test_sends_what_is_due_and_records_what_the_provider_said(self, world: World) -> None:
        channel = world.channel()
        outbox_id = world.queue(world.chat(world.user().id), "You spent $12.50")
        assert deliver(world) == 1
        assert channel.texts() == ["You spent $12.50"]
        assert channel.keys() == [outbox_id]
        assert world.state(outbox_id) == "accepted"
        assert deliver(world) == 0

    def test_has_committed_sending_before_a_byte_leaves(self, world: World) -> None:
        channel = world.channel()
        outbox_id = world.queue(world.chat(world.user().id))
        seen: list[str] = []
        channel.before_send = lambda: seen.append(world.state(outbox_id))
        deliver(world)
        assert seen == ["sending"]

    def test_holds_no_transaction_while_it_sends(self, world: World) -> None:
        channel = world.channel()
        chat = world.chat(world.user().id)
        world.queue(chat, "one")
        # Another writer gets in while the send is under way; otherwise this would never end.
        channel.before_send = lambda: world.try_queue(chat, "two", key="while-sending")
        assert deliver_urgent(limited(world, 1)) == 1
        assert channel.texts() == ["one"]

    def test_tries_again_what_certainly_did_not_go_out(self, world: World) -> None:
        channel = world.channel()
        channel.faults = [RetryLater(Reason.NOT_CONNECTED)]
        outbox_id = world.queue(world.chat(world.user().id))
        deliver(world)
        assert world.state(outbox_id) == "ready"
        assert deliver(world) == 0
        later(world, minutes=1)
        deliver(world)
        assert world.state(outbox_id) == "accepted"
        assert len(channel.sent) == 1

    def test_gives_up_after_its_tries_and_shows_a_dead_letter(self, world: World) -> None:
        channel = world.channel()
        channel.faults = [RetryLater(Reason.QUEUE_FULL)] * 20
        outbox_id = world.queue(world.chat(world.user().id))
        for _ in range(20):
            deliver(world)
            later(world, minutes=2)
        assert world.state(outbox_id) == "failed"
        assert channel.calls == 5
        with world.database.reading() as uow:
            (dead,) = uow.outbox.tracking.dead_letters()
        assert (dead.id, dead.reason) == (outbox_id, "queue_full")

    def test_fails_at_once_what_is_refused_for_good(self, world: World) -> None:
        channel = world.channel()
        channel.faults = [Rejected(Reason.TOO_LONG)]
        outbox_id = world.queue(world.chat(world.user().id))
        deliver(world)
        assert world.state(outbox_id) == "failed"

    def test_holds_messages_while_a_channel_is_not_set_up(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id))
        deliver(world)
        assert world.state(outbox_id) == "ready"
        channel = world.channel()
        channel.faults = [Misconfigured(Reason.CREDENTIALS)]
        later(world, minutes=11)
        deliver(world)
        later(world, minutes=11)
        deliver(world)
        assert world.state(outbox_id) == "accepted"

    def test_does_not_send_what_is_no_longer_worth_it(self, world: World) -> None:
        channel = world.channel()
        outbox_id = world.queue(world.chat(world.user().id), message_class=MessageClass.SECURITY)
        later(world, minutes=10)
        deliver(world)
        assert channel.calls == 0
        assert world.state(outbox_id) == "failed"

    def test_gives_back_what_it_could_not_begin_in_time(self, world: World) -> None:
        channel = world.channel()
        user = world.user().id
        ids = [
            world.queue(world.chat(user, f"web:{place}"), message_class=MessageClass.ALERT)
            for place in range(2)
        ]
        channel.before_send = lambda: later(world, seconds=50)
        deliver_bulk(limited(world, 2))
        assert [world.state(one) for one in ids] == ["accepted", "ready"]
        assert channel.calls == 1

    def test_gives_back_what_it_has_not_begun_when_it_is_told_to_end(self, world: World) -> None:
        channel = world.channel()
        chat = world.chat(world.user().id)
        ids = [world.queue(chat, message_class=MessageClass.ALERT) for _ in range(3)]
        told = iter([False])  # it may claim; then the process is told to end
        stopping = replace(world.context, stopping=lambda: next(told, True))
        assert deliver_bulk(stopping) == 3
        assert channel.calls == 0
        assert {world.state(one) for one in ids} == {"ready"}
        assert {world.attempts(one)[0]["outcome"] for one in ids} == {"released"}
        assert deliver_bulk(world.context) == 3
        assert channel.calls == 3

    def test_gives_back_what_it_slept_over_at_the_last_moment(self, world: World) -> None:
        channel = world.channel()
        channel.lose_answers = [Ambiguous(Reason.TIMED_OUT)]
        outbox_id = world.queue(world.chat(world.user().id), message_class=MessageClass.ALERT)
        deliver(world)
        later(world, minutes=2)
        reconcile(world.context)

        def sleeping(language: str) -> Phrasebook:
            later(world, seconds=50)
            return phrases(language)

        assert deliver_bulk(replace(limited(world, 1), words=sleeping)) == 1
        assert len(channel.sent) == 1
        assert world.state(outbox_id) == "ready"


def limited(world: World, items: int) -> JobContext:
    context = world.context
    return replace(context, limits=replace(context.limits, round_items=items))


class TestRecipient:
    def test_is_switched_off_when_nobody_is_there(self, world: World) -> None:
        channel = world.channel(ChannelName.SMS)
        channel.faults = [RecipientGone(Reason.BAD_ADDRESS)]
        chat = world.chat(world.user().id, SMS)
        assert self.outcome(world, chat) == "failed"
        assert self.binding(world) is BindingState.UNREACHABLE
        assert self.outcome(world, chat, MessageClass.ALERT) == "suppressed"
        assert self.outcome(world, chat, MessageClass.REPLY) == "accepted"

    def test_gets_nothing_more_after_opting_out_at_the_carrier(self, world: World) -> None:
        channel = world.channel(ChannelName.SMS)
        channel.faults = [OptedOut(Reason.OPTED_OUT)]
        chat = world.chat(world.user().id, SMS)
        for message_class in (*NEVER, *SAFE):
            assert self.outcome(world, chat, message_class) == "suppressed"
        assert channel.calls == 1

    def test_gets_nothing_that_was_queued_before_it_opted_out(self, world: World) -> None:
        channel = world.channel(ChannelName.SMS)
        outbox_id = world.queue(world.chat(world.user().id, SMS))
        with world.database.work() as uow:
            uow.bindings.opt_out(Address.parse(SMS), now=world.now)
            uow.commit()
        deliver(world)
        assert channel.calls == 0
        assert world.state(outbox_id) == "suppressed"

    def test_never_reads_what_was_meant_for_the_number_before(self, world: World) -> None:
        channel = world.channel(ChannelName.SMS)
        alice, bob = world.user().id, world.user("bob@example.org").id
        outbox_id = world.queue(world.chat(alice, SMS), "Alice's balance")
        with world.database.work() as uow:
            uow.bindings.link(bob, Address.parse(SMS), now=world.now, ids=world.ids)
            uow.commit()
        deliver(world)
        assert channel.calls == 0
        assert world.state(outbox_id) == "suppressed"

    def test_gets_no_alert_after_unlinking_but_still_the_answer(self, world: World) -> None:
        channel = world.channel(ChannelName.SMS)
        chat = world.chat(world.user().id, SMS)
        alert = world.queue(chat, "Budget", MessageClass.ALERT)
        answer = world.queue(chat, "Unlinked.")
        with world.database.work() as uow:
            uow.bindings.revoke(Address.parse(SMS))
            uow.commit()
        deliver(world)
        assert channel.texts() == ["Unlinked."]
        assert [world.state(alert), world.state(answer)] == ["suppressed", "accepted"]

    def test_may_be_a_chat_that_is_nobodys_yet(self, world: World) -> None:
        channel = world.channel(ChannelName.TELEGRAM)
        chat = world.chat(SYSTEM, "telegram:42", bound=False)
        world.queue(chat, "Link this chat first")
        deliver(world)
        assert channel.texts() == ["Link this chat first"]

    def outcome(
        self, world: World, chat: object, message_class: MessageClass = MessageClass.REPLY
    ) -> str:
        outbox_id = world.queue(chat, message_class=message_class)  # type: ignore[arg-type]  # a Conversation
        deliver(world)
        return world.state(outbox_id)

    def binding(self, world: World) -> BindingState:
        with world.database.reading() as uow:
            found = uow.bindings.owner_of(Address.parse(SMS))
        assert found is not None
        return found.state


class TestTakeReport:
    @pytest.mark.parametrize(
        ("reason", "state"),
        [
            (Reason.BAD_ADDRESS, BindingState.UNREACHABLE),
            (Reason.OPTED_OUT, BindingState.OPTED_OUT),
            (Reason.FILTERED, BindingState.ACTIVE),
        ],
    )
    def test_draws_the_consequences_of_a_failure_reported_later(
        self, world: World, reason: Reason, state: BindingState
    ) -> None:
        world.channel(ChannelName.SMS)
        outbox_id = world.queue(world.chat(world.user().id, SMS))
        deliver(world)
        report = StatusUpdate("SM1", outbox_id, DeliveryState.FAILED, reason=reason)
        with world.database.work() as uow:
            take_report(world.context, uow, replace(report, channel=ChannelName.SMS), now=world.now)
            uow.commit()
        assert world.state(outbox_id) == "failed"
        assert TestRecipient().binding(world) is state


class TestBulk:
    def test_waits_for_a_slow_provider_with_several_messages_at_once(self, tmp_path: Path) -> None:
        world = open_world(f"sqlite:///{tmp_path / 'books.db'}")
        channel, both = world.channel(), threading.Barrier(2, timeout=20)
        channel.before_send = both.wait  # answers only when two are waiting
        chat = world.chat(world.user().id)
        ids = [world.queue(chat, text, MessageClass.ALERT) for text in ("one", "two")]
        assert deliver_bulk(world.context) == 2
        assert sorted(channel.texts()) == ["one", "two"]
        assert [world.state(one) for one in ids] == ["accepted", "accepted"]
        world.database.close()
