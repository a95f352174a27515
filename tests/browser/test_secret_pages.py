"""Pages behind a signed address in a real browser, which has to name where a press came from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.api.assistant_keys import keys_of
from bot.confirming import DEMO_PIN
from core.approvals.approval import ApprovalState
from core.banks.connection import ConnectionState
from tests.fakes.web_server import Site, listening

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("secret")) as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def test_a_pin_typed_in_a_browser_confirms(site: Site, page: Page):
    window = site.window()
    window.ask("DEMO")
    window.ask("delete everything you know about me")
    with site.app.database.reading() as uow:
        (approval,) = uow.approvals.latest_for(uow.users.all_ids()[-1])
    window.ask(f"APPROVE {approval.code}")
    page.goto(site.app.links.sign_approval(approval.id, site.address))
    page.fill("input[name=pin]", DEMO_PIN)
    page.click("button")
    expect(page.locator(".note")).to_be_visible()
    with site.app.database.reading() as uow:
        found = uow.approvals.get(approval.id)
    assert found is not None
    assert found.state not in {ApprovalState.PENDING, ApprovalState.CONFIRMING}


def test_a_bank_is_connected_by_a_press_in_a_browser(site: Site, page: Page):
    window = site.window()
    window.ask("DEMO")
    window.ask("connect my bank")
    with site.app.database.reading() as uow:
        offer = uow.banks.open_offer(uow.users.all_ids()[-1], now=site.app.clock.now())
    assert offer is not None
    page.goto(site.app.links.sign_bank(offer.id, site.address))
    page.click("button")
    expect(page.locator(".note")).to_be_visible()
    with site.app.database.reading() as uow:
        found = uow.banks.find(offer.id)
    assert found is not None
    assert found.state is ConnectionState.ACTIVE


def test_a_key_for_an_assistant_is_made_by_a_press_in_a_browser(site: Site, page: Page):
    window = site.window()
    window.ask("DEMO")
    with site.app.database.reading() as uow:
        user_id = uow.users.all_ids()[-1]
    page.goto(site.app.links.sign_assistant(user_id, site.address))
    page.fill("input[name=name]", "Claude")
    page.fill("input[name=pin]", DEMO_PIN)
    page.click("button")
    expect(page.locator("code").first).to_contain_text("fmr_")
    assert [one.name for one in keys_of(site.app, user_id)] == ["Claude"]
