"""Law 1 on a model's words: every figure, name and pairing must come from what was found.

The words refer to facts by id and code writes those; this looks at everything else. A breach is
what stands in the text, so that the model can be told; it never says what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from bot.llm.acts import Record, Row, states_in
from bot.llm.claims import claim_words, forbidden
from bot.llm.observation import row_shape
from bot.llm.typed_figures import Figure, Unit, typed_figures
from core.facts import Answer, Fact, FactKind
from core.money import Money
from core.period import Period
from intents.text import fold
from prompts.draft import REFERENCE, references

_CLAUSE = re.compile(r"[.;!?\n]+\s|,\s|\s(?:and|but|while|y|e|pero|mientras)\s|[\n]")
_SENTENCE = re.compile(r"[.!?\n]+\s|\n")
_WORD = re.compile(r"[^\W\d_]+")
# A name this short is in too many words to be looked for.
_SHORTEST_NAME = 3
# The names of facts that tell what has become of a thing.
_STATES = frozenset({"state", "status"})
_HEDGES = re.compile(
    r"(?:\babout|\baround|\bnearly|\balmost|\broughly|\bover|\bunder|\bsome|~|\bunos|\bunas"
    r"|\bcasi|\bcerca de|\balrededor de|\bm[aá]s de)\s*$",
    re.IGNORECASE,
)
_HEDGED = Decimal("0.01")
_HAS_BOTH = re.compile(r"(?=.*\d).*[^\W\d_]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a reply may stand on: this turn's facts, the user's own message, all known names.

    ``names`` are the shops and payees that this user's books know. ``refused``: something was to
    be done in this turn and was not. ``phrases`` are our own words for the answers' shapes.
    """

    answers: Sequence[Answer]
    facts: Mapping[str, Fact]
    said: str
    names: Iterable[str] = ()
    shown: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    refused: bool = False
    phrases: Mapping[str, str] = field(default_factory=dict)


def breaches(text: str, grounds: Grounds) -> tuple[str, ...]:
    """Return everything in ``text`` that nothing vouches for, in the order of the checks."""
    found = [name for name in references(text) if name not in grounds.facts]
    bare = REFERENCE.sub(" \u2026 ", text)
    found += [mark for mark in "{}" if mark in bare]
    found += forbidden(text, _record(grounds))
    found += _figures(bare, grounds)
    found += _figures_in_words(text, grounds)
    found += _names(bare, grounds)
    found += _swapped(text, grounds)
    return tuple(dict.fromkeys(found))


def _record(grounds: Grounds) -> Record:
    """Return what may vouch for an act: the states of the rows that were found."""
    rows = []
    for answer in grounds.answers:
        shapes = (answer.shape, *answer.options)
        rows.append(_state_of(shapes, answer.facts, grounds))
        rows += [_state_of((row_shape(answer, one),), one.facts, grounds) for one in answer.lines]
    return Record(tuple(rows), grounds.said, grounds.refused)


def _state_of(shapes: Iterable[str], facts: Sequence[Fact], grounds: Grounds) -> Row:
    names = [fact for fact in facts if fact.kind is FactKind.NAME]
    told = [str(fact.value) for fact in names if fact.name in _STATES]
    shown = tuple(grounds.shown.get(one.id, str(one.value)) for one in names)
    says = "\n".join(grounds.phrases.get(shape, "") for shape in shapes)
    return Row(states_in((*shapes, *told)), shown, frozenset(fact.id for fact in facts), says)


def _figures(text: str, grounds: Grounds) -> Iterator[str]:
    """Give typed figures that are no fact's and not the user's own."""
    folded = text.casefold()
    for name in sorted(_known_names(grounds), key=len, reverse=True):
        # A number alone is no name, and a name does not begin or end within a figure.
        if _HAS_BOTH.search(name) and name.casefold() in folded:
            whole = rf"(?<![\w.,]){re.escape(name)}(?!\w|[.,]\d)"
            text = re.sub(whole, " ", text, flags=re.IGNORECASE)
    said = {value for one in typed_figures(grounds.said) for value, _ in one.readings}
    facts = list(grounds.facts.values())
    for figure in typed_figures(text):
        own = any(value in said for value, _ in figure.readings)
        hedged = _HEDGES.search(text[: figure.start]) is not None
        if not own and not any(_vouches(fact, figure, grounds, hedged=hedged) for fact in facts):
            yield figure.text


def _figures_in_words(text: str, grounds: Grounds) -> Iterator[str]:
    """Give figures in words; how many rows there are, or are named in a sentence, may be said."""
    allowed = {value for one in typed_figures(grounds.said) for value, _ in one.readings}
    for fact in grounds.facts.values():
        allowed |= _plain_values(fact, grounds.zone)
    allowed |= {Decimal(len(answer.lines)) for answer in grounds.answers}
    said = set(_WORD.findall(_folded(grounds.said)))
    for sentence in _SENTENCE.split(text):
        counted = allowed | {Decimal(len(references(sentence)))}
        for word in _WORD.findall(_folded(REFERENCE.sub(" ", sentence))):
            meant = claim_words().figures.get(word)
            if meant is not None and word not in said and meant not in counted:
                yield word


