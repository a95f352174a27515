"""Reads Telegram's updates into neutral records; knows no Telegram library.

Plain dictionaries, because a library's model refuses what it does not know yet, and everything
here must end in a record or in a polite no.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.channels.inbound import BadSignature, Item, Parsed, RawRequest, Unreadable
from core.messaging.address import Address, AddressUnreadable, ChannelName
from core.messaging.inbound import (
    Ignored,
    InboundFile,
    InboundKind,
    InboundMessage,
    Membership,
)

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  # a header's name
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

_Json = Mapping[str, Any]

# Marks of text that somebody else wrote.
_FOREIGN = ("forward_origin", "forward_from", "forward_date", "forward_sender_name", "via_bot")
_FILES = {
    "document": InboundKind.FILE,
    "voice": InboundKind.VOICE,
    "audio": InboundKind.VOICE,
    "video": InboundKind.FILE,
}
_UNSUPPORTED = ("sticker", "animation", "video_note", "location", "venue", "poll", "dice", "story")
_REACHABLE = frozenset({"member", "administrator", "creator", "restricted"})


@dataclass(frozen=True, slots=True)
class TelegramWebhook:
    """Telegram's way in: the secret header proves the sender, the body is one update.

    ``answer_press`` stops the spinning of a pressed button; it is given the press's id.
    """

    secret: str
    answer_press: Callable[[str], None] | None = None
    path: str = "/hooks/telegram"
    answer: tuple[bytes, str] = (b"", "text/plain")

    def parse(self, request: RawRequest) -> Parsed:
        """Verify and read one update."""
        # As bytes: a header may hold anything, and text beyond ASCII cannot be compared.
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not self.secret or not hmac.compare_digest(given, self.secret.encode()):
            raise BadSignature
        try:
            update = json.loads(request.body)
        except (ValueError, RecursionError):
            raise Unreadable from None
        if not isinstance(update, dict):
            raise Unreadable
        press = press_id(update)
        acknowledge = None
        if press and self.answer_press is not None:
            acknowledge = partial(self.answer_press, press)
        return Parsed((parse_update(update),), acknowledge)


def press_id(update: _Json) -> str:
    """Return the id of a button press, which wants an answer at once, or ""."""
    return _text(_object(update, "callback_query"), "id")


def parse_update(update: _Json) -> Item:
    """Read one update; whatever it holds, the answer is a message or `Ignored`."""
    event_id = update.get("update_id")
    if not isinstance(event_id, int) or isinstance(event_id, bool):
        return Ignored("no_update_id")
    for name, read in _READERS.items():
        if isinstance(part := update.get(name), dict):
            return read(str(event_id), part)
    return Ignored("unknown_update")


def message_handle(chat_id: int, message_id: int) -> str:
    """Return the id of a sent message that is unique over all chats."""
    return f"{chat_id}:{message_id}"


def _read_message(event_id: str, message: _Json) -> Item:
    address = _private(message, _object(message, "from"))
    if isinstance(address, Ignored):
        return address
    files = _files(message)
    text = _text(message, "text") or _text(message, "caption")
    forwarded = any(mark in message for mark in _FOREIGN)
    kind = _kind(message, files, forwarded=forwarded)
    if kind is None:
        return Ignored("service_message")
    if kind is InboundKind.CONTACT:
        text = _own_number(message)
    return InboundMessage(
        provider_event_id=event_id,
        address=address,
        kind=kind,
        text=_command(text) if kind is InboundKind.COMMAND else text,
        reply_to=_reply_to(message),
        files=files,
        forwarded=forwarded,
        sent_at=_moment(message.get("date")),
        display_name=_name(_object(message, "from")),
        handle=_handle(message) or "",
        language=_language(_object(message, "from")),
    )


def _read_press(event_id: str, press: _Json) -> Item:
    message = _object(press, "message")
    data = _text(press, "data")
    # The presser must be the chat's own user: a prompt shown elsewhere is not his to answer.
    address = _private(message, _object(press, "from"))
    if isinstance(address, Ignored):
        return address
    if not data:
        return Ignored("press_without_data")
    return InboundMessage(
        provider_event_id=event_id,
        address=address,
        kind=InboundKind.BUTTON,
        button=data,
        reply_to=_handle(message),
        display_name=_name(_object(press, "from")),
        language=_language(_object(press, "from")),
    )


def _read_membership(event_id: str, change: _Json) -> Item:
    address = _private(change, _object(change, "from"))
    if isinstance(address, Ignored):
        return address
    status = _text(_object(change, "new_chat_member"), "status")
    reachable = status in _REACHABLE
    return InboundMessage(
        provider_event_id=event_id,
        address=address,
        kind=InboundKind.MEMBERSHIP,
        membership=Membership.REACHABLE if reachable else Membership.BLOCKED,
        sent_at=_moment(change.get("date")),
    )


def _read_edit(event_id: str, message: _Json) -> Item:  # noqa: ARG001
    """Never act on an edit: the user would change what was already done."""
    return Ignored("edited")


_READERS: dict[str, Callable[[str, _Json], Item]] = {
    "message": _read_message,
    "edited_message": _read_edit,
    "callback_query": _read_press,
    "my_chat_member": _read_membership,
}


def _private(holder: _Json, sender: _Json) -> Address | Ignored:
    """Return the address of a private chat with a person; money is not spoken of in groups."""
    chat = _object(holder, "chat")
    person = sender.get("id")
    if not isinstance(person, int):
        return Ignored("no_sender")
    if chat.get("type") != "private":
        return Ignored("group_chat")
    if chat.get("id") != person or sender.get("is_bot") is True:
        return Ignored("not_for_you")
    try:
        return Address(ChannelName.TELEGRAM, str(person))
    except AddressUnreadable:
        return Ignored("no_sender")


def _kind(message: _Json, files: tuple[InboundFile, ...], *, forwarded: bool) -> InboundKind | None:
    if "contact" in message:
        return InboundKind.CONTACT
    if files:
        is_picture = "photo" in message or files[0].media_type.startswith("image/")
        return InboundKind.PICTURE if is_picture else _file_kind(message)
    if _text(message, "text"):
        is_command = _text(message, "text").startswith("/") and not forwarded
        return InboundKind.COMMAND if is_command else InboundKind.TEXT
    return InboundKind.IGNORED if any(name in message for name in _UNSUPPORTED) else None


def _file_kind(message: _Json) -> InboundKind:
    return next(kind for name, kind in _FILES.items() if name in message)


def _files(message: _Json) -> tuple[InboundFile, ...]:
    photos = message.get("photo")
    if isinstance(photos, list) and photos:
        sizes = [photo for photo in photos if isinstance(photo, dict)]
        largest = max(sizes, key=lambda photo: _size(photo.get("width")), default={})
        return _file(largest, "photo.jpg", "image/jpeg")
    for name in _FILES:
        if isinstance(part := message.get(name), dict) and "animation" not in message:
            default = "voice.ogg" if name == "voice" else name
            return _file(part, default, "audio/ogg" if name == "voice" else "")
    return ()


def _file(part: _Json, name: str, media_type: str) -> tuple[InboundFile, ...]:
    ref = _text(part, "file_id")
    if not ref:
        return ()
    return (
        InboundFile(
            ref=ref,
            name=_text(part, "file_name") or name,
            media_type=(_text(part, "mime_type") or media_type).lower(),
            size=_size(part.get("file_size")),
            seconds=_size(part.get("duration")),
        ),
    )


def _own_number(message: _Json) -> str:
    """Return a shared phone number if it is the sender's own: cards of others prove nothing."""
    contact = _object(message, "contact")
    if contact.get("user_id") != _object(message, "from").get("id"):
        return ""
    digits = _text(contact, "phone_number").removeprefix("+")
    return f"+{digits}" if digits.isascii() and digits.isdigit() and len(digits) <= 15 else ""


def _command(text: str) -> str:
    """Drop the bot's name from ``/help@bot``."""
    word, blank, rest = text.partition(" ")
    return word.partition("@")[0] + blank + rest


def _reply_to(message: _Json) -> str | None:
    return _handle(_object(message, "reply_to_message"))


def _handle(message: _Json) -> str | None:
    chat, number = _object(message, "chat").get("id"), message.get("message_id")
    if not isinstance(chat, int) or not isinstance(number, int):
        return None
    return message_handle(chat, number)


def _language(sender: _Json) -> str:
    """Return the language of the sender's app: ``es`` for ``es-MX``."""
    return _text(sender, "language_code").partition("-")[0].lower()


def _name(person: _Json) -> str:
    return f"{_text(person, 'first_name')} {_text(person, 'last_name')}".strip()


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int) or not 0 < seconds < 2**33:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _size(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _object(holder: _Json, name: str) -> _Json:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _text(holder: _Json, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
