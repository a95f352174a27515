"""The door that Plaid posts to: what it answers, and what a user finds in his chat after it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from bot.api.bank_hook import SIGNATURE, bank_hook_routes
from bot.providers import BANK_HOOK, banks
from core.banks.connection import Connection, ConnectionState, Renewal
from core.banks.word import BankNews, BankWord
from core.clock import FixedClock
from core.connect.bank_feed import TellsByItself
from core.settings import Settings
from core.store.unit_of_work import Database
from tests.fakes.plaid_signer import SigningBank, word
from tests.fakes.web_server import Site, Window, listening
from tests.fakes.world import START, World, open_world
from tests.integration.test_bank_page import now_is, offered, place
from tests.integration.test_workers_banks import connect
from workers.bank_words import take_word
from workers.banks import read_banks


@pytest.fixture
def bank() -> SigningBank:
    return SigningBank()


@pytest.fixture
def world() -> World:
    return open_world("sqlite://")


@pytest.fixture
def connection(world: World, bank: SigningBank) -> Connection:
    return connect(world, bank)


def post(world: World, body: bytes, token: str, method: str = "POST") -> httpx.Response:
    """Send a request to the door without a socket in between."""
    server = FastAPI()
    server.include_router(bank_hook_routes(world.context))

    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(server)
        async with httpx.AsyncClient(transport=transport, base_url="http://fm") as http:
            return await http.request(method, BANK_HOOK, content=body, headers={SIGNATURE: token})

    return asyncio.run(sent())


def state_of(world: World, connection: Connection) -> ConnectionState:
    with world.database.reading() as uow:
        return uow.banks.get(connection.user_id, connection.id).state


class TestTheDoor:
    def test_keeps_a_true_word_and_says_so(self, world, bank, connection):
        body = word("USER_PERMISSION_REVOKED")
        token = bank.signer.sign(body, world.now)
        assert post(world, body, token).status_code == 200
        assert state_of(world, connection) is ConnectionState.SIGN_IN
        assert post(world, body, token).status_code == 200  # it may come again

    def test_refuses_a_forged_one_and_changes_nothing(self, world, bank, connection):
        body = word("USER_PERMISSION_REVOKED")
        stale = bank.signer.sign(body, world.now - timedelta(minutes=6))
        for token in ("", "a.b.c", stale, SigningBank().signer.sign(body, world.now)):
            assert post(world, body, token).status_code == 403
        assert state_of(world, connection) is ConnectionState.ACTIVE

    @pytest.mark.parametrize("body", [word(item="nobody"), word("WEBHOOK_UPDATE_ACKNOWLEDGED")])
    def test_takes_what_is_of_no_concern(self, world, bank, connection, body):
        assert post(world, body, bank.signer.sign(body, world.now)).status_code == 200

    def test_tells_what_is_no_word(self, world, bank, connection):
        assert post(world, b"[]", bank.signer.sign(b"[]", world.now)).status_code == 400

    def test_lets_it_come_again_while_its_key_is_not_to_be_had(self, world, bank, connection):
        for number in range(30):
            token = bank.signer.sign(word(), world.now, head={"kid": f"stranger-{number}"})
            answered = post(world, word(), token)
        assert answered.status_code == 503
        assert answered.headers["retry-after"] == "5"

    def test_lets_it_come_again_when_it_could_not_be_kept(self, world, bank, connection, tmp_path):
        body = word("USER_PERMISSION_REVOKED")
        token = bank.signer.sign(body, world.now)
        whole = world.database
        world.database = Database.open(f"sqlite:///{tmp_path}/not/there.db", whole.master)
        assert post(world, body, token).status_code == 503
        world.database = whole
        assert state_of(world, connection) is ConnectionState.ACTIVE
        assert post(world, body, token).status_code == 200
        assert state_of(world, connection) is ConnectionState.SIGN_IN

    def test_is_closed_where_plaid_is_not_set_up(self, world, bank, connection):
        token = bank.signer.sign(word(), world.now)
        world.banks.clear()
        assert post(world, word(), token).status_code == 404

    def test_takes_nothing_but_posts(self, world, bank, connection):
        assert post(world, b"", "", "GET").status_code == 405


def test_is_where_plaid_is_told_to_post():
    def posts_to(address: str) -> str:
        settings = Settings.model_validate(
            {
                "bank": {"provider": "plaid", "plaid_client_id": "c", "plaid_secret": "s"},
                "FM_PUBLIC_BASE_URL": address,
            }
        )
        (feed,) = banks(settings, FixedClock(START)).values()
        assert isinstance(feed, TellsByItself)
        return str(feed.webhook)  # type: ignore[attr-defined]

    assert posts_to("https://money.example/") == "https://money.example/hooks/plaid"
    assert posts_to("") == posts_to("http://127.0.0.1:8000") == ""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("hook")) as made:
        yield made


@pytest.mark.slow
class TestInTheChat:
    def told(self, site: Site, connection: Connection, news: BankNews) -> None:
        until = site.app.clock.now() + timedelta(days=7) if news is BankNews.ENDS else None
        reference = f"item-{connection.id}"
        assert take_word(site.app.jobs, "demo", BankWord(reference, news, until))

    def answers(self, window: Window, said: str, expected: str) -> None:
        """Say something and wait for its answer; alerts of the day may come before it."""
        if expected not in window.ask(said)["text"]:
            self.hears(window, expected)

    def test_a_permission_that_ends_is_renewed_at_one_press(self, site):
        connection, window = self.connected(site)
        self.told(site, connection, BankNews.ENDS)
        self.hears(window, "lets me read it until")  # without having asked
        self.answers(window, "my banks", "may be read until")
        self.answers(window, "connect my bank", "Renew that here")
        shown = site.client().get(place(site, connection))
        assert shown.status_code == 200
        assert now_is(site, connection).renewal is Renewal.ENDS
        pressed = site.client(Origin=site.address).post(place(site, connection))
        assert "Connected" in pressed.text
        assert now_is(site, connection).renewal is Renewal.NONE
        read_banks(site.app.jobs)
        self.hears(window, "First Demo Bank is read")
        assert "may be read until" not in window.ask("my banks")["text"]

    def test_accounts_that_are_not_read_are_offered_once_and_then_another_bank(self, site):
        connection, window = self.connected(site)
        self.told(site, connection, BankNews.ACCOUNTS)
        self.hears(window, "an account I don't read yet")
        self.answers(window, "connect my bank", "Choose which accounts")
        self.answers(window, "connect my bank", "Tap to connect your bank")

    def connected(self, site: Site) -> tuple[Connection, Window]:
        """A household with the demo bank, read once."""
        connection = offered(site)
        window = site.opened[-1]
        assert isinstance(window, Window)
        site.client(Origin=site.address).post(place(site, connection))
        read_banks(site.app.jobs)
        self.hears(window, "First Demo Bank is connected")
        return now_is(site, connection), window

    def hears(self, window: Window, words: str) -> None:
        """Wait until the bot says something by itself."""
        while words not in window.hear(sender="bot")["text"]:
            pass
