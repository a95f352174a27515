"""The alphabet of SMS: what one segment holds, and plain spellings of what it does not.

One character outside GSM-7 turns a whole message to UCS-2 and more than doubles its price, so
everything sent by SMS is folded first.
"""

# ruff: noqa: RUF001 - look-alikes are what this file is about

from __future__ import annotations

import re
import unicodedata

import smsutil

# Words that carriers act on when a message is nothing else: they stop, start or explain texts.
STOP_WORDS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
CARRIER_WORDS = frozenset((*STOP_WORDS, "YES", "START", "UNSTOP", "HELP", "INFO"))

# Keeps the parts of a figure together until the text has been cut.
GLUE = "\xa0"

_SPELLED = {
    **dict.fromkeys("‐‑‒–—―−﹣－•●▪◦·∙", "-"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‘’‚‛‹›′`´", "'"),
    **dict.fromkeys(
        "\t\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f", " "
    ),
    "…": "...",
    "₹": "Rs ",
    "₨": "Rs ",
    "¢": "c",
    "×": "x",
    "÷": "/",
    "→": "->",
    "←": "<-",
    "≤": "<=",
    "≥": ">=",
    "≈": "about ",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "œ": "oe",
    "Œ": "OE",
}
_FOREIGN = "\x01"  # stands for letters that have no plain spelling until runs of them are one "?"
_MASK = re.compile(r"•{2,}(?=\w)")
_SPACES = re.compile(r"[ ]{2,}")
_LINE_EDGES = re.compile(r"[ ]*\n[ ]*")
_DROPPED = ("C", "M", "So", "Sk", "Lm")


class _Alphabet(dict[int, str]):
    """Maps a code point to its plain spelling, worked out when it is first met."""

    def __missing__(self, point: int) -> str:
        spelled = self[point] = _spelling(chr(point))
        return spelled


def fold(text: str) -> str:
    """Spell ``text`` in GSM-7: plain quotes and dashes, Rs for the rupee sign, no emoji."""
    if text.isascii() and "`" not in text and text.replace("\n", "").isprintable():
        return text
    folded = _MASK.sub("..", text).translate(_ALPHABET)
    folded = re.sub(f"{_FOREIGN}+", "?", folded)
    return _LINE_EDGES.sub("\n", _SPACES.sub(" ", folded)).strip(" ")


def segments(text: str) -> int:
    """Return how many SMS segments ``text`` takes; UCS-2 when it was not folded."""
    return len(smsutil.split(text).parts)


def is_carrier_word(text: str) -> bool:
    """Tell whether a carrier would act on ``text`` sent alone."""
    return text.strip(" .,!?;:'\"\n").replace("-", "").upper() in CARRIER_WORDS


def _spelling(char: str) -> str:
    if char == GLUE:
        return char
    if char in _SPELLED:
        return _SPELLED[char]
    if smsutil.is_valid_gsm(char) and char not in "\x1b\f\r":
        return char
    if unicodedata.category(char).startswith(_DROPPED):
        return ""
    plain = "".join(
        part for part in unicodedata.normalize("NFKD", char) if smsutil.is_valid_gsm(part)
    )
    return plain or _FOREIGN


_ALPHABET = _Alphabet()
