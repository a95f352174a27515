"""Prints a merchant's name the way banks do: cut, abbreviated, among numbers and cities.

For training and measuring only. Chance is seeded by the caller, so the same texts come again.
"""

from __future__ import annotations

import random
import re
import string
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

REGIONS = ("us", "uk", "eu", "india")
_DAYS = ("03/12", "11/04", "28 NOV", "07JAN", "19/08/26")
_NARROW = (18, 20, 22, 25)
# Banks leave vowels out of names that would not fit.
_FITS = 14
_PLAIN = re.compile(r"[^A-Z0-9 &']")
_VOWEL_INSIDE = re.compile(r"(?<=[B-DF-HJ-NP-TV-Z])[AEIOU](?=[B-DF-HJ-NP-TV-Z])")


def descriptor(name: str, chance: random.Random) -> str:
    """Return one bank text for a merchant."""
    region = chance.choice(REGIONS)
    template = chance.choice(_templates()[region])
    printed = _mangled(name, chance)
    filled = template.replace("{city}", chance.choice(_cities()[region]))
    filled = filled.replace("{day}", chance.choice(_DAYS))
    filled = "".join(_drawn(letter, chance) for letter in filled)
    address = "".join(printed.lower().split()) + chance.choice(("", "store", ".pay", "online"))
    return filled.replace("{name}", printed).replace("{address}", address)


def _mangled(name: str, chance: random.Random) -> str:
    """Return a name in capitals, now and then cut, run together or without vowels."""
    text = _PLAIN.sub(" ", name.upper()) if name.isascii() else name.upper()
    text = " ".join(text.split())
    kind = chance.random()
    if kind < 0.15:
        text = text[: chance.choice(_NARROW)]
    elif kind < 0.22:
        text = text.replace(" ", "")
    elif kind < 0.28 and len(text) > _FITS:
        text = _VOWEL_INSIDE.sub("", text, count=2)
    elif kind < 0.34:
        text = text.replace("'", " ")
    return text.strip() or name


def _drawn(letter: str, chance: random.Random) -> str:
    if letter == "#":
        return chance.choice(string.digits)
    if letter == "?":
        return chance.choice(string.ascii_uppercase)
    return letter


def _templates() -> dict[str, list[str]]:
    return {region: _lists()[region] for region in REGIONS}


def _cities() -> dict[str, list[str]]:
    cities: dict[str, list[str]] = _lists()["cities"]
    return cities


@cache
def _lists() -> dict[str, Any]:
    path = Path(__file__).with_suffix(".toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
