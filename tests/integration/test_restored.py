"""A copy that is put back: nothing that was open in it is sent or done again by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.commands.admin import hold_open
from core.approvals.approval import ApprovalState
from core.messaging.outbound import MessageClass
from core.store.tables.action import approvals
from tests.fakes.world import World, open_world
from tests.integration.test_workers_executor import Bench
from tests.ledgers import changing
from workers.deliver import deliver_bulk, deliver_urgent
from workers.retry import reconcile, release_overdue

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


def hold(world: World) -> int:
    with changing(world.database) as uow:
        return hold_open(uow, now=world.now)


def live(world: World, hours: int) -> None:
    for _ in range(hours * 6):
        world.clock.advance(timedelta(minutes=10))
        deliver_urgent(world.context)
        deliver_bulk(world.context)
        release_overdue(world.context)
        reconcile(world.context)


class TestACopyFromBefore:
    """Fault 38: what was open in it may have been sent and done after it was made."""

    def test_sends_and_does_nothing_again_by_itself(self, world: World) -> None:
        bench = Bench(world)
        approval = bench.approved()
        bench.run()  # it was done after the copy was made
        with changing(world.database) as uow:
            uow.connection.execute(update(approvals).values(state="approved", settled_at=None))
        asked = len(bench.provider.submitted)
        assert hold(world) == 1
        bench.run()
        assert len(bench.provider.submitted) == asked
        assert bench.provider.lookups == 1
        assert bench.state(approval) is ApprovalState.EXECUTED

    @pytest.mark.parametrize("kind", list(MessageClass))
    def test_keeps_open_messages_for_a_person(self, world: World, kind: MessageClass) -> None:
        channel = world.channel()
        outbox_id = world.queue(world.chat(world.user().id), "Hi", kind)
        assert hold(world) == 1
        live(world, hours=24)
        assert (channel.sent, world.state(outbox_id)) == ([], "unknown")
        with changing(world.database) as uow:
            assert uow.outbox.replay(outbox_id, now=world.now)
        deliver_urgent(world.context)
        deliver_bulk(world.context)
        assert channel.keys() == [outbox_id]

    def test_asks_first_and_then_does_what_was_never_begun(self, world: World) -> None:
        bench = Bench(world)
        approval = bench.approved()
        hold(world)
        bench.run()
        assert (bench.provider.effects, bench.provider.lookups) == (1, 1)  # asked first, then done
        assert bench.state(approval) is ApprovalState.EXECUTED
