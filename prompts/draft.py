"""Puts the figures into a model's words: ``{f3}`` becomes the fact, as this reader expects it.

``{f3:abs}`` leaves its sign out ("{f3:abs} less"), ``{f3:near}`` says "yesterday" for a day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from prompts.answers import FactLike
from prompts.compose import Written
from prompts.figures import Style
from prompts.phrasebook import Phrasebook

REFERENCE = re.compile(r"\{([fc]\d+)(?::(abs|near))?\}")


def references(text: str) -> tuple[str, ...]:
    """Return the ids that a text refers to, in order."""
    return tuple(found[1] for found in REFERENCE.finditer(text))


def fill_draft(text: str, facts: Mapping[str, FactLike], book: Phrasebook, style: Style) -> str:
    """Write every fact that ``text`` refers to; raise `KeyError` for one that is not there."""

    def written(found: re.Match[str]) -> str:
        return write_fact(facts[found[1]], book, style, found[2] or "")

    return REFERENCE.sub(written, text)


def write_fact(fact: FactLike, book: Phrasebook, style: Style, variant: str = "") -> str:
    """Write one fact, or a variant of it, as a phrase would show it."""
    style = style if style.words is not None else replace(style, words=book)
    placeholder = f"{fact.name}:{variant}" if variant else fact.name
    return str(Written((fact,), style, book)[placeholder])
