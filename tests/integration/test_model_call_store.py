"""Questions to a language model in the database: once each, with what they used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.ids import CountingIds, UserId
from core.store.model_call_store import Question, Refusal, Spent, Used
from core.store.unit_of_work import Database
from core.users.preferences import Preferences

pytestmark = pytest.mark.locking

NOW = datetime(2026, 5, 14, 10, 0, tzinfo=UTC)
_IDS = CountingIds()


@pytest.fixture
def user_id(database: Database) -> UserId:
    with database.work() as uow:
        uow.users.ensure_system_key(now=NOW)
        email = f"{_IDS.new('model')}@example.org"
        user = uow.users.add(email, Preferences(), now=NOW, ids=_IDS)
        uow.commit()
    return user.id


def _question(user_id: UserId, position: int = 0, model: str = "one") -> Question:
    return Question(f"turn-{user_id}", position, user_id, model, "p" * 16, "r" * 16)


def test_is_opened_once(database: Database, user_id: UserId):
    with database.work() as uow:
        assert uow.model_calls.open(_question(user_id), now=NOW)
        assert not uow.model_calls.open(_question(user_id), now=NOW)
        uow.commit()


def test_keeps_how_each_ended_and_what_it_used(database: Database, user_id: UserId):
    model = f"m-{user_id}"[-100:]
    with database.work() as uow:
        for position in range(3):
            assert uow.model_calls.open(_question(user_id, position, model), now=NOW)
        first, second, _ = (_question(user_id, position, model) for position in range(3))
        uow.model_calls.answer(first, {"text": "hello"}, Used(100, 20, 3, 40))
        uow.model_calls.fail(second, "timeout", millis=900)
        uow.commit()
    with database.reading() as uow:
        stored = uow.model_calls.of_turn(first.turn_id)
        ends = uow.model_calls.ends(since=NOW)
        listed = uow.model_calls.listed(first.turn_id)
        days = uow.model_calls.by_day(user_id, since=NOW)
        spent = uow.model_calls.spent(user_id, since=NOW)
        later = uow.model_calls.spent(user_id, since=NOW + timedelta(seconds=1))
    assert [(one.reply, one.fault) for one in stored] == [
        ({"text": "hello"}, ""),
        (None, "timeout"),
        (None, ""),
    ]
    assert {end: used for (name, end), used in ends.items() if name == model} == {
        "answered": Spent(1, 120, 3),
        "timeout": Spent(1, 0, 0),
        "asked": Spent(1, 0, 0),
    }
    assert [one.end for one in listed] == ["answered", "timeout", "asked"]
    assert days == {NOW.date(): Spent(3, 120, 3)}
    assert spent == Spent(3, 120, 3)
    assert later == Spent(0, 0, 0)


def test_tells_which_models_turn_every_question_away(database: Database, user_id: UserId):
    model = f"refused-{user_id}"[-100:]

    def end(position: int, fault: str) -> None:
        question = _question(user_id, position, model)
        at = NOW + timedelta(minutes=position)
        with database.work() as uow:
            assert uow.model_calls.open(question, now=at)
            if fault:
                uow.model_calls.fail(question, fault, millis=1)
            else:
                uow.model_calls.answer(question, {"text": "hello"}, Used(1, 1, 1, 1))
            uow.commit()

    def told(since: datetime = NOW) -> Refusal | None:
        with database.reading() as uow:
            return uow.model_calls.refusals(since=since).get(model)

    end(0, "timeout")
    assert told() is None
    end(1, "auth")
    end(2, "not_found")
    assert told() == Refusal("not_found", NOW + timedelta(minutes=2))
    assert told(NOW + timedelta(hours=1)) is None
    end(3, "")
    assert told() is None
