"""The web chat over the real server, as a visitor meets it: demo, questions, undo, approval."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.web_server import Site, listening

pytestmark = pytest.mark.browser

CSV = b"Date,Description,Amount\n2026-10-02,WHOLE FOODS MARKET,-12.50\n2026-10-03,SHELL,-30.00\n"
DESK, PHONE = (1280, 800), (390, 844)
SLOW = 15_000
# Where pictures of the page are kept to be looked at, when it is set.
PICTURES = os.environ.get("FM_TEST_PICTURES", "")  # noqa: TID251 - only where to put pictures


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("real")) as made:
        yield made


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open the chat as a new visitor; any complaint of the page or its policy fails the test."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(site.address)
    expect(page.locator("#status")).to_have_text("online")
    yield page
    context.close()
    assert [text for text in complaints if not re.search(r"40[349]|413", text)] == []


def say(page, text):
    """Say something and return the answer's element."""
    answers = page.locator(".message.bot").count()
    page.fill("#text", text)
    page.press("#text", "Enter")
    return answer(page, answers)


def answer(page, number):
    found = page.locator(".message.bot").nth(number)
    found.wait_for(timeout=SLOW)
    return found


def demo(page):
    page.get_by_role("button", name="Try the demo").click()
    expect(answer(page, 0)).to_contain_text("made up for trying")


def picture(page, name):
    if PICTURES:
        page.wait_for_timeout(300)
        width = page.viewport_size["width"]
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png")


class TestAVisitor:
    def test_looks_around_adds_and_undoes(self, page):
        expect(page.locator("#empty")).to_be_visible()
        picture(page, "welcome")
        demo(page)
        expect(page.locator("#books")).to_have_text("Maya's books")
        expect(say(page, "balance")).to_contain_text("Chase Checking")
        expect(say(page, "coffee 4")).to_contain_text("Added $4.00")
        picture(page, "added")
        page.get_by_role("button", name="Undo").click()
        expect(answer(page, 3)).to_contain_text("Undone: Coffee")
        picture(page, "undone")

    def test_approves_a_cancellation_with_a_button(self, page):
        demo(page)
        expect(say(page, "cancel netflix")).to_contain_text("Nothing is sent yet")
        picture(page, "asked")
        page.get_by_role("button", name="Approve").click()
        expect(answer(page, 2)).to_contain_text("Approved")
        expect(answer(page, 3)).to_contain_text("not confirmed yet")
        picture(page, "approved")
        page.reload()
        expect(page.locator(".message.bot")).to_have_count(4)
        expect(page.get_by_role("button", name="Approve")).to_be_disabled()
        expect(page.get_by_role("button", name="Decline")).to_be_disabled()

    def test_sends_a_statement(self, page):
        demo(page)
        page.set_input_files("#file", {"name": "oct.csv", "mimeType": "text/csv", "buffer": CSV})
        expect(answer(page, 1)).to_contain_text("Which account?")
        expect(page.locator(".user .file-name")).to_have_text("oct.csv")
        picture(page, "file")
        page.locator(".choice", has_text="Savings").last.click()
        expect(answer(page, 2)).to_contain_text("2 new entries")

    def test_is_told_why_a_file_is_not_taken(self, page):
        large = {"name": "big.csv", "mimeType": "text/csv", "buffer": b"x" * 3_000_000}
        page.set_input_files("#file", large)
        expect(page.locator(".user .delivery")).to_have_text(re.compile("too large"))
        page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": CSV})
        expect(page.locator(".user .delivery").last).to_contain_text("Say DEMO first")
        picture(page, "refused")

    def test_sees_a_card_number_masked_at_once(self, page):
        answers = say(page, "my card is 4111 1111 1111 1111")
        expect(answers).to_contain_text("card number")
        expect(page.locator(".user .text")).to_have_text("my card is [card …1111]")

    def test_gets_words_back_when_too_fast(self, page):
        for number in range(21):
            page.fill("#text", f"hello {number}")
            page.press("#text", "Enter")
        expect(page.locator(".user .delivery").last).to_contain_text("a lot of messages")
        expect(page.locator("#text")).to_have_value("hello 20")


class TestPagesBeside:
    @pytest.mark.parametrize("path", ["/docs", "/link", "/admin", "/nowhere"])
    def test_fit_the_screen_and_run_no_script(self, page, site, path):
        page.goto(f"{site.address}{path}")
        assert page.locator("script").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        picture(page, f"page{path.replace('/', '-')}")
