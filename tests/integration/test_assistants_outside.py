"""Other assistants over HTTP and over standard input, and their keys in the console."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from bot.api.assistant_keys import AssistantDoor, end_keys, keys_of, make_key
from bot.api.errors import SignedOut
from bot.api.passwords import HASHER
from bot.cli import run as command
from core.conversation.plan import ToolCall
from core.users.user import Role
from tests.assistants import person
from tests.console import csrf, sign_in, trail
from tests.fakes.web_server import Site, listening, open_test_app
from tools.context import ToolContext

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("mcp"), web={"inline_workers": False}) as made:
        yield made


class TestOverHttp:
    def test_a_client_reads_with_a_key(self, site: Site):
        token, _ = make_key(site.app, person(site.app, "http@example.org"), "x", actor="test")

        async def talk(mode: str) -> tuple[Any, Any]:
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx2.AsyncClient(headers=headers) as http:
                way = streamable_http_client(f"{site.address}/mcp", http_client=http)
                async with Client(way, mode=mode) as client:
                    listed = await client.list_tools()
                    wanted = ("spending", {"period": "this month"})
                    return listed, await client.call_tool(*wanted)

        for mode in ("auto", "legacy"):
            listed, result = asyncio.run(talk(mode))
            assert len(listed.tools) >= 13
            assert "$41.00" in result.content[0].text

    @pytest.mark.parametrize("given", ["", "Bearer x", "Basic eDp5", "Bearer " + "x" * 99])
    def test_nobody_else_is_told_anything(self, site: Site, given: str):
        answer = site.client(Authorization=given).post("/mcp", json={})
        assert answer.status_code == 401
        assert "jsonrpc" not in answer.text

    def test_pages_of_other_sites_may_not_ask(self, site: Site):
        token, _ = make_key(site.app, person(site.app, "page@example.org"), "x", actor="test")
        client = site.client(Authorization=f"Bearer {token}", Origin="https://evil.example")
        assert client.post("/mcp", json={}).status_code == 403

    def test_no_stream_is_held_open(self, site: Site):
        token, _ = make_key(site.app, person(site.app, "stream@example.org"), "x", actor="test")
        assert site.client(Authorization=f"Bearer {token}").get("/mcp").status_code == 405

    def test_an_ended_key_is_refused_and_garbage_is_an_error(self, site: Site):
        user = person(site.app, "over@example.org")
        token, _ = make_key(site.app, user, "x", actor="test")
        client = site.client(
            Authorization=f"Bearer {token}", Accept="application/json, text/event-stream"
        )
        for body in (b"", b"{", b"[]", b'{"jsonrpc":"2.0","id":1,"method":"tools/call"}'):
            answer = client.post("/mcp", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in {200, 400}
        assert client.post("/mcp", content=b" " * 2_000_000).status_code == 413
        end_keys(site.app, user.id, "", actor="test")
        assert client.post("/mcp", json={}).status_code == 401


class TestThePage:
    """Where a user makes a key: the chat gives the link, the page asks for the PIN."""

    @staticmethod
    def run(site: Site, user: Any, tool: str) -> Any:
        context = ToolContext(user, site.app.clock.now(), site.app.ids.new("key"))
        return site.app.runner.run(ToolCall(tool), context)

    def link(self, site: Site, user: Any) -> str:
        answer = self.run(site, user, "connect_assistant").answer
        link = next(str(fact.value) for fact in answer.facts if fact.name == "link")
        return "/assistant/" + link.rpartition("/")[2]

    @pytest.fixture
    def user(self, site: Site) -> Any:
        user = person(site.app, f"{site.app.ids.new('page')}@example.org")
        with site.app.database.work() as uow:
            uow.users.set_pin(user.id, HASHER.hash("481516"))
            uow.commit()
        return user

    def test_makes_a_key_with_the_pin_and_shows_it_once(self, site: Site, user: Any):
        path, client = self.link(site, user), site.client(Origin=site.address)
        assert "fmr_" not in client.get(path).text
        wrong = client.post(path, data={"name": "Claude", "pin": "000000"})
        assert (wrong.status_code, keys_of(site.app, user.id)) == (401, ())
        made = client.post(path, data={"name": "Claude", "pin": "481516"})
        assert made.status_code == 200
        token = re.search(r"fmr_[\w-]+", made.text)
        assert token is not None
        assert AssistantDoor(site.app).reader(token[0]).id == user.id
        assert "fmr_" not in client.get(path).text
        assert "Claude" in client.get(path).text

    def test_makes_none_without_a_pin_from_elsewhere_or_by_a_made_up_link(
        self, site: Site, user: Any
    ):
        path = self.link(site, user)
        form = {"name": "x", "pin": "481516"}
        assert site.client(Origin="https://evil.example").post(path, data=form).status_code == 403
        assert site.client(Origin=site.address).post(path, data={"name": "x"}).status_code == 401
        for made_up in (f"/assistant/{user.id}", path + "x", "/assistant/" + "a" * 60):
            assert site.client(Origin=site.address).get(made_up).status_code == 404
        assert keys_of(site.app, user.id) == ()

    def test_the_chat_ends_all_keys_and_undo_brings_them_back(self, site: Site, user: Any):
        token, _ = make_key(site.app, user, "x", actor="test")
        assert self.run(site, user, "stop_assistants").answer.shape == "stop_assistants.stopped"
        with pytest.raises(SignedOut):
            AssistantDoor(site.app).reader(token)
        self.run(site, user, "undo")
        assert AssistantDoor(site.app).reader(token).id == user.id
        again = self.run(site, user, "connect_assistant").answer
        assert again.options[0] == "connect_assistant.have"


class TestInTheConsole:
    def test_an_operator_sees_and_ends_keys_and_makes_none(self, site: Site):
        user = person(site.app, "watched@example.org")
        token, key = make_key(site.app, user, "secret name", actor="test")
        site.user("admin@keys.example", Role.ADMIN)
        client, _ = sign_in(site, "admin@keys.example")
        page = client.get(f"/admin/users/{user.id}").text
        assert key.id[-6:] in page
        assert "secret name" not in page
        assert token not in page
        wanted = f"/admin/users/{user.id}/assistants/end"
        assert client.post(wanted, data={"csrf": "wrong"}).status_code == 403
        client.post(wanted, data={"csrf": csrf(client)})
        assert keys_of(site.app, user.id) == ()
        assert any(action == "assistant_key.ended" for _, action, _ in trail(site, user.id))


class TestOverStandardInput:
    def test_a_client_starts_the_command_and_reads(self, tmp_path: Path):
        app = open_test_app(tmp_path)
        user = person(app, "stdio@example.org")
        token, _ = make_key(app, user, "x", actor="test")
        settings = app.settings
        app.close()
        environment = {
            "FM_DATABASE__URL": settings.database.url,
            "FM_SECURITY__MASTER_KEY_FILE": str(settings.security.master_key_file),
            "FM_FILES__FOLDER": str(settings.files.folder),
            "FM_MCP__KEY": token,
        }
        started = StdioServerParameters(
            command=sys.executable,
            args=["-m", "bot", "mcp"],
            env=environment,
            cwd=Path(__file__).resolve().parents[2],
        )

        async def talk() -> tuple[Any, Any]:
            async with asyncio.timeout(30), Client(stdio_client(started)) as client:
                return await client.list_tools(), await client.call_tool(
                    "spending", {"period": "this month"}
                )

        listed, result = asyncio.run(talk())
        assert "spending" in [tool.name for tool in listed.tools]
        assert "$41.00" in result.content[0].text

    def test_keys_are_made_listed_and_ended(self, tmp_path: Path, monkeypatch, capsys):
        monkeypatch.setenv("FM_DATABASE__URL", f"sqlite:///{tmp_path / 'books.db'}")
        monkeypatch.setenv("FM_SECURITY__MASTER_KEY_FILE", str(tmp_path / "key"))
        monkeypatch.setenv("FM_FILES__FOLDER", str(tmp_path / "files"))

        def run(*arguments: str) -> tuple[int, str]:
            code = command(["mcp", *arguments])
            return code, capsys.readouterr().out.strip()

        assert command(["user", "add", "ana@example.org"]) == 0
        capsys.readouterr()
        assert run() == (1, "")  # no key, no service
        code, token = run("key", "ana@example.org", "--name", "Claude")
        assert (code, token[:4]) == (0, "fmr_")
        listed = json.loads(run("keys", "ana@example.org")[1])
        assert (listed["name"], listed["used"]) == ("Claude", None)
        assert run("revoke", "ana@example.org", "--id", "akey_none")[0] == 1
        assert json.loads(run("revoke", "ana@example.org")[1]) == {"ended": 1}
        assert run("keys", "ana@example.org") == (0, "")
