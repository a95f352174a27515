"""A voice note from the page: recorded after a press, sent by the next, heard like any other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.speech_stand_in import SpeechStandIn
from tests.fakes.web_server import Site, listening

pytestmark = pytest.mark.browser

DESK, PHONE = (1280, 800), (390, 844)
SLOW = 15_000
PICTURES = os.environ.get("FM_TEST_PICTURES", "")  # noqa: TID251 - only where to put pictures


@pytest.fixture(scope="module")
def speech() -> Iterator[SpeechStandIn]:
    with SpeechStandIn() as made:
        yield made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, speech: SpeechStandIn) -> Iterator[Site]:
    voice = {"api_key": "a key", "base_url": speech.base_url, "most_seconds": 3}
    folder = tmp_path_factory.mktemp("voice")
    with listening(folder, voice=voice, model={"consent": "given"}) as made:
        yield made


@contextmanager
def opened(
    browser: Browser, site: Site, size: tuple[int, int] = DESK, *, may: bool = True, first: str = ""
) -> Iterator[Page]:
    """Open the chat in the demo household; any complaint of the page fails the test."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    if may:
        context.grant_permissions(["microphone"], origin=site.address)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    if first:
        page.add_init_script(first)
    page.goto(site.address)
    page.get_by_role("button", name="Try the demo").click()
    expect(page.locator(".message.bot").first).to_contain_text("made up", timeout=SLOW)
    yield page
    context.close()
    assert complaints == []


def picture(page: Page, name: str) -> None:
    if PICTURES:
        width = (page.viewport_size or {"width": 0})["width"]
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_is_recorded_sent_heard_and_answered(hearing_browser, site, speech, size):
    speech.forget()
    speech.will("coffee 4")
    with opened(hearing_browser, site, size) as page:
        picture(page, "voice-ready")
        page.get_by_role("button", name="Record a voice note").click()
        expect(page.get_by_role("timer")).to_contain_text("Recording 0:0")
        expect(page.get_by_role("timer")).to_contain_text("Recording 0:01")
        picture(page, "voice-running")
        page.get_by_role("button", name="Send the voice note").click()
        # The household's alerts may come in between.
        answer = page.locator(".message.bot", has_text='I heard: "coffee 4"')
        expect(answer).to_be_visible(timeout=SLOW)
        expect(answer).to_contain_text("Added $4.00")
        expect(page.get_by_text("voice.webm")).to_be_visible()
        expect(page.get_by_role("button", name="Record a voice note")).to_be_visible()
        expect(page.locator("#text")).to_be_focused()
        picture(page, "voice-answered")
    (note,) = speech.notes
    assert note.file_name == "note.webm"
    assert note.content.startswith(b"\x1a\x45\xdf\xa3")


def test_is_thrown_away_by_escape_or_its_button(hearing_browser, site, speech):
    speech.forget()
    with opened(hearing_browser, site) as page:
        page.get_by_role("button", name="Record a voice note").click()
        expect(page.get_by_role("timer")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("timer")).to_be_hidden()
        page.get_by_role("button", name="Record a voice note").click()
        page.get_by_role("button", name="Throw the voice note away").click()
        expect(page.locator("#text")).to_be_visible()
        assert page.locator(".message.user", has_text="voice.").count() == 0
    assert speech.notes == []


def test_ends_by_itself_where_notes_are_heard_no_longer(hearing_browser, site, speech):
    speech.forget()
    speech.will("balance")
    with opened(hearing_browser, site) as page:
        page.get_by_role("button", name="Record a voice note").click()
        answer = page.locator(".message.bot", has_text='I heard: "balance"')
        expect(answer).to_be_visible(timeout=SLOW)


def test_says_why_where_the_microphone_is_not_allowed(hearing_browser, site, speech):
    speech.forget()
    with opened(hearing_browser, site, may=False) as page:
        page.get_by_role("button", name="Record a voice note").click()
        expect(page.get_by_role("alert")).to_have_text(
            "I may not use the microphone here. Allow it in the browser, or type it."
        )
        expect(page.locator("#text")).to_be_visible()
    assert speech.notes == []


def test_has_no_button_in_a_browser_that_cannot_record(hearing_browser, site):
    with opened(hearing_browser, site, first="delete window.MediaRecorder") as page:
        expect(page.locator("#record")).to_be_hidden()
        expect(page.locator("#attach")).to_be_visible()
