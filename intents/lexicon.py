"""The words people may type, per language: read from TOML once and made ready for searching."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz.distance import OSA

from intents.grammar import Tag, Tree
from intents.text import fold, read

_HOME = Path(__file__).parent
_TOPICS = ("periods", "amounts", "choices")
# Number words are written down once, with the amounts, and needed everywhere.
_SHARED = (
    ("amounts", "small", "periods", "n"),
    ("amounts", "tens", "periods", "n"),
    ("amounts", "small", "choices", "n"),
    ("periods", "ordinal", "choices", "ordinal"),
)
# Shorter words are too near to too many others to forgive a slip in them.
_MIN_FORGIVEN = 5
_NEAR_SIGN = 2  # how many words away a word of the same language may stand


@dataclass(slots=True)
class Guest:
    """The words of a language that somebody mixes in and that mean other things in the own one.

    They are read only near one of its ``signs``: "is" is Hindi in "is mahine", "do" in "do hazaar".
    """

    words: dict[str, tuple[Tag, ...]] = field(default_factory=dict)
    signs: set[str] = field(default_factory=set)

    def readings(self, words: Sequence[str], at: int) -> tuple[Tag, ...]:
        """Return what the word at ``at`` means in this language, nothing without a sign of it."""
        tags = self.words.get(words[at], ())
        near = (*words[max(0, at - _NEAR_SIGN) : at], *words[at + 1 : at + 1 + _NEAR_SIGN])
        return tags if tags and not self.signs.isdisjoint(near) else ()


@dataclass(slots=True, eq=False)  # one is itself: what is worked out with it may be kept
class Vocabulary:
    """The words and patterns of one topic, of one or several languages together.

    ``near`` holds the words in which one slip of the finger is forgiven, by first letter;
    ``known`` all words that are no slips; ``lists`` names of classes or words that a grammar
    asks about.
    """

    words: dict[str, tuple[Tag, ...]] = field(default_factory=dict)
    phrases: dict[str, list[tuple[tuple[str, ...], Tag]]] = field(default_factory=dict)
    near: dict[str, list[str]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    lists: dict[str, frozenset[str]] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    guests: dict[str, Guest] = field(default_factory=dict)

    def listed(self, name: str) -> frozenset[str]:
        """Return the words of a list, none when no language has it."""
        return self.lists.get(name, frozenset())

    def tree(self, name: str) -> Tree:
        """Return the patterns of one pass, none when no language has them."""
        return self.trees.get(name) or Tree()

    def tag(self, words: Sequence[str]) -> list[list[Tag]]:
        """Return, for each folded word, every reading of the words that begin there."""
        return [list(self._readings(words, at)) for at in range(len(words))]

    def _readings(self, words: Sequence[str], at: int) -> Iterator[Tag]:
        word = words[at]
        for rest, tag in self.phrases.get(word, ()):
            if tuple(words[at + 1 : at + tag.size]) == rest:
                yield tag
        tags = self.words.get(word)
        yield from self._forgiven(word) if tags is None else tags
        for guest in self.guests.values():
            yield from guest.readings(words, at)

    def _forgiven(self, word: str) -> tuple[Tag, ...]:
        if len(word) < _MIN_FORGIVEN - 1 or word in self.known or not word.isalpha():
            return ()
        for candidate in self.near.get(word[0], ()):
            if (
                len(candidate) >= _MIN_FORGIVEN
                and OSA.distance(word, candidate, score_cutoff=1) <= 1
            ):
                return self.words[candidate]
        return ()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything the slot grammars know about the languages and the place of one user."""

    languages: tuple[str, ...]
    periods: Vocabulary
    amounts: Vocabulary
    choices: Vocabulary
    day_first: bool = True  # 3/11 is 3 November
    decimal_comma: bool = False  # 12,50 has two decimals


def load_lexicon(*languages: str, locale: str = "") -> Lexicon:
    """Return the lexicon of ``languages`` together, the user's own first (``en`` when none).

    ``locale`` (``en_US``) decides how dates and decimals are written. Unknown languages are
    left out. The files are read once per combination.
    """
    known = tuple(dict.fromkeys(name for name in languages if name in installed_languages()))
    return _load(known or ("en",), locale.replace("-", "_"))


@lru_cache(maxsize=1)
def installed_languages() -> tuple[str, ...]:
    """Return the languages that have a lexicon."""
    return tuple(sorted(path.parent.name for path in _HOME.glob("*/periods.toml")))


