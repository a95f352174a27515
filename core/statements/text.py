"""Bytes to text: the encodings banks really use, guessed only when nothing settles it."""

from __future__ import annotations

import codecs
import re

_SAMPLE_BYTES = 65_536
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A file may declare anything; these are the names of encodings for text.
_TEXT_ENCODING = re.compile(
    r"(cp|windows-?)\d{3,4}|iso-?8859-?\d{1,2}|utf-?(8|16|16le|16be)|latin-?1|us-?ascii"
    r"|shift[_-]?jis|euc-(jp|kr)|gb2312|gbk|gb18030|big5|koi8-[ru]",
    re.IGNORECASE,
)
# What Western bank texts hold beside letters, in Windows-1252.
_WESTERN_SIGNS = frozenset("€£¥¢§°ºª\u00b4`«»“”‘’„\u201a–—…·•¡¿±×÷®©™¼½¾¹²³\xa0")
# Ruled out by the time anything has to be guessed.
_WESTERN_ENCODINGS = frozenset({"cp1252", "latin_1", "iso8859_1", "iso8859_15"})
_ODD_LETTERS = frozenset("ƒþðÞÐ")
_LETTER = re.compile(r"[^\W\d_¼½¾¹²³]")
_SIGN_IN_WORD = re.compile(rf"{_LETTER.pattern}[£¥¢¹³¼½¾¿]{_LETTER.pattern}")


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
    known = declared if declared and _TEXT_ENCODING.fullmatch(declared) else None
    for encoding in ("utf-8", known):
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
    """Tell whether ``text`` reads as Western: few accents, and no signs amid the words.

    Read as Windows-1252, Cyrillic is nothing but accents, and Polish has £ and ³ in its words.
    """
    letters = _LETTER.findall(text)
    accented = [letter for letter in letters if not letter.isascii()]
    if len(accented) * 3 > len(letters) or _SIGN_IN_WORD.search(text):
        return False
    signs = {sign for sign in text if not sign.isascii()} - set(letters)
    return signs <= _WESTERN_SIGNS and _ODD_LETTERS.isdisjoint(accented)


def _guessed(data: bytes) -> str:
    # Imported here: 40 ms that only a file in a rare encoding should cost.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    guesses = (match.encoding for match in from_bytes(data[:_SAMPLE_BYTES]))
    return next((name for name in guesses if name not in _WESTERN_ENCODINGS), "latin-1")
