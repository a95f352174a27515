"""The sweep on a small world: what waits is no breach before its time, and words need facts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.conversation.plan import Draft, Plan, PlannerName
from core.store.sweep.rule import Asked, Invariant
from core.store.sweep.sweep import PATIENCE, sweep
from tests.fakes.world import World, open_world
from workers.deliver import deliver_urgent


@pytest.fixture
def world():
    made = open_world()
    yield made
    made.database.close()


def broken(world: World, after: timedelta = timedelta()) -> set[str]:
    with world.database.reading() as uow:
        asked = Asked(uow.connection, uow.vault, world.now + after, PATIENCE)
        return {one.rule for one in sweep(asked)}


class TestWhatWaits:
    def test_is_a_breach_only_once_it_has_had_its_time(self, world):
        world.channel()
        world.queue(world.chat(world.user().id))
        assert broken(world) == set()
        assert broken(world, PATIENCE) == {"left_ready"}
        deliver_urgent(world.context)
        assert broken(world, PATIENCE) == set()


class TestWordsOfAModel:
    @pytest.mark.parametrize(
        ("draft", "is_sound"),
        [
            (Draft("You spent {f1}.", {"f1": "4.00 USD"}), True),
            (Draft("You spent {f2}.", {"f1": "4.00 USD"}), False),
            (Draft("{c1} in all.", {"f1": "4.00 USD"}, {"c1": ("sum", ("f1",))}), True),
            (Draft("{c1} in all.", {"f1": "4.00 USD"}, {"c1": ("sum", ("f1", "f9"))}), False),
        ],
    )
    def test_refer_to_facts_that_are_there(self, world, draft, is_sound):
        user = world.user()
        talk = world.chat(user.id)
        plan = Plan(PlannerName.MODEL, (draft,), "", 90, ())
        with world.database.work() as uow:
            turn = uow.turns.open(
                conversation_id=talk.id,
                owner=user.id,
                inbound_id="in_1",
                epoch=1,
                registry="r",
                now=world.now,
                ids=world.ids,
            )
            uow.turns.write_plan(turn, plan, user.id)
            uow.commit()
        assert broken(world) == (set() if is_sound else {"figure_of_no_fact"})

    def test_are_looked_at_alone_where_only_they_are_asked_for(self, world):
        world.queue(world.chat(world.user().id))
        with world.database.reading() as uow:
            asked = Asked(uow.connection, uow.vault, world.now + PATIENCE, PATIENCE)
            assert sweep(asked, [Invariant.I12]) == ()
