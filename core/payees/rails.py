"""Finds the other party in the texts of Indian bank transfers (UPI/..., NEFT-..., IMPS/...)."""

from __future__ import annotations

import re
from functools import cache

from core.payees.noise import noise
from core.payees.words import fold_words

_FIRST_WORD = re.compile(r"\s*([A-Za-z]+)[-/*: ]")
_PARTS = re.compile(r"[-/*:]")
_BANK_CODE = re.compile(r"[a-z]{4}0[a-z0-9]{6}")
_DIGIT = re.compile(r"\d")
# A payment address is mostly a phone number or a machine's number, not a name, from here on.
_MANY_DIGITS = 4


def named_on_rail(text: str) -> str:
    """Return the part of a transfer text that names somebody, or the rail where none does.

    Empty when it is no such text.
    """
    if text[:2].lower() not in _beginnings():  # nearly every text: spare it the pattern
        return ""
    first = _FIRST_WORD.match(text)
    if first is None or first[1].lower() not in noise().rails:
        return ""
    parts = _PARTS.split(text)
    if len(parts) < 3:
        return ""
    address = ""
    for part in parts[1:]:
        local, at, _ = part.partition("@")
        if at:
            address = address or _named_in_address(local)
        elif _names_somebody(part):
            return part
    return address or first[1]


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(rail[:2] for rail in noise().rails)


def _names_somebody(part: str) -> bool:
    words = fold_words(part)
    bare = "".join(words)
    if not words or len(_DIGIT.findall(bare)) * 2 > len(bare) or _BANK_CODE.fullmatch(bare):
        return False
    known = noise()
    if words[0] in {"payment", "pay", "sent", "paid"} or " ".join(words) in known.banks:
        return False
    return not all(word in known.rail_words or word in known.banks for word in words)


def _named_in_address(local: str) -> str:
    return "" if len(_DIGIT.findall(local)) >= _MANY_DIGITS else local.replace(".", " ")
