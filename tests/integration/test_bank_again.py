"""A bank that is connected again, or whose statements came as files before, doubles nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.banks.connection import Connection
from core.banks.feed import FeedAccount, FeedLink, FeedRow
from core.ids import SystemIds, UserId
from core.ledger.account import AccountKind
from core.ledger.entry import EntryState, JournalEntry, Source
from core.ledger.search import EntryQuery
from core.money import Money
from core.store.row_booking import Row
from tests.fakes.scripted_bank import CARD, CHECKING, ScriptedBank
from tests.fakes.world import World, open_world
from workers.banks import read_banks

DAY = date(2026, 11, 16)
NEW = replace(CHECKING, reference="new-1")


def row(reference: str, minor: int, account: FeedAccount = CHECKING, **more: object) -> FeedRow:
    values = {"account": account.reference, "booked_date": DAY, "description": "UBER TRIP"}
    return FeedRow(reference, amount=Money(minor, "USD"), **{**values, **more})  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    return open_world("sqlite://")


def connect(world: World, bank: ScriptedBank, user_id: UserId) -> Connection:
    """Connect a bank and read it, a while after whatever was before."""
    world.clock.advance(timedelta(hours=1))
    world.banks[bank.name] = bank
    chat = world.chat(user_id)
    with world.database.work() as uow:
        made = uow.banks.offer(
            user_id,
            provider=bank.name,
            demo=False,
            conversation_id=chat.id,
            now=world.now,
            ids=SystemIds(),
        )
        uow.banks.activate(made.id, FeedLink("item-1", "access-1"), now=world.now)
        uow.commit()
    world.clock.advance(timedelta(minutes=1))
    assert read_banks(world.context) == 1
    return made


def end(world: World, connection: Connection) -> None:
    with world.database.work() as uow:
        assert uow.banks.close(connection.id)
        uow.commit()


def read_again(world: World, connection: Connection) -> None:
    with world.database.reading() as uow:
        due = uow.banks.get(connection.user_id, connection.id).next_sync_at
    assert due is not None
    world.clock.advance(due - world.now)
    assert read_banks(world.context) == 1


def entries(world: World, user_id: UserId) -> list[JournalEntry]:
    with world.database.reading() as uow:
        return sorted(uow.entries.find(user_id, EntryQuery()), key=lambda one: one.id)


def standing(world: World, user_id: UserId) -> dict[str, int]:
    with world.database.reading() as uow:
        return {one.account.name: one.posted.minor for one in uow.accounts.balances(user_id)}


class TestConnectedAgain:
    def test_a_bank_finds_its_accounts_and_rows_again(self, world: World):
        user = world.user()
        bank = ScriptedBank()
        bank.says(row("a", -1250), row("b", -1250), row("c", -400, CARD))
        end(world, connect(world, bank, user.id))
        before, held = entries(world, user.id), standing(world, user.id)
        card = replace(CARD, reference="new-2")
        other = ScriptedBank(listed=(NEW, card))
        other.says(
            row("x", -1250, NEW, description="UBER   *TRIP"),
            row("y", -1250, NEW),
            row("z", -400, card),
            row("w", -90, NEW),
        )
        connection = connect(world, other, user.id)
        assert [one.id for one in entries(world, user.id)[:3]] == [one.id for one in before]
        assert standing(world, user.id) == {**held, "Everyday": held["Everyday"] - 90}
        # A third ride of that day, told of later, is a third ride.
        other.says(row("v", -1250, NEW))
        read_again(world, connection)
        assert standing(world, user.id)["Everyday"] == held["Everyday"] - 90 - 1250
        read_again(world, connection)
        assert len(entries(world, user.id)) == 5

    def test_what_the_bank_puts_right_or_takes_back_is_the_old_entry(self, world: World):
        user = world.user()
        bank = ScriptedBank(listed=(CHECKING,))
        bank.says(row("a", -1250), row("b", -300))
        end(world, connect(world, bank, user.id))
        other = ScriptedBank(listed=(NEW,))
        other.says(row("x", -1250, NEW), row("y", -300, NEW))
        connection = connect(world, other, user.id)
        other.says(row("x", -1300, NEW), "y")
        read_again(world, connection)
        assert standing(world, user.id) == {"Everyday": -1300}
        (left,) = entries(world, user.id)
        assert left.amount == Money(-1300, "USD")

    def test_a_deleted_row_stays_deleted(self, world: World):
        user = world.user()
        bank = ScriptedBank(listed=(CHECKING,))
        bank.says(row("a", -1250))
        end(world, connect(world, bank, user.id))
        (entry,) = entries(world, user.id)
        with world.database.work() as uow:
            uow.ledger.void(user.id, entry.id, now=world.now)
            uow.commit()
        other = ScriptedBank(listed=(NEW,))
        other.says(row("x", -1250, NEW))
        connect(world, other, user.id)
        assert entries(world, user.id) == []

    def test_a_pending_row_of_before_is_settled(self, world: World):
        user = world.user()
        bank = ScriptedBank(listed=(CHECKING,))
        bank.says(row("a", -1250, pending=True))
        end(world, connect(world, bank, user.id))
        (pending,) = entries(world, user.id)
        other = ScriptedBank(listed=(NEW,))
        other.says(row("x", -1250, NEW, booked_date=DAY + timedelta(days=1)))
        connect(world, other, user.id)
        (posted,) = entries(world, user.id)
        assert (posted.id, posted.state) == (pending.id, EntryState.POSTED)

    @pytest.mark.parametrize(
        "other",
        [
            replace(NEW, last4="9999"),
            replace(NEW, last4=""),
            replace(NEW, kind=AccountKind.SAVINGS),
            replace(NEW, currency="EUR"),
        ],
    )
    def test_another_account_is_opened_beside(self, world: World, other: FeedAccount):
        user = world.user()
        end(world, connect(world, ScriptedBank(listed=(CHECKING,)), user.id))
        connect(world, ScriptedBank(listed=(other,)), user.id)
        assert len(standing(world, user.id)) == 2

    def test_an_account_that_is_still_read_is_not_taken(self, world: World):
        user = world.user()
        bank = ScriptedBank(listed=(CHECKING,))
        bank.says(row("a", -1250))
        connect(world, bank, user.id)
        other = ScriptedBank(listed=(NEW,), name="other")
        other.says(row("x", -1250, NEW))
        connect(world, other, user.id)
        assert sorted(standing(world, user.id).values()) == [-1250, -1250]


def test_rows_of_a_file_are_not_booked_again_by_the_bank(world: World):
    user = world.user()
    with world.database.work() as uow:
        account = uow.accounts.open(
            user.id,
            name="My account",
            kind=AccountKind.CHECKING,
            currency="USD",
            last4=CHECKING.last4,
            now=world.now,
        )
        rows = [
            Row(DAY, Money(minor, "USD"), "UBER TRIP", fingerprint=bytes(16)) for minor in (-5,)
        ]
        uow.rows.book(user.id, account.id, rows, source=Source.IMPORT, now=world.now)
        uow.commit()
    bank = ScriptedBank(listed=(CHECKING,))
    bank.says(row("a", -5), row("b", -7))
    connect(world, bank, user.id)
    assert standing(world, user.id) == {"My account": -12}
