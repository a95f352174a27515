"""Law 1 on a model's words: every figure, name and pairing must come from what was found.

The words refer to facts by id and code writes those; this looks at everything else. A breach is
what stands in the text, so that the model can be told; it never says what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.llm.acts import Record, Row, states_in
from bot.llm.claims import forbidden
from bot.llm.figure_words import without_idioms
from bot.llm.grounds import (
    SHORTEST_NAME,
    Grounds,
    found_names,
    shown_text,
    spaced,
    without_names,
    without_references,
)
from bot.llm.named_rows import swapped
from bot.llm.observation import row_shape
from bot.llm.vouching import claims_of_days, claims_of_figures
from core.facts import Fact, FactKind
from prompts.draft import REFERENCE, references

# The names of facts that tell what has become of a thing.
_STATES = frozenset({"state", "status"})
# The names of facts that say who was paid; notes and memos may hold anything.
_SHOPS = frozenset({"payee", "merchant", "name"})


def breaches(text: str, grounds: Grounds) -> tuple[str, ...]:
    """Return everything in ``text`` that nothing vouches for, in the order of the checks."""
    found = [name for name in references(text) if name not in grounds.facts]
    bare = REFERENCE.sub(" \u2026 ", text)
    found += [mark for mark in "{}" if mark in bare]
    found += forbidden(text, _record(grounds))
    typed = without_idioms(without_names(without_references(text), grounds))
    days, rest = claims_of_days(typed, grounds)
    claims = [*days, *claims_of_figures(rest, text, grounds)]
    found += [claim.text for claim in claims if not claim.is_vouched]
    found += _names(bare, grounds)
    found += swapped(text, claims, grounds)
    return tuple(dict.fromkeys(found))


def _record(grounds: Grounds) -> Record:
    """Return what may vouch for an act: the states of the rows that were found."""
    rows = []
    for answer in grounds.answers:
        shapes = (answer.shape, *answer.options)
        rows.append(_state_of(shapes, answer.facts, grounds))
        rows += [_state_of((row_shape(answer, one),), one.facts, grounds) for one in answer.lines]
    return Record(
        tuple(rows),
        grounds.said,
        grounds.refused,
        wished=grounds.wished,
        shown=grounds.proposed,
        shops=tuple(_shops(grounds)),
    )


def _shops(grounds: Grounds) -> Iterator[str]:
    """Give the names of shops among the facts, and those of the books that the user named."""
    for fact in grounds.facts.values():
        if fact.kind is FactKind.NAME and fact.name in _SHOPS:
            yield shown_text(fact, grounds)
    said = grounds.said.casefold()
    yield from (name for name in grounds.names if "." in name and name.casefold() in said)


def _state_of(shapes: Iterable[str], facts: Sequence[Fact], grounds: Grounds) -> Row:
    names = [fact for fact in facts if fact.kind is FactKind.NAME]
    told = [str(fact.value) for fact in names if fact.name in _STATES]
    shown = tuple(shown_text(one, grounds) for one in names)
    says = "\n".join(grounds.phrases.get(shape, "") for shape in shapes)
    return Row(states_in((*shapes, *told)), shown, frozenset(fact.id for fact in facts), says)


def _names(text: str, grounds: Grounds) -> Iterator[str]:
    """Give known names in the text that neither the facts nor the user's message hold.

    A name counts as it is written, with its capitals: a target is not the shop Target.
    """
    allowed = f" {spaced(grounds.said)} " + " ".join(
        f" {spaced(one)} " for one in found_names(grounds)
    )
    for name in grounds.names:
        # Thousands of shops may be known: most are not even a part of the text.
        if name not in text or len(name) < SHORTEST_NAME or f" {spaced(name)} " in allowed:
            continue
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            yield name
