"""The console in a real browser: signing in with both steps, every page, on a desk and a phone."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.api.admin_pages import PLACES
from core.users.second_factor import code_at, step_of
from core.users.user import Role
from tests.fakes.web_server import PASSWORD, Site, listening

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Where pictures of the pages are kept to be looked at, when it is set.
_PICTURES = os.environ.get("FM_TEST_PICTURES", "")  # noqa: TID251 - only where to put pictures
_SIZES = {"desk": (1280, 800), "phone": (390, 844)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("console")) as made:
        made.user("admin@example.org", Role.ADMIN)
        window = made.window()
        for words in ("DEMO", "balance", "cancel netflix"):
            window.ask(words)
        yield made


@pytest.fixture(scope="module")
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page that has signed in with a password and a code; nothing on it may complain."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    _sign_in(page, site)
    yield page
    page.context.close()
    assert complaints == []


def _sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/admin")
    page.fill("input[name=email]", "admin@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.click("button")
    expect(page.locator("h1")).to_have_text("Second step")
    expect(page.locator(".code-picture svg")).to_be_visible()
    _picture(page, "second-step")
    letters = page.locator("code").inner_text().replace(" ", "")
    code = code_at(base64.b32decode(letters), step_of(site.app.clock.now()))
    page.fill("input[name=code]", code)
    page.click("button")
    expect(page.locator("h1")).to_have_text("Keep these codes")
    expect(page.locator(".codes li")).to_have_count(10)
    _picture(page, "recovery-codes")
    page.click("main a")
    expect(page.locator("h1")).to_have_text("Overview")


def _picture(page: Page, name: str) -> None:
    if _PICTURES:
        page.screenshot(path=Path(_PICTURES) / f"console-{name}.png", full_page=True)


@pytest.mark.parametrize("size", _SIZES)
@pytest.mark.parametrize(("name", "path"), PLACES)
def test_every_page_fits_and_says_where_it_is(page, site, name, path, size):
    width, height = _SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{site.address}{path}")
    assert page.locator("script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("nav a[aria-current=page]")).to_have_attribute("href", path)
    _picture(page, f"{name}-{size}")


def test_what_was_said_is_shown_for_a_reason_only(page, site):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{site.address}/admin/users")
    # Sample households are users as well, and nobody has spoken for them.
    people = page.locator("tr", has_text="demo").locator("a")
    for one in people.evaluate_all("links => links.map(link => link.href)"):
        page.goto(one)
        if page.locator("a[href^='/admin/conversations/']").count():
            break
    page.locator("a[href^='/admin/conversations/']").first.click()
    expect(page.locator("main")).not_to_contain_text("cancel netflix")
    page.fill("[name=reason]", "the user asked us to look at this")
    page.locator("form[action$='/open'] button").click()
    expect(page.locator("main")).to_contain_text("cancel netflix")
    _picture(page, "conversation")
