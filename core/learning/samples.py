"""Which merchants teach the model and which only test it, and the texts drawn from them.

Merchants that begin with the same word stay together, so that no name is half known. Two of ten
groups never teach: one sets the confidence, one is for measuring alone.
"""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from zlib import crc32

from core.learning.descriptors import descriptor
from core.payees.dictionary import Merchant, merchants
from core.payees.keywords import keywords

SEED = 20261129
_GROUPS = 10
# A category of fewer merchants cannot be learned from names.
_FEWEST = 12
_TEXTS_TO_LEARN = 7
_TIMES_A_WORD = 3


class Part(StrEnum):
    """What a merchant is for."""

    LEARN = "learn"
    CALIBRATE = "calibrate"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Sample:
    """A bank text with the truth about it."""

    text: str
    merchant: str
    category: str


@cache
def labels() -> tuple[str, ...]:
    """Return the categories that can be learned."""
    counted = Counter(merchant.category for merchant in merchants())
    return tuple(sorted(slug for slug, number in counted.items() if number >= _FEWEST))


def of(part: Part) -> list[Merchant]:
    """Return the merchants of a part."""
    learnable = frozenset(labels())
    return [
        one
        for one in merchants()
        if one.key and one.category in learnable and _part(one.key) is part
    ]


def texts(part: Part, *, each: int = 1, seed: int = SEED) -> Iterator[Sample]:
    """Yield ``each`` bank texts for every merchant of a part; chance only varies the print."""
    for merchant in of(part):
        chance = random.Random(f"{seed}:{merchant.name}")
        for _ in range(each):
            yield Sample(descriptor(merchant.name, chance), merchant.name, merchant.category)


def traders(*, each: int = 2, seed: int = SEED) -> Iterator[Sample]:
    """Yield bank texts of independent shops, whose names say more than those of brands."""
    path = Path(__file__).with_name("traders.toml")
    for slug, named in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for name in named:
            chance = random.Random(f"{seed}:{name}")
            for _ in range(each):
                yield Sample(descriptor(name, chance), name, slug)


def lessons() -> Iterator[Sample]:
    """Yield everything the model learns from: texts, plain names, and words that tell."""
    yield from texts(Part.LEARN, each=_TEXTS_TO_LEARN)
    for merchant in of(Part.LEARN):
        yield Sample(merchant.name, merchant.name, merchant.category)
    learnable, known = frozenset(labels()), keywords()
    for table in (known.both, known.out):
        for phrase, told in table.items():
            if told.category in learnable:
                yield from [Sample(phrase, phrase, told.category)] * _TIMES_A_WORD


def _part(key: str) -> Part:
    group = crc32(key.split(maxsplit=1)[0].encode()) % _GROUPS
    return {0: Part.TEST, 1: Part.CALIBRATE}.get(group, Part.LEARN)
