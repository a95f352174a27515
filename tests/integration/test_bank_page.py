"""The page that connects a bank: a look connects nothing, one press does, a stale link not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.banks.connection import Connection, ConnectionState
from core.banks.feed import LinkOffer
from core.connect.bank_feed import BankNeedsSignIn
from core.store.bank_store import BankStore
from tests.fakes.scripted_bank import ScriptedBank
from tests.fakes.web_server import Site, listening
from workers.banks import read_banks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("bank")) as made:
        yield made


def offered(site: Site) -> Connection:
    """A household of the test's own, which has asked to connect its bank."""
    window = site.window()
    window.ask("DEMO")
    said = window.ask("connect my bank")["text"]
    assert "/bank/" in said
    with site.app.database.reading() as uow:
        found = uow.banks.open_offer(uow.users.all_ids()[-1], now=site.app.clock.now())
    assert found is not None
    return found


def now_is(site: Site, connection: Connection) -> Connection:
    with site.app.database.reading() as uow:
        return uow.banks.get(connection.user_id, connection.id)


def place(site: Site, connection: Connection) -> str:
    return site.app.links.sign_bank(connection.id, site.address)


class TestThePage:
    def test_says_what_is_read_and_connects_nothing_by_a_look(self, site):
        connection = offered(site)
        shown = site.client().get(place(site, connection))
        assert shown.status_code == 200
        assert "never sees your password" in shown.text
        assert "made up" in shown.text
        assert now_is(site, connection).state is ConnectionState.OFFERED

    def test_connects_the_demo_bank_once_and_its_rows_come(self, site):
        connection = offered(site)
        client = site.client(Origin=site.address)
        assert "Connected" in client.post(place(site, connection)).text
        assert now_is(site, connection).state is ConnectionState.ACTIVE
        read_banks(site.app.jobs)
        after = now_is(site, connection)
        assert after.bank == "First Demo Bank"
        assert after.synced_at is not None
        assert client.post(place(site, connection)).status_code == 404

    def test_refuses_a_link_that_is_over_or_made_up(self, site):
        connection = offered(site)
        with site.app.database.work() as uow:
            late = site.app.clock.now() - timedelta(seconds=1)
            uow.banks.keep_token(connection.id, "token", late)
            uow.commit()
        client = site.client(Origin=site.address)
        for address in (place(site, connection), f"{site.address}/bank/made-up"):
            assert client.get(address).status_code == 404
            assert client.post(address).status_code == 404
        assert now_is(site, connection).state is ConnectionState.OFFERED

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
    def test_takes_no_press_from_elsewhere(self, site, origin):
        connection = offered(site)
        client = site.client(Origin=origin)
        assert client.post(place(site, connection)).status_code == 403
        assert now_is(site, connection).state is ConnectionState.OFFERED


class TestABanksOwnPage:
    def test_is_led_on_to_and_back_from(self, site):
        """A service with a page of its own, as Plaid has."""
        connection = offered(site)
        bank = ScriptedBank(signed_in=False, name="demo")
        kept = site.app.jobs.banks["demo"]
        site.app.jobs.banks["demo"] = bank
        try:
            client = site.client(Origin=site.address)
            led = client.post(place(site, connection))
            assert led.status_code == 303
            assert led.headers["location"] == "https://bank.example/sign-in"
            waiting = client.get(f"{place(site, connection)}/done")
            assert "Not finished" in waiting.text
            assert now_is(site, connection).state is ConnectionState.OFFERED
            bank.signed_in = True
            assert "Connected" in client.get(f"{place(site, connection)}/done").text
            assert now_is(site, connection).state is ConnectionState.ACTIVE
        finally:
            site.app.jobs.banks["demo"] = kept

    def test_that_cannot_be_had_again_leads_to_a_new_connection(self, site):
        """The user took the permission back, and the service knows the connection no more."""

        class Gone(ScriptedBank):
            def offer(self, key: str, *, back: str, language: str, renew: str = "") -> LinkOffer:
                raise BankNeedsSignIn

        connection = offered(site)
        kept = site.app.jobs.banks["demo"]
        site.app.jobs.banks["demo"] = Gone(name="demo")
        try:
            shown = site.client(Origin=site.address).post(place(site, connection))
        finally:
            site.app.jobs.banks["demo"] = kept
        assert shown.status_code == 409
        assert "disconnect my bank" in shown.text

    def test_opens_with_secrets_that_are_sealed(self, site):
        connection = offered(site)
        site.client(Origin=site.address).post(place(site, connection))
        with site.app.database.reading() as uow:
            secret = BankStore(uow.connection, uow.vault).access(connection.id)
            rows = uow.connection.exec_driver_sql("SELECT access, token FROM bank_connections")
            assert secret
            assert all(secret.encode() not in bytes(row[0] or b"") for row in rows)
