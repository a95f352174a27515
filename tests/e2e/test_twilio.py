"""A conversation by text message and on WhatsApp, from Twilio's signed post to its answer."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from core.connect.simulated_speech import demo_note
from core.messaging.address import ChannelName
from core.messaging.outbound import MessageClass, OutboundMessage
from core.messaging.outbox import Outgoing
from core.messaging.template import SubmittedTemplate, TemplateState
from core.money import Money
from core.store.vault import Vault
from prompts.whatsapp_templates import read_templates
from tests.e2e.chats import PUBLIC
from tests.e2e.stage import Stage, open_stage, wait_until
from tests.fakes.twilio_stand_in import Fault

CARD = "4111 1111 1111 1111"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("twilio")) as opened:
        yield opened


@pytest.fixture
def alice(stage):
    return stage.person()


@pytest.fixture
def sms(stage, alice):
    return stage.sms_chat(alice)


@pytest.fixture(scope="module")
def maya(stage):
    return stage.maya()


def proposed(chat: Any, name: str) -> str:
    """Ask for a cancellation and return its code."""
    (prompt,) = chat.say(f"cancel {name}")
    found = re.search(r"APPROVE (\w{4})", prompt)
    assert found, prompt
    return found[1]


def state_of(stage: Stage, code: str) -> str:
    return str(stage.value("SELECT state FROM approvals WHERE code = :code", code=code))


class TestTheWholeConversation:
    @pytest.mark.parametrize(
        ("channel", "name"),
        [
            (ChannelName.SMS, "netflix"),
            pytest.param(ChannelName.WHATSAPP, "prime", marks=pytest.mark.slow),
        ],
    )
    def test_from_a_strangers_first_word_to_a_cancelled_subscription(
        self, stage, maya, channel, name
    ):
        sms = channel is ChannelName.SMS
        chat = stage.sms_chat() if sms else stage.whatsapp_chat()
        assert "I don't know this" in chat.say("balance")[0]
        token = stage.token(maya, channel)
        assert "Confirm it on the web page" in chat.say(f"LINK {token}")[0]
        assert "I don't know this" in chat.say("balance")[0]
        stage.confirm(maya)
        assert chat.heard()[-1].startswith("Linked, Maya!")
        assert "Chase Checking: $" in chat.say("balance")[0]
        assert "left of $400.00 for Food" in chat.say("food?")[0]
        assert chat.say("coffee 4")[0].startswith("Added $4.00, Coffee")
        assert "Groceries" in chat.say("no, that was groceries")[0]
        assert chat.say("UNDO")[0].startswith("Undone")
        code = proposed(chat, name)
        before = stage.value("SELECT COUNT(*) FROM provider_requests")
        approved, receipt = chat.say(f"APPROVE {code}")
        assert approved.startswith(f"Approved {code}")
        assert "I asked the demo provider to cancel" in receipt
        again = [chat.say(f"approve {code.lower()}"), chat.say(f"YES {code}")]
        for (answer,) in again:
            assert answer.startswith(code)
            assert answer == again[0][0]
        assert stage.value("SELECT COUNT(*) FROM provider_requests") == before + 1
        if sms:
            assert all(each.isascii() and len(each) <= 306 for each in chat.heard())
        assert not stage.twilio.complaints

    def test_the_carrier_words_are_never_offered_alone(self, stage, maya):
        chat = stage.sms_chat(maya)
        proposed(chat, "icloud")
        offered = re.findall(r"[Rr]eply (?:with )?([A-Z]+)\b(?! \w{4}\b)", "\n".join(chat.heard()))
        assert not {"STOP", "CANCEL", "END", "QUIT", "YES", "START", "HELP"} & set(offered)
        assert {"APPROVE"} <= set(re.findall(r"[A-Z]{4,}", chat.heard()[-1]))


class TestForgeries:
    def test_a_bad_signature_is_refused_and_leaves_nothing(self, stage, sms):
        before = stage.value("SELECT COUNT(*) FROM inbox")
        form = sms.form("coffee 4")
        body, public = urlencode(form).encode(), PUBLIC + sms.path
        signed = stage.twilio.sign(public, form)
        wrong = [
            {"Content-Type": signed["Content-Type"]},
            stage.twilio.sign(public, form, token="another token"),
            stage.twilio.sign(public + "/", form),
            stage.twilio.sign(stage.url + sms.path, form),
            stage.twilio.sign(PUBLIC + "/hooks/twilio/whatsapp", form),
            stage.twilio.sign(public, {**form, "Body": "coffee 400"}),
        ]
        assert [stage.hook(sms.path, body, headers) for headers in wrong] == [403] * 6
        assert stage.value("SELECT COUNT(*) FROM inbox") == before
        assert not sms.heard()

    def test_a_forged_report_changes_nothing(self, stage, sms):
        sms.say("coffee 4")
        (sent,) = sms.sent()
        target = sent.get("StatusCallback").removeprefix(PUBLIC)
        form = stage.twilio.status_form(sent.sid, "failed", error_code="30003")
        headers = stage.twilio.sign(PUBLIC + target, form, token="another token")
        assert stage.hook(target, urlencode(form).encode(), headers) == 403
        other = stage.twilio.sign(PUBLIC + target.replace("key=", "key=x"), form)
        assert stage.hook(target, urlencode(form).encode(), other) == 403
        assert delivery(stage, sms) == ["accepted"]

    def test_a_body_no_provider_sends_is_too_large(self, stage, sms):
        form = sms.form("x" * 300_000)
        headers = stage.twilio.sign(PUBLIC + sms.path, form)
        assert stage.hook(sms.path, urlencode(form).encode(), headers) == 413

    def test_the_same_message_is_one_entry_and_one_reply(self, stage, sms, alice):
        form = sms.form("coffee 4")
        assert len(sms.post(form)) == 1
        assert [sms.post(form) for _ in range(2)] == [[], []]
        assert len(stage.entries(alice)) == 1

    def test_a_code_counts_only_where_it_was_asked_for(self, stage, maya):
        asked, other = stage.sms_chat(maya), stage.whatsapp_chat(maya)
        stranger = stage.sms_chat()
        code = proposed(asked, "icloud")
        assert "another chat" in other.say(f"APPROVE {code}")[0]
        assert "I don't know this number" in stranger.say(f"APPROVE {code}")[0]
        forwarded = other.say(f"APPROVE {code}", Forwarded="true")
        assert "forwarded" in forwarded[0]
        assert state_of(stage, code) == "pending"
        asked.say(f"DECLINE {code}")


class TestStop:
    def test_a_stop_ends_everything_until_a_start(self, stage, maya):
        chat = stage.sms_chat(maya)
        code = proposed(chat, "icloud")
        assert chat.say("Stop") == []
        assert state_of(stage, code) == "withdrawn"
        with stage.app.database.reading() as uow:
            assert uow.bindings.is_opted_out(chat.address)
        assert chat.say("balance") == []
        assert chat.say(f"APPROVE {code}") == []
        assert state_of(stage, code) == "withdrawn"
        (welcome,) = chat.say("START")
        assert "texts are on" in welcome
        assert "Chase Checking" in chat.say("balance")[0]

    def test_a_stop_that_twilio_took_counts_too(self, stage, sms):
        stage.twilio.fail_next(21610)
        assert sms.say("coffee 4") == []
        with stage.app.database.reading() as uow:
            assert uow.bindings.is_opted_out(sms.address)
        assert sms.say("balance") == []


def delivery(stage: Stage, chat: Any) -> list[str]:
    """Return the states of what was written to a chat, oldest first."""
    with stage.app.database.reading() as uow:
        owner = uow.bindings.owner_of(chat.address)
        talk = uow.conversations.find(chat.address)
        assert owner
        assert talk
        found = uow.outbox.tracking.of_conversation(talk.id)
    return [str(item.state.value) for item in reversed(found)]


class TestTwilioInTrouble:
    @pytest.mark.parametrize(
        "fault",
        [Fault.RESET_AFTER_ACCEPT, Fault.ERROR_AFTER_ACCEPT, Fault.MALFORMED_AFTER_ACCEPT],
    )
    def test_an_answer_that_was_lost_is_never_sent_again(self, stage, sms, fault):
        stage.twilio.fail_next(fault)
        sms.say("coffee 4")
        assert delivery(stage, sms) == ["unknown"]
        (sent,) = sms.sent()
        assert "key=" in sent.get("StatusCallback")
        assert stage.twilio.report(sent, "delivered", server_url=stage.url) == 200
        assert stage.twilio.report(sent, "sent", server_url=stage.url) == 200
        assert delivery(stage, sms) == ["delivered"]
        stage.advance(timedelta(hours=1))
        stage.settle()
        assert len(sms.sent()) == 1

    def test_too_many_requests_wait_and_go_out_once(self, stage, sms):
        stage.twilio.fail_next(Fault.TOO_MANY)
        assert sms.say("coffee 4") == []
        stage.advance(timedelta(seconds=20))
        wait_until(sms.sent)
        stage.settle()
        assert len(sms.sent()) == 1

    def test_a_number_nobody_has_is_left_alone(self, stage, sms):
        sms.say("coffee 4")
        (sent,) = sms.sent()
        report = {"server_url": stage.url, "error_code": "30006"}
        assert stage.twilio.report(sent, "undelivered", **report) == 200
        assert delivery(stage, sms) == ["failed"]
        with stage.app.database.reading() as uow:
            assert uow.bindings.owner_of(sms.address).state.value == "unreachable"


class TestOddMessages:
    @pytest.mark.parametrize(
        "text",
        ["a" * 5000, "🍕🍕🍕", "كم صرفت؟", "\x07co\u202effee", "", "   ", "…"],
        ids=["long", "emoji", "rtl", "control", "empty", "blank", "dots"],
    )
    def test_get_a_polite_sentence(self, sms, text):
        (answer,) = sms.say(text)
        assert answer.strip()
        assert answer.isascii()
        assert "reference" not in answer.casefold()

    @pytest.mark.parametrize("media_type", ["audio/ogg", "image/jpeg"])
    def test_without_words_get_one_too(self, sms, media_type):
        url = "http://127.0.0.1/media/1"
        (answer,) = sms.say("", NumMedia="1", MediaUrl0=url, MediaContentType0=media_type)
        assert "couldn't fetch that file" in answer


class TestACardNumber:
    def test_is_kept_nowhere_written_nowhere_and_sent_nowhere(
        self, stage, sms, alice, monkeypatch, caplog
    ):
        kept: list[str] = []
        close = Vault.close

        def listening(vault: Vault, owner: str, place: Any, text: str) -> bytes:
            kept.append(text)
            return close(vault, owner, place, text)

        monkeypatch.setattr(Vault, "close", listening)
        telegram = stage.telegram_chat(alice)
        with caplog.at_level(logging.DEBUG):
            (answer,) = sms.say(f"coffee 4 with {CARD} 12/27 123")
            assert "card number" in answer
            assert "card number" in telegram.say(f"my card is {CARD.replace(' ', '-')}")[0]
            sms.say(f"card {CARD.replace(' ', '')} cvv 987", ProfileName=CARD)
        assert len(kept) > 3, "nothing was heard of what is sealed"
        assert stage.entries(alice) == ()
        database = Path(str(stage.app.database.engine.url.database))
        files = [file for file in database.parent.rglob("*") if file.is_file()]
        raw = b"".join(each.read_bytes() for each in files if each.name.startswith("books"))
        sent = [*sms.heard(), *telegram.heard()]
        for secret in (CARD, CARD.replace(" ", "-"), CARD.replace(" ", "")):
            assert secret.encode() not in raw
            assert not [text for text in (*kept, *sent, caplog.text) if secret in text]
        assert any("1111" in text for text in kept), "the masked text is what was sealed"


class TestAVoiceNoteOnWhatsApp:
    def test_is_fetched_with_our_login_heard_and_booked(self, stage, alice):
        chat = stage.whatsapp_chat(alice)
        stage.twilio.media["/media/note"] = (demo_note("tea 3"), "audio/ogg")
        sent = {"NumMedia": "1", "MediaUrl0": f"{stage.twilio.base_url}/media/note"}
        (answer,) = chat.say("", **sent, MediaContentType0="audio/ogg; codecs=opus")
        assert answer.startswith('I heard (demo): "tea 3"')
        assert [one.amount for one in stage.entries(alice)] == [Money.of("-3", "USD")]


class TestWhatsAppAfterADay:
    """Whatever is said unasked more than 24 hours after the user's last message.

    At the end of the file, because it moves the clock on: then other people's daily lines are due.
    """

    @pytest.fixture
    def chat(self, stage, alice):
        chat = stage.whatsapp_chat(alice)
        chat.say("coffee 4")
        return chat

    def told(self, stage: Stage, chat: Any) -> list[Any]:
        """Have something to say, a day later; return what is sent for it."""
        before = len(chat.sent())
        stage.advance(timedelta(hours=24))
        with stage.app.database.work() as uow:
            talk = uow.conversations.find(chat.address)
            owner = uow.bindings.owner_of(chat.address)
            assert talk
            assert owner
            now, ids = stage.clock.now(), stage.app.ids
            message = OutboundMessage("Food is used up.", message_class=MessageClass.ALERT)
            outgoing = Outgoing(owner.user_id, talk.id, chat.address, message, ids.new("key"), now)
            uow.outbox.enqueue(outgoing, now=now, ids=ids)
            uow.commit()
        stage.app.bells.ring_all()
        stage.settle()
        return list(chat.sent()[before:])

    def test_goes_in_an_approved_template_and_nothing_else(self, stage, chat):
        wording = next(one.wording for one in read_templates("en") if one.name == "alert")
        sid = "HX" + "0b" * 16
        with stage.app.database.work() as uow:
            approved = TemplateState.APPROVED
            one = SubmittedTemplate("alert", "en", wording, sid, approved, stage.clock.now())
            uow.outbox.templates.keep(one)
            uow.commit()
        (sent,) = self.told(stage, chat)
        assert sent.get("ContentSid") == sid
        assert json.loads(sent.get("ContentVariables")) == {"1": "Food is used up."}
        assert "Body" not in sent.fields
        with stage.app.database.work() as uow:
            uow.outbox.templates.keep(replace(one, state=TemplateState.PAUSED))
            uow.commit()
        assert self.told(stage, chat) == []

    def test_goes_to_another_chat_when_the_report_says_that_nobody_is_there(
        self, stage, chat, alice
    ):
        text = stage.sms_chat(alice)
        with stage.app.database.work() as uow:
            talk = uow.conversations.find(chat.address)
            assert talk
            now, ids = stage.clock.now(), stage.app.ids
            message = OutboundMessage("Food is used up.", message_class=MessageClass.ALERT)
            outgoing = Outgoing(alice.id, talk.id, chat.address, message, ids.new("key"), now)
            uow.outbox.enqueue(outgoing, now=now, ids=ids)
            uow.commit()
        stage.app.bells.ring_all()
        wait_until(lambda: chat.heard()[-1] == "Food is used up.")
        stage.settle()
        stage.twilio.report(
            chat.sent()[-1], "undelivered", server_url=stage.url, error_code="63024"
        )
        wait_until(lambda: "Food is used up." in text.heard())
        assert not stage.twilio.complaints
