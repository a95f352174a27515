"""Plays of production: many processes, of which one dies or stands still while others go on."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from core.failpoints import Point
from core.store.tables.message import outbox
from tests.simulator.judged import judged
from tests.simulator.play import JOBS, Play
from workers.context import JobContext
from workers.deliver import deliver_urgent
from workers.retry import release_overdue

SEEDS = 250
_BATCH = 25
# Where a message passes: the places of money, erasure and models are not played.
_PASSED = {point for point in Point if point.value.startswith("T")}


@pytest.mark.slow
@pytest.mark.chaos
class TestPlays:
    @pytest.mark.parametrize("first", range(1000, 1000 + SEEDS, _BATCH))
    def test_lose_and_double_nothing(self, theatre, first):
        wrong, _ = judged(theatre, range(first, first + _BATCH), one_process=False)
        assert wrong == {}

    def test_die_at_every_step_of_a_message(self, theatre):
        wrong, died = judged(theatre, range(2000, 2030), one_process=False, deadliness=0.003)
        assert wrong == {}
        assert died.keys() >= _PASSED

    def test_go_the_same_way_with_the_same_seed(self, theatre):
        assert told(theatre, 7) == told(theatre, 7)


def told(theatre, seed: int) -> list[object]:
    """Return everything that happened outside in one play."""
    with theatre.scene(seed, one_process=False) as scene:
        Play(scene).run()
        carriers = scene.carriers.values()
        sent = [(one.key, one.address) for each in carriers for one in each.taken]
        return [*sent, *scene.between.deaths, scene.clock.now()]


def impatient(context: JobContext) -> int:
    """Put what was being sent back in line when its time is over: the classic mistake."""
    overdue = (outbox.c.state == "sending") & (outbox.c.lease_until < context.clock.now())
    with context.database.work() as uow:
        changed = uow.connection.execute(update(outbox).where(overdue).values(state="ready"))
        uow.commit()
    return changed.rowcount


def forgetful(context: JobContext) -> int:
    """Take waiting answers for sent ones."""
    with context.database.work() as uow:
        changed = uow.connection.execute(
            update(outbox).where(outbox.c.state == "ready").values(state="delivered")
        )
        uow.commit()
    return changed.rowcount


@pytest.mark.slow
class TestAMistake:
    """What the plays are for: a worker that is wrong is found out within a few seeds."""

    @pytest.mark.parametrize(
        ("mistake", "instead_of", "complaint"),
        [
            (impatient, release_overdue, "times"),
            (forgetful, deliver_urgent, "never sent"),
        ],
    )
    def test_is_found_out(self, theatre, mistake, instead_of, complaint):
        jobs = [mistake if job is instead_of else job for job in JOBS]
        wrong, _ = judged(theatre, range(3000, 3020), one_process=False, jobs=jobs)
        assert complaint in str(wrong)
