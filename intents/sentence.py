"""Sentence templates: ``how much (on|at) {what} [{period}]`` read, spelt out and sampled."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from intents.text import TokenKind, Utterance, fold, read

# A template that spells out to more sentences than this is two templates in one coat.
MAX_SENTENCES = 1000
_SIGNS_KEPT = frozenset("=+/%")
_PIECE = re.compile(r"[()\[\]|]|[^()\[\]|]+")
_WORD_OR_SLOT = re.compile(r"\{(\w+)\}|[^\s{}]+")


class TemplateError(ValueError):
    """A template cannot be read: brackets do not match, or it means too many sentences."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a sentence that a value of the user's fills."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several ways to go on; an optional part has an empty way."""

    ways: tuple[tuple[str | Choice, ...], ...]


Parts = tuple[str | Choice, ...]
Sentence = tuple[str | Slot, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """One word or number of a message in its plain form, and where it stands in the text."""

    text: str
    start: int
    end: int


def words_of(utterance: Utterance) -> tuple[Word, ...]:
    """Return the words that sentences are compared by: no accents, apostrophes or signs."""
    return tuple(
        Word(fold(token.text).replace("'", ""), token.start, token.end)
        for token in utterance.tokens
        if token.kind in {TokenKind.WORD, TokenKind.NUMBER} or token.text in _SIGNS_KEPT
    )


def plain_words(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` in the form that `words_of` gives them."""
    return tuple(word.text for word in words_of(read(text)))


def parse(template: str) -> Parts:
    """Read a template: ``(a|b)`` is one of, ``[a|b]`` one of or nothing; ``sub[s]`` works too."""
    pieces = _PIECE.findall(template)
    ways, rest = _ways_from(pieces, 0)
    if rest != len(pieces):
        raise TemplateError(f"unbalanced brackets: {template}")
    return ways[0] if len(ways) == 1 else (Choice(ways),)


def spell_out(template: str) -> tuple[Sentence, ...]:
    """Return every sentence a template stands for, without doubles, in a fixed order."""
    spelt = itertools.islice(_spelt(parse(template)), MAX_SENTENCES + 1)
    texts = dict.fromkeys(" ".join(text.split()) for text in spelt)
    if len(texts) > MAX_SENTENCES:
        raise TemplateError(f"more than {MAX_SENTENCES} sentences: {template}")
    return tuple(_sentence(text) for text in texts if text)


def sample(
    template: str, values: Mapping[str, Sequence[str]], *, count: int, seed: int
) -> list[str]:
    """Return up to ``count`` different sentences with slots filled from ``values``.

    Chance only varies the training sentences; the seed makes every training the same.
    """
    chance = random.Random(f"{seed}:{template}")
    parts = parse(template)
    found: dict[str, None] = {}
    for _ in range(count * 4):
        text = _WORD_OR_SLOT.sub(
            lambda match: chance.choice(values[match[1]]) if match[1] else match[0],
            _chosen(parts, chance),
        )
        found.setdefault(" ".join(text.split()))
        if len(found) == count:
            break
    return [text for text in found if text]


def _ways_from(pieces: Sequence[str], at: int) -> tuple[tuple[Parts, ...], int]:
    ways: list[Parts] = []
    parts: list[str | Choice] = []
    while at < len(pieces) and pieces[at] not in ")]":
        piece = pieces[at]
        at += 1
        if piece == "|":
            ways.append(tuple(parts))
            parts = []
        elif piece in "([":
            inner, at = _ways_from(pieces, at)
            if at == len(pieces) or pieces[at] != {"(": ")", "[": "]"}[piece]:
                raise TemplateError(f"unbalanced brackets: {''.join(pieces)}")
            parts.append(Choice((*inner, ()) if piece == "[" else inner))
            at += 1
        else:
            parts.append(piece)
    return (*ways, tuple(parts)), at


def _spelt(parts: Parts) -> Iterator[str]:
    if not parts:
        yield ""
        return
    first = parts[0]
    if isinstance(first, Choice):
        heads = itertools.chain.from_iterable(_spelt(way) for way in first.ways)
    else:
        heads = itertools.chain((first,))
    for head in heads:
        for tail in _spelt(parts[1:]):
            yield head + tail


def _sentence(text: str) -> Sentence:
    items: list[str | Slot] = []
    for match in _WORD_OR_SLOT.finditer(text):
        items.extend([Slot(match[1])] if match[1] else plain_words(match[0]))
    return tuple(items)


def _chosen(parts: Parts, chance: random.Random) -> str:
    return "".join(
        _chosen(chance.choice(part.ways), chance) if isinstance(part, Choice) else part
        for part in parts
    )
