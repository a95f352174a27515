"""The provider's word on a cancellation: signed or refused, taken once, told to its user."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.api.cancellation_hook import PATH, SIGNATURE, cancellation_secret
from bot.api.server import create_server
from bot.app import App, open_app
from core.connect.cancellation_events import signed
from core.ids import UserId
from core.ledger.account import AccountKind
from core.messaging.address import Address
from core.money import Money
from core.settings import Settings
from core.subscriptions.cadence import Cadence
from core.subscriptions.followed import Followed, FollowedState
from core.subscriptions.subscription import Subscription, SubscriptionStatus
from core.users.preferences import Preferences

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 14, 10, 0, tzinfo=UTC)
DUE = date(2026, 6, 2)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / 'books.db'}"},
            "security": {"master_key": "a master key for words, long enough for all"},
            "files": {"folder": folder / "files"},
            "demo": {"enabled": False},
            "web": {"inline_workers": False},
            "logs": {"level": "CRITICAL"},
        }
    )
    opened = open_app(settings, at=NOW)
    yield opened
    opened.close()


def sent(app: App) -> Followed:
    """A cancellation of somebody's that a provider has got."""
    with app.database.work() as uow:
        email = f"{app.ids.new('mail')}@example.org"
        who = uow.users.add(email, Preferences(), now=NOW, ids=app.ids).id
        account = uow.accounts.open(
            who, name="Card", kind=AccountKind.CARD, currency="USD", now=NOW
        )
        uow.conversations.at(Address.parse(f"web:{who}"), owner=who, now=NOW, ids=app.ids)
        uow.subscriptions.save(_netflix(who, account.id), now=NOW)
        (kept,) = uow.subscriptions.of(who)
        followed = Followed(app.ids.new("appr"), who, kept.id, FollowedState.SENT, DUE, DUE, NOW)
        uow.followed.follow(followed)
        uow.commit()
    return followed


def _netflix(who: UserId, account: Any) -> Subscription:
    return Subscription(
        id=0,
        user_id=who,
        merchant_key="netflix",
        name="Netflix",
        account_id=account,
        amount=Money(1799, "USD"),
        cadence=Cadence.MONTHLY,
        status=SubscriptionStatus.CANCEL_REQUESTED,
        first_date=date(2025, 1, 2),
        last_date=date(2026, 5, 2),
        next_date=DUE,
    )


def tell(app: App, told: Any, *, secret: str = "", at: datetime = NOW) -> int:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    header = signed(body, secret or cancellation_secret(app), at)
    transport = httpx.ASGITransport(create_server(app))

    async def posted() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://fm") as http:
            return await http.post(PATH, content=body, headers={SIGNATURE: header})

    return asyncio.run(posted()).status_code


def standing(app: App, followed: Followed) -> tuple[FollowedState, SubscriptionStatus]:
    with app.database.reading() as uow:
        found = uow.followed.find(followed.approval_id)
        kept = uow.subscriptions.get(followed.user_id, followed.subscription_id)
    assert found is not None
    return found.state, kept.status


class TestAWord:
    def test_is_taken_once_and_a_later_one_cannot_turn_it(self, app):
        followed = sent(app)
        key = followed.approval_id
        assert tell(app, {"key": key, "state": "confirmed"}) == 200
        assert standing(app, followed) == (FollowedState.ACCEPTED, SubscriptionStatus.CANCELLED)
        assert tell(app, {"key": key, "state": "refused"}) == 200
        assert standing(app, followed)[0] is FollowedState.ACCEPTED

    def test_that_refuses_makes_it_run_on(self, app):
        followed = sent(app)
        tell(app, {"key": followed.approval_id, "state": "refused"})
        assert standing(app, followed) == (FollowedState.REFUSED, SubscriptionStatus.ACTIVE)

    def test_of_nobodys_request_changes_nothing(self, app):
        assert tell(app, {"key": "appr_nobody", "state": "confirmed"}) == 200

    def test_with_a_wrong_or_old_signature_is_refused(self, app):
        followed = sent(app)
        told = {"key": followed.approval_id, "state": "confirmed"}
        assert tell(app, told, secret="x" * 32) == 403
        assert tell(app, told, at=NOW - timedelta(minutes=6)) == 403
        assert standing(app, followed)[0] is FollowedState.SENT

    @pytest.mark.parametrize(
        "told",
        [
            b"{",
            b"[]",
            {"key": "x"},
            {"key": 7, "state": "confirmed"},
            {"key": "x", "state": "done"},
        ],
    )
    def test_of_another_form_is_refused(self, app, told):
        assert tell(app, told) == 400
