"""Known services: which family a seller belongs to, how long a trial lasts, what is no habit."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("services.toml")
_WORD = re.compile(r"[a-z0-9]+")

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A service that people subscribe to: its name in lower case and its family."""

    name: str
    family: str


@dataclass(frozen=True, slots=True)
class _Catalogue:
    services: Mapping[Words, Service]
    longest: int
    platforms: frozenset[Words]
    overlap: frozenset[str]
    trials: Mapping[str, int]
    subscription_categories: frozenset[str]
    bill_categories: frozenset[str]


def service_of(*names: str) -> Service | None:
    """Return the service that a merchant's key or name stands for; the longest match wins.

    A service of one word must begin the name: "calm" is Calm, "keep calm shop" is not.
    """
    catalogue = _catalogue()
    found = [
        (len(words), words)
        for name in names
        for words in _runs(words_of(name), catalogue.longest)
        if words in catalogue.services
    ]
    return catalogue.services[max(found)[1]] if found else None


def is_platform(*names: str) -> bool:
    """Tell whether a seller bills for many unrelated services under one name."""
    return any(words_of(name)[:1] in _catalogue().platforms for name in names)


def same_job(family: str) -> bool:
    """Tell whether two services of ``family`` do the same, so that one is probably too many."""
    return family in _catalogue().overlap


def trial_days(service: Service | None) -> int:
    """Return how many days a trial of the service usually lasts."""
    trials = _catalogue().trials
    return trials.get(service.name if service else "", trials["usual"])


def is_subscription_category(category: str) -> bool:
    """Tell whether a steady charge of this category is a subscription."""
    return category in _catalogue().subscription_categories


def is_bill_category(category: str) -> bool:
    """Tell whether a recurring charge of this category is a bill or another commitment."""
    return category in _catalogue().bill_categories


def words_of(name: str) -> Words:
    """Return the words of a name: lower case, without accents and signs."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return tuple(_WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign))))


def _runs(words: Words, longest: int) -> Iterable[Words]:
    """Give every run of words that may name a service: one word only at the beginning."""
    yield words[:1]
    for size in range(2, min(longest, len(words)) + 1):
        for start in range(len(words) - size + 1):
            yield words[start : start + size]


@cache
def _catalogue() -> _Catalogue:
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    services = {
        words_of(name): Service(name, family)
        for family, names in data["families"].items()
        for name in names
    }
    return _Catalogue(
        services=services,
        longest=max(len(words) for words in services),
        platforms=frozenset(words_of(name) for name in data["platforms"]["names"]),
        overlap=frozenset(data["overlap"]["families"]),
        trials=data["trials"],
        subscription_categories=frozenset(data["categories"]["subscription"]),
        bill_categories=frozenset(data["categories"]["bill"]),
    )
