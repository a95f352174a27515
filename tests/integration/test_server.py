"""The web server's frame: pages, headers, errors, health, signed files."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response

import bot
import core
import intents
import prompts
import tools
import workers
from bot.api.edge import POLICY, Edge, EdgeSettings
from bot.api.errors import STATUS
from bot.api.health import readiness
from bot.api.uploads import Uploads
from core.errors import FinanceError
from core.rate_limits import Limit, LocalLimiter
from core.store.unit_of_work import Database, StoreUnavailable
from tests.fakes.web_server import Site, listening, open_test_app

pytestmark = pytest.mark.slow

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with listening(folder, web={"inline_workers": False}) as made:

        @made.server.get("/break")
        def break_it() -> None:
            raise ValueError("a secret detail")

        @made.server.get("/gone")
        def gone() -> None:
            raise StoreUnavailable

        yield made


class TestThePage:
    def test_gives_each_browser_a_cookie_that_scripts_and_strangers_cannot_use(self, site):
        answer = site.client().get("/")
        assert answer.status_code == 200
        told = answer.headers["set-cookie"]
        assert "HttpOnly" in told
        assert "SameSite=lax" in told
        assert site.cookie() != site.cookie()

    def test_keeps_the_cookie_a_browser_has(self, site):
        client = site.client()
        first = client.get("/").cookies["fm_session"]
        assert client.get("/").cookies["fm_session"] == first

    def test_a_cookie_somebody_made_up_is_replaced(self, site):
        answer = site.client(Cookie="fm_session=x").get("/")
        assert len(answer.cookies["fm_session"]) == 32

    @pytest.mark.slow
    def test_over_https_the_cookies_are_for_https_and_this_host_alone(self, tmp_path):
        with listening(tmp_path, FM_PUBLIC_BASE_URL="https://money.example") as made:
            answer = made.client().get("/")
        assert answer.headers["set-cookie"].startswith("__Host-fm_session=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age" in answer.headers["strict-transport-security"]

    @pytest.mark.parametrize("path", ["/", "/web/chat.js", "/nowhere", "/break", "/docs", "/link"])
    def test_every_answer_forbids_foreign_parts_and_has_an_id(self, site, path):
        headers = site.client().get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-request-id"].startswith("req_")

    def test_hands_out_its_parts_and_its_words_and_nothing_else(self, site):
        client = site.client()
        script = client.get("/web/chat.js")
        assert script.headers["content-type"].startswith("text/javascript")
        again = client.get("/web/chat.js", headers={"If-None-Match": script.headers["etag"]})
        assert again.status_code == 304
        assert client.get("/web/words.json").json()["title"] == "FinanceMaster"
        for path in ("/web/index.html", "/web/..%2Fapp.py", "/web/app.py", "/web/nothing.js"):
            assert client.get(path).status_code == 404

    @pytest.mark.parametrize(("asked", "send"), [("es-MX,es;q=0.9", "Enviar"), ("fr", "Send")])
    def test_speaks_the_language_the_browser_asks_for(self, site, asked, send):
        client = site.client(**{"Accept-Language": asked})
        words = client.get("/web/words.json").json()
        assert words["send"] == send
        assert f'lang="{words["lang"]}"' in client.get("/link").text

    def test_the_docs_list_the_tools_and_run_no_script(self, site):
        text = site.client().get("/docs").text
        assert "/api/v1/tools/add_entry" in text
        assert "<script" not in text
        assert "http://" not in text.replace("http://127.0.0.1:8000", "")


class TestErrors:
    def test_what_nobody_foresaw_is_an_apology_with_a_reference(self, site):
        answer = site.client().get("/break")
        assert answer.status_code == 500
        error = answer.json()["error"]
        assert error["fields"]["reference"] == answer.headers["x-request-id"]
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text

    def test_a_database_that_is_gone_asks_to_come_again(self, site):
        answer = site.client().get("/gone")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0

    def test_a_reader_gets_a_page_and_a_program_json(self, site):
        page = site.client(Accept="text/html").get("/nowhere")
        assert (page.status_code, page.headers["content-type"][:9]) == (404, "text/html")
        assert site.client().get("/nowhere").json()["error"]["code"] == "error.not_found"

    def test_a_body_that_is_too_long_is_refused(self, site):
        answer = site.client().post("/link/confirm", content=b"x" * 1_100_000)
        assert answer.status_code == 413

    @pytest.mark.slow
    def test_every_error_code_has_a_status(self):
        for room in (bot, core, intents, prompts, tools, workers):
            for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
                if "__main__" not in module.name and "migrations" not in module.name:
                    importlib.import_module(module.name)
        codes = {item.code for item in family(FinanceError)}
        assert len(codes) > 60
        assert sorted(codes - STATUS.keys()) == []


class TestSlowness:
    def test_a_body_that_stops_coming_is_not_waited_for(self):
        sent = []

        async def forever():
            await asyncio.sleep(60)

        async def keep(message):
            sent.append(message)

        async def read(scope, receive, send):
            await Response(await Request(scope, receive).body())(scope, receive, send)

        async def framed(scope, receive, send):
            await ExceptionMiddleware(read)(scope, receive, send)

        settings = EdgeSettings(lambda: "req", False, lambda _: 10, no_answer, read_seconds=0.01)
        scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        asyncio.run(Edge(framed, settings=settings)(scope, forever, keep))
        assert sent[0]["status"] == 408


def no_answer(request, status):
    return Response(status_code=status)


class TestImports:
    @pytest.mark.slow
    def test_the_server_loads_no_heavy_library(self):
        heavy = "sklearn scipy numpy matplotlib pandas celery langchain openai telegram twilio"
        heavy += " mcp jsonschema"
        check = (
            "import sys, bot.cli, bot.api.server\n"
            f"print([name for name in {heavy.split()} if name in sys.modules])"
        )
        run = subprocess.run(
            [sys.executable, "-c", check], capture_output=True, check=True, text=True
        )
        assert run.stdout.strip() == "[]"


def family(kind):
    for below in kind.__subclasses__():
        if not below.__module__.startswith("tests"):
            yield below
        yield from family(below)


class Gone(Database):
    """A database that does not answer."""

    def ping(self):
        raise StoreUnavailable


class TestHealth:
    def test_alive_and_ready(self, site):
        client = site.client()
        assert client.get("/healthz").json() == {"alive": True}
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (200, True), answer.json()

    def test_not_ready_without_its_database(self, tmp_path):
        app = open_test_app(tmp_path)
        assert readiness(replace(app, database=Gone(app.database.engine, app.database.master))) == {
            "database": {"ok": False}
        }
        app.close()

    @pytest.mark.slow
    def test_not_ready_while_nobody_answers_messages(self, tmp_path):
        with listening(tmp_path, web={"inline_workers": False}) as made:
            made.window().send(type="message", id="a", text="hello", profile="web")
            waiting = made.window()
            waiting.hear("state")
            until(lambda: made.client().get("/readyz").json()["checks"]["inbox"]["waiting"] == 1)
            late = replace(made.app, clock=Later())
            assert readiness(late)["inbox"]["ok"] is False

    def test_metrics_are_for_this_machine_alone(self, site):
        answer = site.client().get("/metrics")
        assert "financemaster_inbox_waiting 0.0" in answer.text
        through_proxy = site.client(**{"X-Forwarded-For": "203.0.113.7"}).get("/metrics")
        assert through_proxy.status_code == 403

    def test_metrics_with_a_token_want_it_from_everybody(self, tmp_path):
        wishes = {"inline_workers": False, "metrics_token": "m" * 32}
        with listening(tmp_path, web=wishes) as made:
            assert made.client().get("/metrics").status_code == 403
            bearer = made.client(Authorization="Bearer " + "m" * 32)
            assert bearer.get("/metrics").status_code == 200

    @pytest.mark.slow
    def test_metrics_count_turns_and_name_no_user(self, tmp_path):
        with listening(tmp_path) as made:
            window = made.window()
            window.ask("DEMO")
            window.ask("balance")
            text = made.client().get("/metrics").text
            users = user_ids(made.app)
        assert 'financemaster_turns{planner="sentence",state="replied"} 1.0' in text
        assert 'financemaster_deliveries{channel="web",state="delivered"}' in text
        assert 'financemaster_job_runs_total{job="answer_waiting"}' in text
        assert not any(user in text for user in users)
        assert "maya" not in text.casefold()


class Later:
    """A clock an hour ahead."""

    def now(self):
        return datetime.now(UTC) + timedelta(hours=1)  # noqa: TID251 - a clock of its own


def until(true):
    for _ in range(100):
        if true():
            return
    raise AssertionError


def user_ids(app):
    with app.database.reading() as uow:
        return uow.users.all_ids()


class Yesterday(TimestampSigner):
    """Signs as if it were yesterday."""

    def get_timestamp(self):
        return super().get_timestamp() - 86_400


class TestFiles:
    @pytest.fixture
    def key(self, site):
        site.app.objects.put("report/one.pdf", PDF)
        return "report/one.pdf"

    def test_are_handed_out_to_keep_by_a_signed_link(self, site, key):
        answer = site.client().get(site.app.links.sign_key(key, "März 2026.pdf"))
        assert answer.content == PDF
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "no-store" in answer.headers["cache-control"]
        assert "M%C3%A4rz%202026.pdf" in answer.headers["content-disposition"]

    def test_are_shown_to_nobody_without_one(self, site, key):
        good = site.app.links.sign_key(key, "a.pdf").split("/")[2]
        secret = site.app.database.master.signing_secret
        other = URLSafeTimedSerializer(secret, salt="upload").dumps(key)
        old = URLSafeTimedSerializer(secret, salt="file", signer=Yesterday).dumps(key)
        for token in ("x", good[:-1], other, old):
            assert site.client().get(f"/files/{token}/a.pdf").status_code == 404

    def test_cannot_lead_out_of_the_store(self, site):
        link = site.app.links.sign_key("../../../etc/passwd", "a.pdf")
        assert site.client().get(link).status_code == 404

    def test_a_page_of_somebody_elses_is_only_bytes(self, site, key):
        site.app.objects.put("report/evil.html", b"<script>alert(1)</script>")
        answer = site.client().get(site.app.links.sign_key("report/evil.html", "evil.html"))
        assert answer.headers["content-type"] == "application/octet-stream"

    def test_an_upload_has_one_key_for_one_user(self, site):
        one, two = site.user("one@example.org"), site.user("two@example.org")
        uploads = Uploads(site.app)
        first = uploads.store(one.id, "ä long näme of a file.csv", b"a")
        assert uploads.store(one.id, "ä long näme of a file.csv", b"a") == first
        assert uploads.store(two.id, "ä long näme of a file.csv", b"a") != first
        assert first.endswith(".csv")
        assert len(first) <= 60


class TestRates:
    def test_let_so_many_through_in_any_window(self):
        now = [0.0]
        rates = LocalLimiter(Limit("a", 3, 60), clock=lambda: now[0])
        assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 60]
        assert rates.wait("b") == 0
        now[0] = 59.9
        assert rates.wait("a") == 1
        now[0] = 60
        assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 60]

    def test_remember_a_bounded_number_of_subjects(self):
        rates = LocalLimiter(Limit("a", 1, 60), subjects=2, clock=lambda: 0.0)
        assert [rates.wait(name) for name in "abca"] == [0, 0, 0, 0]
        assert rates.wait("c") > 0
