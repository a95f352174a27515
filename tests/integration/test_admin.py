"""The console: who gets in, who may do what, what stays hidden, and what is written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute

from bot.api.admin import admin_routes
from core.messaging.outbound import OutboundMessage
from core.messaging.outbox import Outgoing
from core.users.user import Role
from tests.console import MovableClock, csrf, owner_of, sign_in, trail, waiting_ticket
from tests.fakes.web_server import PASSWORD, Site, listening

pytestmark = pytest.mark.slow

NASTY = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, clock: MovableClock) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("admin")
    with listening(folder, change=lambda app: replace(app, clock=clock)) as made:
        for role in Role:
            made.user(f"{role.value}@example.org", role)
        yield made


@pytest.fixture(scope="module")
def talk(site: Site) -> str:
    """The id of a conversation in which something was asked, added and proposed."""
    window = site.window()
    window.ask("DEMO")
    window.ask("balance")
    window.ask("spent 4.25 at Nero")
    window.ask(f"spent 4.25 at {NASTY}")
    window.ask("cancel netflix")
    with site.app.database.reading() as uow:
        owner = uow.users.all_ids()[-1]
        return uow.conversations.of(owner)[0].id


@pytest.fixture(scope="module")
def dead(site: Site, talk: str) -> str:
    """The id of a message that could not be sent."""
    app = site.app
    with app.database.work() as uow:
        found = uow.conversations.get(talk)
        assert found is not None
        outgoing = Outgoing(
            owner=found.owner,
            conversation_id=talk,
            address=found.address,
            message=OutboundMessage("too late"),
            dedupe_key="dead",
            due_at=app.clock.now() + timedelta(days=9),
        )
        outbox_id = uow.outbox.enqueue(outgoing, now=app.clock.now(), ids=app.ids)
        uow.connection.exec_driver_sql(f"UPDATE outbox SET state='failed' WHERE id='{outbox_id}'")
        uow.commit()
    assert outbox_id is not None
    return outbox_id


@pytest.fixture(scope="module")
def operators(site: Site):
    """A signed-in client for each role that has a console."""
    roles = (Role.SUPPORT, Role.AUDITOR, Role.ADMIN)
    return {role: sign_in(site, f"{role.value}@example.org")[0] for role in roles}


class TestSigningIn:
    def test_opens_a_session_in_a_cookie_nobody_else_can_use(self, site):
        client, answer = sign_in(site, "admin@example.org")
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
        told = answer.headers["set-cookie"]
        assert "HttpOnly" in told
        assert "SameSite=strict" in told
        assert client.get("/admin").status_code == 200

    @pytest.mark.parametrize("email", ["admin@example.org", "nobody@example.org"])
    def test_with_a_wrong_password_says_the_same_for_everybody(self, site, email):
        _, answer = sign_in(site, email, "wrong")
        assert answer.status_code == 401
        assert "don&#x27;t go together" in answer.text

    def test_is_not_for_users_without_a_role(self, site):
        assert sign_in(site, "user@example.org")[1].status_code == 401

    def test_from_another_sites_page_is_refused(self, site):
        for origin in ("https://evil.example", "null", ""):
            client = site.client(Origin=origin)
            data = {"email": "admin@example.org", "password": PASSWORD}
            assert client.post("/admin/login", data=data).status_code == 403

    def test_locks_after_five_wrong_tries_for_half_an_hour(self, site, clock):
        site.user("locked@example.org", Role.ADMIN)
        for _ in range(5):
            assert sign_in(site, "locked@example.org", "wrong")[1].status_code == 401
        assert sign_in(site, "locked@example.org")[1].status_code == 429
        assert sign_in(site, "LOCKED@example.org ")[1].status_code == 429
        clock.ahead += timedelta(minutes=31)
        assert sign_in(site, "locked@example.org")[1].status_code == 303
        clock.ahead -= timedelta(minutes=31)

    def test_a_right_password_forgets_the_wrong_ones(self, site):
        site.user("clumsy@example.org", Role.SUPPORT)
        for _ in range(2):
            for _ in range(3):
                sign_in(site, "clumsy@example.org", "wrong")
            assert sign_in(site, "clumsy@example.org")[1].status_code == 303

    def test_from_one_place_has_only_so_many_tries(self, site):
        tries = [sign_in(site, f"x{n}@example.org", place="127.0.2.1")[1] for n in range(21)]
        assert [answer.status_code for answer in tries] == [401] * 20 + [429]

    def test_ends_after_fifteen_idle_minutes(self, site, clock):
        client, _ = sign_in(site, "auditor@example.org")
        clock.ahead += timedelta(minutes=14)
        assert client.get("/admin").status_code == 200
        clock.ahead += timedelta(minutes=14)
        assert client.get("/admin").status_code == 200
        clock.ahead += timedelta(minutes=16)
        assert client.get("/admin").headers["location"] == "/admin/login"
        clock.ahead -= timedelta(minutes=44)

    def test_ends_when_signed_out(self, site):
        client, _ = sign_in(site, "auditor@example.org")
        kept = client.cookies["fm_admin"]
        client.post("/admin/logout", data={"csrf": csrf(client)})
        thief = site.client(Cookie=f"fm_admin={kept}")
        assert thief.get("/admin").headers["location"] == "/admin/login"

    def test_a_role_that_was_taken_away_is_gone_at_once(self, site):
        user = site.user("former@example.org", Role.ADMIN)
        client, _ = sign_in(site, "former@example.org")
        with site.app.database.work() as uow:
            uow.users.set_password(user.id, "", Role.USER)
            uow.commit()
        assert client.get("/admin").status_code == 403

    def test_is_written_down(self, site):
        user = site.user("noted@example.org", Role.SUPPORT)
        sign_in(site, "noted@example.org", "wrong")
        sign_in(site, "noted@example.org")
        actor = f"admin:{user.id}"
        assert trail(site, user.id) == [
            (actor, "console.signed_in", "support"),
            (actor, "console.second_factor_set", "support"),
            (actor, "console.password_right", "support"),
            (actor, "console.refused", "support"),
        ]


# What each role gets from each route: support, auditor, admin.
MATRIX = {
    "GET /admin": (200, 200, 200),
    "GET /admin/users": (200, 200, 200),
    "POST /admin/users/find": (303, 303, 303),
    "GET /admin/users/{user_id}": (200, 200, 200),
    "POST /admin/users/{user_id}/model/back": (409, 403, 409),
    "POST /admin/users/{user_id}/assistants/end": (303, 403, 303),
    "GET /admin/conversations/{talk_id}": (200, 200, 200),
    "POST /admin/conversations/{talk_id}/open": (403, 403, 200),
    "GET /admin/dead-letters": (200, 200, 200),
    "POST /admin/dead-letters/{subject}/replay": (404, 403, 404),
    "GET /admin/approvals": (200, 200, 200),
    "GET /admin/tickets": (200, 200, 200),
    "GET /admin/erasures": (200, 200, 200),
    "GET /admin/banks": (200, 200, 200),
    "GET /admin/channels": (200, 200, 200),
    "GET /admin/tickets/{number}": (200, 200, 200),
    "POST /admin/tickets/{number}/take": (303, 403, 409),
    "POST /admin/tickets/{number}/note": (303, 403, 303),
    "POST /admin/tickets/{number}/close": (303, 403, 409),
}
OPEN = {
    *("GET /admin/login", "POST /admin/login", "POST /admin/logout"),
    *("GET /admin/second-factor", "POST /admin/second-factor"),
}


class TestRights:
    def test_every_route_is_in_the_matrix(self, site):
        routes = {
            f"{method} {route.path}"
            for route in admin_routes(site.app).routes
            if isinstance(route, APIRoute)
            for method in route.methods or ()
        }
        assert routes == MATRIX.keys() | OPEN

    @pytest.mark.parametrize("route", MATRIX)
    def test_each_role_gets_what_is_its(self, site, operators, talk, route):
        method, path = route.split()
        owner = owner_of(site, talk)
        path = path.format(
            user_id=owner,
            talk_id=talk,
            subject="out_nothing",
            number=waiting_ticket(site, owner, talk) if "number" in path else 0,
        )
        for client, status in zip(operators.values(), MATRIX[route], strict=True):
            data = {
                "csrf": csrf(client),
                "email": "user@example.org",
                "reason": "a user asked for help",
                "text": "looked at it",
            }
            answer = client.request(method, path, data=data if method == "POST" else None)
            assert (route, answer.status_code) == (route, status)

    @pytest.mark.parametrize("route", MATRIX)
    def test_a_stranger_is_sent_to_sign_in(self, site, route):
        method, path = route.split()
        client = site.client(Origin=site.address)
        answer = client.request(method, path, data={"csrf": "x", "email": "a", "reason": "b"})
        assert answer.headers["location"] == "/admin/login"

    @pytest.mark.parametrize("route", [route for route in MATRIX if route.startswith("POST")])
    def test_a_form_without_its_token_or_from_elsewhere_is_refused(
        self, site, operators, talk, route
    ):
        path = route.split()[1].format(
            user_id=owner_of(site, talk), talk_id=talk, subject="out_nothing", number="1"
        )
        client = operators[Role.ADMIN]
        data = {"email": "user@example.org", "reason": "a user asked for help"}
        assert client.post(path, data={**data, "csrf": "x"}).status_code == 403
        data["csrf"] = csrf(client)
        for origin in ("https://evil.example", "null", ""):
            assert client.post(path, data=data, headers={"Origin": origin}).status_code == 403

    def test_nobody_here_can_approve(self, site, operators, talk):
        with site.app.database.reading() as uow:
            approval = uow.approvals.latest_for(owner_of(site, talk))[0]
        assert approval.state.value == "pending"
        client = operators[Role.ADMIN]
        data = {"csrf": csrf(client), "reason": "nothing to approve"}
        opened = client.post(f"/admin/conversations/{talk}/open", data=data).text
        assert "Reply APPROVE •••" in opened
        for text in (opened, *(client.get(path).text for path in pages(site, talk))):
            assert approval.code not in text
        for path in ("/admin/approvals", f"/admin/approvals/{approval.id}/approve"):
            answer = client.post(path, data={"csrf": csrf(client), "word": "approve"})
            assert answer.status_code in (404, 405)
        with site.app.database.reading() as uow:
            assert uow.approvals.get(approval.id).state.value == "pending"


def pages(site, talk):
    user = owner_of(site, talk)
    return (
        "/admin", "/admin/users", f"/admin/users/{user}", f"/admin/conversations/{talk}",
        "/admin/dead-letters", "/admin/approvals", "/admin/approvals?state=pending",
    )  # fmt: skip


class TestWhatIsShown:
    def test_foreign_text_is_never_markup(self, site, operators, talk):
        client = operators[Role.ADMIN]
        data = {"csrf": csrf(client), "reason": f"look {NASTY}"}
        opened = client.post(f"/admin/conversations/{talk}/open", data=data).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in opened
        for text in (opened, *(client.get(path).text for path in pages(site, talk))):
            assert "<script" not in text
            assert " style=" not in text

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.ADMIN])
    def test_people_are_masked(self, site, operators, talk, role):
        with site.app.database.reading() as uow:
            user = uow.users.get(owner_of(site, talk))
            address = uow.conversations.get(talk).address
        for path in pages(site, talk):
            text = operators[role].get(path).text
            for hidden in (user.email, user.given_name, address.path, "spent 4.25 at"):
                assert (path, hidden in text) == (path, False)

    def test_each_turn_tells_how_it_was_understood_done_and_delivered(self, operators, talk):
        text = operators[Role.ADMIN].get(f"/admin/conversations/{talk}").text
        for word in ("sentence", "show_balances", "add_entry", "amount = 4.25", "needs_approval"):
            assert word in text
        assert "delivered" in text
        assert "Chase Checking" in text

    def test_support_sees_no_figures(self, operators, talk):
        text = operators[Role.SUPPORT].get(f"/admin/conversations/{talk}").text
        assert "show_balances" in text
        assert "amount = •••" in text
        assert "4.25" not in text
        assert "Chase" not in text

    def test_only_those_who_read_it_see_the_trail(self, site, operators, talk):
        path = f"/admin/users/{owner_of(site, talk)}"
        assert "conversation.viewed" in operators[Role.AUDITOR].get(path).text
        assert "conversation.viewed" not in operators[Role.SUPPORT].get(path).text

    def test_a_user_is_found_by_the_whole_address_only(self, operators):
        client = operators[Role.SUPPORT]
        for email, status in (("user@example.org", 303), ("user@example", 404)):
            data = {"csrf": csrf(client), "email": email}
            assert client.post("/admin/users/find", data=data).status_code == status


class TestReadingAlong:
    def test_every_look_at_a_conversation_is_written_down(self, site, operators, talk):
        user = owner_of(site, talk)
        before = len(trail(site, user))
        operators[Role.SUPPORT].get(f"/admin/conversations/{talk}")
        actor, action, subject = trail(site, user)[0]
        assert len(trail(site, user)) == before + 1
        assert (action, subject) == ("conversation.viewed", talk)
        assert actor.startswith("admin:user_")

    def test_what_was_said_needs_a_reason(self, site, operators, talk):
        client = operators[Role.ADMIN]
        data = {"csrf": csrf(client), "reason": "   because  "}
        answer = client.post(f"/admin/conversations/{talk}/open", data=data)
        assert answer.status_code == 422
        assert trail(site, owner_of(site, talk))[0][1] != "conversation.opened"

    def test_the_reason_is_kept_and_the_user_is_told(self, site, operators, talk):
        client = operators[Role.ADMIN]
        data = {"csrf": csrf(client), "reason": "wrong total, ticket 17"}
        text = client.post(f"/admin/conversations/{talk}/open", data=data).text
        assert "spent 4.25 at" in text
        user = owner_of(site, talk)
        noted = {(action, subject) for _, action, subject in trail(site, user)}
        assert ("conversation.opened", talk) in noted
        assert ("conversation.reason", "wrong total, ticket 17") in noted
        with site.app.database.reading() as uow:
            sent = uow.outbox.tracking.of_conversation(talk)
            texts = [uow.outbox.tracking.get(item.id).message.text for item in sent]
        assert any("ticket 17" in text for text in texts)

    def test_it_is_hidden_again_on_the_next_look(self, operators, talk):
        text = operators[Role.ADMIN].get(f"/admin/conversations/{talk}").text
        assert "spent 4.25 at" not in text

    def test_a_conversation_that_is_not_there_is_not_found(self, operators):
        assert operators[Role.ADMIN].get("/admin/conversations/conv_x").status_code == 404
        assert operators[Role.ADMIN].get("/admin/users/user_x").status_code == 404


class TestModels:
    def test_show_their_figures_and_go_back_by_hand_once(self, site, operators, talk):
        owner, client = owner_of(site, talk), operators[Role.SUPPORT]
        counts = ("right_before", "right_after", "lessons", "held_out", "lost", "cases", "kept")
        figures = dict.fromkeys((*counts, "held_out_before", "held_out_after"), 7)
        with site.app.database.work() as uow:
            now = site.app.clock.now()
            uow.models.keep(owner, b"weights", taught_by="x", figures=figures, now=now)
            uow.commit()
        shown = client.get(f"/admin/users/{owner}").text
        assert "7 → 7 / 7" in shown
        assert "serving" in shown
        path = f"/admin/users/{owner}/model/back"
        assert client.post(path, data={"csrf": csrf(client)}).status_code == 303
        assert client.post(path, data={"csrf": csrf(client)}).status_code == 409
        assert trail(site, owner)[0][1:] == ("model.went_back", "model:0")
        assert "model/back" not in client.get(f"/admin/users/{owner}").text


class TestDeadLetters:
    def test_are_listed_and_sent_again_by_hand_once(self, site, operators, dead):
        client = operators[Role.SUPPORT]
        assert dead[-6:] in client.get("/admin/dead-letters").text
        path = f"/admin/dead-letters/{dead}/replay"
        assert client.post(path, data={"csrf": csrf(client)}).status_code == 303
        assert client.post(path, data={"csrf": csrf(client)}).status_code == 404
        with site.app.database.reading() as uow:
            support = uow.users.by_email("support@example.org")
        assert trail(site, support.id)[0][1:] == ("message.replayed", dead)
