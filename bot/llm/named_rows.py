"""Judges whether figures stand beside the name of their own row, typed or referred to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.llm.grounds import (
    SHORTEST_NAME,
    Grounds,
    levelled,
    shown_text,
    spaced,
    without_references,
)
from bot.llm.vouching import Claim
from core.facts import Answer, FactKind
from prompts.draft import REFERENCE

_CLAUSE = re.compile(
    r"[.;!?\n]+\s|,\s|\n|\s(?:and|but|while|whereas|then|plus|y|e|pero|mientras|luego)\s"
)
_SENTENCE = re.compile(r"[.!?\n]+\s|\n")
_LETTER = re.compile(r"[^\W\d_]")
# Names that say how a row is, not whose it is.
_MANNERS = frozenset(
    {"currency", "cadence", "way", "source", "state", "method", "kind", "quantity", "action"}
)


@dataclass(frozen=True, slots=True)
class _Told:
    """A name or a figure in the text, with the places of the rows that it belongs to."""

    text: str
    start: int
    rows: frozenset[int]
    is_name: bool = False


def swapped(text: str, claims: Sequence[Claim], grounds: Grounds) -> Iterator[str]:
    """Give figures that stand beside another row's name.

    Where a clause names rows, each row's figure in it must be of a row that is named there; where
    only one name and one figure stand in a sentence, they must be of one row.
    """
    rows = [line.facts for answer in grounds.answers for line in answer.lines]
    owner = {fact.id: place for place, facts in enumerate(rows) for fact in facts}
    bare = without_references(text)
    told = sorted(
        [
            *_referred(text, owner, grounds),
            *_typed(claims, owner),
            *_named(bare, grounds.answers, grounds),
        ],
        key=lambda one: one.start,
    )
    if not any(one.is_name for one in told):
        return
    found: list[_Told] = []
    for part in _parts(_CLAUSE, bare, told):
        found += _misplaced(part)
    for part in _parts(_SENTENCE, bare, told):
        if len(part) == 2 and len({one.is_name for one in part}) == 2:
            found += _misplaced(part)
    yield from (one.text for one in found)


def _parts(ends: re.Pattern[str], text: str, told: list[_Told]) -> Iterator[list[_Told]]:
    """Give what stands together between the ends of clauses or sentences."""
    start = 0
    for end in [*(found.end() for found in ends.finditer(text)), len(text) + 1]:
        yield [one for one in told if start <= one.start < end]
        start = end


def _misplaced(part: list[_Told]) -> Iterator[_Told]:
    """Give the figures of one clause that are not of the names they belong to."""
    names = [one for one in part if one.is_name]
    if not names:
        return
    anyone = frozenset[int]().union(*(one.rows for one in names))
    for place, one in enumerate(part):
        if one.is_name:
            continue
        wanted = _beside(part, place) or anyone
        if not one.rows & wanted:
            yield one


def _beside(part: list[_Told], place: int) -> frozenset[int]:
    """Return the rows named beside a figure, nothing where any name of the clause may be meant.

    A clause that begins with a name and ends with a figure names first; the other way round
    after it; a name at both ends of two figures has each beside it.
    """
    kinds = "".join("N" if one.is_name else "F" for one in part)
    if kinds.count("N") < 2:
        return frozenset()
    if kinds == "NFFN":
        return part[0 if place == 1 else 3].rows
    if kinds[0] == "N" and kinds[-1] == "F":
        before = list(reversed(part[:place]))
        return _run(before)
    if kinds[0] == "F" and kinds[-1] == "N":
        return _run(part[place + 1 :])
    return frozenset()


def _run(part: list[_Told]) -> frozenset[int]:
    """Return the rows of the first names that stand together."""
    rows: frozenset[int] = frozenset()
    for one in part:
        if one.is_name:
            rows |= one.rows
        elif rows:
            break
    return rows


def _referred(text: str, owner: Mapping[str, int], grounds: Grounds) -> Iterator[_Told]:
    for found in REFERENCE.finditer(text):
        fact = grounds.facts.get(found[1])
        if fact is None or found[1] not in owner:
            continue
        if fact.kind is FactKind.NAME and fact.name in _MANNERS:
            continue
        rows = frozenset({owner[found[1]]})
        yield _Told(found[1], found.start(), rows, fact.kind is FactKind.NAME)


def _typed(claims: Sequence[Claim], owner: Mapping[str, int]) -> Iterator[_Told]:
    """Give typed figures that can only be of rows."""
    for claim in claims:
        if claim.by and not claim.is_free and claim.by <= owner.keys():
            yield _Told(claim.text, claim.start, frozenset(owner[one] for one in claim.by))


def _named(text: str, answers: Sequence[Answer], grounds: Grounds) -> Iterator[_Told]:
    """Give the names of rows in the text, the longest first: "Amazon Prime" is not "Amazon"."""
    level = levelled(text)
    labels = _labels(answers, grounds)
    for label in sorted(labels, key=len, reverse=True):
        pattern = r"\W+".join(map(re.escape, label.split()))
        for found in re.finditer(rf"(?<!\w){pattern}(?!\w)", level):
            yield _Told(found[0], found.start(), frozenset(labels[label]), is_name=True)
            level = level[: found.start()] + "\0" * len(found[0]) + level[found.end() :]


def _labels(answers: Sequence[Answer], grounds: Grounds) -> Mapping[str, set[int]]:
    labels: dict[str, set[int]] = {}
    lines = [line for answer in answers for line in answer.lines]
    for place, line in enumerate(lines):
        names = [fact for fact in line.facts if fact.kind is FactKind.NAME]
        for fact in [one for one in names if one.name not in _MANNERS] or names:
            label = spaced(shown_text(fact, grounds))
            if len(label) >= SHORTEST_NAME and _LETTER.search(label):
                labels.setdefault(label, set()).add(place)
    return labels
