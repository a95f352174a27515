"""Connected banks are read on time, once, and what goes wrong is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.alerts.alert import Alert, AlertKind
from core.banks.connection import Connection, ConnectionState, Trouble
from core.banks.feed import FeedAccount, FeedLink, FeedRow
from core.banks.timetable import HOURS, SPREAD_MINUTES, next_reading, next_try
from core.connect.bank_feed import BankNeedsSignIn, BankUnavailable
from core.connect.simulated_bank import DEMO_BANK, SimulatedBank
from core.ids import SystemIds
from core.ledger.account import AccountKind
from core.ledger.entry import Allocation, JournalEntry
from core.ledger.search import EntryQuery
from core.money import Money
from core.period import zone_of
from core.store.feed_booking import Told
from tests.fakes.scripted_bank import CARD, CHECKING, ScriptedBank
from tests.fakes.world import World, open_world
from workers.banks import fetch, read_banks

DAY = date(2026, 11, 17)


def row(reference: str, minor: int, **more: object) -> FeedRow:
    values = {"account": CHECKING.reference, "booked_date": DAY, "description": "UBER TRIP"}
    return FeedRow(reference, amount=Money(minor, "USD"), **{**values, **more})  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    return open_world("sqlite://")


def connect(world: World, bank: ScriptedBank) -> Connection:
    world.banks[bank.name] = bank
    user = world.user()
    chat = world.chat(user.id)
    with world.database.work() as uow:
        made = uow.banks.offer(
            user.id,
            provider=bank.name,
            demo=bank.demo,
            conversation_id=chat.id,
            now=world.now,
            ids=SystemIds(),
        )
        uow.banks.activate(made.id, FeedLink("item-1", "access-1"), now=world.now)
        uow.commit()
    return now_is(world, made)


def now_is(world: World, connection: Connection) -> Connection:
    with world.database.reading() as uow:
        return uow.banks.get(connection.user_id, connection.id)


def listed_with(balance: Money) -> FeedAccount:
    return replace(CHECKING, balance=balance)


def chosen(entry: JournalEntry, category: str) -> tuple[Allocation, ...]:
    return tuple(replace(part, category=category, locked=True) for part in entry.allocations)


def posted_of(read: Told) -> dict[str, FeedRow]:
    return {one.reference: replace(one, settles="") for one in read.added if not one.pending}


def told(world: World) -> list[str]:
    with world.database.reading() as uow:
        rows = uow.connection.exec_driver_sql("SELECT dedupe_key FROM outbox ORDER BY created_at")
        return [key.rpartition(":")[2] for (key,) in rows]


def alerts(world: World, connection: Connection) -> tuple[Alert, ...]:
    with world.database.reading() as uow:
        return uow.alerts.of(connection.user_id)


class TestTheTimetable:
    def test_has_three_readings_a_day_by_the_users_clock_across_a_change_of_clocks(self):
        zone = "Europe/Madrid"
        moment, hours = datetime(2026, 10, 24, 3, 0, tzinfo=UTC), []
        for _ in range(9):  # the clocks go back in the night to the 25th
            moment = next_reading("bank-1", zone, after=moment)
            local = moment.astimezone(zone_of(zone))
            hours.append(local.hour)
            assert local.minute < SPREAD_MINUTES
        assert hours == [*HOURS] * 3

    def test_spreads_connections_over_the_hour(self):
        noon = datetime(2026, 11, 18, 11, 59, tzinfo=UTC)
        minutes = {next_reading(f"bank-{n}", "UTC", after=noon).minute for n in range(200)}
        assert len(minutes) > SPREAD_MINUTES // 2

    def test_tries_again_sooner_after_a_failure_and_not_later_than_its_turn(self):
        now = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
        regular = now + timedelta(hours=5)
        waits = [next_try(failures, regular, now=now) - now for failures in range(1, 10)]
        assert waits[0] == timedelta(minutes=5)
        assert waits == sorted(waits)
        assert waits[-1] == timedelta(hours=5)


class TestAReading:
    def test_books_rows_opens_accounts_and_tells_who_asked(self, world):
        bank = ScriptedBank()
        bank.says(row("a", -1250), row("b", -400, account=CARD.reference))
        connection = connect(world, bank)
        assert read_banks(world.context) == 1
        with world.database.reading() as uow:
            found = {one.account.name: one for one in uow.accounts.balances(connection.user_id)}
        assert found["Everyday"].posted == Money(-1250, "USD")
        assert found["Card"].account.kind is AccountKind.CARD
        assert found["Card"].account.last4 == "9026"
        assert told(world) == ["bank.connected"]

    def test_is_not_due_again_before_the_next_hour_of_the_timetable(self, world):
        bank = ScriptedBank()
        connection = connect(world, bank)
        read_banks(world.context)
        calls = bank.called
        assert read_banks(world.context) == 0
        assert bank.called == calls
        due = now_is(world, connection).next_sync_at
        assert due is not None
        world.clock.advance(due - world.now)
        assert read_banks(world.context) == 1
        assert told(world) == ["bank.connected"]  # nobody asked for the second

    def test_makes_the_first_balance_come_out_as_the_bank_states_it(self, world):
        bank = ScriptedBank(listed=(listed_with(Money(100_000, "USD")),))
        bank.says(row("a", -1250))
        connection = connect(world, bank)
        read_banks(world.context)
        with world.database.reading() as uow:
            (balance,) = uow.accounts.balances(connection.user_id)
        assert balance.posted == Money(100_000, "USD")

    def test_keeps_what_the_user_chose_when_a_pending_row_is_posted_with_a_tip(self, world):
        bank = ScriptedBank()
        bank.says(row("p", -1000, pending=True))
        connection = connect(world, bank)
        read_banks(world.context)
        with world.database.work() as uow:
            (entry,) = uow.entries.find(connection.user_id, EntryQuery())
            parts = chosen(entry, "FOOD_AND_DRINK_COFFEE")
            uow.categories.allocate(connection.user_id, entry.id, parts, now=world.now)
            uow.commit()
        bank.says(row("x", -1200, settles="p"), "p")
        world.clock.advance(timedelta(hours=7))
        read_banks(world.context)
        with world.database.reading() as uow:
            (after,) = uow.entries.find(connection.user_id, EntryQuery())
        assert after.id == entry.id
        assert after.amount == Money(-1200, "USD")
        assert after.category == "FOOD_AND_DRINK_COFFEE"
        assert after.state.value == "posted"


class TestTrouble:
    def test_of_the_service_is_kept_and_tried_again_soon(self, world):
        bank = ScriptedBank(failures={1: BankUnavailable()})
        bank.says(row("a", -1250))
        connection = connect(world, bank)
        assert read_banks(world.context) == 0
        failed = now_is(world, connection)
        assert failed.trouble is Trouble.UNAVAILABLE
        assert failed.next_sync_at == world.now + timedelta(minutes=5)
        world.clock.advance(timedelta(minutes=5))
        assert read_banks(world.context) == 1
        assert now_is(world, connection).trouble is Trouble.NONE
        assert told(world) == ["bank.not_reached"]  # asked for once, answered once

    def test_of_a_bank_that_wants_the_user_is_told_once(self, world):
        bank = ScriptedBank(failures=dict.fromkeys(range(2, 9), BankNeedsSignIn()))
        connection = connect(world, bank)
        read_banks(world.context)
        for _ in range(3):
            world.clock.advance(timedelta(hours=7))
            read_banks(world.context)
        assert now_is(world, connection).state is ConnectionState.SIGN_IN
        assert told(world)[0] == "bank.connected"
        (alert,) = alerts(world, connection)  # three readings, told once
        assert alert.kind is AlertKind.BANK_SIGN_IN

    def test_that_lasts_two_days_is_told_once(self, world):
        bank = ScriptedBank(failures=dict.fromkeys(range(2, 30), BankUnavailable()))
        connection = connect(world, bank)
        read_banks(world.context)
        for _ in range(12):
            world.clock.advance(timedelta(hours=7))
            read_banks(world.context)
        (alert,) = alerts(world, connection)
        assert alert.kind is AlertKind.BANK_SILENT

    def test_of_a_service_that_is_switched_off_loses_nothing(self, world):
        connection = connect(world, ScriptedBank())
        world.banks.clear()
        assert read_banks(world.context) == 0
        assert now_is(world, connection).state is ConnectionState.ACTIVE

    def test_of_two_readers_at_once_only_one_books(self, world):
        bank = ScriptedBank()
        bank.says(row("a", -1250))
        connection = connect(world, bank)
        with world.database.work() as uow:
            first = uow.banks.advance(
                connection, cursor="1", bank="B", next_at=world.now, now=world.now
            )
            second = uow.banks.advance(
                connection, cursor="1", bank="B", next_at=world.now, now=world.now
            )
        assert (first, second) == (True, False)


class TestTheDemoBank:
    def test_gives_the_same_rows_whenever_and_however_often_it_is_read(self, world):
        bank = SimulatedBank(world.clock.now)
        link = bank.finished(bank.offer("k", back="", language="en").token)
        assert link is not None
        early, cursor = fetch(bank, link.access, "")
        pending = [one for one in early.added if one.pending]
        world.clock.advance(timedelta(days=3))
        later, _ = fetch(bank, link.access, cursor)
        whole, _ = fetch(bank, link.access, "")
        assert early.bank == DEMO_BANK
        assert len(early.added) > 100  # more than a page
        assert {one.settles for one in later.added if one.settles} == {
            one.reference for one in pending
        }
        assert posted_of(whole) == {**posted_of(early), **posted_of(later)}

    def test_is_over_for_who_has_no_access(self, world):
        with pytest.raises(BankNeedsSignIn):
            SimulatedBank(world.clock.now).page("somebody else's", "")
