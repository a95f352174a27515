"""A browser for the tests of the page, or a skip where none is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.fakes.web_stand_in import WebStandIn, serving

_CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one headless Chromium for a module's tests.

    Not for all: it keeps an event loop running in this thread, in which later tests want theirs.
    """
    yield from _started(*_FLAGS)


@pytest.fixture(scope="module")
def hearing_browser() -> Iterator[Browser]:
    """Start one whose microphone is a tone of its own; whether it may be used is asked as ever."""
    yield from _started(*_FLAGS, "--use-fake-device-for-media-stream")


def _started(*flags: str) -> Iterator[Browser]:
    if not _CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(_CHROMIUM), args=[*flags])
        yield chromium
        chromium.close()


@pytest.fixture
def server() -> Iterator[WebStandIn]:
    """Serve the page with an empty conversation."""
    with serving() as stand_in:
        yield stand_in


@pytest.fixture
def page(browser: Browser, server: WebStandIn) -> Iterator[Page]:
    """Open the page on a desk; any error of the page or of its policy fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    page = context.new_page()
    complaints: list[str] = []
    strangers: list[str] = []

    def listen(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    def watch(request: Request) -> None:
        if not request.url.startswith(server.address):
            strangers.append(request.url)

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", listen)
    page.on("request", watch)
    page.goto(server.address)
    page.locator("#books", has_text="Maya").wait_for()
    yield page
    context.close()
    assert strangers == []
    assert [it for it in complaints if "WebSocket" not in it and "413" not in it] == []
