"""The API: keys and scopes, one key one effect, nobody else's books, proposals asked in a chat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.api.auth import ScopeUnknown, issue_key
from core.messaging.address import Address
from core.users.user import UserUnknown
from tests.fakes.web_server import Site, listening

pytestmark = pytest.mark.slow

TOOLS = "/api/v1/tools"
COFFEE = {"amount": "4", "payee": "coffee"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("api"), web={"inline_workers": False}) as made:
        made.app.demo.load("maya")
        made.app.demo.load("arjun")
        yield made


def client(site, *scopes, email="maya@demo.financemaster.app"):
    return site.client(**site.key(email, *(scopes or ("read", "write", "propose"))))


@pytest.fixture
def maya(site):
    return client(site)


@pytest.fixture
def arjun(site):
    return client(site, email="arjun@demo.financemaster.app")


@pytest.fixture
def chat(site):
    """A chat that is linked to Maya: where she is asked."""
    app, address = site.app, Address.parse("telegram:4711")
    with app.database.work() as uow:
        user = uow.users.by_email("maya@demo.financemaster.app")
        uow.bindings.link(user.id, address, now=app.clock.now(), ids=app.ids)
        talk = uow.conversations.at(address, owner=user.id, now=app.clock.now(), ids=app.ids)
        uow.commit()
    yield talk
    with app.database.work() as uow:
        uow.bindings.revoke(address)
        uow.commit()


def fact(answer, name):
    return next(it["value"] for it in answer["answer"]["facts"] if it["name"] == name)


class TestKeys:
    @pytest.mark.parametrize(
        "given", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer " + "x" * 99]
    )
    def test_without_a_good_one_nothing_is_told(self, site, given):
        answer = site.client(Authorization=given).get("/api/v1/accounts")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_a_key_is_kept_as_a_hash_only(self, site):
        header = site.key("maya@demo.financemaster.app", "read")
        token = header["Authorization"].split()[1].encode()
        folder = site.app.settings.files.folder.parent
        assert token not in b"".join(path.read_bytes() for path in folder.glob("books.db*"))

    def test_a_key_is_for_known_scopes_and_known_users(self, site):
        with pytest.raises(ScopeUnknown):
            issue_key(site.app, "maya@demo.financemaster.app", ["read", "everything"])
        with pytest.raises(UserUnknown):
            issue_key(site.app, "nobody@example.org", ["read"])

    @pytest.mark.parametrize(
        ("scopes", "path", "status"),
        [
            (("read",), "show_balances", 200),
            (("read",), "add_entry", 403),
            (("write",), "add_entry", 200),
            (("write",), "show_balances", 403),
            (("read", "write"), "cancel_subscription", 403),
            (("write", "propose"), "withdraw_approval", 200),
        ],
    )
    def test_a_scope_opens_its_tools_and_no_others(self, site, scopes, path, status):
        bodies = {"add_entry": COFFEE, "cancel_subscription": {"subscription": "netflix"}}
        answer = client(site, *scopes).post(f"{TOOLS}/{path}", json=bodies.get(path, {}))
        assert answer.status_code == status

    @pytest.mark.slow
    def test_a_user_may_ask_a_hundred_times_a_minute(self, site):
        site.user("eager@example.org")
        eager = client(site, "read", email="eager@example.org")
        statuses = [eager.get("/api/v1/budgets").status_code for _ in range(102)]
        assert statuses == [200] * 100 + [429] * 2
        again = client(site, "read", email="eager@example.org").get("/api/v1/budgets")
        assert again.status_code == 429
        assert int(again.headers["retry-after"]) > 0


class TestTools:
    def test_are_listed_with_their_schemas(self, maya):
        listed = {item["name"]: item for item in maya.get(TOOLS).json()["tools"]}
        assert listed["add_entry"]["scopes"] == ["write"]
        assert "amount" in listed["add_entry"]["arguments"]["properties"]
        assert "import_statement" not in listed

    def test_answer_with_facts(self, maya):
        answer = maya.post(f"{TOOLS}/show_net_worth", json={}).json()
        assert answer["outcome"] == "done"
        assert all(it["id"].startswith("f") for it in answer["answer"]["facts"])

    def test_say_what_is_missing(self, maya):
        answer = maya.post(f"{TOOLS}/add_entry", json={"payee": "coffee"})
        assert answer.status_code == 422
        assert answer.json()["error"]["fields"] == {"field": "amount", "problem": "missing"}

    @pytest.mark.parametrize("name", ["user", "user_id", "owner", "account_number"])
    def test_take_nobodys_identity_as_an_argument(self, maya, name):
        answer = maya.post(f"{TOOLS}/show_balances", json={name: "user_1"})
        assert answer.status_code == 422

    def test_an_unknown_one_is_not_found(self, maya):
        assert maya.post(f"{TOOLS}/delete_everything", json={}).status_code == 404

    def test_ask_back_when_a_name_has_several_meanings(self, maya):
        answer = maya.post(f"{TOOLS}/show_balances", json={"account": "zzz"})
        assert answer.status_code == 422
        assert answer.json()["outcome"] == "needs_input"
        assert answer.json()["message"]

    def test_files_are_not_read_by_a_key_somebody_names(self, site, maya):
        answer = maya.post(f"{TOOLS}/import_statement", json={"file": "upload/x"})
        assert answer.status_code == 404


class TestOnce:
    def test_the_same_key_twice_is_one_effect_and_one_answer(self, maya):
        before = cash(maya)
        header = {"Idempotency-Key": "coffee-1"}
        answers = [maya.post(f"{TOOLS}/add_entry", json=COFFEE, headers=header) for _ in range(2)]
        assert answers[0].json() == answers[1].json()
        assert round(before - cash(maya), 2) == 4

    def test_the_same_key_for_something_else_is_refused(self, maya):
        header = {"Idempotency-Key": "coffee-2"}
        maya.post(f"{TOOLS}/add_entry", json=COFFEE, headers=header)
        other = {"amount": "5", "payee": "coffee"}
        answer = maya.post(f"{TOOLS}/add_entry", json=other, headers=header)
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "call.key_reused"

    def test_another_users_key_of_the_same_name_is_another(self, maya, arjun):
        header = {"Idempotency-Key": "coffee-3"}
        one = maya.post(f"{TOOLS}/add_entry", json=COFFEE, headers=header)
        two = arjun.post(f"{TOOLS}/add_entry", json=COFFEE, headers=header)
        assert (one.status_code, two.status_code) == (200, 200)

    def test_without_a_key_each_request_is_its_own(self, maya):
        before = cash(maya)
        for _ in range(2):
            maya.post(f"{TOOLS}/add_entry", json=COFFEE)
        assert round(before - cash(maya), 2) == 8

    @pytest.mark.parametrize("key", ["", "k" * 61, "turn 1"])
    def test_a_key_of_another_form_is_refused(self, maya, key):
        answer = maya.post(f"{TOOLS}/add_entry", json=COFFEE, headers={"Idempotency-Key": key})
        assert answer.status_code == 422


def cash(maya):
    answer = maya.post(f"{TOOLS}/show_balances", json={"account": "Cash"}).json()
    return float(fact(answer, "balance"))


class TestOthers:
    def test_see_nothing_of_it(self, maya, arjun):
        entry = maya.get("/api/v1/transactions").json()["answer"]["lines"][0]["subject"]
        number = entry.partition(":")[2]
        assert maya.get(f"/api/v1/transactions/{number}").status_code == 200
        for answer in (
            arjun.get(f"/api/v1/transactions/{number}"),
            arjun.patch(f"/api/v1/transactions/{number}", json={"note": "mine"}),
            arjun.patch(f"/api/v1/transactions/{number}", json={"category": "TRAVEL_FLIGHTS"}),
            arjun.delete(f"/api/v1/transactions/{number}"),
            arjun.post(f"{TOOLS}/show_history", json={"entry": entry}),
        ):
            assert answer.status_code == 404
            assert answer.json()["error"]["code"] == "entry.unknown"

    def test_see_no_account_and_no_subscription_of_it(self, maya, arjun, chat):
        accounts = maya.get("/api/v1/accounts").json()["answer"]["lines"]
        number = accounts[0]["subject"].partition(":")[2]
        assert arjun.get(f"/api/v1/accounts/{number}/transactions").status_code == 404
        running = maya.get("/api/v1/subscriptions").json()["answer"]["lines"]
        theirs = running[0]["subject"].partition(":")[2]
        assert arjun.post(f"/api/v1/subscriptions/{theirs}/cancel").status_code == 404


class TestResources:
    @pytest.mark.parametrize(
        "path",
        [
            "accounts", "transactions", "transactions?merchant=netflix&sort=largest", "budgets",
            "subscriptions", "subscriptions?status=all", "approvals", "summary",
            "summary?flow=income", "categories",
        ],
    )  # fmt: skip
    def test_can_be_read(self, site, path):
        assert client(site, "read").get(f"/api/v1/{path}").status_code == 200

    def test_give_the_chats_own_figures(self, maya):
        by_route = maya.get("/api/v1/summary").json()["answer"]["facts"]
        by_tool = maya.post(f"{TOOLS}/show_spending", json={"group_by": "category"}).json()
        assert by_route == by_tool["answer"]["facts"]

    def test_an_entry_is_written_changed_moved_and_deleted(self, maya):
        added = maya.post("/api/v1/transactions", json={"amount": "12.50", "payee": "Blue Bottle"})
        number = added.json()["answer"]["subjects"][0].partition(":")[2]
        path = f"/api/v1/transactions/{number}"
        changed = maya.patch(path, json={"amount": "13"})
        assert changed.json()["outcome"] == "done"
        moved = maya.patch(path, json={"category": "FOOD_AND_DRINK_COFFEE"})
        assert moved.status_code == 200
        both = maya.patch(path, json={"category": "FOOD_AND_DRINK_COFFEE", "amount": "1"})
        assert both.status_code == 422
        assert maya.delete(path).status_code == 200
        assert maya.delete(path).status_code in (404, 409)

    def test_a_budget_is_set(self, maya):
        body = {"category": "TRANSPORTATION", "amount": "90"}
        assert maya.post("/api/v1/budgets", json=body).status_code == 200

    def test_a_statement_is_read_once_however_often_it_is_sent(self, maya):
        csv = b"Date,Description,Amount\n2026-10-02,ODD SHOP,-12.50\n2026-10-03,SHELL,-30.00\n"
        before = len(odd(maya))
        for key in ("statement-1", "statement-1", "statement-2"):
            answer = maya.post(
                "/api/v1/statements?account=Cash",
                files={"file": ("oct.csv", csv)},
                headers={"Idempotency-Key": key},
            )
            assert answer.status_code == 200
        assert len(odd(maya)) == before + 1

    def test_a_statement_needs_the_scope_before_it_is_kept(self, site):
        reader = client(site, "read")
        answer = reader.post("/api/v1/statements", files={"file": ("a.csv", b"a")})
        assert answer.status_code == 403


def odd(maya):
    answer = maya.get("/api/v1/transactions", params={"text": "ODD"}).json()["answer"]
    return answer["lines"] or answer["subjects"]


class TestProposals:
    def test_are_asked_in_the_chat_and_not_done(self, site, maya, chat):
        answer = maya.post(f"{TOOLS}/cancel_subscription", json={"subscription": "netflix"})
        assert answer.status_code == 202
        code = answer.json()["code"]
        with site.app.database.reading() as uow:
            approval = uow.approvals.latest_for(owner(site))[0]
            sent = uow.outbox.tracking.of_conversation(chat.id)
            item = uow.outbox.tracking.get(sent[0].id)
        assert (approval.code, approval.state.value) == (code, "pending")
        assert approval.conversation_id == chat.id
        assert f"APPROVE {code}" in item.message.text
        assert item.message.message_class.value == "approval"

    def test_are_asked_once_for_one_key(self, site, maya, chat):
        header = {"Idempotency-Key": "gym"}
        running = maya.get("/api/v1/subscriptions").json()["answer"]["lines"]
        body = {"subscription": running[-1]["subject"]}
        answers = [
            maya.post(f"{TOOLS}/cancel_subscription", json=body, headers=header) for _ in range(2)
        ]
        assert answers[0].json() == answers[1].json()
        with site.app.database.reading() as uow:
            sent = uow.outbox.tracking.of_conversation(chat.id)
            texts = [uow.outbox.tracking.get(item.id).message.text for item in sent]
        code = answers[0].json()["code"]
        assert sum(f"APPROVE {code}" in text for text in texts) == 1

    def test_need_a_chat_to_be_asked_in(self, arjun):
        running = arjun.get("/api/v1/subscriptions").json()["answer"]["lines"]
        number = running[0]["subject"].partition(":")[2]
        answer = arjun.post(f"/api/v1/subscriptions/{number}/cancel")
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "approval.no_chat"

    def test_no_route_approves(self, site):
        paths = site.server.openapi()["paths"]
        assert len(paths) > 30
        assert [path for path in paths if "approve" in path or "decide" in path] == []


def owner(site):
    with site.app.database.reading() as uow:
        return uow.users.by_email("maya@demo.financemaster.app").id


class TestInsights:
    def test_one_that_was_put_away_is_not_told_again_until_it_is_undone(self, maya):
        """The web's way of what a chat does by "not interested in that"."""

        def told():
            answer = maya.post(f"{TOOLS}/show_insights", json={}).json()["answer"]
            return [
                fact["value"]
                for line in answer["lines"]
                for fact in line["facts"]
                if fact["name"] == "payee"
            ]

        assert "Shell" in told()
        done = maya.post(f"{TOOLS}/dismiss_insight", json={"merchant": "shell"})
        assert done.json()["outcome"] == "done"
        assert "Shell" not in told()
        maya.post(f"{TOOLS}/undo", json={})
        assert "Shell" in told()
