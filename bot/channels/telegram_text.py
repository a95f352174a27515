"""Writes a neutral message the way Telegram wants it: parts, escaped text, rows of buttons."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels.split import html_width, split_text, with_numbers
from core.messaging.outbound import Attachment, Choice, OutboundMessage

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
DATA_BYTES = 64
_MAX_BUTTONS = 30
# Buttons of a row share its width: up to so many characters each, so many go side by side.
_ROWS = ((10, 3), (18, 2))

Keyboard = tuple[tuple[Choice, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One Telegram message: text, or a file with its caption; perhaps with buttons."""

    text: str
    attachment: Attachment | None = None
    keyboard: Keyboard = ()

    @property
    def html(self) -> str:
        """The text with everything escaped that Telegram would read as markup."""
        return html.escape(self.text)


def parts_of(message: OutboundMessage) -> tuple[Part, ...]:
    """Cut a message into Telegram messages; the same message always gives the same parts.

    A single file takes short words as its caption. Buttons hang under the last piece of text.
    """
    keyboard = keyboard_of(message.choices)
    text = message.text if keyboard else with_numbers(message.text, message.choices)
    files = message.attachments
    if len(files) == 1 and html_width(text) <= CAPTION_UNITS:
        return (Part(text, files[0], keyboard),)
    pieces = split_text(text, TEXT_UNITS, html_width)
    texts = [Part(piece) for piece in pieces[:-1]]
    texts += [Part(piece, keyboard=keyboard) for piece in pieces[-1:]]
    return (*texts, *(Part("", file) for file in files))


def keyboard_of(choices: Sequence[Choice]) -> Keyboard:
    """Lay choices out as buttons; none when one of them cannot be a button.

    The label is free, but the id behind a button is 1 to 64 bytes.
    """
    fitting = all(1 <= len(each.data.encode()) <= DATA_BYTES and each.label for each in choices)
    if not choices or not fitting or len(choices) > _MAX_BUTTONS:
        return ()
    longest = max(len(choice.label) for choice in choices)
    per_row = next((count for most, count in _ROWS if longest <= most), 1)
    starts = range(0, len(choices), per_row)
    return tuple(tuple(choices[start : start + per_row]) for start in starts)
