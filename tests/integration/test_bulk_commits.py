"""What a sending waits for the disk for: the claim always, the record where once must be enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from core.messaging.outbound import MessageClass
from core.store.unit_of_work import Database, UnitOfWork
from tests.fakes.world import World, open_world
from workers.deliver import deliver_bulk, deliver_urgent


class NotingDatabase(Database):
    """Notes of each unit of work whether it waited for the disk."""

    waits: list[bool]

    @contextmanager
    def work(self, *, relaxed: bool = False) -> Iterator[UnitOfWork]:
        self.waits.append(not relaxed)
        with super().work(relaxed=relaxed) as uow:
            yield uow


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


@pytest.mark.parametrize(
    ("kind", "waits"), [(MessageClass.ALERT, [True, False]), (MessageClass.REPLY, [True, True])]
)
def test_only_the_record_of_what_may_repeat_does_not_wait(world, kind, waits):
    channel = world.channel()
    world.queue(world.chat(world.user().id), message_class=kind)
    database = NotingDatabase(world.database.engine, world.database.master)
    database.waits = []
    context = replace(world.context, database=database)
    deliver_urgent(context) if kind is MessageClass.REPLY else deliver_bulk(context)
    assert len(channel.sent) == 1
    assert database.waits[:2] == waits
