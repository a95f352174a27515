"""The web chat as a person meets it: a real page in a real browser, a scripted server."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PROFILES = ("web", "whatsapp", "telegram", "sms")
CONTRAST = """
() => {
  const light = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map((v) => {
      const s = v / 255;
      return s <= 0.03928 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/^rgba\\(.*, 0(\\.\\d+)?\\)$/.test(c)) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  for (const s of [".bot .text", ".user .text", ".bot .meta", ".user .meta", ".who strong",
                   ".status", ".send", "#text", ".picker input:checked + span", ".about"]) {
    const e = document.querySelector(s);
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const needed = s === ".send" ? 3 : 4.5;
    if (ratio < needed) faint.push(`${s}: ${ratio.toFixed(2)}`);
  }
  return faint;
}
"""
FOCUSED = """
() => {
  const e = document.activeElement;
  return e.textContent.trim() || e.id || e.value;
}
"""


def say(page, text):
    answers = page.locator(".message.bot").count()
    page.fill("#text", text)
    page.press("#text", "Enter")
    page.locator(".message.bot").nth(answers).wait_for()


def switch(page, profile):
    page.check(f"input[value={profile}]", force=True)


class TestTalking:
    def test_shows_what_was_said_and_the_answer(self, page, server):
        say(page, "food this month")
        expect(page.locator(".user .text")).to_have_text("food this month")
        expect(page.locator(".user .delivery")).to_have_text("✓")
        expect(page.locator(".bot .text").first).to_contain_text("You spent $312.40 on Food")
        expect(page.locator("#text")).to_be_focused()
        assert [it["text"] for it in server.received] == ["food this month"]

    def test_shows_that_the_bot_is_typing(self, page):
        page.fill("#text", "food this month")
        page.press("#text", "Enter")
        expect(page.locator("#typing")).to_be_visible()
        expect(page.locator("#status")).to_have_text("typing…")
        expect(page.locator("#typing")).to_be_hidden()

    def test_a_new_line_takes_shift_and_nothing_is_sent_empty(self, page, server):
        page.fill("#text", "  ")
        page.press("#text", "Enter")
        page.fill("#text", "one")
        page.press("#text", "Shift+Enter")
        page.type("#text", "two")
        page.press("#text", "Enter")
        expect(page.locator(".user .text")).to_have_text("one\ntwo")
        assert page.locator(".message.user").count() == 1

    def test_a_button_sends_its_words_once(self, page, server):
        say(page, "cancel netflix")
        approve = page.get_by_role("button", name="Approve")
        approve.click()
        expect(page.locator(".message.user").nth(1)).to_contain_text("Approve")
        expect(page.locator(".message.bot").nth(1)).to_contain_text("not confirmed yet")
        expect(approve).to_be_disabled()
        assert [it.get("send") for it in server.received] == [None, "APPROVE K7QM"]
        assert page.locator(".message.user").count() == 2

    def test_the_demo_button_starts_the_demo(self, page, server):
        page.get_by_role("button", name="Try the demo").click()
        expect(page.locator(".message.bot")).to_contain_text("made up for trying")
        expect(page.locator("#empty")).to_be_hidden()
        assert server.received[0]["text"] == "DEMO"

    def test_a_thing_to_try_is_said_when_tapped(self, page):
        page.get_by_role("button", name="coffee 4").click()
        expect(page.locator(".message.bot")).to_contain_text("Added $4.00")


class TestForeignText:
    def test_is_shown_and_never_run(self, page):
        say(page, "nasty")
        expect(page.locator(".bot .text").first).to_contain_text(
            "<script>document.title=2</script>"
        )
        assert page.title() == "FinanceMaster"
        assert page.locator("#log img, #log script").count() == 0
        assert page.locator("#log [href^=javascript]").count() == 0


class TestTheLine:
    def test_comes_back_and_shows_what_was_missed_once(self, page, server):
        say(page, "food this month")
        server.drop()
        expect(page.locator("#status")).to_have_text(re.compile("trying again"))
        server.push("Missed while away")
        expect(page.locator(".message.bot").nth(1)).to_contain_text("Missed while away")
        expect(page.locator("#status")).to_have_text("online")
        assert page.locator(".message").count() == 3

    def test_sends_again_what_was_not_acknowledged(self, page, server):
        server.silent = True
        page.fill("#text", "coffee 4")
        page.press("#text", "Enter")
        expect(page.locator(".user .delivery")).to_have_text("Sending")
        server.silent = False
        server.drop()
        expect(page.locator(".user .delivery")).to_have_text("✓")
        expect(page.locator(".message.bot")).to_contain_text("Added $4.00")
        assert len({it["id"] for it in server.received}) == 1
        assert page.locator(".message.user").count() == 1

    def test_a_reload_shows_the_whole_conversation(self, page, server):
        say(page, "food this month")
        page.reload()
        expect(page.locator(".message")).to_have_count(2)


class TestChannels:
    def test_sms_has_numbers_for_buttons_and_a_price(self, page):
        say(page, "which")
        expect(page.locator(".choices")).to_be_visible()
        switch(page, "sms")
        expect(page.locator(".choices")).to_be_hidden()
        expect(page.locator(".numbered")).to_have_text(re.compile(r"1\) Chase.*3\) Cash", re.S))
        expect(page.locator(".bot .segments")).to_have_text("1 SMS")

    def test_the_channel_goes_with_what_is_said_and_is_remembered(self, page, server):
        switch(page, "telegram")
        say(page, "which")
        assert server.received[0]["profile"] == "telegram"
        page.reload()
        expect(page.locator("input[value=telegram]")).to_be_checked()

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_text_stands_out_on_every_channel(self, page, theme):
        page.emulate_media(color_scheme=theme)
        say(page, "food this month")
        for profile in PROFILES:
            switch(page, profile)
            page.wait_for_timeout(200)
            assert (profile, page.evaluate(CONTRAST)) == (profile, [])


class TestFiles:
    def test_a_statement_is_sent_and_answered(self, page, server):
        page.set_input_files("#file", {"name": "oct.csv", "mimeType": "text/csv", "buffer": b"a"})
        expect(page.locator(".message.bot")).to_contain_text("42 new entries in Chase")
        expect(page.locator(".user .file-name")).to_have_text("oct.csv")
        assert server.files == {"file-1": b"a"}
        assert server.received[0]["file"] == "file-1"

    def test_one_that_is_too_large_says_so(self, page, server):
        large = {"name": "big.pdf", "mimeType": "application/pdf", "buffer": b"x" * 1_100_000}
        page.set_input_files("#file", large)
        expect(page.locator(".user .delivery")).to_have_text("That file is too large.")
        assert server.received == []

    def test_a_report_is_a_card_with_a_download_and_a_picture_is_shown(self, page):
        say(page, "report")
        card = page.get_by_role("link", name="Download: spending-2026-10.pdf")
        with page.expect_download() as download:
            card.click()
        assert download.value.suggested_filename == "spending-2026-10.pdf"
        expect(page.get_by_alt_text("October by category")).to_be_visible()


class TestUnread:
    def test_is_counted_while_reading_above_and_cleared_at_the_end(self, page, server):
        for _ in range(6):
            say(page, "food this month")
        page.locator("#scroller").evaluate("e => e.scrollTop = 0")
        server.push("Budget alert")
        expect(page.locator("#latest")).to_contain_text("1 new message")
        expect(page).to_have_title("(1) FinanceMaster")
        page.locator("#latest").click()
        expect(page.locator("#latest")).to_be_hidden()
        expect(page).to_have_title("FinanceMaster")


class TestAccess:
    def test_everything_to_press_has_a_name_and_the_log_is_read_out(self, page):
        say(page, "cancel netflix")
        nameless = page.evaluate(
            "() => [...document.querySelectorAll('button, textarea')].filter(b => !b.hidden && "
            "!b.textContent.trim() && !b.getAttribute('aria-label')).map(b => b.id)"
        )
        assert nameless == []
        log = page.get_by_role("log")
        expect(log).to_have_attribute("aria-live", "polite")
        expect(log).to_contain_text("FinanceMaster: Cancel Netflix")

    def test_all_is_reached_with_the_keyboard(self, page):
        say(page, "cancel netflix")
        page.locator("#text").focus()
        reached = set()
        for _ in range(20):
            page.keyboard.press("Shift+Tab")
            reached.add(page.evaluate(FOCUSED))
        assert {"Approve", "Decline", "attach", "theme", "web", "coffee 4"} <= reached

    def test_has_no_microphone_where_nobody_hears(self, page):
        expect(page.locator("#record")).to_be_hidden()
        expect(page.locator("#attach")).to_be_visible()

    def test_the_theme_is_chosen_and_remembered(self, page):
        page.get_by_role("button", name="Light or dark").click()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


class TestLayout:
    @pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (844, 390), (1280, 800)])
    def test_fits_the_screen_without_scrolling_the_page(self, page, width, height):
        page.set_viewport_size({"width": width, "height": height})
        say(page, "nasty")
        for profile in PROFILES:
            switch(page, profile)
            spilled = page.evaluate(
                "() => [document.documentElement.scrollWidth > innerWidth, "
                "document.querySelector('#scroller').scrollWidth > "
                "document.querySelector('#scroller').clientWidth]"
            )
            assert spilled == [False, False]
            field = page.locator("#text").bounding_box()
            assert field["y"] + field["height"] <= height
            assert field["width"] > 100

    def test_is_the_whole_page_on_a_phone_and_a_phone_on_a_desk(self, page):
        frame = page.locator(".phone").bounding_box()
        assert (frame["width"], frame["height"]) == (402, 752)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.locator(".phone").bounding_box()["width"] == 390
        expect(page.locator(".intro")).to_be_hidden()
