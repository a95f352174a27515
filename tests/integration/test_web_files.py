"""Recordings and photos through the page's own way: uploaded, claimed by a message, read once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from core.connect.simulated_speech import demo_note
from core.connect.simulated_text_reader import demo_receipt
from tests.fakes.web_server import Site, Window, listening

pytestmark = pytest.mark.slow

RECEIPT = "Corner Hardware\nHammer  19.99\nNails  4.50\nTotal  $24.49"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    wishes: dict[str, Any] = {"voice": {"demo": True}, "receipts": {"reader": "demo"}}
    with listening(tmp_path_factory.mktemp("files"), **wishes) as made:
        yield made


@pytest.fixture
def cookie(server: Site) -> str:
    return server.cookie()


@pytest.fixture
def window(server: Site, cookie: str) -> Window:
    """A new visitor with a household of his own."""
    window = server.window(cookie)
    window.ask("DEMO")
    return window


def send(server: Site, window: Window, cookie: str, name: str, content: bytes) -> str:
    """Upload a file and name it in a message, as the page does; return the answer."""
    answer = httpx.post(
        f"{server.address}/web/upload",
        files={"file": (name, content)},
        headers={"Cookie": cookie, "Origin": server.address},
    )
    assert answer.status_code == 200, answer.text
    window.said += 1
    window.send(type="file", id=f"file-{id(window)}-{window.said}", file=answer.json()["file"])
    return str(window.hear(sender="bot")["text"]).replace("\xa0", " ")


def test_a_recording_is_heard_and_booked(server, window, cookie):
    reply = send(server, window, cookie, "note.ogg", demo_note("coffee 4"))
    assert reply.startswith('I heard (demo): "coffee 4"')
    assert "Added $4.00" in reply


def test_a_photo_is_asked_about_and_added_after_a_yes(server, window, cookie):
    reply = send(server, window, cookie, "receipt.png", demo_receipt(RECEIPT))
    assert "Corner Hardware, $24.49" in reply
    assert "Shall I add it" in reply
    assert "Added $24.49" in window.ask("yes")["text"].replace("\xa0", " ")


def test_what_is_neither_is_refused_in_a_sentence(server, window, cookie):
    assert "can't read that recording" in send(server, window, cookie, "note.ogg", b"no sound")
    assert "can't read that kind of picture" in send(server, window, cookie, "r.jpg", b"no photo")


def test_nothing_of_the_files_is_kept(server, window, cookie):
    folder = server.app.settings.files.folder
    send(server, window, cookie, "note.ogg", demo_note("tea 3"))
    send(server, window, cookie, "receipt.png", demo_receipt(RECEIPT + "\n"))
    kept = [path for path in folder.rglob("*") if path.suffix in (".ogg", ".png")]
    assert kept == []
