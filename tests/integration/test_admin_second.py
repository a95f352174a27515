"""The console's second step: nothing opens before it, each code works once, five tries lock."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.api.admin_session import SECOND
from core.store.second_factor_store import SecondFactorStore
from core.users.second_factor import code_at, step_of
from core.users.user import Role
from tests.console import MovableClock, give_password, token_of, trail
from tests.fakes.web_server import Site, listening

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, clock: MovableClock) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("second")
    with listening(folder, change=lambda app: replace(app, clock=clock)) as made:
        yield made


@pytest.fixture
def email(site: Site, request) -> str:
    address = f"{abs(hash(request.node.name)):x}@second.example"
    site.user(address, Role.ADMIN)
    return address


@pytest.fixture
def secret(site: Site, email: str) -> bytes:
    """What the app of an operator keeps, once he has set it up with the code of a minute ago."""
    client, _ = give_password(site, email)
    kept = _shown(client)
    _say(client, code_at(kept, step_of(site.app.clock.now()) - 1))
    return kept


def _shown(client) -> bytes:
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", client.get(SECOND).text)
    assert found is not None
    return base64.b32decode(found[1].replace(" ", ""))


def _say(client, code):
    data = {"csrf": token_of(client.get(SECOND).text), "code": code}
    return client.post(SECOND, data=data)


def _now(site: Site, secret: bytes) -> str:
    return code_at(secret, step_of(site.app.clock.now()))


class TestBeforeTheCode:
    @pytest.mark.parametrize("path", ["", "/users", "/tickets", "/approvals", "/trail/x"])
    def test_nothing_opens(self, site, email, path):
        client, _ = give_password(site, email)
        answer = client.get(f"/admin{path}")
        assert answer.status_code in {303, 404}
        assert answer.headers.get("location", SECOND) == SECOND

    def test_no_form_is_taken(self, site, email):
        client, _ = give_password(site, email)
        data = {"csrf": token_of(client.get(SECOND).text), "id": "out_1"}
        assert client.post("/admin/replay", data=data).headers.get("location", SECOND) == SECOND

    def test_the_page_asks_whoever_has_no_session_to_sign_in(self, site):
        answer = site.client().get(SECOND)
        assert answer.headers["location"] == "/admin/login"


class TestSettingUp:
    def test_shows_a_picture_and_the_letters_and_opens_the_console(self, site, email):
        client, _ = give_password(site, email)
        page = client.get(SECOND).text
        assert "<svg" in page
        done = _say(client, _now(site, _shown(client)))
        assert len(re.findall(r"<li><code>[^<]+</code>", done.text)) == 10
        assert client.get("/admin").status_code == 200

    def test_with_a_wrong_code_sets_nothing_up(self, site, email):
        client, _ = give_password(site, email)
        kept = _shown(client)
        assert _say(client, "000000").status_code == 401
        assert _shown(client) == kept

    def test_is_written_down(self, site, email, secret):
        with site.app.database.reading() as uow:
            user = uow.users.by_email(email)
        actions = [action for _, action, _ in trail(site, user.id)]
        assert actions[:3] == [
            "console.signed_in",
            "console.second_factor_set",
            "console.password_right",
        ]


class TestTheCode:
    def test_is_asked_at_every_sign_in_and_shows_no_secret(self, site, email, secret):
        client, _ = give_password(site, email)
        page = client.get(SECOND).text
        assert "<svg" not in page
        assert _say(client, _now(site, secret)).status_code == 303
        assert client.get("/admin").status_code == 200

    def test_works_once(self, site, email, secret):
        for status in (303, 401):
            client, _ = give_password(site, email)
            assert _say(client, _now(site, secret)).status_code == status

    def test_gives_a_session_another_token(self, site, email, secret):
        client, _ = give_password(site, email)
        name = next(name for name in client.cookies if "fm_admin" in name)
        before = client.cookies[name]
        _say(client, _now(site, secret))
        other = site.client(Origin=site.address)
        other.cookies.set(name, before)
        assert client.cookies[name] != before
        assert other.get("/admin").headers["location"] == "/admin/login"

    def test_locks_after_five_wrong_ones_however_often_the_password_is_given(
        self, site, email, secret, clock
    ):
        for _ in range(5):
            client, _ = give_password(site, email)
            assert _say(client, "000000").status_code == 401
        client, _ = give_password(site, email)
        assert _say(client, _now(site, secret)).status_code == 429
        clock.ahead += timedelta(minutes=31)
        client, _ = give_password(site, email)
        assert _say(client, _now(site, secret)).status_code == 303
        clock.ahead -= timedelta(minutes=31)

    def test_is_not_taken_from_another_sites_page(self, site, email, secret):
        client, _ = give_password(site, email)
        token = token_of(client.get(SECOND).text)
        client.headers["Origin"] = "https://evil.example"
        answer = client.post(SECOND, data={"csrf": token, "code": _now(site, secret)})
        assert answer.status_code == 403

    def test_needs_the_token_of_its_form(self, site, email, secret):
        client, _ = give_password(site, email)
        answer = client.post(SECOND, data={"csrf": "x", "code": _now(site, secret)})
        assert answer.status_code == 403


class TestALostPhone:
    def test_is_replaced_by_codes_that_work_once(self, site, email):
        client, _ = give_password(site, email)
        done = _say(client, _now(site, _shown(client)))
        code = re.findall(r"<li><code>([^<]+)</code>", done.text)[0]
        for status in (303, 401):
            client, _ = give_password(site, email)
            assert _say(client, f" {code.lower()} ").status_code == status

    def test_and_lost_codes_are_set_up_anew_by_whoever_runs_the_server(self, site, email, secret):
        with site.app.database.work() as uow:
            user = uow.users.by_email(email)
            assert SecondFactorStore(uow.connection, uow.vault).end(user.id)
            uow.commit()
        client, _ = give_password(site, email)
        assert _shown(client) != secret
