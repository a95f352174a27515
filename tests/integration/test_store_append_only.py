"""The database itself refuses to change or remove what was posted, audited or sealed."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.money import Money
from core.store.unit_of_work import Database
from tests.ledgers import assert_sound, book, changing, entry
from tests.people import NOW, Person, alice

pytestmark = pytest.mark.locking

TABLES = ("postings", "audit_events", "audit_seals")
CHANGES = {
    "postings": "UPDATE postings SET minor = 0",
    "audit_events": "UPDATE audit_events SET actor = 'nobody'",
    "audit_seals": "UPDATE audit_seals SET events = 0",
}


@pytest.fixture
def person(database: Database) -> Person:
    """Alice, with one coffee booked, written down and sealed."""
    someone = alice(database)
    book(someone, entry(someone.accounts["Checking"], Money(-450, "USD")))
    with changing(database) as uow:
        uow.audit.append(someone.id, actor="user", action="tool.x", subject="s", now=NOW)
        uow.audit.seal_pending(now=NOW)
    return someone


def rows(database: Database, table: str) -> list[tuple[object, ...]]:
    with database.reading() as uow:
        return [tuple(row) for row in uow.connection.execute(text(f"SELECT * FROM {table}"))]


def attempt(database: Database, sql: str) -> None:
    """Run a statement as somebody with the application's own rights would."""
    with pytest.raises(DBAPIError, match="append-only"), changing(database) as uow:
        uow.connection.exec_driver_sql(sql)


class TestAppendOnlyTables:
    @pytest.mark.parametrize("table", TABLES)
    def test_refuse_every_update_and_delete(self, database, person, table):
        before = rows(database, table)
        assert before
        attempt(database, CHANGES[table])
        attempt(database, f"DELETE FROM {table}")
        assert rows(database, table) == before
        assert_sound(person)

    @pytest.mark.parametrize("table", TABLES)
    def test_cannot_be_emptied_at_once(self, database, person, table):
        if database.engine.dialect.name == "postgresql":
            attempt(database, f"TRUNCATE {table} CASCADE")
        assert rows(database, table)

    def test_cannot_be_replaced_under_the_same_key(self, database, person):
        before = rows(database, "postings")
        first = before[0]
        values = f"({first[0]}, {first[1]}, {first[2]}, -999, 'USD')"
        sql = f"INSERT OR REPLACE INTO postings VALUES {values}"
        if database.engine.dialect.name == "postgresql":
            sql = (
                f"INSERT INTO postings VALUES {values} "
                "ON CONFLICT (entry_id, leg) DO UPDATE SET minor = EXCLUDED.minor"
            )
        attempt(database, sql)
        assert rows(database, "postings") == before

    def test_still_take_what_is_new(self, database, person):
        before = len(rows(database, "postings"))
        book(person, entry(person.accounts["Savings"], Money(100, "USD")))
        assert len(rows(database, "postings")) == before + 2