def _vouches(fact: Fact, figure: Figure, grounds: Grounds, *, hedged: bool) -> bool:
    """Tell whether a fact is what was typed: exactly, or rounded to the digits shown."""
    value = fact.value
    if isinstance(value, Money):
        if figure.currencies and value.currency not in figure.currencies:
            return False
        return figure.unit is not Unit.PERCENT and _matches(figure, value.decimal, hedged=hedged)
    if fact.kind is FactKind.PERCENT and isinstance(value, Decimal):
        return figure.unit is not Unit.MONEY and _matches(figure, value, hedged=hedged)
    if figure.unit is not Unit.PLAIN:
        return False
    wanted = _plain_values(fact, grounds.zone)
    return any(reading in wanted for reading, _ in figure.readings)


def _matches(figure: Figure, value: Decimal, *, hedged: bool) -> bool:
    value = abs(value)
    for reading, step in figure.readings:
        near = (value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
        even = (value / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * step
        if reading in (near, even) and (step <= 1 or _significant(reading, step) > 1):
            return True
        if hedged and _significant(reading, step) > 1 and abs(reading - value) <= value * _HEDGED:
            return True
    return False


def _significant(reading: Decimal, step: Decimal) -> int:
    """Return how many digits were really given: 1.2 lakh has two."""
    return len(str(int(reading / step)).rstrip("0") or "0")


def _plain_values(fact: Fact, zone: str) -> set[Decimal]:
    """Return the values that a figure without a unit may have: counts, days, years, hours."""
    value = fact.value
    match value:
        case bool():
            return set()
        case int():
            return {Decimal(abs(value))}
        case datetime():
            local = value.astimezone(ZoneInfo(zone))
            return {Decimal(n) for n in (local.day, local.year, local.hour, local.minute)}
        case date():
            return {Decimal(value.day), Decimal(value.year)}
        case Period():
            days = (value.start, value.end - timedelta(days=1))
            return {Decimal(n) for day in days for n in (day.day, day.year)}
        case _:
            return set()


def _names(text: str, grounds: Grounds) -> Iterator[str]:
    """Give known names in the text that neither the facts nor the user's message hold.

    A name counts as it is written, with its capitals: a target is not the shop Target.
    """
    allowed = f" {_spaced(grounds.said)} " + " ".join(
        f" {_spaced(one)} " for one in _found_names(grounds)
    )
    for name in grounds.names:
        # Thousands of shops may be known: most are not even a part of the text.
        if name not in text or len(name) < _SHORTEST_NAME or f" {_spaced(name)} " in allowed:
            continue
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            yield name


def _swapped(text: str, grounds: Grounds) -> Iterator[str]:
    """Give figures that stand beside another row's name.

    Where a clause names rows, each row's figure in it must be of a row that is named there.
    """
    rows = [row for answer in grounds.answers for row in _rows(answer, grounds)]
    owner = {fact: place for place, (facts, _) in enumerate(rows) for fact in facts}
    for clause in _CLAUSE.split(text):
        spaced = f" {_spaced(REFERENCE.sub(' ', clause))} "
        named = {
            place
            for place, (_, names) in enumerate(rows)
            if any(f" {name} " in spaced for name in names)
        }
        named |= {owner[one] for one in references(clause) if _is_name(one, grounds, owner)}
        for one in references(clause):
            if named and one in owner and owner[one] not in named:
                yield one


def _is_name(identity: str, grounds: Grounds, owner: Mapping[str, int]) -> bool:
    fact = grounds.facts.get(identity)
    return identity in owner and fact is not None and fact.kind is FactKind.NAME


def _rows(answer: Answer, grounds: Grounds) -> Iterator[tuple[frozenset[str], tuple[str, ...]]]:
    """Give each row's facts and the names by which it is told from the others."""
    for line in answer.lines:
        names = tuple(
            _spaced(grounds.shown.get(fact.id, str(fact.value)))
            for fact in line.facts
            if fact.kind is FactKind.NAME
        )
        telling = tuple(name for name in names if len(name) >= _SHORTEST_NAME)
        yield frozenset(fact.id for fact in line.facts), telling


def _known_names(grounds: Grounds) -> set[str]:
    return {*grounds.names, *_found_names(grounds)}


def _found_names(grounds: Grounds) -> Iterator[str]:
    for fact in grounds.facts.values():
        if fact.kind is FactKind.NAME:
            yield grounds.shown.get(fact.id, str(fact.value))
            yield str(fact.value).replace("_", " ")


def _folded(text: str) -> str:
    return fold(text.casefold())


def _spaced(text: str) -> str:
    """Return the words of a text, folded, one blank between them."""
    return " ".join(re.findall(r"\w+", _folded(text)))
