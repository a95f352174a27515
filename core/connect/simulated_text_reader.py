"""A reader of photos that ships: it reads only demo receipts, whose text stands beside the points.

A demo receipt is a real PNG of a white sheet with a text chunk (RFC 2083, 4.2.3). In any other
picture it sees nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from core.connect.picture import Picture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"Description\x00"
_WIDTH, _HEIGHT = 240, 360
_MOST_CHUNKS = 50


class SimulatedTextReader:
    """Reads the text that a demo receipt carries."""

    @property
    def name(self) -> str:
        """Return what it is called."""
        return "demo"

    @property
    def leaves(self) -> bool:
        """Nothing leaves."""
        return False

    @property
    def is_demo(self) -> bool:
        """It sees nothing; it is told."""
        return True

    def read(self, picture: Picture, *, seconds: float) -> str:  # noqa: ARG002 (it is at once)
        """Return the text of a demo receipt, "" for any other picture."""
        for kind, data in _chunks(picture.content):
            if kind == b"iTXt" and data.startswith(_KEYWORD):
                return data[len(_KEYWORD) + 4 :].decode("utf-8", "replace").strip()
        return ""


def demo_receipt(text: str) -> bytes:
    """Return a white picture that `SimulatedTextReader` reads as ``text``."""
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    points = zlib.compress((b"\x00" + b"\xff" * _WIDTH) * _HEIGHT)
    # Not compressed, no language, no translated keyword.
    words = _KEYWORD + b"\x00\x00\x00\x00" + text.encode()
    parts = ((b"IHDR", header), (b"iTXt", words), (b"IDAT", points), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not content.startswith(_SIGNATURE):
        return
    place = len(_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        size = int.from_bytes(content[place : place + 4], "big")
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + size]
        if len(data) != size or not kind:
            return
        yield kind, data
        place += 12 + size
