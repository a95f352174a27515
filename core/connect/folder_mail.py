"""The demo carrier: letters become files in a folder, and nothing leaves this machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.connect.mail import Letter
from core.connect.mail_text import message_id, written


class FolderMail:
    """Writes each letter to ``<folder>/<key>.eml``; the same letter again is the same file."""

    is_demo = True

    def __init__(self, folder: Path, sender: str, now: Callable[[], datetime]) -> None:
        """Write to ``folder``, which is made when the first letter comes."""
        self._folder = folder
        self._sender = sender
        self._now = now

    def post(self, letter: Letter) -> str:
        """Write the letter."""
        self._folder.mkdir(parents=True, exist_ok=True)
        content = bytes(written(letter, self._sender, self._now()))
        (self._folder / f"{letter.key}.eml").write_bytes(content)
        return message_id(letter.key, self._sender)
