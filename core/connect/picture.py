"""What a picture is, by its first bytes: its format and how many points it has.

Names and media types come from the sender and prove nothing. Sizes are read before anything
unfolds the picture, because a small file can unfold into a huge one.
Sources: ITU-T T.81 (JPEG), RFC 2083 (PNG), RFC 9649 (WebP).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

MOST_POINTS = 60_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
# Start-of-frame markers hold the size; C4, C8 and CC are others of that range.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# What is a picture too, and is not read: by its first bytes, or by the brands of ISO/IEC 23008-12
# (HEIF) behind "ftyp".
_NOT_READ: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
)
HEIC = "HEIC"
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), HEIC),
    **dict.fromkeys((b"mif1", b"msf1"), HEIC),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo: its bytes, what they are, and its size in points."""

    content: bytes = field(repr=False)
    ending: str  # without a dot
    media_type: str
    width: int
    height: int


def read_picture(content: bytes) -> Picture | None:
    """Return what a picture is; nothing when it is none, or is too large to be unfolded."""
    found = _size(content)
    if found is None:
        return None
    ending, width, height = found
    if not 0 < width * height <= MOST_POINTS:
        return None
    return Picture(content, ending, f"image/{'jpeg' if ending == 'jpg' else ending}", width, height)


def name_of_picture(content: bytes) -> str:
    """Return what a picture that is not read is called, "" where nobody knows."""
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "")
    return next((name for start, name in _NOT_READ if content.startswith(start)), "")


def _size(content: bytes) -> tuple[str, int, int] | None:
    if content.startswith(_PNG) and len(content) >= 24:
        return "png", *struct.unpack_from(">II", content, 16)
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg_size(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp_size(content)
    return None


def _jpeg_size(content: bytes) -> tuple[str, int, int] | None:
    """Walk the segments up to the frame's header."""
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, place + 5)
            return "jpg", width, height
        if marker in _ALONE or marker == 0xFF:
            place += 1 if marker == 0xFF else 2
            continue
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    return None


def _webp_size(content: bytes) -> tuple[str, int, int] | None:
    kind = content[12:16]
    if len(content) < 30:
        return None
    if kind == b"VP8X":
        width = int.from_bytes(content[24:27], "little") + 1
        return "webp", width, int.from_bytes(content[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return "webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return "webp", width & 0x3FFF, height & 0x3FFF
    return None
