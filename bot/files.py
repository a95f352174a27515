"""Brings files that users send into the object store."""

from __future__ import annotations

from collections.abc import Mapping

from core.connect.objects import ObjectMissing, ObjectStore
from core.ids import Ids
from core.messaging.address import ChannelName
from core.messaging.channel import FileSource, FileTooLarge, FileUnavailable
from core.messaging.inbound import InboundFile, InboundMessage

_NAME_CHARACTERS = 80
# Where files are uploaded before the message comes.
_STORED_ALREADY = (ChannelName.WEB, ChannelName.TERMINAL)


class FileFetcher:
    """Fetches the first file of a message; a web upload is in the object store already."""

    def __init__(
        self,
        sources: Mapping[ChannelName, FileSource],
        objects: ObjectStore,
        ids: Ids,
        max_bytes: int,
    ) -> None:
        """Fetch from ``sources`` into ``objects``, files up to ``max_bytes``."""
        self._sources = sources
        self._objects = objects
        self._ids = ids
        self._max_bytes = max_bytes

    def __call__(self, message: InboundMessage) -> str:
        """Return the object key; raise `FileTooLarge` or `FileUnavailable`."""
        first = _first(message)
        if message.address.channel in _STORED_ALREADY:
            return first.ref
        content = self._fetched(message, self._max_bytes)
        key = f"upload/{self._ids.new('file')}/{plain_name(first.name)}"
        self._objects.put(key, content)
        return key

    def content(self, message: InboundMessage, *, max_bytes: int) -> bytes:
        """Return the bytes of the first file and keep nothing of it; raise as above."""
        first = _first(message)
        if message.address.channel not in _STORED_ALREADY:
            return self._fetched(message, max_bytes)
        try:
            content = self._objects.get(first.ref)
        except ObjectMissing:
            raise FileUnavailable from None
        if len(content) > max_bytes:
            raise FileTooLarge(max_bytes=max_bytes)
        return content

    def discard(self, message: InboundMessage) -> None:
        """Remove a web upload that has served its purpose; elsewhere nothing was kept."""
        if message.files and message.address.channel in _STORED_ALREADY:
            self._objects.delete(message.files[0].ref)

    def _fetched(self, message: InboundMessage, max_bytes: int) -> bytes:
        source = self._sources.get(message.address.channel)
        if source is None:
            raise FileUnavailable
        first = _first(message)
        if first.size > max_bytes:
            raise FileTooLarge(max_bytes=max_bytes)
        return source.fetch(first.ref, max_bytes=max_bytes)


def _first(message: InboundMessage) -> InboundFile:
    if not message.files:
        raise FileUnavailable
    return message.files[0]


def plain_name(name: str) -> str:
    """Keep what a file name needs and nothing that a path could mean; its ending stays."""
    kept = "".join(char if char.isascii() and _is_kept(char) else "_" for char in name)
    return kept[-_NAME_CHARACTERS:].lstrip("._-") or "statement"


def _is_kept(char: str) -> bool:
    return char.isalnum() or char in "._-"
