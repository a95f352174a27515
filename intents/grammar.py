"""Patterns over classes of words: how a lexicon says what people write, and how it is found.

A pattern is a line of words. ``<month>`` is any word of the class *month* and is captured,
``<a:month>`` captures it as *a*, ``{the}`` needs a word of the class but keeps nothing, a bare
word stands for itself, ``[x]`` may be missing, ``(x|y z)`` is one of several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

Captures = Mapping[str, object]

_PART = re.compile(r"<(?:(\w+):)?(\w+)>|\{(\w+)\}|([\[\]()|])|([^\s\[\]()|<>{}]+)")


@dataclass(frozen=True, slots=True)
class Tag:
    """One reading of the tokens that begin at some place: a class, a value, how many tokens."""

    word_class: str
    value: object
    size: int = 1


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern found: the rule it belongs to, what it captured and the token after it."""

    rule: str
    captures: Captures
    end: int


@dataclass(frozen=True, slots=True)
class Step:
    """One word of a pattern: a key (``<class`` or ``=word``) and the name it is kept under."""

    key: str
    name: str = ""


@dataclass(slots=True)
class Tree:
    """Patterns that share their beginnings, so that all of them are tried in one walk."""

    steps: dict[str, dict[str, Tree]] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)

    def add(self, pattern: str, rule: str) -> None:
        """Add every spelling of ``pattern``; a match of it will name ``rule``."""
        for line in expand(pattern):
            if not line:
                raise ValueError(f"a pattern of {rule} may be empty: {pattern}")
            tree = self
            for step in line:
                tree = tree.steps.setdefault(step.key, {}).setdefault(step.name, Tree())
            if rule not in tree.rules:
                tree.rules.append(rule)

    def matches(self, words: Sequence[str], tags: Sequence[Sequence[Tag]], at: int) -> list[Match]:
        """Return what matches from word ``at``, longest first."""
        found = list(_walk(self, words, tags, at, {}))
        found.sort(key=lambda match: -match.end)
        return found

    def words(self) -> Iterator[str]:
        """Give every word that some pattern asks for by itself."""
        for key, below in self._edges():
            if key.startswith("="):
                yield key[1:]
            yield from below.words()

    def classes(self) -> Iterator[str]:
        """Give every class of words that some pattern asks for."""
        for key, below in self._edges():
            if key.startswith("<"):
                yield key[1:]
            yield from below.classes()

    def _edges(self) -> Iterator[tuple[str, Tree]]:
        return ((key, tree) for key, names in self.steps.items() for tree in names.values())


def _walk(
    tree: Tree, words: Sequence[str], tags: Sequence[Sequence[Tag]], at: int, kept: Captures
) -> Iterator[Match]:
    for rule in tree.rules:
        yield Match(rule, kept, at)
    if at >= len(words) or not tree.steps:
        return
    for below in tree.steps.get("=" + words[at], {}).values():
        yield from _walk(below, words, tags, at + 1, kept)
    for tag in tags[at]:
        for name, below in tree.steps.get("<" + tag.word_class, {}).items():
            more = {**kept, name: tag.value} if name else kept
            yield from _walk(below, words, tags, at + tag.size, more)


def expand(pattern: str) -> list[tuple[Step, ...]]:
    """Return every plain line of steps that ``pattern`` stands for."""
    parts = list(_PART.finditer(pattern))
    lines, end = _alternatives(parts, 0)
    if end != len(parts):
        raise ValueError(f"unbalanced pattern: {pattern}")
    return lines


def _alternatives(parts: list[re.Match[str]], at: int) -> tuple[list[tuple[Step, ...]], int]:
    """Read up to a closing bracket: lines separated by bars."""
    lines: list[tuple[Step, ...]] = []
    pieces: list[list[tuple[Step, ...]]] = []
    while at < len(parts) and parts[at][4] not in ("]", ")"):
        sign = parts[at][4]
        if sign in ("[", "("):
            inner, at = _alternatives(parts, at + 1)
            if at == len(parts):
                raise ValueError("a bracket is not closed")
            pieces.append([*inner, ()] if sign == "[" else inner)
        elif sign == "|":
            lines += _joined(pieces)
            pieces = []
        else:
            pieces.append([(_step(parts[at]),)])
        at += 1
    return lines + _joined(pieces), at


def _joined(pieces: list[list[tuple[Step, ...]]]) -> list[tuple[Step, ...]]:
    return [sum(choice, ()) for choice in product(*pieces)]


def _step(part: re.Match[str]) -> Step:
    name, captured, dropped, _, word = part.groups()
    if captured:
        return Step("<" + captured, name or captured)
    return Step("<" + dropped) if dropped else Step("=" + word)
