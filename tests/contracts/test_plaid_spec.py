"""Everything we ask Plaid stands in its official description, and its examples are read right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from core.connect.bank_feed import BankMoved, BankNeedsSignIn, BankUnavailable
from core.connect.breaker import Breaker
from core.connect.plaid import Plaid
from core.ledger.account import AccountKind
from core.money import Money
from tests.fakes.plaid_stand_in import PlaidStandIn, load_plaid_spec

pytestmark = pytest.mark.slow
SECRET = "the operator's own secret"
SYNC = "/transactions/sync"


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