@lru_cache(maxsize=64)
def _load(languages: tuple[str, ...], locale: str) -> Lexicon:
    regions = _toml("regions.toml")
    region = locale.partition("_")[2]
    by_language = not region and languages[0] in regions["decimal_comma_languages"]
    return Lexicon(
        languages,
        **_vocabularies(languages),
        day_first=region not in regions["month_first"],
        decimal_comma=by_language or region in regions["decimal_comma"],
    )


@lru_cache(maxsize=16)
def _vocabularies(languages: tuple[str, ...]) -> dict[str, Vocabulary]:
    topics = {topic: Vocabulary() for topic in _TOPICS}
    for language in languages:
        at_home = language == languages[0]
        files = {topic: _toml(f"{language}/{topic}.toml") for topic in _TOPICS}
        for topic, content in files.items():
            _add_file(topics[topic], content, "" if at_home else language)
        if at_home:
            _forgive_slips(topics.values())
        for source, from_class, target, to_class in _SHARED:
            values = files[source].get("values", {}).get(from_class, {})
            abroad = None if at_home else _abroad(topics[target], language, files[source])
            _add_class(topics[target], to_class, values, abroad)
    for vocabulary in topics.values():
        _finish(vocabulary)
    return topics


@lru_cache(maxsize=32)
def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((_HOME / name).read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Abroad:
    """A language that is not the user's own, and its words that are other words at home.

    ``known`` are the words read so far: one that is a word elsewhere too is no sign of it.
    """

    guest: Guest
    private: frozenset[str]
    known: Mapping[str, Any]

    def takes(self, word: str, name: str, value: int | str) -> bool:
        """Keep a word that is other words at home; note any other one as a sign of the language."""
        pieces = tuple(fold(token.text) for token in read(word).tokens)
        if word not in self.private:
            if len(pieces) == 1 and pieces[0] not in self.known:
                self.guest.signs.add(pieces[0])
            return False
        if len(pieces) == 1:
            tags = self.guest.words.get(pieces[0], ())
            self.guest.words[pieces[0]] = (*tags, Tag(name, value))
        return True


def _abroad(vocabulary: Vocabulary, language: str, content: Mapping[str, Any]) -> _Abroad:
    guest = vocabulary.guests.setdefault(language, Guest())
    return _Abroad(guest, frozenset(content.get("only_at_home", ())), vocabulary.words)


def _add_file(vocabulary: Vocabulary, content: Mapping[str, Any], foreign: str) -> None:
    """Add one file; ``foreign`` is its language unless that is the user's own."""
    abroad = _abroad(vocabulary, foreign, content) if foreign else None
    for name, words in content.get("words", {}).items():
        _add_class(vocabulary, name, {name: words}, abroad)
    for name, values in content.get("values", {}).items():
        _add_class(vocabulary, name, values, abroad)
    for name, entries in content.get("lists", {}).items():
        folded = frozenset(map(fold, entries))
        vocabulary.lists[name] = vocabulary.listed(name) | folded
    for name, rules in content.get("patterns", {}).items():
        tree = vocabulary.trees.setdefault(name, Tree())
        for rule, patterns in rules.items():
            for pattern in patterns:
                tree.add(fold(pattern), rule)


def _add_class(
    vocabulary: Vocabulary, name: str, values: Mapping[str, list[str]], abroad: _Abroad | None
) -> None:
    for key, words in values.items():
        value: int | str = int(key) if key.lstrip("-").isdigit() else key
        for word in words:
            if abroad is None or not abroad.takes(word, name, value):
                _add_word(vocabulary, word, name, value)


def _add_word(vocabulary: Vocabulary, word: str, name: str, value: int | str) -> None:
    pieces = tuple(fold(token.text) for token in read(word).tokens)
    tag = Tag(name, value, len(pieces))
    vocabulary.known.update(pieces)
    if len(pieces) == 1:
        tags = vocabulary.words.get(pieces[0], ())
        if tag not in tags:
            vocabulary.words[pieces[0]] = (*tags, tag)
        return
    vocabulary.phrases.setdefault(pieces[0], []).append((pieces[1:], tag))


def _forgive_slips(vocabularies: Iterable[Vocabulary]) -> None:
    """Note the long words of the user's own language; in a foreign one a slip is another word."""
    for vocabulary in vocabularies:
        forgiven = vocabulary.listed("mistyped")
        for word, tags in vocabulary.words.items():
            if len(word) >= _MIN_FORGIVEN and any(tag.word_class in forgiven for tag in tags):
                vocabulary.near.setdefault(word[0], []).append(word)


def _finish(vocabulary: Vocabulary) -> None:
    vocabulary.known |= vocabulary.listed("no_slips")
    for tree in vocabulary.trees.values():
        vocabulary.known.update(tree.words())
