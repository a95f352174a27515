"""The issuer's webhook: signed or refused, each event once, told to the card's owner."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.api.server import create_server
from bot.app import App, open_app
from bot.cards import card_secret
from core.cards.card import Card, CardState
from core.connect.card_issuer import CardEvent, CardEventKind, sign, written
from core.ledger.account import AccountKind, LedgerClass
from core.money import Money
from core.settings import Settings
from core.users.preferences import Preferences
from tools.exporting import export

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 14, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cards")
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / 'books.db'}"},
            "security": {"master_key": "a master key for cards, long enough for all"},
            "files": {"folder": folder / "files"},
            "demo": {"enabled": False},
            "web": {"inline_workers": False},
            "logs": {"level": "CRITICAL"},
        }
    )
    opened = open_app(settings, at=NOW)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(app):
    return Client(create_server(app))


class Client:
    """Posts to the server without a socket in between."""

    def __init__(self, server) -> None:
        self.transport = httpx.ASGITransport(server)

    def post(self, path: str, **request) -> httpx.Response:
        async def sent() -> httpx.Response:
            async with httpx.AsyncClient(transport=self.transport, base_url="http://fm") as http:
                return await http.post(path, **request)

        return asyncio.run(sent())


@pytest.fixture
def card(app: App) -> Card:
    """A card of a new user, with a hundred dollars behind it."""
    card_id = app.ids.new("card")
    with app.database.work() as uow:
        user = uow.users.add(f"{card_id}@example.org", Preferences(), now=NOW, ids=app.ids)
        wallet = uow.accounts.open(
            user.id,
            name="Wallet",
            kind=AccountKind.WALLET,
            ledger_class=LedgerClass.AUTHORITATIVE,
            currency="USD",
            now=NOW,
        )
        amount = Money.of("100", "USD")
        uow.wallets.top_up(user.id, wallet, amount, key="in", day=NOW.date(), now=NOW)
        card = Card(card_id, user.id, wallet.id, "USD", "Travel", CardState.CREATED)
        uow.cards.add(card, now=NOW)
        card = uow.cards.issued(card, f"token-{card_id}", "1234", now=NOW)
        uow.commit()
    return card


def event(card: Card, kind=CardEventKind.AUTHORISATION, amount="12.50", number="1") -> CardEvent:
    whose = f"{card.id}-{number}"
    money = Money.of(amount, "USD")
    return CardEvent(f"{whose}-{kind}", kind, card.token, whose, money, "Corner Cafe", "5814")


def post(client, app, told: CardEvent, *, at=NOW, secret=None, body=None):
    content = body if body is not None else written(told)
    signature = sign(content, secret or card_secret(app), at)
    return client.post("/hooks/cards", content=content, headers={"Card-Signature": signature})


def balance(app: App, card: Card) -> tuple[str, str]:
    with app.database.reading() as uow:
        (found,) = uow.accounts.balances(card.user_id)
    return found.posted.plain, found.available.plain


class TestTheSignature:
    def test_of_the_issuer_lets_an_event_in(self, client, app, card):
        answered = post(client, app, event(card))
        assert (answered.status_code, answered.json()["approved"]) == (200, True)

    @pytest.mark.parametrize(
        "signature",
        ["", "t=1,v1=00", "v1=00", "t=x,v1=y", "t=99999999999999999,v1=00", "t=1", "garbage"],
    )
    def test_that_is_none_is_refused(self, client, app, card, signature):
        content = written(event(card))
        answered = client.post(
            "/hooks/cards", content=content, headers={"Card-Signature": signature}
        )
        assert answered.status_code == 403
        assert balance(app, card) == ("100.00", "100.00")

    def test_by_another_secret_or_over_another_body_is_refused(self, client, app, card):
        assert post(client, app, event(card), secret="another").status_code == 403
        content = written(event(card))
        headers = {"Card-Signature": sign(content, card_secret(app), NOW)}
        changed = content.replace(b"1250", b"1")
        assert client.post("/hooks/cards", content=changed, headers=headers).status_code == 403
        assert balance(app, card) == ("100.00", "100.00")

    @pytest.mark.parametrize("late", [timedelta(minutes=6), -timedelta(minutes=6)])
    def test_that_is_not_fresh_is_refused(self, client, app, card, late):
        assert post(client, app, event(card), at=NOW + late).status_code == 403

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"{}", b"not json", b'{"id": 1}', b"\xff\xfe", b"null"]
    )
    def test_over_what_is_no_event_is_a_bad_request(self, client, app, card, body):
        assert post(client, app, event(card), body=body).status_code == 400

    @pytest.mark.parametrize(
        "change",
        [{"amount": -1}, {"amount": 1.5}, {"currency": "xxz"}, {"type": "refund"}, {"card": ""}],
    )
    def test_over_an_event_of_an_odd_form_is_a_bad_request(self, client, app, card, change):
        told = {**json.loads(written(event(card))), **change}
        assert post(client, app, event(card), body=json.dumps(told).encode()).status_code == 400


class TestAPurchase:
    def test_is_held_then_paid_and_each_event_counts_once(self, client, app, card):
        for _ in range(2):
            assert post(client, app, event(card)).json()["approved"]
        assert balance(app, card) == ("100.00", "87.50")
        for _ in range(2):
            assert post(client, app, event(card, CardEventKind.CAPTURE, "14.00")).json()["approved"]
        assert balance(app, card) == ("86.00", "86.00")  # with the tip
        with app.database.reading() as uow:
            told = uow.connection.exec_driver_sql(
                f"SELECT action FROM audit_events WHERE user_id = '{card.user_id}'"
            ).scalars()
            assert sorted(told) == ["card.authorisation.approved", "card.capture.approved"]

    def test_with_more_than_a_tip_on_top_is_not_paid(self, client, app, card):
        post(client, app, event(card))
        answered = post(client, app, event(card, CardEventKind.CAPTURE, "15.01"))
        assert answered.json() == {"approved": False, "reason": "too_much"}
        assert balance(app, card) == ("100.00", "87.50")

    def test_by_a_frozen_card_over_a_limit_or_without_money_is_declined(self, client, app, card):
        assert post(client, app, event(card, amount="100.01")).json()["reason"] == "funds"
        with app.database.work() as uow:
            frozen = uow.cards.move(card, CardState.FROZEN, now=NOW)
            uow.commit()
        assert post(client, app, event(card, number="2")).json()["reason"] == "frozen"
        with app.database.work() as uow:
            uow.cards.move(frozen, CardState.ACTIVE, now=NOW)
            uow.commit()
        assert post(client, app, event(card, number="3")).json()["approved"]
        assert balance(app, card) == ("100.00", "87.50")

    def test_by_a_card_that_nobody_has_is_declined(self, client, app, card):
        stranger = written(event(card)).replace(card.token.encode(), b"token-of-nobody")
        answered = post(client, app, event(card), body=stranger)
        assert answered.json() == {"approved": False, "reason": "unknown_card"}

    def test_is_in_exported_books_but_not_what_its_issuer_calls_the_card(self, client, app, card):
        post(client, app, event(card))
        post(client, app, event(card, CardEventKind.CAPTURE))
        with app.database.reading() as uow:
            told = export(uow, uow.users.get(card.user_id), what="all", form="json")
        assert "Corner Cafe" in told
        assert card.token not in told

    def test_leaves_no_card_number_anywhere(self, client, app, card):
        told = {**json.loads(written(event(card))), "number": "4242424242424242", "cvc": "123"}
        assert post(client, app, event(card), body=json.dumps(told).encode()).status_code == 200
        with app.database.reading() as uow:
            for table in ("cards", "holds", "journal_entries", "outbox"):
                rows = uow.connection.exec_driver_sql(f"SELECT * FROM {table}").all()
                assert "4242424242424242" not in repr(rows)
