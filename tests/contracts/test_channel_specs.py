"""Everything we send to Telegram and Twilio stands in their official interface descriptions."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.channels.sms import SmsChannel
from bot.channels.telegram import TelegramBot, TelegramChannel
from bot.channels.telegram_files import TelegramFiles
from bot.channels.twilio_client import TwilioAccount, TwilioMessages
from bot.channels.twilio_send import TwilioSender
from bot.channels.twilio_tables import STATUSES
from bot.channels.whatsapp import WhatsAppChannel
from core.messaging.address import Address
from core.messaging.outbound import (
    Approved,
    Attachment,
    AttachmentKind,
    Choice,
    OutboundMessage,
)
from tests.fakes.telegram_stand_in import TOKEN, Call, TelegramStandIn
from tests.fakes.twilio_spec import TwilioSpec, load_spec
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, TwilioStandIn

ALICE = Address.parse("telegram:700100200")
PDF = Attachment(AttachmentKind.PDF, "report.pdf", "pdf", "application/pdf")
PNG = Attachment(AttachmentKind.IMAGE, "chart.png", "png", "image/png")
CHOICES = (Choice("Approve", "APPROVE K7QM", "ap:1"), Choice("Decline", "DECLINE K7QM", "no:1"))
MESSAGES = (
    OutboundMessage("Hi"),
    OutboundMessage("Pick & choose", CHOICES),
    OutboundMessage("A chart", attachments=(PNG,)),
    OutboundMessage("A report", CHOICES, (PDF,)),
    OutboundMessage("In a template", approved=Approved("HX" + "0a" * 16, (("1", "News."),))),
    OutboundMessage("word " * 2000, CHOICES, (PNG, PDF), valid_seconds=600),
)
# What Twilio says about messages that come in: never a delivery of ours.
INBOUND_STATUSES = {"receiving", "received"}


class TelegramSpec:
    """Methods and types of the Bot API."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.methods = {name: _fields(each) for name, each in spec["methods"].items()}
        self.types = {name: _fields(each) for name, each in spec["types"].items()}

    def faults(self, call: Call) -> Iterator[str]:
        """Say what the description does not know about a call."""
        known = self.methods.get(call.method)
        if known is None:
            yield f"no method {call.method}"
            return
        given = {**call.fields, **call.files}
        yield from (f"{call.method}: no field {name}" for name in given if name not in known)
        for name, value in known.items():
            if value["required"] and name not in given:
                yield f"{call.method}: {name} is missing"
            elif name in call.fields:
                yield from self._nested(value["types"], call.fields[name], f"{call.method}.{name}")

    def _nested(self, types: list[str], value: Any, where: str) -> Iterator[str]:
        if isinstance(value, list):
            inner = [each.removeprefix("Array of ") for each in types]
            for each in value:
                yield from self._nested(inner, each, where)
        elif isinstance(value, dict):
            shapes = [self.types[name] for name in types if name in self.types]
            if not any(set(value) <= set(shape) for shape in shapes):
                yield f"{where}: {sorted(value)} fits none of {types}"
            for name, each in value.items():
                found = [shape[name]["types"] for shape in shapes if name in shape]
                yield from self._nested(found[0] if found else [], each, f"{where}.{name}")


def _fields(described: Mapping[str, Any]) -> dict[str, Any]:
    return {each["name"]: each for each in described.get("fields", [])}


@pytest.fixture(scope="module")
def telegram_spec(shared_data: Path) -> TelegramSpec:
    with gzip.open(shared_data / "specs" / "telegram_bot_api.json.gz") as file:
        return TelegramSpec(json.load(file))


