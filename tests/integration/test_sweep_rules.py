"""The sweep on a small world: what waits is no breach before its time, and words need facts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.alerts.alert import Alert, AlertKind, AlertState
from core.alerts.attention import EVERYTHING, Way, Wish
from core.conversation.plan import Draft, Plan, PlannerName
from core.schedules.reminder import Reminder
from core.store.sweep.rule import Asked, Invariant
from core.store.sweep.sweep import PATIENCE, sweep
from tests.fakes.world import World, open_world
from workers.alerts import end_pauses
from workers.deliver import deliver_urgent
from workers.remind import remind


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


class TestWhatIsSaidUnasked:
    def test_is_a_breach_when_a_reminder_or_the_end_of_a_pause_did_not_come(self, world):
        user = world.user()
        with world.database.work() as uow:
            wish = Wish(EVERYTHING, Way.OFF, world.now)
            uow.alerts.wishes.put(user.id, wish, now=world.now)
            wanted = Reminder(user.id, "call", world.now.date(), None, world.now)
            uow.reminders.add(wanted, now=world.now, ids=world.ids)
            uow.commit()
        assert broken(world) == set()
        assert broken(world, PATIENCE) == {"reminder_never_came", "pause_without_end"}
        remind(world.context)
        end_pauses(world.context)
        assert broken(world, PATIENCE) == set()

    def test_is_told_or_held_and_never_both(self, world):
        user = world.user()
        alert = Alert(user.id, AlertKind.REFUND, "k", "entry:1", (), AlertState.HELD)
        with world.database.work() as uow:
            kept = uow.alerts.keep_once(alert, now=world.now, ids=world.ids)
            assert kept is not None
            uow.commit()
        assert broken(world) == set()
        with world.database.work() as uow:
            uow.alerts.mark_told([kept], now=world.now)
            uow.commit()
        assert broken(world) == {"told_and_held"}
