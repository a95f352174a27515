"""Sentence templates: ``how much (on|at) {what} [{period}]`` read, walked and sampled."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from intents.text import TokenKind, Utterance, fold, read

_SIGNS_KEPT = frozenset("=+/%")
_CLOSING = {"(": ")", "[": "]"}
_WORD_OR_SLOT = re.compile(r"\{(\w+)\}|[^\s{}]+")


class TemplateError(ValueError):
    """A template cannot be read: its brackets do not match."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a sentence that a value of the user's fills."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several ways to go on; an optional part has an empty way."""

    ways: tuple[tuple[str | Slot | Choice, ...], ...]


Items = tuple[str | Slot | Choice, ...]


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


def parse(template: str) -> Items:
    """Read a template: ``(a|b)`` is one of, ``[a|b]`` one of or nothing; ``sub[s]`` works too."""
    items: list[str | Slot | Choice] = []
    for chunk in _cut(template, " "):
        if chunk:
            items.extend(_items(chunk))
    return tuple(items)


def words_in(items: Items) -> Iterator[str]:
    """Give every word that a template may hold."""
    for item in items:
        if isinstance(item, Choice):
            for way in item.ways:
                yield from words_in(way)
        elif isinstance(item, str):
            yield item


def beginnings(items: Items) -> frozenset[str | Slot]:
    """Return the words and slots that a template can begin with."""
    found: set[str | Slot] = set()
    for item in items:
        if not isinstance(item, Choice):
            return frozenset(found | {item})
        for way in item.ways:
            found |= beginnings(way)
        if all(not _may_be_empty(way) for way in item.ways):
            return frozenset(found)
    return frozenset(found)


def needs(items: Items) -> tuple[frozenset[str | Slot], ...]:
    """Return what every message that a template covers has: of each set, one word or slot.

    Which slots any words can fill is the matcher's to know; here a slot is a slot.
    """
    found: list[frozenset[str | Slot]] = []
    for item in items:
        if not isinstance(item, Choice):
            found.append(frozenset({item}))
        elif not any(_may_be_empty(way) for way in item.ways):
            # Of each way the first thing that it needs: enough to tell that no way is open.
            found.append(frozenset().union(*(needs(way)[0] for way in item.ways)))
    return tuple(found)


def sample(
    template: str, values: Mapping[str, Sequence[str]], *, count: int, seed: int
) -> list[str]:
    """Return up to ``count`` different sentences with slots filled from ``values``.

    Chance only varies the training sentences; the seed makes every training the same.
    """
    chance = random.Random(f"{seed}:{template}")
    items = parse(template)
    found: dict[str, None] = {}
    for _ in range(count * 4):
        found.setdefault(" ".join(_chosen(items, values, chance)))
        if len(found) == count:
            break
    return [text for text in found if text]


def _cut(text: str, sign: str) -> list[str]:
    """Cut a text at a sign outside of all brackets."""
    pieces, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if depth < 0:
            break
        if letter == sign and depth == 0:
            pieces.append(text[start:place])
            start = place + 1
    if depth != 0:
        raise TemplateError(f"unbalanced brackets: {text}")
    return [*pieces, text[start:]]


def _items(chunk: str) -> list[str | Slot | Choice]:
    if not any(bracket in chunk for bracket in "([)]"):
        return _plain_items(chunk)
    if chunk[0] in _CLOSING and _end_of_group(chunk) == len(chunk) - 1:
        ways = [parse(way) for way in _cut(chunk[1:-1], "|")]
        return [Choice((*ways, ()) if chunk[0] == "[" else tuple(ways))]
    # A bracket that touches a word makes several words of it: sub[s] is sub or subs.
    spelt = dict.fromkeys("".join(parts) for parts in product(*_glued(chunk)))
    return [Choice(tuple(tuple(_plain_items(word)) for word in spelt))]


def _plain_items(chunk: str) -> list[str | Slot | Choice]:
    items: list[str | Slot | Choice] = []
    for match in _WORD_OR_SLOT.finditer(chunk):
        items.extend([Slot(match[1])] if match[1] else _template_words(match[0]))
    return items


@lru_cache(maxsize=8192)
def _template_words(text: str) -> tuple[str, ...]:
    """Read one word of a template; thousands of templates share a few hundred words."""
    return plain_words(text)


def _end_of_group(chunk: str) -> int:
    """Return the place of the bracket that closes the one at the beginning."""
    depth = 0
    for place, letter in enumerate(chunk):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0:
            if letter != _CLOSING[chunk[0]]:
                raise TemplateError(f"unbalanced brackets: {chunk}")
            return place
    raise TemplateError(f"unbalanced brackets: {chunk}")


def _glued(chunk: str) -> Iterator[list[str]]:
    """Give the ways of each part of a word with brackets inside."""
    at = 0
    while at < len(chunk):
        if chunk[at] in _CLOSING:
            end = at + _end_of_group(chunk[at:])
            inner = [
                "".join(p) for way in _cut(chunk[at + 1 : end], "|") for p in product(*_glued(way))
            ]
            yield [*inner, ""] if chunk[at] == "[" else inner
            at = end + 1
        else:
            end = min((chunk.find(b, at) for b in "([" if b in chunk[at:]), default=len(chunk))
            yield [chunk[at:end]]
            at = end


def _may_be_empty(items: Items) -> bool:
    return all(
        isinstance(item, Choice) and any(_may_be_empty(way) for way in item.ways) for item in items
    )


def _chosen(
    items: Items, values: Mapping[str, Sequence[str]], chance: random.Random
) -> Iterator[str]:
    for item in items:
        if isinstance(item, Choice):
            yield from _chosen(chance.choice(item.ways), values, chance)
        else:
            yield item if isinstance(item, str) else chance.choice(values[item.name])
