"""People who write to the application through the providers' stand-ins, and what they hear."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.messaging.address import Address, ChannelName

if TYPE_CHECKING:
    from tests.e2e.stage import Stage

PUBLIC = "https://money.example"


@dataclass
class TelegramChat:
    """Somebody's private chat with the bot."""

    stage: Stage
    person: int
    last_update: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        """Where the chat is."""
        return Address(ChannelName.TELEGRAM, str(self.person))

    def say(self, text: str, **more: Any) -> list[str]:
        """Write a message; return what came back."""
        return self.push(message={**self.part(), "text": text, **more})

    def send(self, **part: Any) -> list[str]:
        """Send something that is no text; return what came back."""
        return self.push(message={**self.part(), **part})

    def press(self, label: str) -> list[str]:
        """Press a button under the newest message that has it; return what came back."""
        number, data = self.button(label)
        return self.press_data(data, number)

    def press_data(self, data: str, number: int, *, by: int | None = None) -> list[str]:
        """Press a button by its hidden data."""
        prompt = {**self.part(), "message_id": number, "from": {"id": 7, "is_bot": True}}
        sender = _sender(by or self.person)
        press = {"id": f"press-{next(self.stage.numbers)}", "from": sender}
        return self.push(
            callback_query={**press, "message": prompt, "chat_instance": "-1", "data": data}
        )

    def button(self, label: str) -> tuple[int, str]:
        """Return the message id and hidden data of a button by the start of its label."""
        for number, call in reversed(self.numbered()):
            rows = (call.fields.get("reply_markup") or {}).get("inline_keyboard", [])
            for each in (each for row in rows for each in row):
                if each["text"].casefold().startswith(label.casefold()):
                    return number, each["callback_data"]
        raise AssertionError(f"no button {label!r}")

    def push(self, **update: Any) -> list[str]:
        """Have Telegram deliver an update, wait, and return what was sent to this chat."""
        before = len(self.heard())
        self.last_update = {"update_id": self.stage.telegram.push(update), **update}
        self.stage.settle()
        return self.heard()[before:]

    def heard(self) -> list[str]:
        """Return every text and caption that was sent to this chat, oldest first."""
        return [
            html.unescape(call.fields.get("text") or call.fields.get("caption") or "")
            for call in self.calls()
        ]

    def calls(self) -> list[Any]:
        """Return the calls that sent something to this chat."""
        return [call for _number, call in self.numbered()]

    def numbered(self) -> list[tuple[int, Any]]:
        """Return what was sent to this chat with the number each message got there."""
        return [
            (number, call)
            for number, call in self.stage.telegram.sent()
            if int(call.fields["chat_id"]) == self.person
        ]

    def part(self) -> dict[str, Any]:
        """Return what every message of this chat holds."""
        return {
            "message_id": 100_000 + next(self.stage.numbers),
            "from": _sender(self.person),
            "chat": {"id": self.person, "type": "private", "first_name": "Maya"},
            "date": 1795168800,
        }


@dataclass
class TwilioChat:
    """Somebody's number on Twilio: text messages or WhatsApp."""

    stage: Stage
    channel: ChannelName
    number: str

    @property
    def address(self) -> Address:
        """Where the chat is."""
        return Address(self.channel, self.number)

    @property
    def sender(self) -> str:
        """The number as Twilio writes it."""
        return self.number if self.channel is ChannelName.SMS else f"whatsapp:{self.number}"

    @property
    def path(self) -> str:
        """The webhook this chat's messages come in by."""
        return f"/hooks/twilio/{self.channel.value}"

    def say(self, text: str, **more: str) -> list[str]:
        """Write a message; return what came back."""
        return self.post(self.form(text, **more))

    def form(self, text: str, **more: str) -> dict[str, str]:
        """Return the form of a new message."""
        sid = f"SM{0xABC0000 + next(self.stage.numbers):032x}"
        return self.stage.twilio.sms_form(text, sid=sid, sender=self.sender, **more)

    def post(self, form: Mapping[str, str]) -> list[str]:
        """Have Twilio deliver a form, wait, and return what was sent to this number."""
        before = len(self.heard())
        status = self.stage.twilio.post(self.stage.url + self.path, PUBLIC + self.path, form)
        assert status == 200
        self.stage.settle()
        return self.heard()[before:]

    def heard(self) -> list[str]:
        """Return every text that was sent to this number, oldest first."""
        return [sent.get("Body") for sent in self.sent()]

    def sent(self) -> list[Any]:
        """Return the messages that were sent to this number."""
        return [sent for sent in self.stage.twilio.journal if sent.get("To") == self.sender]


def _sender(person: int) -> dict[str, Any]:
    return {"id": person, "is_bot": False, "first_name": "Maya", "language_code": "en"}
