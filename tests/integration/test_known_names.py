"""Names kept between messages are those that would be read anew, whatever happens to the books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.dialogue.known_names import KnownNames
from core.conversation.context import Names
from core.store.unit_of_work import Database
from tests.fakes.world import phrases
from tests.people import NOW, Person, alice

_STEPS: tuple[tuple[str, dict[str, str]], ...] = (
    ("add_entry", {"amount": "4", "payee": "coffee"}),
    ("add_entry", {"amount": "12.50", "payee": "Blue Bottle Coffee"}),
    ("add_entry", {"amount": "4", "payee": "coffee"}),
    ("set_budget", {"category": "FOOD_AND_DRINK", "amount": "400"}),
    ("add_entry", {"amount": "7", "payee": "Zara", "account": "Card"}),
    ("undo", {}),
    ("add_entry", {"amount": "9", "payee": "ZARA home"}),
    ("set_goal", {"name": "Japan", "amount": "2000"}),
    ("add_entry", {"amount": "1", "payee": "a"}),
    ("undo", {}),
    ("undo", {}),
)


def of(names: KnownNames, person: Person, minutes: int = 0) -> Names:
    with person.database.reading() as uow:
        return names.of(uow, person.user, phrases("en"), now=NOW + timedelta(minutes=minutes))


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_line: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine, "before_cursor_execute", note)


def test_are_the_same_as_read_anew_after_every_step(database: Database):
    person, kept = alice(database), KnownNames()
    for tool, arguments in _STEPS:
        person.do(tool, **arguments)
        assert of(kept, person) == of(KnownNames(), person)
    assert {one.handle for one in of(kept, person).merchants} >= {"coffee", "zara home"}


def test_are_read_again_in_two_steps_after_an_entry(database: Database):
    person, kept = alice(database), KnownNames()
    person.do("add_entry", amount="4", payee="coffee")
    with counted(database) as first:
        of(kept, person)
    with counted(database) as same:
        of(kept, person)
    person.do("add_entry", amount="5", payee="Zara")
    with counted(database) as more:
        names = of(kept, person)
    assert [one.handle for one in names.merchants] == ["coffee", "zara"]
    assert len(same) < len(more) <= len(same) + 3 < len(first)


def test_are_read_anew_after_a_minute(database: Database):
    person, kept = alice(database), KnownNames()
    of(kept, person)
    with counted(database) as later:
        of(kept, person, minutes=2)
    with counted(database) as first:
        of(KnownNames(), person)
    assert len(later) == len(first)


@pytest.mark.parametrize("action", ["tool.rename_account", "tool.something_new"])
def test_are_read_anew_after_anything_else(database: Database, action: str):
    person, kept = alice(database), KnownNames()
    of(kept, person)
    with person.database.work() as uow:
        uow.audit.append(person.id, actor="user", action=action, subject="x", now=NOW)
        uow.commit()
    with counted(database) as after, person.database.reading() as uow:
        kept.of(uow, person.user, phrases("en"), now=NOW)
    with counted(database) as first, person.database.reading() as uow:
        KnownNames().of(uow, person.user, phrases("en"), now=NOW)
    assert len(after) > len(first)
