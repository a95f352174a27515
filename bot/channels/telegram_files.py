"""Fetches files that users sent to the bot on Telegram."""

from __future__ import annotations

from bot.channels.telegram import TelegramBot
from core.messaging.channel import FileTooLarge, FileUnavailable, Reason, SendError

_DOWNLOAD_BYTES = 20 * 1024 * 1024  # more is not handed out to bots


class TelegramFiles:
    """A `FileSource` for the file ids in Telegram's updates."""

    def __init__(self, bot: TelegramBot) -> None:
        self._bot = bot

    def fetch(self, ref: str, *, max_bytes: int) -> bytes:
        """Return the bytes of a file; its address holds the bot token and stays inside."""
        most = min(max_bytes, _DOWNLOAD_BYTES)
        try:
            file = self._bot.call(lambda bot: bot.get_file(ref))
            if file.file_size is not None and file.file_size > most:
                raise FileTooLarge(max_bytes=most)
            content = self._bot.call(lambda _bot: file.download_as_bytearray())
        except SendError as error:
            gone = FileTooLarge(max_bytes=most) if _is_too_big(error) else FileUnavailable()
            raise gone from None
        if len(content) > most:
            raise FileTooLarge(max_bytes=most)
        return bytes(content)


def _is_too_big(error: SendError) -> bool:
    return error.reason is Reason.MEDIA_REFUSED
