"""Sends through Telegram; the one place that knows its library (python-telegram-bot)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, TypeVar

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.channels.line import line_breaker, over
from bot.channels.loop_thread import LoopThread
from bot.channels.quiet_logs import quiet_client_logs
from bot.channels.telegram_text import CAPTION_UNITS, TEXT_UNITS, Keyboard, Part, parts_of
from bot.channels.telegram_updates import ALLOWED_UPDATES, message_handle
from core.errors import FinanceError
from core.messaging.address import Address, ChannelName
from core.messaging.channel import (
    ChannelLimits,
    Reason,
    Receipt,
    SendError,
    send_error,
)
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import Attachment, AttachmentKind, OutboundMessage

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_MEGABYTE = 1024 * 1024
_DEADLINE_SECONDS = 60.0
_POLL_SECONDS = 25
_PHOTO_BYTES = 10 * _MEGABYTE
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

LoadFile = Callable[[Attachment], bytes]

_ERRORS: tuple[tuple[type[TelegramError], Reason, str], ...] = (
    (Forbidden, Reason.BLOCKED, "403"),
    (ChatMigrated, Reason.BLOCKED, "400"),
    (InvalidToken, Reason.CREDENTIALS, "401"),
    (Conflict, Reason.SENDER, "409"),
)
# What a "bad request" means is only in its words; the library changes their case.
_BAD_REQUESTS: tuple[tuple[str, Reason], ...] = (
    ("chat not found", Reason.BLOCKED),
    ("user not found", Reason.BLOCKED),
    ("peer_id_invalid", Reason.BLOCKED),
    ("have no rights to send", Reason.BLOCKED),
    ("can't parse entities", Reason.UNREADABLE),
    ("too long", Reason.TOO_LONG),
    ("too big", Reason.MEDIA_REFUSED),
    ("file identifier", Reason.MEDIA_REFUSED),
    ("photo_invalid", Reason.MEDIA_REFUSED),
    ("image_process_failed", Reason.MEDIA_REFUSED),
)
_SAME_ALREADY = "message is not modified"
# The prompt cannot be changed (any more): its news go into a new message.
_NOT_EDITABLE = (
    "message to edit not found",
    "can't be edited",
    "no text in the message",
    "message_id_invalid",
)
# Raised by the HTTP client before a byte of the request was written.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


class TelegramBot:
    """The library's bot, in a loop of its own, callable from any thread."""

    def __init__(
        self, token: str, *, base_url: str = "https://api.telegram.org", read_seconds: float = 15.0
    ) -> None:
        quiet_client_logs()
        self._loop = LoopThread("telegram")
        self.breaker = line_breaker()
        self._requests = tuple(
            HTTPXRequest(
                connection_pool_size=pool,
                connect_timeout=5.0,
                read_timeout=read_seconds,
                write_timeout=15.0,
                media_write_timeout=45.0,
                pool_timeout=10.0,
            )
            for pool in (32, 2)
        )
        base = base_url.rstrip("/")
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )

    def call(self, work: Callable[[Bot], Coroutine[Any, Any, _T]]) -> _T:
        """Run one request to its end; raise a `SendError` when it did not work."""
        return over(self.breaker, lambda: self._called(work))

    def _called(self, work: Callable[[Bot], Coroutine[Any, Any, _T]]) -> _T:
        try:
            return self._loop.run(work(self._bot), timeout_seconds=_DEADLINE_SECONDS)
        except TelegramError as error:
            raise to_send_error(error) from None
        except TimeoutError:
            raise send_error(Reason.TIMED_OUT) from None
        except (TypeError, KeyError, ValueError, AttributeError):
            # A success that holds no message: the library breaks on it, and it may be sent.
            raise send_error(Reason.MALFORMED_ANSWER) from None

    def start(self, work: Callable[[Bot], Coroutine[Any, Any, object]]) -> None:
        """Begin a request whose outcome does not matter."""
        self._loop.start(work(self._bot))

    def set_up(
        self,
        *,
        webhook_url: str,
        secret: str,
        commands: Mapping[str, str],
        translated: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> None:
        """Tell Telegram where updates go and which commands its menu shows.

        Without ``webhook_url`` the webhook is removed, so that polling may begin. ``translated``
        has the commands for apps in other languages.
        """
        if webhook_url:
            allowed = list(ALLOWED_UPDATES)
            self.call(
                lambda bot: bot.set_webhook(
                    webhook_url, secret_token=secret, allowed_updates=allowed
                )
            )
        else:
            self.call(lambda bot: bot.delete_webhook())
        if commands:
            self.call(lambda bot: bot.set_my_commands(list(commands.items())))
        for language, told in translated.items():
            self._offer(list(told.items()), language)

    def _offer(self, commands: list[tuple[str, str]], language: str) -> None:
        self.call(lambda bot: bot.set_my_commands(commands, language_code=language))

    def fetch_updates(
        self, offset: int | None, *, wait_seconds: int = _POLL_SECONDS
    ) -> Sequence[Mapping[str, Any]]:
        """Return updates by long polling; those before ``offset`` are done and forgotten."""
        updates = self.call(
            lambda bot: bot.get_updates(
                offset=offset, timeout=wait_seconds, allowed_updates=list(ALLOWED_UPDATES)
            )
        )
        # Back to what came over the wire, so that there is one reader for both ways in.
        return [update.to_dict() for update in updates]

    def close(self) -> None:
        """Close the connections and end the thread."""

        async def shut_down() -> None:
            await asyncio.gather(*(request.shutdown() for request in self._requests))

        self._loop.run(shut_down(), timeout_seconds=5.0)
        self._loop.close()


class TelegramChannel:
    """Sends messages to private chats, changes prompts, and answers button presses."""

    name = ChannelName.TELEGRAM
    limits = ChannelLimits(
        text=TEXT_UNITS,
        caption=CAPTION_UNITS,
        buttons=30,
        button_label=60,
        file_bytes=50 * _MEGABYTE,
        edits=True,
    )

    def __init__(self, bot: TelegramBot, *, load_file: LoadFile) -> None:
        self._bot = bot
        self._load_file = load_file

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:  # noqa: ARG002
        """Send every part in order; Telegram has no place for ``key``."""
        chat_id = int(address.path)
        parts = parts_of(message)
        if not parts:
            raise send_error(Reason.REFUSED, code="empty")
        sent: list[str] = []
        for part in parts[message.parts_sent :]:
            try:
                sent.append(self._send_part(part, chat_id))
            except SendError as error:
                error.accepted = tuple(sent)
                raise
        return Receipt(tuple(sent), DeliveryState.ACCEPTED)

    def finish(self, address: Address, provider_message_ids: tuple[str, ...], text: str) -> Receipt:
        """Put ``text`` in the place of a decided prompt and take its buttons away."""
        chat_id = int(address.path)
        edited = [
            handle
            for handle in provider_message_ids
            if handle.startswith(f"{chat_id}:") and self._edit(handle, chat_id, text)
        ]
        if edited:
            return Receipt(tuple(edited), DeliveryState.ACCEPTED)
        return self.send(OutboundMessage(text), address, key="")

    def typing(self, address: Address) -> None:
        """Show "typing" for five seconds, or until the next message."""
        chat_id = int(address.path)
        self._bot.start(lambda bot: bot.send_chat_action(chat_id=chat_id, action="typing"))

    def remove(self, address: Address, handle: str) -> None:
        """Delete a message of the user's: a bot may, in a chat of two."""
        chat, _, number = handle.partition(":")
        if chat != address.path or not number.isdigit():
            raise send_error(Reason.BAD_ADDRESS, code="not_of_this_chat")
        self._bot.call(lambda bot: bot.delete_message(int(chat), int(number)))

    def answer_press(self, press_id: str) -> None:
        """Stop the spinning of a pressed button; too late is no matter."""
        self._bot.start(lambda bot: bot.answer_callback_query(callback_query_id=press_id))

    def _send_part(self, part: Part, chat_id: int) -> str:
        try:
            sent = self._deliver(part, chat_id, parse_mode="HTML")
        except SendError as error:
            if error.reason is not Reason.UNREADABLE:
                raise
            _log.warning("telegram could not read our markup; sent once more as plain text")
            sent = self._deliver(part, chat_id, parse_mode=None)
        # Not told by its type: what the server calls a message may be anything.
        number = getattr(sent, "message_id", None)
        if not isinstance(number, int):
            raise send_error(Reason.MALFORMED_ANSWER)
        return message_handle(chat_id, number)

    def _deliver(self, part: Part, chat_id: int, *, parse_mode: str | None) -> Message:
        text = part.html if parse_mode else part.text
        markup = _markup(part.keyboard)
        file = part.attachment
        if file is None:
            return self._bot.call(
                lambda bot: bot.send_message(
                    chat_id,
                    text,
                    parse_mode=parse_mode,
                    reply_markup=markup,
                    # A preview would have Telegram's servers open our signed links.
                    link_preview_options=_NO_PREVIEW,
                )
            )
        content = self._content(file)
        options: dict[str, Any] = {
            "caption": text or None,
            "parse_mode": parse_mode,
            "reply_markup": markup,
        }
        if file.kind is AttachmentKind.IMAGE and len(content) <= _PHOTO_BYTES:
            return self._bot.call(
                lambda bot: bot.send_photo(chat_id, content, filename=file.name, **options)
            )
        return self._bot.call(
            lambda bot: bot.send_document(chat_id, content, filename=file.name, **options)
        )

    def _content(self, file: Attachment) -> bytes:
        """Return the bytes to send; what is missing or too large certainly did not go out."""
        try:
            content = self._load_file(file)
        except (FinanceError, OSError):
            raise send_error(Reason.MEDIA_REFUSED, code="no_file") from None
        if len(content) > self.limits.file_bytes:
            raise send_error(Reason.MEDIA_REFUSED, code="too_large")
        return content

    def _edit(self, handle: str, chat_id: int, text: str) -> bool:
        """Edit one message; False when it cannot be edited, True also when it is so already."""
        number = int(handle.partition(":")[2])
        part = Part(text)
        try:
            self._bot.call(lambda bot: _edited(bot, part.html, chat_id=chat_id, message_id=number))
        except SendError as error:
            if error.code == "not_editable":
                return False
            raise
        return True


def to_send_error(error: TelegramError) -> SendError:
    """Say in our words what went wrong."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
        return send_error(Reason.RATE_LIMITED, code="429", after_seconds=seconds)
    for kind, reason, code in _ERRORS:
        if isinstance(error, kind):
            return send_error(reason, code=code)
    # Also a network error by the library's classes, so it comes first.
    if isinstance(error, BadRequest):
        return _bad_request(error.message.lower())
    return _network_error(error)


def _bad_request(words: str) -> SendError:
    if any(mark in words for mark in _NOT_EDITABLE):
        return send_error(Reason.REFUSED, code="not_editable")
    reason = next((reason for mark, reason in _BAD_REQUESTS if mark in words), Reason.REFUSED)
    return send_error(reason, code="400")


def _network_error(error: TelegramError) -> SendError:
    cause = error.__cause__
    if isinstance(cause, _BEFORE_SENDING):
        return send_error(Reason.NOT_CONNECTED)
    if isinstance(error, TimedOut) or isinstance(cause, httpx.TimeoutException):
        return send_error(Reason.TIMED_OUT)
    if isinstance(cause, httpx.HTTPError):
        return send_error(Reason.CONNECTION_LOST)
    if "entity too large" in error.message.lower():
        return send_error(Reason.MEDIA_REFUSED, code="413")
    if not isinstance(error, NetworkError):
        # A success whose body is no answer.
        return send_error(Reason.MALFORMED_ANSWER)
    return send_error(Reason.SERVER_ERROR)


async def _edited(bot: Bot, text: str, *, chat_id: int, message_id: int) -> None:
    """Edit without a keyboard, which removes the one there; the same text again is success."""
    try:
        await bot.edit_message_text(
            text,
            chat_id=chat_id,
            message_id=message_id,
            parse_mode="HTML",
            link_preview_options=_NO_PREVIEW,
        )
    except BadRequest as error:
        if _SAME_ALREADY not in error.message.lower():
            raise


def _markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    if not keyboard:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(choice.label, callback_data=choice.data) for choice in row]
            for row in keyboard
        ]
    )
