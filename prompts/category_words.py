"""What categories are called and what people type for them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache

from prompts.phrasebook import ROOT


@dataclass(frozen=True, slots=True)
class CategoryWord:
    """A category's slug, its friendly name and other words for it."""

    slug: str
    name: str
    aliases: tuple[str, ...]


@lru_cache(maxsize=8)
def category_words(lang: str = "en") -> tuple[CategoryWord, ...]:
    """Return the words of every category of a language, in the order of the file."""
    path = ROOT / lang / "categories.toml"
    if not path.exists():
        return ()
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    aliases = data.get("aliases", {})
    return tuple(
        CategoryWord(slug, name, tuple(aliases.get(slug, ())))
        for slug, name in data["names"].items()
    )