@pytest.fixture(scope="module")
def twilio_spec() -> TwilioSpec:
    spec = load_spec()
    if spec is None:
        pytest.skip("no shared data beside the checkout")
    return TwilioSpec(spec)


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    """Every kind of call we make, recorded."""
    with TelegramStandIn() as stand_in:
        stand_in.assets["file"] = {"data": b"x", "size": 1, "filename": "x"}
        bot = TelegramBot(TOKEN, base_url=stand_in.base_url)
        channel = TelegramChannel(bot, load_file=lambda _file: b"content")
        for message in MESSAGES:
            channel.send(message, ALICE, key="k")
        channel.finish(ALICE, ("700100200:1",), "Done")
        bot.call(lambda each: each.send_chat_action(700100200, "typing"))
        bot.call(lambda each: each.answer_callback_query("press"))
        TelegramFiles(bot).fetch("file", max_bytes=10)
        bot.set_up(webhook_url="", secret="", commands={"help": "What I can do"})
        bot.fetch_updates(5, wait_seconds=0)
        bot.set_up(webhook_url="https://money.example/hooks", secret="s", commands={})
        bot.close()
        return stand_in.calls


class TestTelegram:
    def test_knows_every_method_and_field_we_send(self, telegram_spec, calls):
        faults = [fault for call in calls for fault in telegram_spec.faults(call)]
        assert not faults
        assert {call.method for call in calls} == {
            "sendMessage", "sendPhoto", "sendDocument", "editMessageText", "sendChatAction",
            "answerCallbackQuery", "getFile", "getUpdates", "setWebhook", "deleteWebhook",
            "setMyCommands",
        }  # fmt: skip

    @pytest.mark.parametrize(
        "call",
        [
            Call("sendMessages", {}, {}),
            Call("sendMessage", {"chat_id": "1"}, {}),
            Call("sendMessage", {"chat_id": "1", "text": "x", "colour": "red"}, {}),
            Call("sendMessage", {"chat_id": "1", "text": "x", "reply_markup": {"rows": []}}, {}),
            Call(
                "sendMessage",
                {"chat_id": "1", "text": "x", "reply_markup": {"inline_keyboard": [[{"a": 1}]]}},
                {},
            ),
        ],
    )
    def test_would_notice_what_is_wrong(self, telegram_spec, call):
        assert list(telegram_spec.faults(call))


class TestTwilio:
    def test_knows_every_parameter_we_send(self, twilio_spec):
        with TwilioStandIn() as stand_in:
            account = TwilioAccount(ACCOUNT_SID, (AUTH_TOKEN,), stand_in.base_url)
            messages = TwilioMessages(account)
            sources = ("+15550199", "MG" + "1a" * 16)
            senders = [TwilioSender(each, "https://money.example/hooks") for each in sources]
            for sender in senders:
                sms = SmsChannel(messages, sender, sign_link=lambda _: "https://money.example/f")
                chat = WhatsAppChannel(messages, sender, sign_link=lambda _: "https://x.example/f")
                for message in MESSAGES:
                    sms.send(message, Address.parse("sms:+15550100"), key="out_1")
                    chat.send(message, Address.parse("whatsapp:US.1349"), key="out_1")
            messages.close()
        faults = [fault for sent in stand_in.journal for fault in twilio_spec.faults(sent.fields)]
        assert not faults
        assert len(stand_in.journal) > 20

    def test_knows_what_we_look_up_by(self, twilio_spec):
        assert "To" in twilio_spec.filters

    @pytest.mark.parametrize(
        "fields",
        [
            {"From": ["+15550199"], "Body": ["x"]},
            {"To": ["+1"], "Body": ["x"]},
            {"To": ["+1"], "From": ["+2"]},
            {"To": ["+1"], "From": ["+2"], "Body": ["x"], "Colour": ["red"]},
            {"To": ["+1"], "MessagingServiceSid": ["MG1"], "Body": ["x"]},
            {"To": ["+1"], "From": ["+2"], "Body": ["x"], "ValidityPeriod": ["soon"]},
            {"To": ["+1"], "From": ["+2"], "Body": ["x"], "StatusCallback": ["/hooks"]},
            {"To": ["+1", "+2"], "From": ["+2"], "Body": ["x"]},
            {"To": ["+1"], "From": ["+2"], "ContentSid": ["HX1"]},
        ],
    )
    def test_would_notice_what_is_wrong(self, twilio_spec, fields):
        assert twilio_spec.faults(fields)

    def test_has_no_status_that_we_do_not_know(self, twilio_spec):
        spec = load_spec()
        assert spec is not None
        words = set(spec["components"]["schemas"]["message_enum_status"]["enum"])
        assert words == set(STATUSES) | INBOUND_STATUSES
