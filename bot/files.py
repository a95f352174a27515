"""Brings files that users send into the object store."""

from __future__ import annotations

from collections.abc import Mapping

from core.connect.objects import ObjectStore
from core.ids import Ids
from core.messaging.address import ChannelName
from core.messaging.channel import FileSource, FileUnavailable
from core.messaging.inbound import InboundMessage

_NAME_CHARACTERS = 80


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
        if not message.files:
            raise FileUnavailable
        first = message.files[0]
        if message.address.channel in (ChannelName.WEB, ChannelName.TERMINAL):
            return first.ref
        source = self._sources.get(message.address.channel)
        if source is None:
            raise FileUnavailable
        content = source.fetch(first.ref, max_bytes=self._max_bytes)
        key = f"upload/{self._ids.new('file')}/{plain_name(first.name)}"
        self._objects.put(key, content)
        return key


def plain_name(name: str) -> str:
    """Keep what a file name needs and nothing that a path could mean; its ending stays."""
    kept = "".join(char if char.isascii() and _is_kept(char) else "_" for char in name)
    return kept[-_NAME_CHARACTERS:].lstrip("._-") or "statement"


def _is_kept(char: str) -> bool:
    return char.isalnum() or char in "._-"
