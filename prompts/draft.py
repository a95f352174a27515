"""Puts the figures into a model's words: ``{f3}`` becomes the fact, as this reader expects it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from prompts.answers import FactLike
from prompts.compose import Written
from prompts.figures import Style
from prompts.phrasebook import Phrasebook

REFERENCE = re.compile(r"\{([fc]\d+)\}")


def references(text: str) -> tuple[str, ...]:
    """Return the ids that a text refers to, in order."""
    return tuple(REFERENCE.findall(text))


def fill_draft(text: str, facts: Mapping[str, FactLike], book: Phrasebook, style: Style) -> str:
    """Write every fact that ``text`` refers to; raise `KeyError` for one that is not there."""
    return REFERENCE.sub(lambda found: write_fact(facts[found[1]], book, style), text)


def write_fact(fact: FactLike, book: Phrasebook, style: Style) -> str:
    """Write one fact as a phrase would show it."""
    style = style if style.words is not None else replace(style, words=book)
    return str(Written((fact,), style, book)[fact.name])
