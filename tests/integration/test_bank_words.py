"""What a bank's service tells by itself: read soon, or told to the user once, and never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.alerts.alert import AlertKind
from core.banks.connection import Connection, ConnectionState, Renewal, Trouble
from core.banks.feed import FeedLink
from core.banks.word import BankNews, BankWord
from core.ids import SystemIds
from tests.fakes.scripted_bank import ScriptedBank
from tests.fakes.world import World, open_world
from tests.integration.test_workers_banks import alerts, connect, now_is, row, told
from workers.bank_words import take_word
from workers.banks import fetch, finish_sign_in, read_banks

KINDS = {
    BankNews.SIGN_IN: AlertKind.BANK_SIGN_IN,
    BankNews.REVOKED: AlertKind.BANK_REVOKED,
    BankNews.ENDS: AlertKind.BANK_ENDS,
    BankNews.ACCOUNTS: AlertKind.BANK_ACCOUNTS,
}


@pytest.fixture
def world() -> World:
    return open_world("sqlite://")


@pytest.fixture
def bank() -> ScriptedBank:
    return ScriptedBank()


@pytest.fixture
def connection(world: World, bank: ScriptedBank) -> Connection:
    """A connection that was read once, an hour ago."""
    made = connect(world, bank)
    read_banks(world.context)
    world.clock.advance(timedelta(hours=1))
    return made


def tell(world: World, news: BankNews, reference: str = "item-1") -> bool:
    until = world.now + timedelta(days=7) if news is BankNews.ENDS else None
    return take_word(world.context, "scripted", BankWord(reference, news, until))


class TestSomethingToRead:
    def test_is_read_now_and_not_at_the_next_hour(self, world, bank, connection):
        bank.says(row("a", -1250))
        assert read_banks(world.context) == 0
        assert tell(world, BankNews.ROWS)
        assert world.wake.rings[-1] == "read_banks"
        assert read_banks(world.context) == 1
        with world.database.reading() as uow:
            assert uow.banks.log_of(connection.id)[0].new == 1
        assert told(world) == ["bank.connected"]  # nobody asked for it: nobody hears of it

    def test_said_over_and_over_is_read_once_a_minute(self, world, bank, connection):
        for _ in range(5):
            tell(world, BankNews.ROWS)
        assert read_banks(world.context) == 1
        for _ in range(5):
            tell(world, BankNews.ROWS)
        assert read_banks(world.context) == 0
        world.clock.advance(timedelta(minutes=1))
        assert read_banks(world.context) == 1

    def test_while_it_is_read_is_not_lost(self, world, bank, connection):
        """Rows that came behind the page that was asked for already are read after it."""
        before = now_is(world, connection)
        _, cursor = fetch(bank, "access-1", before.cursor)
        bank.says(row("a", -1250))
        tell(world, BankNews.ROWS)
        with world.database.work() as uow:
            late = world.now + timedelta(hours=5)
            assert not uow.banks.advance(
                before, cursor=cursor, bank="B", next_at=late, now=world.now
            )
        assert read_banks(world.context) == 1
        with world.database.reading() as uow:
            assert uow.banks.log_of(connection.id)[0].new == 1

    def test_makes_a_connection_that_was_repaired_elsewhere_well_again(
        self, world, bank, connection
    ):
        tell(world, BankNews.SIGN_IN)
        world.clock.advance(timedelta(minutes=5))
        tell(world, BankNews.ROWS)
        assert read_banks(world.context) == 1
        well = now_is(world, connection)
        assert (well.state, well.trouble) == (ConnectionState.ACTIVE, Trouble.NONE)


class TestSomethingToTell:
    @pytest.mark.parametrize("news", list(KINDS))
    def test_is_told_once_however_often_it_comes(self, world, connection, news):
        for _ in range(3):
            assert tell(world, news)
        (alert,) = alerts(world, connection)
        assert alert.kind is KINDS[news]
        with world.database.reading() as uow:
            (kept,) = uow.connection.exec_driver_sql(
                f"SELECT count(*) FROM audit_events WHERE action = 'bank.told_{news}'"
            ).one()
        assert kept == 1

    @pytest.mark.parametrize("news", [BankNews.SIGN_IN, BankNews.REVOKED])
    def test_that_nothing_comes_any_more_is_kept_and_the_reading_adds_nothing(
        self, world, bank, connection, news
    ):
        tell(world, news)
        away = now_is(world, connection)
        assert (away.state, away.trouble) == (ConnectionState.SIGN_IN, Trouble.SIGN_IN)
        tell(world, BankNews.ENDS)
        tell(world, BankNews.ACCOUNTS)
        assert len(alerts(world, connection)) == 1
        assert now_is(world, connection).renewal is Renewal.NONE

    def test_another_day_on_which_it_ends_is_told_again(self, world, connection):
        tell(world, BankNews.ENDS)
        world.clock.advance(timedelta(days=1))
        tell(world, BankNews.ENDS)
        assert [one.kind for one in alerts(world, connection)] == [AlertKind.BANK_ENDS] * 2

    def test_a_day_that_has_gone_by_is_no_news(self, world, connection):
        gone = world.now - timedelta(days=1)
        take_word(world.context, "scripted", BankWord("item-1", BankNews.ENDS, gone))
        assert alerts(world, connection) == ()

    def test_is_forgotten_once_it_has_to_be_signed_in_to(self, world, connection):
        tell(world, BankNews.ENDS)
        assert now_is(world, connection).renewal is Renewal.ENDS
        read_banks(world.context)  # readings go on and forget nothing
        assert now_is(world, connection).renewal is Renewal.ENDS
        tell(world, BankNews.SIGN_IN)
        after = now_is(world, connection)
        assert (after.renewal, after.ends_at) == (Renewal.NONE, None)


class TestARenewal:
    def offered(self, world: World, connection: Connection) -> Connection:
        tell(world, BankNews.ENDS)
        with world.database.work() as uow:
            until = world.now + timedelta(minutes=15)
            uow.banks.offer_again(connection.id, connection.conversation_id, now=world.now)
            uow.banks.keep_token(connection.id, "token-1", until)
            uow.commit()
        return now_is(world, connection)

    def test_counts_when_its_page_was_gone_through_and_not_before(self, world, bank, connection):
        offered = self.offered(world, connection)
        bank.signed_in = False
        read_banks(world.context)
        assert now_is(world, connection).renewal is Renewal.ENDS
        bank.signed_in = True
        assert finish_sign_in(world.context, offered)
        renewed = now_is(world, connection)
        assert (renewed.renewal, renewed.ends_at) == (Renewal.NONE, None)
        assert not finish_sign_in(world.context, offered)  # once
        assert read_banks(world.context) == 1
        assert told(world)[-1] == "bank.read"

    def test_of_what_needs_it_again_waits_for_its_page_too(self, world, bank, connection):
        tell(world, BankNews.SIGN_IN)
        with world.database.work() as uow:
            uow.banks.keep_token(connection.id, "token-1", world.now + timedelta(minutes=15))
            uow.commit()
        bank.signed_in = False
        assert not finish_sign_in(world.context, now_is(world, connection))
        assert now_is(world, connection).state is ConnectionState.SIGN_IN


class TestAStranger:
    @pytest.mark.parametrize("news", list(BankNews))
    def test_changes_nothing(self, world, connection, news):
        before = now_is(world, connection)
        assert not tell(world, news, "item-2")
        assert not take_word(world.context, "plaid", BankWord("item-1", news, world.now))
        assert now_is(world, connection) == before

    @pytest.mark.parametrize("news", list(BankNews))
    def test_nor_does_what_comes_after_the_end(self, world, connection, news):
        with world.database.work() as uow:
            uow.banks.close(connection.id)
            uow.commit()
        assert not tell(world, news)
        assert alerts(world, connection) == ()

    def test_of_another_users_bank_touches_only_that_one(self, world, bank, connection):
        other = world.user("bob@example.org")
        with world.database.work() as uow:
            made = uow.banks.offer(
                other.id,
                provider="scripted",
                demo=False,
                conversation_id="",
                now=world.now,
                ids=SystemIds(),
            )
            uow.banks.activate(made.id, FeedLink("item-2", "access-1"), now=world.now)
            uow.commit()
        assert tell(world, BankNews.SIGN_IN, "item-2")
        assert now_is(world, connection).state is ConnectionState.ACTIVE
        with world.database.reading() as uow:
            assert uow.banks.get(other.id, made.id).state is ConnectionState.SIGN_IN
