"""At night each user's corrections are learned: for that user alone, and only without a loss."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.learning.night_school import NightSchool
from core.learning.sleeping_model import SleepingModel
from core.payees.cases import Case, CaseState, Payment
from core.payees.categorise import suggest
from core.payees.guess import Source
from core.store.model_store import ModelState, NoModelToLeave
from tests.fakes.world import World, open_world
from workers.retraining import retrain, teach

OWN, TAXI = "user:climbing", "TRANSPORTATION_TAXIS_AND_RIDE_SHARES"
WALLS = ("granite wall", "granite barn", "big granite works", "granite loft", "kletter granite")
CABS = ("zed cabline", "yan cabline", "kol cabline", "mir cabline", "pex cabline", "lum cabline")
NOON, NIGHT = (datetime(2026, 11, day, hour, 30, tzinfo=UTC) for day, hour in ((19, 12), (20, 2)))

SCHOOL = NightSchool()


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world(model=SleepingModel())
    made.learner = SCHOOL
    yield made
    made.database.close()


def say(world: World, user, key: str, category: str, minor: int = 1_000) -> int:
    case = Case(
        0,
        key,
        key,
        Payment(inflow=False, minor=minor, currency="USD", account_id=1),
        category,
        world.now,
    )
    with world.database.work() as uow:
        made, _ = uow.decisions.record(user.id, case)
        uow.commit()
    return made


def taught(world: World, email: str):
    user = world.user(email, zone="UTC")
    for key in WALLS:
        say(world, user, key, OWN)
    for key in CABS:
        say(world, user, key, TAXI)
    return user


def guessed(world: World, user, text: str):
    with world.database.reading() as uow:
        knowledge = uow.decisions.knowledge(user.id)
    return suggest(text, inflow=False, knowledge=knowledge).guess


def versions(world: World, user):
    with world.database.reading() as uow:
        return uow.models.versions(user.id)


class TestRetraining:
    def test_serves_what_a_user_taught_to_that_user_alone(self, world):
        maya, arjun = taught(world, "maya@example.org"), world.user("arjun@example.org")
        before = guessed(world, arjun, "GRANITE HALL SOUTH")
        assert teach(world.context, SCHOOL, maya.id)
        assert not teach(world.context, SCHOOL, arjun.id)
        mine = guessed(world, maya, "GRANITE HALL SOUTH")
        assert (mine.category, mine.source) == (OWN, Source.MODEL)
        assert guessed(world, arjun, "GRANITE HALL SOUTH") == before
        assert before.category != OWN

    def test_says_how_the_version_did_and_changes_no_correction(self, world):
        maya = taught(world, "maya@example.org")
        teach(world.context, SCHOOL, maya.id)
        (only,) = versions(world, maya)
        told = only.figures
        assert (only.version, only.state, told["lost"]) == (1, ModelState.SERVING, 0)
        assert told["kept"] == told["cases"] == len(WALLS) + len(CABS)
        assert told["right_after"] > told["right_before"]
        assert told["held_out"] > 0
        for key, category in [*((wall, OWN) for wall in WALLS), *((cab, TAXI) for cab in CABS)]:
            assert guessed(world, maya, key.upper()).category == category

    def test_does_nothing_until_the_user_says_something_new(self, world):
        maya = taught(world, "maya@example.org")
        assert [teach(world.context, SCHOOL, maya.id) for _ in range(2)] == [True, False]
        say(world, maya, "granite annex", OWN)
        teach(world.context, SCHOOL, maya.id)
        assert len(versions(world, maya)) == 2

    def test_needs_some_corrections(self, world):
        user = world.user("new@example.org")
        say(world, user, "granite wall", OWN)
        assert not teach(world.context, SCHOOL, user.id)
        assert versions(world, user) == ()

    def test_of_a_version_that_is_no_better_keeps_its_figures_only(self, world):
        user = world.user("plain@example.org")
        for at, name in enumerate(("hilltop pharmacy", "brightwater hotel")):
            category = "MEDICAL_PHARMACIES_AND_SUPPLEMENTS" if at == 0 else "TRAVEL_LODGING"
            for town in ("leeds", "bath", "hull", "york", "ripon", "wells"):
                say(world, user, f"{town} {name}", category)
        assert not teach(world.context, SCHOOL, user.id)
        (only,) = versions(world, user)
        assert only.state is ModelState.REFUSED

    def test_goes_back_to_the_version_before_and_then_to_the_shipped_model(self, world):
        maya = taught(world, "maya@example.org")
        teach(world.context, SCHOOL, maya.id)
        for at in range(4):
            say(world, maya, f"quarry {at} slab", OWN)
        assert teach(world.context, SCHOOL, maya.id)
        with world.database.work() as uow:
            assert uow.models.go_back(maya.id) == 1
            uow.commit()
        assert guessed(world, maya, "GRANITE HALL SOUTH").category == OWN
        with world.database.work() as uow:
            assert uow.models.go_back(maya.id) == 0
            with pytest.raises(NoModelToLeave):
                uow.models.go_back(maya.id)
            uow.commit()
        assert guessed(world, maya, "GRANITE HALL SOUTH").category != OWN
        assert not teach(world.context, SCHOOL, maya.id)

    def test_forgets_what_was_taken_back(self, world):
        maya = taught(world, "maya@example.org")
        teach(world.context, SCHOOL, maya.id)
        with world.database.work() as uow:
            ids = [case.id for case in uow.decisions.cases(maya.id) if case.category == OWN][:1]
            uow.decisions.set_case_states(maya.id, ids, CaseState.RETIRED, now=world.now)
            uow.commit()
        assert all(case.id not in ids for case in _cases(world, maya))
        teach(world.context, SCHOOL, maya.id)
        assert versions(world, maya)[0].figures["lessons"] == len(WALLS) + len(CABS) - 1

    def test_works_at_night_and_once(self, world):
        taught(world, "maya@example.org")
        world.clock.advance(NOON - world.now)
        assert retrain(world.context) == 0
        world.clock.advance(NIGHT - world.now)
        assert retrain(world.context) == 1
        assert retrain(world.context) == 0


def _cases(world: World, user):
    with world.database.reading() as uow:
        return uow.decisions.cases(user.id)
