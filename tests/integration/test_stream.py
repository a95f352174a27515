"""The web chat over a real WebSocket: taken once, shown once, to nobody else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bot.api.web_session import WebSession
from core.messaging.address import ChannelName
from core.messaging.outbound import Attachment, AttachmentKind, OutboundMessage
from tests.fakes.web_server import Site, listening

pytestmark = pytest.mark.slow

CSV = b"Date,Description,Amount\n2026-10-02,WHOLE FOODS MARKET,-12.50\n2026-10-03,SHELL,-30.00\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture(scope="module")
def maya(server: Site) -> str:
    """The cookie of a browser that has opened the demo."""
    cookie = server.cookie()
    server.window(cookie).ask("DEMO")
    return cookie


def transcript(server, cookie):
    """Read the whole conversation of a browser in a new window."""
    window = server.window(cookie)
    window.hear("state")
    shown = []
    try:
        while True:
            shown.append(window.hear(seconds=0.3))
    except TimeoutError:
        window.close()
        return shown


class TestTalking:
    def test_a_visitor_tries_the_demo_and_undoes_an_entry(self, server):
        window = server.window()
        assert window.hear("state") == {
            "type": "state", "linked": False, "name": "", "profile": "web",
        }  # fmt: skip
        assert "made up for trying" in window.ask("DEMO")["text"]
        assert {"type": "state", "linked": True, "name": "Maya", "profile": "web"} in window.heard
        assert "Chase Checking" in window.ask("balance")["text"]
        added = window.ask("coffee 4")
        assert "Added $4.00" in added["text"]
        window.send(type="choice", id="pressed", send=added["choices"][0]["send"], profile="web")
        assert window.hear(sender="bot")["text"].startswith("Undone: Coffee")

    def test_a_visitor_is_spoken_to_as_the_browser_asks(self, server):
        window = server.window(language="es-MX,es;q=0.9,en;q=0.8")
        assert "inventadas para probar" in window.ask("DEMO")["text"]
        assert "en total" in window.ask("balance")["text"]

    def test_a_message_is_acknowledged_with_its_number_and_shown_as_typing(self, server):
        window = server.window()
        window.send(type="message", id="one", text="hello", profile="web")
        assert window.hear("ack")["id"] == "one"
        window.hear(sender="bot")
        kinds = [event["type"] for event in window.heard]
        assert "typing" in kinds
        echo = next(event for event in window.heard if event.get("from") == "user")
        ack = next(event for event in window.heard if event["type"] == "ack")
        assert (echo["id"], echo["seq"]) == ("one", ack["seq"])

    def test_each_message_is_answered_as_its_profile_wants(self, server, maya):
        window = late(server, maya)
        assert window.ask("balance", profile="sms")["profile"] == "sms"
        assert window.heard[-1]["choices"] == []

    def test_an_approval_is_asked_and_told_from_the_record(self, server, maya):
        window = late(server, maya)
        asked = window.ask("cancel netflix")
        approve = asked["choices"][0]["send"]
        assert approve.startswith("APPROVE ")
        window.send(type="choice", id="yes", send=approve, profile="web")
        assert "Approved" in window.hear(sender="bot")["text"]
        assert "not confirmed yet" in window.hear(sender="bot")["text"]


class TestOnce:
    def test_the_same_id_again_is_the_same_message(self, server, maya):
        window = late(server, maya)
        frame = {"type": "message", "id": "twice", "text": "coffee 4", "profile": "web"}
        window.send(**frame)
        first = window.hear("ack")
        window.hear(sender="bot")
        window.send(**frame)
        assert window.hear("ack") == first
        texts = [item["text"] for item in transcript(server, maya)]
        assert texts.count("coffee 4") == 1
        assert sum(text.startswith("Added") for text in texts) == 1

    def test_another_browser_may_use_the_same_id(self, server):
        frame = {"type": "message", "id": "mine", "text": "hello", "profile": "web"}
        for window in (server.window(), server.window()):
            window.send(**frame)
            assert window.hear(sender="bot")["text"]

    def test_a_new_line_gets_what_came_after_and_nothing_before(self, server, maya):
        window = late(server, maya)
        last = window.ask("balance")
        window.close()
        again = server.window(maya, after=last["seq"] - 1)
        assert again.hear()["seq"] == last["seq"]

    def test_two_windows_of_one_browser_show_the_same(self, server):
        cookie = server.cookie()
        one, two = server.window(cookie), server.window(cookie)
        answer = one.ask("hello")
        assert two.hear(sender="user")["text"] == "hello"
        assert two.hear(sender="bot")["seq"] == answer["seq"]


class TestWhoMayListen:
    def test_a_browser_without_our_cookie_is_refused(self, server):
        with pytest.raises(InvalidStatus):
            server.window("other=1")

    def test_another_sites_page_is_refused(self, server):
        with pytest.raises(InvalidStatus):
            server.window(server.cookie(), origin="https://evil.example")

    def test_another_browser_sees_nothing_of_it(self, server, maya):
        assert transcript(server, maya) != []
        assert transcript(server, server.cookie()) == []

    def test_after_unlinking_the_old_books_are_not_shown_again(self, server):
        cookie = server.cookie()
        window = server.window(cookie)
        window.ask("DEMO")
        window.ask("balance")
        assert "unlinked" in window.ask("unlink")["text"]
        assert not any("Chase" in item["text"] for item in transcript(server, cookie))

    @pytest.mark.parametrize("frame", ["no json", "[]", '{"type":"message"}', '{"id":"a"}'])
    def test_what_is_no_message_closes_the_line(self, server, frame):
        window = server.window()
        window.hear("state")
        window.socket.send(frame)
        with pytest.raises(ConnectionClosed) as closed:
            window.hear("never")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


class TestLimits:
    def test_too_many_messages_are_refused_politely_and_not_stored(self, server):
        cookie = server.cookie()
        window = server.window(cookie)
        for number in range(25):
            window.send(type="message", id=f"n{number}", text=f"hello {number}", profile="web")
        refused = window.hear("refused")
        assert "a lot of messages" in refused["text"]
        assert refused["id"] == "n20"

    def test_a_browser_has_only_so_many_windows(self, server):
        cookie = server.cookie()
        windows = [server.window(cookie) for _ in range(8)]
        with pytest.raises(InvalidStatus):
            server.window(cookie)
        windows[0].close()
        server.window(cookie).hear("state")

    def test_a_card_number_is_not_kept_not_even_in_the_bubble(self, server):
        cookie = server.cookie()
        server.window(cookie).ask("my card is 4111 1111 1111 1111")
        shown = json.dumps(transcript(server, cookie))
        assert "1111 1111" not in shown
        assert "[card" in shown

    def test_the_cookie_stands_nowhere_in_the_database(self, server):
        cookie = server.cookie()
        server.window(cookie).ask("hello")
        token = cookie.partition("=")[2].encode()
        folder = server.app.settings.files.folder.parent
        stored = b"".join(path.read_bytes() for path in folder.glob("books.db*"))
        assert token not in stored


class TestFiles:
    def test_a_statement_is_uploaded_and_read(self, server, maya):
        window = late(server, maya)
        file = upload(server, maya, CSV).json()["file"]
        window.send(type="file", id="f", file=file, name="oct.csv", profile="web")
        shown = window.hear(sender="user")
        assert shown["attachments"] == [{"kind": "file", "name": "oct.csv", "url": ""}]
        asked = window.hear(sender="bot")
        assert asked["text"] == "Which account?"
        assert "2 new entries" in window.ask(asked["choices"][0]["send"])["text"]

    def test_another_browsers_file_is_refused(self, server, maya):
        file = upload(server, maya, CSV).json()["file"]
        thief = server.window()
        thief.send(type="file", id="f", file=file, name="oct.csv", profile="web")
        assert "couldn't fetch that file" in thief.hear("refused")["text"]

    def test_a_file_needs_books_to_go_into(self, server):
        answer = upload(server, server.cookie(), CSV)
        assert answer.status_code == 409
        assert "DEMO" in answer.json()["error"]["message"]

    def test_a_file_that_is_too_large_is_refused(self, server, maya):
        answer = upload(server, maya, b"x" * 400_000)
        assert answer.status_code == 413

    def test_another_sites_page_may_not_upload(self, server):
        answer = upload(server, server.cookie(), CSV, origin="https://evil.example")
        assert answer.status_code == 403


def late(server, cookie):
    """Open a window that has seen everything so far."""
    return server.window(cookie, after=max(item["seq"] for item in transcript(server, cookie)))


def upload(server, cookie, content, origin=""):
    return httpx.post(
        f"{server.address}/web/upload",
        files={"file": ("oct.csv", content, "text/csv")},
        headers={"Cookie": cookie, "Origin": origin or server.address},
    )


class TestReports:
    def test_a_file_that_was_sent_can_be_kept_by_its_link(self, server, maya):
        window = late(server, maya)
        send_report(server.app, maya)
        (file,) = window.hear(sender="bot")["attachments"]
        assert (file["kind"], file["name"]) == ("pdf", "spending 2026-10.pdf")
        answer = httpx.get(f"{server.address}{file['url']}")
        assert answer.content == b"%PDF-1.4"
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith("attachment")


def send_report(app, cookie):
    app.objects.put("report/october.pdf", b"%PDF-1.4")
    name = "spending 2026-10.pdf"
    file = Attachment(AttachmentKind.PDF, name, "report/october.pdf", "application/pdf")
    address = WebSession(cookie.partition("=")[2]).address
    channel = app.jobs.channels[ChannelName.WEB]
    channel.send(OutboundMessage("Here it is", attachments=(file,)), address, key="report-1")


class TestOnPostgres:
    def test_the_same_talk_is_had_on_a_production_database(self, tmp_path, fresh_postgres_url):
        wishes: dict[str, Any] = {
            "database": {"url": fresh_postgres_url},
            "security": {"master_key": "a master key for tests, 32 characters and more"},
        }
        with listening(tmp_path, **wishes) as made:
            window = made.window()
            window.ask("DEMO")
            frame = {"type": "message", "id": "twice", "text": "coffee 4", "profile": "web"}
            window.send(**frame)
            assert "Added $4.00" in window.hear(sender="bot")["text"]
            window.send(**frame)
            assert "Undone: Coffee" in window.ask("undo")["text"]
            made.user("ann@example.org")
            header = made.key("ann@example.org", "read")
            assert made.client(**header).get("/api/v1/accounts").status_code == 200


class TestTheEnd:
    def test_it_ends_in_time_with_windows_open(self, tmp_path):
        with listening(tmp_path) as made:
            made.window().hear("state")
            began = time.monotonic()
        assert time.monotonic() - began < 15
