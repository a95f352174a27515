"""Linking a chat: a token from the signed-in side, claimed in a chat, confirmed on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.api import linking
from bot.api.linking import LinkTaken, LinkUnknown
from bot.api.passwords import HASHER
from bot.api.web_session import WebSession
from core.messaging.address import Address, ChannelName
from core.users.linking import LINK_LIFE
from core.users.preferences import Preferences
from tests.fakes.web_server import Site, listening, open_test_app

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("linking")) as made:
        yield made


@pytest.fixture(scope="module")
def maya(site: Site) -> str:
    cookie = site.cookie()
    site.window(cookie).ask("DEMO")
    return cookie


def page(site, cookie, path="/link"):
    return site.client(Cookie=cookie).get(path)


def post(site, cookie, path, **fields):
    """Send the form of a page as a browser does."""
    csrf = re.search(r'name="csrf" value="(\w+)"', page(site, cookie).text)
    fields.setdefault("csrf", csrf[1] if csrf else "none")
    return site.client(Cookie=cookie, Origin=site.address).post(path, data=fields)


def invited(site, cookie):
    """Ask for a link and return its token."""
    return found(r"LINK ([\w-]{32})", post(site, cookie, "/link/new/web").text)


def found(pattern, text):
    match = re.search(pattern, text)
    assert match is not None
    return match[1]


def waiting(site, cookie):
    links = re.findall(r'name="link" value="(\w+)"', page(site, cookie).text)
    return list(dict.fromkeys(links))


class TestThePage:
    def test_wants_a_signed_in_browser(self, site):
        text = page(site, site.cookie()).text
        assert "Open the chat first" in text
        assert "<form" not in text

    def test_links_another_chat_in_two_steps_and_tells_both(self, site, maya):
        first, other = site.window(maya), site.window()
        token = invited(site, maya)
        assert "Link this chat to m***@d***?" in other.ask(f"LINK {token}")["text"]
        assert not any(event.get("linked") for event in other.heard)
        (link,) = waiting(site, maya)
        done = post(site, maya, "/link/confirm", link=link)
        assert done.headers["location"] == "/link?done=confirmed"
        assert "Linked, Maya!" in other.hear(sender="bot")["text"]
        assert any(event.get("linked") for event in other.heard)
        while "linked to Web too" not in first.hear(sender="bot")["text"]:
            pass
        assert "Chase" in other.ask("balance")["text"]
        assert waiting(site, maya) == []

    def test_a_refused_claim_links_nothing(self, site, maya):
        other = site.window()
        other.ask(f"LINK {invited(site, maya)}")
        post(site, maya, "/link/refuse", link=waiting(site, maya)[0])
        assert "Say DEMO" in other.ask("balance")["text"]
        assert waiting(site, maya) == []

    def test_takes_the_pin_of_who_has_set_one(self, site, maya):
        app, first, other = site.app, site.window(maya), site.window()
        with app.database.work() as uow:
            owner = uow.bindings.owner_of(WebSession(maya.partition("=")[2]).address).user_id
            uow.users.set_pin(owner, HASHER.hash("246813"))
            uow.commit()
        other.ask(f"LINK {invited(site, maya)}")
        while "wants to be linked" not in first.hear(sender="bot")["text"]:
            pass
        link = waiting(site, maya)[-1]
        assert 'name="pin"' in page(site, maya).text
        for wrong in ("", "999999"):
            refused = post(site, maya, "/link/confirm", link=link, pin=wrong)
            assert refused.status_code == 401
            assert "not the PIN" in refused.text
        assert "Say DEMO" in other.ask("balance")["text"]
        done = post(site, maya, "/link/confirm", link=link, pin="246813")
        assert done.headers["location"] == "/link?done=confirmed"
        assert "Linked" in other.hear(sender="bot")["text"]
        with app.database.work() as uow:
            uow.users.set_pin(owner, "")
            uow.commit()

    def test_a_token_works_once(self, site, maya):
        token = invited(site, maya)
        site.window().ask(f"LINK {token}")
        assert "doesn't work" in site.window().ask(f"LINK {token}")["text"]

    def test_a_name_somebody_chose_is_never_markup(self, site, maya):
        app, token = site.app, "t" * 32
        with app.database.work() as uow:
            now = app.clock.now()
            owner = uow.bindings.owner_of(WebSession(maya.partition("=")[2]).address)
            uow.bindings.issue_link(owner.user_id, ChannelName.TELEGRAM, token, now=now)
            address = Address.parse("telegram:66")
            uow.bindings.claim_link(token, address, "<script>x</script>", now=now)
            uow.commit()
        text = page(site, maya).text
        assert "&lt;script&gt;x" in text
        assert "<script" not in text
        post(site, maya, "/link/refuse", link=waiting(site, maya)[-1])

    def test_a_linked_chat_can_be_unlinked(self, site, maya):
        other = site.cookie()
        window = site.window(other)
        window.ask(f"LINK {invited(site, maya)}")
        post(site, maya, "/link/confirm", link=waiting(site, maya)[-1])
        window.hear(sender="bot")
        bindings = re.findall(r'name="binding" value="(\w+)"', page(site, maya).text)
        first = site.window(maya)
        done = post(site, maya, "/link/unlink", binding=bindings[0])
        assert done.status_code == 303
        assert "Open the chat first" in page(site, other).text
        while "Your Web chat was unlinked" not in first.hear(sender="bot")["text"]:
            pass


class TestForms:
    def test_without_their_token_are_refused(self, site, maya):
        assert post(site, maya, "/link/new/web", csrf="x").status_code == 403

    def test_from_another_sites_page_are_refused(self, site, maya):
        csrf = found(r'name="csrf" value="(\w+)"', page(site, maya).text)
        for origin in ("https://evil.example", "null", ""):
            client = site.client(Cookie=maya, Origin=origin)
            assert client.post("/link/new/web", data={"csrf": csrf}).status_code == 403

    def test_of_a_stranger_are_refused(self, site):
        assert post(site, site.cookie(), "/link/new/web").status_code == 401

    def test_cannot_settle_another_users_link(self, site, maya):
        site.window().ask(f"LINK {invited(site, maya)}")
        link = waiting(site, maya)[-1]
        thief = site.cookie()
        site.window(thief).ask("DEMO")
        assert post(site, thief, "/link/confirm", link=link).status_code == 404
        assert link in waiting(site, maya)

    def test_a_get_changes_nothing(self, site, maya):
        assert page(site, maya, "/link/confirm").status_code == 405


@pytest.fixture
def app(tmp_path):
    made = open_test_app(
        tmp_path,
        FM_PUBLIC_BASE_URL="https://money.example",
        telegram={"token": "1:a", "base_url": "http://127.0.0.1:9", "bot_name": "fm_bot"},
        twilio={
            "account_sid": "AC1",
            "auth_token": "t",
            "sms_from": "+15550100",
            "whatsapp_from": "whatsapp:+15550199",
        },
    )
    yield made
    made.close()


def person(app, email="ann@example.org"):
    with app.database.work() as uow:
        user = uow.users.add(email, Preferences(), now=app.clock.now(), ids=app.ids)
        uow.commit()
    return user


def claim(app, token, address, later=timedelta()):
    with app.database.work() as uow:
        claimed = uow.bindings.claim_link(
            token, Address.parse(address), "Ann", now=app.clock.now() + later
        )
        uow.commit()
    return claimed


class TestRules:
    def test_the_way_to_each_channel_is_shown(self, app):
        user = person(app)
        ways = {made: linking.invite(app, user.id, made) for made in linking.offered(app)}
        telegram, whatsapp = ways[ChannelName.TELEGRAM], ways[ChannelName.WHATSAPP]
        assert telegram.address == f"https://t.me/fm_bot?start={telegram.token}"
        assert whatsapp.address == f"https://wa.me/15550199?text=LINK%20{whatsapp.token}"
        assert ways[ChannelName.SMS].place == "+15550100"

    def test_a_token_is_for_its_channel_and_ten_minutes(self, app):
        user = person(app)
        token = linking.invite(app, user.id, ChannelName.TELEGRAM).token
        assert claim(app, token, "sms:+15550111") is None
        assert claim(app, token, "telegram:5", later=LINK_LIFE) is None
        assert claim(app, token, "telegram:5") is not None

    def test_a_chat_of_another_person_is_not_taken_over(self, app):
        ann, bob = person(app), person(app, "bob@example.org")
        for user in (ann, bob):
            made = linking.invite(app, user.id, ChannelName.TELEGRAM)
            request = claim(app, made.token, "telegram:5")
            if user is ann:
                linking.settle(app, ann.id, request.token_hash, confirmed=True, actor="user")
        with pytest.raises(LinkTaken):
            linking.settle(app, bob.id, request.token_hash, confirmed=True, actor="user")
        with app.database.reading() as uow:
            assert uow.bindings.owner_of(Address.parse("telegram:5")).user_id == ann.id

    def test_a_link_is_settled_once(self, app):
        user = person(app)
        made = linking.invite(app, user.id, ChannelName.TELEGRAM)
        request = claim(app, made.token, "telegram:5")
        linking.settle(app, user.id, request.token_hash, confirmed=True, actor="user")
        with pytest.raises(LinkUnknown):
            linking.settle(app, user.id, request.token_hash, confirmed=True, actor="user")
        with app.database.reading() as uow:
            actions = [event.action for event in uow.audit.of(user.id)]
        assert actions == ["chat.linked"]
