"""Addresses in a model's words: links, names of sites, mail and numbers of machines.

A reply has no links but ours, and ours are written by code: so whatever a chat would make a link
of, or a reader might type into a browser, is a breach, however it is veiled ("evil[.]com").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address
from pathlib import Path

_PLACE = Path(__file__).with_name("endings.txt")
# What a file or an abbreviation ends in, and no site.
_NO_SITE = frozenset(
    {"pdf", "csv", "ofx", "qif", "qfx", "xlsx", "xls", "png", "jpg", "jpeg", "txt"}
)
_ABBREVIATED = frozenset({"p.ej", "a.m", "p.m", "ee.uu", "aa.vv", "rr.hh"})
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\u2066-\u2069\ufe0f\ufeff]")
_DOT = re.compile(r"[\u3002\uff61\u2024\uff0e\ufe52]")
_VEILED = re.compile(
    r"(?i)\s*(?:\[\s*(?:\.|dot|punto)\s*\]|\(\s*(?:\.|dot|punto)\s*\)|\{\s*(?:\.|dot|punto)\s*\})\s*"
)
_SPOKEN = re.compile(r"(?i)\s+(?:dot|punto)\s+(?=([a-z]{2,})\b)")
_SPACED = re.compile(r"(?<=\w)\s+\.\s*(?=([a-z]{2,})\b)")
_SCHEME = re.compile(
    r"(?i)\b[a-z][a-z0-9+.-]{1,20}:\s?//\S*|\b(?:h(?:tt|xx)ps?|mailto|javascript|data|tel|sms|tg"
    r"|whatsapp|ftp|file|intent|upi|bitcoin|lightning):(?=\S)\S+|\bwww\d?\.\S+"
)
_MAIL = re.compile(r"[^\s@<>()\u2026]+@[^\W_][\w-]*(?:\.[\w-]+)+")
_IP = re.compile(r"(?<![\w.,$])(?:\d{1,3}\.){3}\d{1,3}(?![\w.,]*\d)")
_IPV6 = re.compile(
    r"(?i)(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]*[0-9a-f]\b|(?<![\w:])[0-9a-f:]*::[0-9a-f:]+"
)
_SITE = re.compile(r"(?<![\w.@])(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_][\w-]*(?:[/:?#]\S*)?")
_AFTER_A_FACT = re.compile(r"\u2026\s*\.[a-z]{2,}\b|\u2026\s*/[a-z]\S*")
_SPOKEN_LEAST = 3


def addresses(text: str) -> Iterator[str]:
    """Give everything in a text that is, or reads as, an address."""
    plain = _unveiled(text)
    for pattern in (_SCHEME, _MAIL, _IPV6, _AFTER_A_FACT):
        yield from (found[0] for found in pattern.finditer(plain))
    for found in _IP.finditer(plain):
        if _is_ip(found[0]):
            yield found[0]
    for found in _SITE.finditer(plain):
        if _is_site(found[0]):
            yield found[0]


def without_shops(text: str, shops: Iterable[str]) -> str:
    """Return ``text`` with blanks where a shop stands that is called like a site: "Booking.com".

    Written out whole it is the plain word that our own phrases say as well; with a path, a
    scheme or anything else about it, it is an address.
    """
    for shop in shops:
        if shop.casefold() in text.casefold() and _is_plain(shop):
            whole = rf"(?<![\w.,/:@-]){re.escape(shop)}(?![\w/:@#]|[?.,-]\w)"
            text = re.sub(whole, lambda found: " " * len(found[0]), text, flags=re.IGNORECASE)
    return text


def _is_plain(shop: str) -> bool:
    """Tell whether all that reads as an address in a name is the bare name of a site."""
    found = [*addresses(shop)]
    return bool(found) and not any(sign in shop for sign in "/:@?#") and _unveiled(shop) == shop


def _unveiled(text: str) -> str:
    """Take away what hides an address: odd dots, signs of no width, brackets, dots in words."""
    plain = unicodedata.normalize("NFKC", _HIDDEN.sub("", text.replace("\u2026", "\ue000")))
    plain = _DOT.sub(".", plain).replace("\ue000", "\u2026")
    plain = _VEILED.sub(".", plain)
    for pattern in (_SPOKEN, _SPACED):
        plain = pattern.sub(lambda found: "." if _is_spoken(found[1]) else found[0], plain)
    return plain


def _is_spoken(ending: str) -> bool:
    """Tell whether an ending is meant as one where the dot is a word or stands alone."""
    return len(ending) >= _SPOKEN_LEAST and ending.lower() in _endings()


def _is_site(found: str) -> bool:
    """Tell the name of a site from a figure, initials, a file and the end of a sentence."""
    name, _, path = re.sub(r"[:?#]", "/", found, count=1).partition("/")
    label, _, ending = name.rpartition(".")
    before = label.rpartition(".")[2]
    if not any(letter.isalpha() for letter in ending) or len(ending) < 2:
        return False
    if name.lower() in _ABBREVIATED or (ending.lower() in _NO_SITE and not path):
        return False
    if ending[0].isdigit():
        return bool(path)
    if not any(letter.isalpha() for letter in label):
        return bool(path) or (len(before) >= _SPOKEN_LEAST and ending.lower() in _endings())
    if ending.lower() in _endings() or path:
        return True
    # Not known: a sentence that began without a blank has a capital after its dot.
    is_title = ending[:1].isupper() and not (ending.isupper() and label.isupper())
    return not is_title and ending.replace("-", "").isalnum()


def _is_ip(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def _endings() -> frozenset[str]:
    lines = _PLACE.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
