"""Everything we ask Plaid stands in its official description, and its examples are read right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.banks.word import BankNews
from core.connect.bank_feed import (
    BankMoved,
    BankNeedsSignIn,
    BankUnavailable,
    BankWordForged,
)
from core.connect.breaker import Breaker
from core.connect.plaid import Plaid
from core.ledger.account import AccountKind
from core.money import Money
from tests.fakes.plaid_signer import PlaidSigner, word
from tests.fakes.plaid_stand_in import PlaidStandIn, load_plaid_spec

pytestmark = pytest.mark.slow
SECRET = "the operator's own secret"
SYNC = "/transactions/sync"
KEY = "/webhook_verification_key/get"
WEBHOOK = "https://fm.example/hooks/plaid"
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    found = load_plaid_spec()
    if found is None:
        pytest.skip("no description of Plaid beside the checkout")
    return found


@pytest.fixture
def stand_in(spec: dict[str, Any]) -> Iterator[PlaidStandIn]:
    made = PlaidStandIn(spec)
    yield made
    made.close()
    assert made.faults == []


@pytest.fixture
def plaid(stand_in: PlaidStandIn) -> Plaid:
    return Plaid(stand_in.url, "client", SECRET, ("US", "ES"), Breaker(failures=99))


class TestWhatIsAsked:
    """Each request is held against the description; a fault fails the test at its end."""

    def test_for_a_page_to_sign_in_on(self, plaid, stand_in):
        told = stand_in.example("/link/token/create")
        told["hosted_link_url"] = "https://secure.plaid.com/hl/1"
        assert "hosted_link_url" in stand_in.fields(
            stand_in.spec["components"]["schemas"]["LinkTokenCreateResponse"]
        )
        stand_in.answers["/link/token/create"] = [(200, told), (200, told)]
        offer = plaid.offer("bank-1", back="https://fm.example/bank/t/done", language="es")
        assert (offer.token, offer.url) == (told["link_token"], told["hosted_link_url"])
        assert stand_in.asked[-1][1]["transactions"] == {"days_requested": 730}
        plaid.offer("bank-1", back="", language="en", renew="access")
        assert "products" not in stand_in.asked[-1][1]

    def test_for_a_page_whose_connection_posts_to_us(self, stand_in):
        plaid = Plaid(stand_in.url, "client", SECRET, webhook=WEBHOOK)
        told = stand_in.example("/link/token/create") | {"hosted_link_url": "https://s.example/1"}
        stand_in.answers["/link/token/create"] = [(200, told), (200, told)]
        plaid.offer("bank-1", back="", language="en")
        assert stand_in.asked[-1][1]["webhook"] == WEBHOOK
        plaid.offer("bank-1", back="", language="en", renew="access")  # it has no effect there
        assert "webhook" not in stand_in.asked[-1][1]
        assert stand_in.asked[-1][1]["update"] == {"account_selection_enabled": True}

    def test_for_an_older_connection_to_post_to_us_as_well(self, stand_in):
        plaid = Plaid(stand_in.url, "client", SECRET, webhook=WEBHOOK)
        plaid.accounts("access")
        path, asked = stand_in.asked[-1]
        assert (path, asked["webhook"]) == ("/item/webhook/update", WEBHOOK)
        told = stand_in.example("/accounts/get")
        told["item"] = told["item"] | {"webhook": WEBHOOK}
        stand_in.answers["/accounts/get"] = [(200, told)]
        plaid.accounts("access")
        assert stand_in.asked[-1][0] == "/accounts/get"

    def test_and_an_address_that_is_refused_keeps_nobody_from_reading(self, stand_in):
        plaid = Plaid(stand_in.url, "client", SECRET, webhook=WEBHOOK)
        stand_in.answers["/item/webhook/update"] = [(400, {"error_code": "INVALID_FIELD"})]
        assert plaid.accounts("access")[1]

    def test_whether_a_page_was_gone_through(self, plaid, stand_in):
        assert plaid.renewed("link-token")
        told = stand_in.example("/link/token/get")
        for session in told["link_sessions"]:
            session["events"] = [one for one in session["events"] if one["event_name"] != "HANDOFF"]
        stand_in.answers["/link/token/get"] = [(200, told)]
        assert not plaid.renewed("link-token")

    def test_for_what_a_sign_in_gave(self, plaid, stand_in):
        link = plaid.finished("link-token")
        assert link is not None
        example = stand_in.example("/item/public_token/exchange")
        assert (link.access, link.reference) == (example["access_token"], example["item_id"])

    def test_for_a_sign_in_that_is_not_finished(self, plaid, stand_in):
        told = stand_in.example("/link/token/get") | {"link_sessions": []}
        stand_in.answers["/link/token/get"] = [(200, told)]
        assert plaid.finished("link-token") is None

    def test_for_accounts_and_rows_and_to_be_forgotten(self, plaid):
        plaid.accounts("access")
        plaid.page("access", "")
        plaid.page("access", "cursor")
        plaid.close("access")


class TestWhatIsAnswered:
    def test_rows_are_read_with_our_sign_and_exactly(self, plaid, stand_in):
        page = plaid.page("access", "")
        example = stand_in.example(SYNC)
        first = example["added"][0]
        assert page.added[0].amount == Money.of(str(-first["amount"]), "USD")
        assert page.added[0].booked_date == date.fromisoformat(first["date"])
        assert page.added[0].description in (first["name"], first.get("original_description"))
        assert page.removed == tuple(one["transaction_id"] for one in example["removed"])
        assert (page.cursor, page.more) == (example["next_cursor"], example["has_more"])

    def test_the_noise_of_a_float_is_rounded_away(self, plaid, stand_in):
        told = stand_in.example(SYNC)
        told["added"] = [told["added"][0] | {"amount": 28.340000000000003}]
        stand_in.answers[SYNC] = [(200, told)]
        assert plaid.page("access", "").added[0].amount == Money(-2834, "USD")

    def test_what_is_owed_is_negative(self, plaid, stand_in):
        _, accounts = plaid.accounts("access")
        example = {one["account_id"]: one for one in stand_in.example("/accounts/get")["accounts"]}
        kinds = {one.kind for one in accounts}
        assert AccountKind.CHECKING in kinds
        for one in accounts:
            stated = Money.rounded(str(example[one.reference]["balances"]["current"]), one.currency)
            owed = one.kind in (AccountKind.CARD, AccountKind.LOAN)
            assert one.balance == (-stated if owed else stated)

    @pytest.mark.parametrize(
        ("status", "code", "error"),
        [
            (400, "ITEM_LOGIN_REQUIRED", BankNeedsSignIn),
            (400, "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION", BankMoved),
            (429, "RATE_LIMIT_EXCEEDED", BankUnavailable),
            (500, "INTERNAL_SERVER_ERROR", BankUnavailable),
            (400, "PRODUCT_NOT_READY", BankUnavailable),
        ],
    )
    def test_errors_mean_what_they_say(self, plaid, stand_in, status, code, error):
        told = {"error_type": "ITEM_ERROR", "error_code": code, "error_message": "…"}
        stand_in.answers[SYNC] = [(status, told)]
        with pytest.raises(error):
            plaid.page("access", "")

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"[]", b"{}", b'{"added": 3}', b'{"added": [{}], "modified": []}']
    )
    def test_nonsense_is_unavailable_and_no_secret_is_logged(self, plaid, stand_in, body, caplog):
        stand_in.answers[SYNC] = [(200, body)]
        with pytest.raises(BankUnavailable):
            plaid.page("the access secret", "")
        assert SECRET not in caplog.text
        assert "the access secret" not in caplog.text
        assert SECRET not in repr(plaid)

    def test_a_service_that_is_gone_is_left_alone_after_some_failures(self, stand_in):
        plaid = Plaid(stand_in.url, "client", SECRET, breaker=Breaker(failures=2))
        stand_in.answers[SYNC] = [(500, b"{}")] * 5
        for _ in range(4):
            with pytest.raises(BankUnavailable):
                plaid.page("access", "")
        assert len(stand_in.asked) == 2

    def test_a_connection_that_is_gone_already_is_closed(self, plaid, stand_in):
        told = {"error_code": "ITEM_NOT_FOUND"}
        stand_in.answers["/item/remove"] = [(400, told)]
        plaid.close("access")


class TestWhatIsPosted:
    def test_is_believed_by_the_key_that_plaid_tells(self, plaid, stand_in):
        signer = PlaidSigner()
        told = stand_in.example(KEY)
        stand_in.answers[KEY] = [(200, {**told, "key": signer.fetch(signer.key_id)})]
        assert set(told["key"]) == set(signer.fetch(signer.key_id))
        body = word()
        told = plaid.heard(body, signer.sign(body, NOW), now=NOW)
        assert (told.reference, told.news) == ("item-1", BankNews.ROWS)
        assert stand_in.asked[-1] == (
            KEY,
            {"client_id": "client", "secret": SECRET, "key_id": signer.key_id},
        )

    def test_with_the_key_of_the_descriptions_example_is_refused(self, plaid):
        """The example's key is read; what another one signed is not its own."""
        body, signer = word(), PlaidSigner()
        with pytest.raises(BankWordForged):
            plaid.heard(body, signer.sign(body, NOW), now=NOW)

    def test_by_a_key_that_there_is_not_does_not_make_the_service_look_ill(self, stand_in):
        plaid = Plaid(stand_in.url, "client", SECRET, breaker=Breaker(failures=1))
        refused = {
            "error_type": "INVALID_INPUT",
            "error_code": "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
        }
        stand_in.answers[KEY] = [(400, refused)]
        body, signer = word(), PlaidSigner("there-is-none")
        with pytest.raises(BankWordForged):
            plaid.heard(body, signer.sign(body, NOW), now=NOW)
        assert plaid.accounts("access")

    @pytest.mark.parametrize(
        "answer", [(500, b"{}"), (200, b"{}"), (200, b'{"key": 7}'), (400, {"error_code": "X"})]
    )
    def test_while_the_key_cannot_be_had_is_for_later(self, plaid, stand_in, answer):
        stand_in.answers[KEY] = [answer]
        body, signer = word(), PlaidSigner()
        with pytest.raises(BankUnavailable):
            plaid.heard(body, signer.sign(body, NOW), now=NOW)

    @pytest.mark.parametrize(
        ("schema", "news"),
        [
            ("SyncUpdatesAvailableWebhook", BankNews.ROWS),
            ("ItemErrorWebhook", BankNews.SIGN_IN),
            ("PendingExpirationWebhook", BankNews.ENDS),
            ("PendingDisconnectWebhook", BankNews.ENDS),
            ("UserPermissionRevokedWebhook", BankNews.REVOKED),
            ("NewAccountsAvailableWebhook", BankNews.ACCOUNTS),
            ("ItemLoginRepairedWebhook", BankNews.ROWS),
            ("TransactionsRemovedWebhook", None),
            ("WebhookUpdateAcknowledgedWebhook", None),
        ],
    )
    def test_is_read_as_the_descriptions_examples_have_it(self, plaid, stand_in, schema, news):
        described = stand_in.spec["components"]["schemas"][schema]
        example = next(iter(described["x-examples"].values()))
        signer, body = PlaidSigner(), json.dumps(example, default=str).encode()
        stand_in.answers[KEY] = [(200, {"key": signer.fetch(signer.key_id)})]
        told = plaid.heard(body, signer.sign(body, NOW), now=NOW)
        assert (told and told.news) == news
        if told is not None:
            assert told.reference == example["item_id"]
            assert (told.until is not None) == (news is BankNews.ENDS)
