"""What a model declares where the user wanted something done (law 7): nothing is, so nothing may.

`acts` finds claims by their verbs; nobody can list all the ways to say "it is done" ("Netflix has
left the building", "both are in", "450 it is"). Yet when something was asked for in a turn that a
model leads, it is never done when the words are written: code asks the user first. So there the
question is turned round: a clause has to be a question, a denial, a possibility, a condition, an
offer, courtesy, or tell a figure of the books. What only declares is a claim, however it is worded.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from intents.text import fold
from prompts.draft import REFERENCE

_PLACE = Path(__file__).with_suffix(".toml")
_FACT = "\u2026"
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.,](?=\d)[^.!?\n]+)*[.!?]*")
_CUT = re.compile(
    r"[,;:()\u2014\u2013](?!\d)|\s-\s|\s(?=(?:and|but|so|because|y|e|pero|asi que|porque)\s)"
)
_JOINTS = re.compile(r"^\s*(?:and|but|so|because|then|also|y|e|pero|asi que|porque|entonces)\s+")
_ASKS = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|have|has|can|could|would|should|shall|will|which|what|who"
    r"|whom|when|where|how|why|que|cual|cuanto|cuando|quien|como|donde|quieres|es|son|a quien)\b"
)
_WORD = re.compile(r"[\w\u2026'$\u20ac%.]+")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_DIGIT = re.compile(r"\d")
_FRAGMENT = 2  # words; so few say nothing of their own beside a whole clause


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Patterns of both languages: a model may answer in another one than it was asked in."""

    all: re.Pattern[str]
    covers: re.Pattern[str]
    near: re.Pattern[str]
    talk: re.Pattern[str]
    opinion: re.Pattern[str]
    shown: re.Pattern[str]
    promises: re.Pattern[str]
    verb: re.Pattern[str]
    beside: re.Pattern[str]


def declared(text: str, *, said: str, is_shown: bool) -> Iterator[str]:
    """Give the clauses of ``text`` that declare something, where something was to be done.

    ``said`` is the user's message: a figure that is not in there is one of the books.
    ``is_shown``: something is put to the user beside these words, which may point at it.
    """
    own = {*_FIGURE.findall(said)}
    told = REFERENCE.sub(f" {_FACT} ", text)
    told = _FIGURE.sub(lambda found: found[0] if found[0] in own else _FACT, told)
    plain = fold(told.replace("\u2019", "'").casefold())
    for found in _SENTENCE.finditer(plain):
        yield from _declared(found[0], is_shown=is_shown)


def _declared(sentence: str, *, is_shown: bool) -> Iterator[str]:
    kinds, clauses = _kinds(), [one for one in _CUT.split(sentence) if _WORD.search(one)]
    asks = sentence.rstrip().endswith("?")
    is_covered = kinds.all.search(sentence) is not None
    judged = []
    for place, clause in enumerate(clauses):
        said = _JOINTS.sub("", clause).strip(" .!?\u00bf\u00a1\"'")
        is_covered = is_covered or kinds.covers.search(said) is not None
        is_asked = asks and (place == len(clauses) - 1 or _ASKS.search(said) is not None)
        # What is asked about, or put to the user beside the words, may be named.
        is_named = (asks or is_shown) and _only_names(said, kinds)
        fine = is_covered or is_asked or is_named or _is_harmless(said, kinds, is_shown=is_shown)
        judged.append((said, fine))
    is_beside = any(fine and not kinds.talk.fullmatch(said) for said, fine in judged)
    for said, fine in judged:
        if said and not fine and not (is_beside and _only_adds(said, kinds)):
            yield said


def _only_names(said: str, kinds: _Kinds) -> bool:
    """Tell whether a part has no verb and promises nothing: "30 for the plumber"."""
    return not kinds.verb.search(said) and not kinds.promises.search(said)


def _only_adds(said: str, kinds: _Kinds) -> bool:
    """Tell whether a part says nothing of its own beside a whole clause: "like any payment"."""
    if _DIGIT.search(said) or kinds.promises.search(said):
        return False
    return len(_WORD.findall(said)) <= _FRAGMENT or kinds.beside.match(said) is not None


def _is_harmless(said: str, kinds: _Kinds, *, is_shown: bool) -> bool:
    if kinds.talk.fullmatch(said):
        return True
    if kinds.shown.search(said):
        return is_shown
    if kinds.promises.search(said):
        return False
    return _FACT in said or any(one.search(said) for one in (kinds.near, kinds.opinion))


@lru_cache(maxsize=1)
def _kinds() -> _Kinds:
    tables = tomllib.loads(_PLACE.read_text(encoding="utf-8"))
    return _Kinds(**{name: _any(tables, name) for name in _Kinds.__slots__})


def _any(tables: Mapping[str, Mapping[str, Sequence[str]]], kind: str) -> re.Pattern[str]:
    ways: Iterable[str] = (way for table in tables.values() for way in table[kind])
    return re.compile(rf"\b(?:{'|'.join(ways)})\b")
