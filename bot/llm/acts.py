"""Claims that something was done (law 7): only the record of the turn may say so, never a model.

Found are the forms in which English and Spanish say that an act of ours happened or is happening:
"I cancelled", "was sent", "got removed", "Budget created.", "I'm sending it now", "ya lo cancelé",
"está cancelado", "todo listo". What is denied, asked, conditional or offered claims nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.llm.act_forms import IDIOMS, MONEY_IDIOMS, MORE_IDIOMS, NO_CLAIM, OWN_IDIOMS, Verbs, forms
from intents.text import fold
from prompts.draft import REFERENCE, references

_PLACE = Path(__file__).with_name("acts.toml")
_FACT = "\u2026"
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_CUT = re.compile(r"[,;:()\u2014\u2013]|\s-\s|\s(?:and|but|so|y|e|pero|asi que)\s", re.IGNORECASE)
_ASIDE = re.compile(r",[^,.!?]{1,40},")
# With whether others' acts are told in the same words.
_IDIOMS = ((IDIOMS, False), (OWN_IDIOMS, False), (MORE_IDIOMS, True), (MONEY_IDIOMS, True))
_ASKS = re.compile(
    r"(?i)^\W*(?:was|were|is|are|has|have|had|did|do|does|should|shall|can|could|would|will|want"
    r"|which|what|when|who|how|why|que|cual|cuando|quien|como|quieres|puedo)\b"
)
_BY_OTHERS = re.compile(
    r"\b(?:by|por)\s+(?!me\b|us\b|you\b|mi\b|nosotros\b|now\b|ti\b|ahora\b|fin\b|completo\b)\w"
)
_TO_YOU = re.compile(r"\byou(?:'ve)?\s*$|\b(?:te|le)\s*$")
_SHORTEST_NAME = 3
_STEM = 6  # letters that tell one verb from another: "cancel", "cancelado", "cancelada"


@dataclass(frozen=True, slots=True)
class Row:
    """What the books say of one thing: words of its state, its names, the ids of its facts.

    ``says`` is what our own phrase says of it: the verbs in there may be said as well.
    """

    states: frozenset[str]
    names: tuple[str, ...]
    facts: frozenset[str]
    says: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What may vouch in one turn: rows that were found, and what the user said himself.

    ``wished``: the user wanted something done; ``shown``: something is put to him beside the words.
    ``refused``: something was to be done in this turn and was not; then nothing vouches.
    ``shops``: the names of shops that were found, which may look like sites.
    """

    rows: tuple[Row, ...] = ()
    said: str = ""
    refused: bool = False
    wished: bool = False
    shown: bool = False
    shops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """One claim: as it stands there, the verb in it, and whether others' acts are told so too."""

    text: str
    verb: str
    start: int
    loose: bool = False
    first: bool = False


def claims(text: str, record: Record) -> Iterator[str]:
    """Give every claim of a done act in a model's words that the record does not vouch for."""
    own = verbs_in(record.said)
    for sentence in _sentences(text):
        named = _named(sentence, record.rows)
        plain = REFERENCE.sub(f" {_FACT} ", sentence)
        for one in _claimed(plain):
            if record.refused or not _is_vouched(one, plain, named, own):
                yield one.text


@lru_cache(maxsize=512)
def verbs_in(text: str) -> frozenset[str]:
    """Return the verbs of what a text says was done."""
    found = (one.verb for part in _sentences(text) for one in _claimed(part))
    return frozenset(verb for verb in found if verb)


def _sentences(text: str) -> Iterable[str]:
    """Split, and make the words comparable: no accents but in "sí", which is no "si"."""
    return _SENTENCE.findall(text.replace("\u2019", "'").replace("sí", "yes").replace("Sí", "Yes"))


def _claimed(sentence: str) -> Iterator[_Found]:
    """Give what a sentence claims: over the whole of it, and part by part for what has no verb."""
    seen: set[str] = set()
    for one in (*_matches(sentence), *_matches(_ASIDE.sub(" ", sentence)), *_alone(sentence)):
        if one.text not in seen:
            seen.add(one.text)
            yield one


