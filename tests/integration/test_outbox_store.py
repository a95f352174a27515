"""The outbox on a real database: once in, claimed under an epoch, recorded only by the holder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.messaging.address import ChannelName
from core.messaging.channel import Ambiguous, Reason, Receipt, RetryLater
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import StatusUpdate
from core.messaging.outbound import Choice, MessageClass, OutboundMessage
from core.messaging.outbox import Lane, OutboxItem, Outgoing
from core.messaging.retry import after_error, after_receipt
from tests.fakes.databases import DATABASES, world_on
from tests.fakes.world import World

LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from world_on(request)


def claim(world: World, lane: Lane = Lane.URGENT, limit: int = 10) -> tuple[OutboxItem, ...]:
    with world.database.work() as uow:
        items = uow.outbox.claim_due(lane, now=world.now, limit=limit, lease=LEASE)
        uow.commit()
    return items


def accept(world: World, item: OutboxItem, *ids: str) -> bool:
    after = after_receipt(item.delivery, Receipt(ids or ("SM1",), DeliveryState.ACCEPTED))
    return record(world, item, after)


def record(world: World, item: OutboxItem, after: object) -> bool:
    with world.database.work() as uow:
        kept = uow.outbox.record(item, after, now=world.now)  # type: ignore[arg-type]  # a Delivery
        uow.commit()
    return kept


def fail(world: World, item: OutboxItem, reason: Reason = Reason.RATE_LIMITED) -> bool:
    error = RetryLater(reason)
    return record(world, item, after_error(item.delivery, error, now=world.now, draw=0.5))


def report(
    world: World, sid: str, status: DeliveryState, key: str | None = None
) -> DeliveryState | None:
    with world.database.work() as uow:
        update = StatusUpdate(sid, key, status)
        state = uow.outbox.statuses.apply(ChannelName.SMS, update, now=world.now)
        uow.commit()
    return state


def expire(world: World) -> int:
    with world.database.work() as uow:
        ended = uow.outbox.expire_sending(now=world.now)
        uow.commit()
    return ended


class TestEnqueue:
    def test_stores_a_message_once_for_each_dedupe_key(self, world: World) -> None:
        chat = world.chat(world.user().id)
        assert world.try_queue(chat, key="turn:1") is not None
        assert world.try_queue(chat, key="turn:1") is None
        assert len(claim(world)) == 1

    def test_keeps_address_and_words_sealed(self, world: World) -> None:
        chat = world.chat(world.user().id, "sms:+15550100")
        world.queue(chat, "You spent 12.50")
        with world.database.reading() as uow:
            raw = uow.connection.exec_driver_sql("SELECT address, body FROM outbox").one()
        stored = b"".join(bytes(part) for part in raw)
        assert b"5550100" not in stored
        assert b"12.50" not in stored

    def test_gives_each_button_an_id_of_this_message(self, world: World) -> None:
        chat = world.chat(world.user().id)
        message = OutboundMessage("Which?", (Choice("One", "1"), Choice("Two", "2")))
        outgoing = Outgoing(chat.owner, chat.id, chat.address, message, "k", world.now)
        with world.database.work() as uow:
            outbox_id = uow.outbox.enqueue(outgoing, now=world.now, ids=world.ids)
            uow.commit()
        (item,) = claim(world)
        assert [c.data for c in item.message.choices] == [f"{outbox_id}/0", f"{outbox_id}/1"]


class TestClaimDue:
    def test_commits_sending_under_a_new_epoch(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id))
        (item,) = claim(world)
        assert (item.id, item.epoch) == (outbox_id, 1)
        assert world.state(outbox_id) == "sending"
        assert [one["number"] for one in world.attempts(outbox_id)] == [1]

    def test_leaves_what_is_not_due_and_what_is_claimed(self, world: World) -> None:
        chat = world.chat(world.user().id)
        world.queue(chat, due_at=world.now + SECOND)
        assert claim(world) == ()
        world.clock.advance(SECOND)
        assert len(claim(world)) == 1
        assert claim(world) == ()

    def test_takes_security_codes_before_approvals_before_answers(self, world: World) -> None:
        user = world.user().id
        kinds = (MessageClass.REPLY, MessageClass.APPROVAL, MessageClass.SECURITY)
        for place, kind in enumerate(kinds):
            world.queue(world.chat(user, f"web:{place}"), message_class=kind)
        assert [item.message.message_class for item in claim(world)] == list(reversed(kinds))

    def test_keeps_the_order_of_one_conversation(self, world: World) -> None:
        chat = world.chat(world.user().id)
        first = world.queue(chat, "one", turn_id="t", position=0)
        second = world.queue(chat, "two", turn_id="t", position=1)
        (item,) = claim(world)
        assert item.id == first
        assert claim(world) == ()
        accept(world, item)
        assert [one.id for one in claim(world)] == [second]

    def test_keeps_bulk_out_of_the_urgent_lane(self, world: World) -> None:
        chat = world.chat(world.user().id)
        alert = world.queue(chat, message_class=MessageClass.ALERT)
        answer = world.queue(chat)
        assert [item.id for item in claim(world, Lane.URGENT)] == [answer]
        assert [item.id for item in claim(world, Lane.BULK)] == [alert]

    def test_fails_a_row_nobody_can_open_and_goes_on(self, world: World) -> None:
        user = world.user().id
        broken = world.queue(world.chat(user, "web:one"))
        whole = world.queue(world.chat(user, "web:two"))
        with world.database.work() as uow:
            uow.connection.exec_driver_sql(
                f"UPDATE outbox SET body = address WHERE id = '{broken}'"
            )
            uow.commit()
        assert [item.id for item in claim(world)] == [whole]
        with world.database.reading() as uow:
            (dead,) = uow.outbox.tracking.dead_letters()
        assert (dead.id, dead.reason) == (broken, "unreadable_row")


class TestRecord:
    def test_refuses_a_worker_whose_message_was_claimed_again(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id))
        (stale,) = claim(world)
        fail(world, stale)
        world.clock.advance(timedelta(minutes=10))
        (present,) = claim(world)
        assert present.epoch == 2
        assert not fail(world, stale)
        assert not accept(world, stale, "SM-stale")
        assert world.state(outbox_id) == "sending"
        assert accept(world, present, "SM-present")
        assert world.state(outbox_id) == "accepted"

    def test_never_puts_a_message_back_after_its_lease_ended(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id))
        (late,) = claim(world)
        world.clock.advance(LEASE)
        expire(world)
        fail(world, late)
        assert world.state(outbox_id) == "unknown"

    def test_believes_a_late_worker_that_it_was_accepted(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id))
        (late,) = claim(world)
        world.clock.advance(LEASE)
        expire(world)
        assert accept(world, late)
        assert world.state(outbox_id) == "accepted"

    def test_goes_on_after_the_parts_that_went_out(self, world: World) -> None:
        world.queue(world.chat(world.user().id))
        (item,) = claim(world)
        error = RetryLater(Reason.RATE_LIMITED, accepted=("SM1", "SM2"))
        record(world, item, after_error(item.delivery, error, now=world.now, draw=0.1))
        world.clock.advance(timedelta(minutes=10))
        (again,) = claim(world)
        assert again.message.parts_sent == 2
        assert again.delivery.provider_message_ids == ("SM1", "SM2")

    def test_gives_back_a_claim_of_which_nothing_was_sent(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id))
        (item,) = claim(world)
        with world.database.work() as uow:
            assert uow.outbox.release(item, now=world.now)
            uow.commit()
        assert world.state(outbox_id) == "ready"
        (again,) = claim(world)
        assert again.delivery.attempts == 0


class TestExpireSending:
    def test_makes_an_ended_lease_unknown_and_never_ready(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id), message_class=MessageClass.ALERT)
        claim(world, Lane.BULK)
        assert expire(world) == 0
        world.clock.advance(LEASE)
        assert expire(world) == 1
        assert world.state(outbox_id) == "unknown"
        assert claim(world, Lane.BULK) == ()
        assert world.attempts(outbox_id)[0]["outcome"] == "unknown"

    def test_believes_a_report_that_came_while_sending(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id, "sms:+15550100"))
        claim(world)
        report(world, "SM9", DeliveryState.ACCEPTED, key=outbox_id)
        world.clock.advance(LEASE)
        expire(world)
        assert world.state(outbox_id) == "accepted"


class TestApplyStatus:
    def sent(self, world: World) -> str:
        outbox_id = world.queue(world.chat(world.user().id, "sms:+15550100"))
        (item,) = claim(world)
        accept(world, item, "SM1")
        return outbox_id

    def test_moves_on_from_accepted_to_delivered(self, world: World) -> None:
        outbox_id = self.sent(world)
        assert report(world, "SM1", DeliveryState.DELIVERED) is DeliveryState.DELIVERED
        assert world.state(outbox_id) == "delivered"

    @pytest.mark.parametrize("late", [DeliveryState.ACCEPTED, DeliveryState.FAILED])
    def test_never_goes_back(self, world: World, late: DeliveryState) -> None:
        outbox_id = self.sent(world)
        report(world, "SM1", DeliveryState.DELIVERED)
        report(world, "SM1", late)
        report(world, "SM1", late)
        assert world.state(outbox_id) == "delivered"

    def test_finds_the_message_by_our_key_when_its_id_is_not_known(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id, "sms:+15550100"))
        (item,) = claim(world)
        record(world, item, replace(item.delivery, state=DeliveryState.UNKNOWN, reason="timed_out"))
        report(world, "SM7", DeliveryState.DELIVERED, key=outbox_id)
        assert world.state(outbox_id) == "delivered"

    def test_keeps_a_report_that_overtakes_the_answer_to_the_send(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id, "sms:+15550100"))
        (item,) = claim(world)
        assert report(world, "SM1", DeliveryState.DELIVERED) is None
        assert accept(world, item, "SM1")
        assert world.state(outbox_id) == "delivered"

    def test_is_not_misled_by_a_part_that_was_known_to_have_gone_out(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id, "sms:+15550100"))
        (item,) = claim(world)
        error = RetryLater(Reason.RATE_LIMITED, accepted=("SM1",))
        record(world, item, after_error(item.delivery, error, now=world.now, draw=0.1))
        report(world, "SM1", DeliveryState.DELIVERED, key=outbox_id)
        assert world.state(outbox_id) == "ready"

    def test_forgets_the_failure_of_a_try_that_another_followed(self, world: World) -> None:
        outbox_id = world.queue(
            world.chat(world.user().id, "sms:+15550100"), message_class=MessageClass.ALERT
        )
        (item,) = claim(world, Lane.BULK)
        error = Ambiguous(Reason.TIMED_OUT, accepted=("SM1",))
        record(world, item, after_error(item.delivery, error, now=world.now, draw=0.1))
        with world.database.work() as uow:
            uow.outbox.replay(outbox_id, now=world.now)
            uow.commit()
        (again,) = claim(world, Lane.BULK)
        accept(world, again, "SM2")
        report(world, "SM1", DeliveryState.FAILED)
        assert world.state(outbox_id) == "accepted"

    def test_keeps_a_report_for_nobody_we_know(self, world: World) -> None:
        assert report(world, "SM-other", DeliveryState.DELIVERED) is None


class TestReplay:
    def test_makes_a_new_try_under_the_same_key(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id))
        (item,) = claim(world)
        record(world, item, replace(item.delivery, state=DeliveryState.FAILED, reason="refused"))
        with world.database.work() as uow:
            assert uow.outbox.replay(outbox_id, now=world.now)
            uow.commit()
        (again,) = claim(world)
        assert again.id == outbox_id
        assert [one["number"] for one in world.attempts(outbox_id)] == [1, 3]

    def test_leaves_a_message_that_arrived(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id))
        (item,) = claim(world)
        accept(world, item)
        with world.database.work() as uow:
            assert not uow.outbox.replay(outbox_id, now=world.now)

    def test_gives_an_old_message_a_fresh_life(self, world: World) -> None:
        outbox_id = world.queue(world.chat(world.user().id))
        (item,) = claim(world)
        record(world, item, replace(item.delivery, state=DeliveryState.FAILED, reason="refused"))
        world.clock.advance(timedelta(days=2))
        with world.database.work() as uow:
            uow.outbox.replay(outbox_id, now=world.now)
            uow.commit()
        (again,) = claim(world)
        assert again.delivery.expires_at > world.now


class TestTracking:
    def test_counts_the_backlog_and_the_age_of_the_oldest(self, world: World) -> None:
        user = world.user().id
        for place in range(3):
            world.queue(world.chat(user, f"web:{place}"))
        claim(world, limit=1)
        world.clock.advance(timedelta(seconds=40))
        with world.database.reading() as uow:
            backlog = uow.outbox.tracking.backlog(now=world.now)
        assert (backlog.ready, backlog.sending, backlog.oldest_seconds) == (2, 1, 40)

    def test_shows_a_conversation_newest_first(self, world: World) -> None:
        chat = world.chat(world.user().id)
        ids = [world.queue(chat, position=place) for place in range(2)]
        with world.database.reading() as uow:
            tracked = uow.outbox.tracking.of_conversation(chat.id)
        assert [one.id for one in tracked] == list(reversed(ids))

    def test_opens_what_a_turn_sent_in_order(self, world: World) -> None:
        chat = world.chat(world.user().id)
        for place, text in enumerate(("one", "two")):
            world.queue(chat, text, turn_id="turn_1", position=place)
        with world.database.reading() as uow:
            assert [item.message.text for item in uow.outbox.tracking.of_turn("turn_1")] == [
                "one",
                "two",
            ]

    def test_forgets_what_is_settled_and_old_and_nothing_else(self, world: World) -> None:
        chat = world.chat(world.user().id)
        settled = world.queue(chat, "old")
        (item,) = claim(world)
        accept(world, item)
        waiting = world.queue(chat, "waits")
        world.clock.advance(timedelta(days=100))
        with world.database.work() as uow:
            assert uow.outbox.tracking.prune(before=world.now - timedelta(days=90)) == 1
            assert uow.outbox.tracking.get(settled) is None
            assert uow.outbox.tracking.get(waiting) is not None
