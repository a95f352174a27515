"""What a recording is: its format by its first bytes, and how long it lasts where it says so.

Names and media types come from the sender and prove nothing, so neither is looked at.
Sources: RFC 3533 (Ogg), RFC 7845 (Opus in Ogg), ISO/IEC 14496-12 (``mvhd``), the RIFF format.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_OPUS_RATE = 48_000  # RFC 7845: positions count at 48 kHz whatever went in
_PAGE_HEAD = 27
_TAIL_BYTES = 70_000  # one page of Ogg is at most 65,307 bytes
_MPEG = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")
_EBML = b"\x1a\x45\xdf\xa3"
_UNKNOWN_POSITION = -1
# What phones and messengers record besides, and no transcription service lists (RFC 4867, ADTS,
# Apple's CAF and AIFF, ASF): known by name, so that a refusal can say what it was.
_NOT_READ: tuple[tuple[bytes, str], ...] = (
    (b"#!AMR", "AMR"),
    (b"\xff\xf1", "AAC"),
    (b"\xff\xf9", "AAC"),
    (b"caff", "CAF"),
    (b"FORM", "AIFF"),
    (b"\x30\x26\xb2\x75", "WMA"),
)


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording: its bytes, what they are, and how many seconds it lasts (None: not told)."""

    content: bytes = field(repr=False)
    ending: str  # without a dot: what services know the format by
    media_type: str
    seconds: float | None = None


def read_sound(content: bytes) -> Sound | None:
    """Return what a recording is, or nothing when it is none that a service could read."""
    head = content[:12]
    if head.startswith(b"OggS"):
        return Sound(content, "ogg", "audio/ogg", _ogg_seconds(content))
    if head.startswith(b"RIFF") and head[8:] == b"WAVE":
        return Sound(content, "wav", "audio/wav", _wav_seconds(content))
    if head[4:8] == b"ftyp":
        return Sound(content, "m4a", "audio/mp4", _mp4_seconds(content))
    if head.startswith((b"ID3", *_MPEG)):
        return Sound(content, "mp3", "audio/mpeg")
    if head.startswith(_EBML):
        return Sound(content, "webm", "audio/webm")
    if head.startswith(b"fLaC"):
        return Sound(content, "flac", "audio/flac")
    return None


def name_of_sound(content: bytes) -> str:
    """Return what a recording that is not read is called, "" where nobody knows."""
    return next((name for start, name in _NOT_READ if content.startswith(start)), "")


def _ogg_seconds(content: bytes) -> float | None:
    """Divide the last position by the rate that the first page names."""
    rate, skipped = _ogg_rate(content)
    last = content.rfind(b"OggS", max(0, len(content) - _TAIL_BYTES))
    if not rate or last < 0 or len(content) < last + _PAGE_HEAD:
        return None
    position = int.from_bytes(content[last + 6 : last + 14], "little", signed=True)
    if position == _UNKNOWN_POSITION:
        return None
    return max(0, position - skipped) / rate


def _ogg_rate(content: bytes) -> tuple[int, int]:
    """Return the rate of positions and how many are skipped at the start; 0 when not known."""
    if len(content) < _PAGE_HEAD + 1:
        return 0, 0
    packet = content[_PAGE_HEAD + content[26] :][:32]
    if packet.startswith(b"OpusHead") and len(packet) >= 12:
        return _OPUS_RATE, int.from_bytes(packet[10:12], "little")
    if packet.startswith(b"\x01vorbis") and len(packet) >= 16:
        return int.from_bytes(packet[12:16], "little"), 0
    return 0, 0


def _wav_seconds(content: bytes) -> float | None:
    """Divide the size of the samples by the bytes a second."""
    rate, place = 0, 12
    while place + 8 <= len(content):
        name = content[place : place + 4]
        (size,) = struct.unpack_from("<I", content, place + 4)
        if name == b"fmt " and place + 20 <= len(content):
            (rate,) = struct.unpack_from("<I", content, place + 16)
        if name == b"data":
            return min(size, len(content) - place - 8) / rate if rate else None
        place += 8 + size + size % 2
    return None


def _mp4_seconds(content: bytes) -> float | None:
    """Read the length in the movie's header; a stream that is cut into pieces says 0."""
    at = content.find(b"mvhd")
    if at < 0 or len(content) < at + 36:
        return None
    is_long = content[at + 4] == 1
    scale, length = struct.unpack_from(
        ">IQ" if is_long else ">II", content, at + (24 if is_long else 16)
    )
    return length / scale if scale and length else None