def _matches(sentence: str) -> Iterator[_Found]:
    known = _known()
    folded = fold(sentence)
    for form in known.forms:
        # Spanish past tenses are told from wishes by their accents alone.
        where = sentence if form.accented else folded
        for found in form.pattern.finditer(where):
            before = fold(where[: found.start()])
            if not _claims_nothing(folded, before, first=form.first):
                verb = fold(found["verb"].lower())
                loose = form.loose or verb in known.money
                yield _Found(found[0].strip(), verb, found.start(), loose, form.first)
    for pattern, loose in _IDIOMS:
        for found in pattern.finditer(folded):
            if not _claims_nothing(folded, folded[: found.start()], first=False):
                yield _Found(found[0].strip(), "", found.start(), loose)


def _alone(sentence: str) -> Iterator[_Found]:
    """Give parts that claim without a verb of their own: "Sent!", "Budget created."."""
    known = _known()
    folded = fold(sentence)
    starts = [0, *(cut.end() for cut in _CUT.finditer(folded))]
    ends = [*(cut.start() for cut in _CUT.finditer(folded)), len(folded)]
    for start, end in zip(starts, ends, strict=True):
        part = folded[start:end]
        if part.rstrip().endswith("?"):
            continue
        for pattern in known.alone:
            found = pattern.search(part)
            if found is not None:
                verb = found["verb"].lower()
                yield _Found(part.strip(), verb, start, verb in known.money)


def _claims_nothing(sentence: str, before: str, *, first: bool) -> bool:
    """Tell whether the words before say that it is not so, not yet so, or asked."""
    cuts = [cut.end() for cut in _CUT.finditer(before)]
    start = cuts[-1] if cuts else 0
    clause = before[start:]
    near = NO_CLAIM.near_first if first else NO_CLAIM.near
    if near.search(clause):
        return True
    if not first and (NO_CLAIM.denied.search(clause) or NO_CLAIM.conditional.search(clause)):
        return True
    if not sentence.rstrip().endswith("?"):
        return False
    rest = sentence[len(before) :].rstrip("? ")
    is_last = not first and _CUT.search(rest) is None
    return is_last or _ASKS.search(sentence[start:]) is not None


def _is_vouched(one: _Found, sentence: str, named: Iterable[Row], own: Iterable[str]) -> bool:
    if one.first:
        return False
    told = {said[:_STEM] for said in own}
    told |= {verb[:_STEM] for row in named for verb in verbs_in(row.says)}
    told |= {word for row in named for state in row.states for word in _known().states[state]}
    if one.verb and any(one.verb.startswith(word) for word in told):
        return True
    return one.loose and _is_told_from_the_books(one, sentence, named)


def _is_told_from_the_books(one: _Found, sentence: str, named: Iterable[Row]) -> bool:
    """Tell whether an act of others has a fact, a row or somebody who did it beside it."""
    folded = fold(sentence.casefold())
    return (
        _FACT in folded
        or any(row.names for row in named)
        or _BY_OTHERS.search(folded) is not None
        or _TO_YOU.search(folded[: one.start]) is not None
    )


def _named(sentence: str, rows: Iterable[Row]) -> list[Row]:
    """Return the rows a sentence is about: named in it, or with a fact of theirs in it."""
    words = f" {_spaced(REFERENCE.sub(' ', sentence))} "
    used = set(references(sentence))
    return [
        row
        for row in rows
        if used & row.facts
        or any(len(name) >= _SHORTEST_NAME and f" {_spaced(name)} " in words for name in row.names)
    ]


def states_in(shapes: Iterable[str]) -> frozenset[str]:
    """Return the words of a record's state that stand in the names of its phrases."""
    words = {word for shape in shapes for word in re.split(r"[._]", shape)}
    if "not" in words or "requested" in words:
        words -= {"executed", "cancelled", "sent"}
    return frozenset(words & _known().states.keys())


@dataclass(frozen=True, slots=True)
class _Known:
    forms: tuple[Verbs, ...]
    alone: tuple[re.Pattern[str], ...]
    money: frozenset[str]
    states: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def _known() -> _Known:
    tables = tomllib.loads(_PLACE.read_text(encoding="utf-8"))
    made, alone = forms(tables)
    money = {*tables["en"]["money"], *tables["es"]["past"]}
    money |= {stem + end for stem in tables["es"]["money"] for end in ("o", "a", "os", "as")}
    states = {name: tuple(words) for name, words in tables["states"].items()}
    return _Known(tuple(made), tuple(alone), frozenset(money), states)


def _spaced(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text.casefold())))
