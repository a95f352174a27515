"""Bytes to text: the encodings banks really use, guessed only when nothing settles it."""

from __future__ import annotations

import codecs
import unicodedata

_SAMPLE_BYTES = 65_536
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What Western bank texts hold beside letters, in Windows-1252.
_WESTERN_SIGNS = frozenset("€£¥¢§°ºª\u00b4`«»“”‘’„\u201a–—…·•¡¿±×÷®©™¼½¾¹²³\xa0")


def decode(data: bytes, *, declared: str | None = None) -> str:
    """Return the text of ``data`` with plain line ends; never raises.

    A byte order mark decides; then UTF-8 if it fits (text in another encoding practically never
    does); then what the file declares; then Windows-1252 if that reads as Western text; and only
    then a statistical guess.
    """
    encoding = _marked(data) or _fitting(data, declared) or _guessed(data)
    text = data.decode(encoding, errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _marked(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:200]
    if head.count(0) * 3 > len(head):  # ASCII in UTF-16 is every other byte a zero
        return "utf-16-be" if head[:1] == b"\0" else "utf-16-le"
    return None


def _fitting(data: bytes, declared: str | None) -> str | None:
    for encoding in ("utf-8", declared):
        if encoding and _decodes(data, encoding):
            return encoding
    sample = data[:_SAMPLE_BYTES]
    if _decodes(sample, "cp1252") and _is_western(sample.decode("cp1252")):
        return "cp1252"
    return None


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _is_western(text: str) -> bool:
    return all(_is_western_letter(sign) for sign in set(text) if not sign.isascii())


def _is_western_letter(sign: str) -> bool:
    if sign in _WESTERN_SIGNS:
        return True
    return unicodedata.category(sign).startswith("L") and sign not in "ƒþðÞÐ"


def _guessed(data: bytes) -> str:
    # Imported here: 40 ms that only a file in a rare encoding should cost.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    best = from_bytes(data[:_SAMPLE_BYTES]).best()
    return best.encoding if best else "latin-1"
