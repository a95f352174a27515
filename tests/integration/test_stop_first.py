"""STOP before anything else: from the moment it is stored, whatever waits before it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.app import store_batch
from core.ids import CountingIds
from core.messaging.address import Address
from core.messaging.inbound import InboundKind, InboundMessage
from core.messaging.opt_out import classify_keyword
from tests.fakes.world import World, open_world
from workers.deliver import deliver_urgent

NUMBER = "sms:+15550100"


@pytest.fixture
def world():
    made = open_world()
    yield made
    made.database.close()


def store(world: World, *words: str) -> None:
    """Have messages of one batch stored; nobody has answered any of them."""
    batch = [
        InboundMessage(
            f"{text}-{world.now}",
            Address.parse(NUMBER),
            InboundKind.TEXT,
            text,
            keyword=classify_keyword(text),
        )
        for text in words
    ]
    store_batch(world.database, world.clock, CountingIds(), batch)


def stopped_at(world: World):
    with world.database.reading() as uow:
        return uow.bindings.stopped_at(Address.parse(NUMBER))


class TestAStoredStop:
    def test_holds_back_what_was_written_before_it(self, world):
        channel = world.channel(Address.parse(NUMBER).channel)
        outbox_id = world.queue(world.chat(world.user().id, NUMBER), "You spent $4")
        store(world, "balance", "STOP")
        deliver_urgent(world.context)
        assert channel.sent == []
        assert world.state(outbox_id) == "suppressed"

    def test_counts_from_when_it_was_stored_and_a_second_one_changes_nothing(self, world):
        store(world, "balance", "STOP")
        first = world.now + timedelta(microseconds=1)
        assert stopped_at(world) == first
        world.clock.advance(timedelta(minutes=1))
        store(world, "STOP")
        assert stopped_at(world) == first

    @pytest.mark.parametrize("words", ["balance", "START", "stop texting"])
    def test_is_no_other_word(self, world, words):
        store(world, words)
        assert stopped_at(world) is None
