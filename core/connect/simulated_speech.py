"""A speech service that ships: it hears only demo notes, whose words are written beside the sound.

A demo note is a real Ogg Opus file of silence; its words stand in the comment that every such file
has (RFC 7845, 5.2). Of any other recording it says that it hears nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from core.connect.sound import Sound

_TAG = b"TRANSCRIPT="
_MAGIC = b"OpusTags"
_VENDOR = b"FinanceMaster demo"
_SILENCE = b"\xf8\xff\xfe"  # twenty milliseconds of nothing
_STEP = 960  # positions in twenty milliseconds
_MOST_COMMENTS = 20
_SERIAL = 1
_FIRST, _LAST = 2, 4
# The polynomial of Ogg's checksum, highest power first.
_POLYNOMIAL = 0x04C11DB7


class SimulatedSpeech:
    """Reads the words that a demo note carries."""

    @property
    def name(self) -> str:
        """Return what it is called."""
        return "demo"

    @property
    def is_demo(self) -> bool:
        """It hears nothing; it reads."""
        return True

    def transcribe(self, sound: Sound, *, seconds: float) -> str:  # noqa: ARG002 (it is at once)
        """Return the words of a demo note, "" for any other recording."""
        for comment in _comments(sound.content):
            if comment.startswith(_TAG):
                return comment.removeprefix(_TAG).decode("utf-8", "replace").strip()
        return ""


def demo_note(words: str, *, seconds: float = 2.0) -> bytes:
    """Return ``seconds`` of silence that `SimulatedSpeech` reads as ``words``."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    comment = _TAG + words.encode()
    tags = _MAGIC + _counted(_VENDOR) + struct.pack("<I", 1) + _counted(comment)
    steps = max(1, round(seconds * 50))
    pages = [_page(0, 0, _FIRST, [head]), _page(1, 0, 0, [tags])]
    for number, start in enumerate(range(0, steps, 50), start=2):
        count = min(50, steps - start)
        kind = _LAST if start + count == steps else 0
        pages.append(_page(number, (start + count) * _STEP, kind, [_SILENCE] * count))
    return b"".join(pages)


def _counted(text: bytes) -> bytes:
    return struct.pack("<I", len(text)) + text


def _page(number: int, position: int, kind: int, packets: list[bytes]) -> bytes:
    """Write one page of Ogg (RFC 3533, 6); its packets fit into it."""
    lacing = bytearray()
    for packet in packets:
        full, rest = divmod(len(packet), 255)
        lacing += b"\xff" * full + bytes([rest])
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, kind, position, _SERIAL, number, 0, len(lacing))
    page = bytearray(head + lacing + b"".join(packets))
    page[22:26] = struct.pack("<I", _checksum(page))
    return bytes(page)


def _checksum(page: bytearray) -> int:
    register = 0
    for byte in page:
        register ^= byte << 24
        for _ in range(8):
            carry = register & 0x80000000
            register = ((register << 1) & 0xFFFFFFFF) ^ (_POLYNOMIAL if carry else 0)
    return register


def _comments(content: bytes) -> Iterator[bytes]:
    """Read the comments of an Ogg Opus file, up to the first that is damaged."""
    at = content.find(_MAGIC)
    if at < 0:
        return
    vendor, at = _string(content, at + len(_MAGIC))
    if vendor is None or len(content) < at + 4:
        return
    count, at = int.from_bytes(content[at : at + 4], "little"), at + 4
    for _ in range(min(count, _MOST_COMMENTS)):
        comment, at = _string(content, at)
        if comment is None:
            return
        yield comment


def _string(content: bytes, at: int) -> tuple[bytes | None, int]:
    size = int.from_bytes(content[at : at + 4], "little")
    text = content[at + 4 : at + 4 + size]
    return (text, at + 4 + size) if len(text) == size and len(content) >= at + 4 else (None, at)
