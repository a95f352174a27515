"""Exact sentences against a message: where its slots can stand, and which sentence fits best."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from intents.ahead import bare_ordinals
from intents.hushing import spans
from intents.leads import lead_pieces
from intents.limits import times_of
from intents.match import Match, Places, Sentences
from intents.plans import percent_places
from intents.pointing import entry_pointers
from intents.reading import Piece, Reading, find_runs, is_day
from intents.stocks import course_places, quantity_places, ratio_places, security_places
from intents.vocabulary import runs

# Slots that a piece of a kind can fill.
_FILLS = {
    "period": ("period", "compare_to", "by", "term"),
    "amount": (
        "amount",
        "minimum",
        "maximum",
        "balance",
        "figure",
        "units",
        "rate",
        "apr",
        "least",
        "price",
        "fee",
    ),
    "currency": ("base", "quote", "currency"),
    "category": ("category", "what", "bill", "source"),
    "merchant": ("merchant", "what", "payee", "bill"),
    "account": ("account",),
    "subscription": ("subscription", "bill"),
    "bill": ("bill",),
    "goal": ("goal", "own_goal"),
    "code": ("code",),
}
# Slots whose words are a list of the vocabulary, not something a grammar finds.
_LISTED = frozenset({"group_by", "cadence", "kind", "topic", "until", "percent", "per", "alerts"})
# Slots of trades, and what finds where they can stand.
_TRADED = {
    "security": security_places,
    "quantity": quantity_places,
    "ratio": ratio_places,
    "course": course_places,
    "points": percent_places,
}
# What a language may put an article before that its sentences do not spell out: "la comida".
_WITH_ARTICLE = frozenset({"category", "merchant", "account", "subscription", "bill", "goal"})
_Ends = dict[str, dict[int, tuple[int, ...]]]
_Place = tuple[str, int, int]


def exact_matches(reading: Reading, sentences: Sentences) -> list[Match]:
    """Return the sentences that the whole message is, courtesies around it aside, best first."""
    places = _places(reading)
    for first, last in _cores(reading):
        found = sentences.matches(places, first, last)
        if found:
            return found
    return []


def _cores(reading: Reading) -> Iterator[tuple[int, int]]:
    """Give the message with fewer and fewer courtesies around it, the whole of it first."""
    first, last = 0, len(reading.texts)
    manners = reading.vocabulary.manners
    yield first, last
    while size := reading.starts(manners.before, first):
        if first + size >= last:
            break
        first += size
        yield first, last
    while size := _ending(reading.texts[first:last], manners.after):
        if first + size >= last:
            break
        last -= size
        yield first, last
        yield 0, last


def _ending(texts: tuple[str, ...], runs: Iterable[tuple[str, ...]]) -> int:
    return max((len(run) for run in runs if texts[-len(run) :] == run), default=0)


def _places(reading: Reading) -> Places:
    ends: _Ends = {}
    found = (
        *_named(reading),
        *_pointed(reading),
        *_listed(reading),
        *_traded(reading),
        *_limited(reading),
    )
    for name, first, last in found:
        starts = ends.setdefault(name, {})
        if last not in starts.get(first, ()):
            starts[first] = (*starts.get(first, ()), last)
    blocked = frozenset(
        place
        for piece in reading.of("period", "amount")
        for place in range(piece.first, piece.last)
    )
    own = frozenset(
        (first, piece.last) for piece in reading.of("bill") for first in _beginnings(reading, piece)
    )
    words = reading.vocabulary
    return Places(reading.texts, ends, words.shut, words.requested, blocked, own)


def _named(reading: Reading) -> Iterator[_Place]:
    """Give where the pieces of the message can fill slots."""
    for piece in reading.pieces:
        names = _FILLS[piece.kind]
        if piece.kind == "period" and is_day(piece.value):
            names = (*names, "booked_date", "due")
        for first in _beginnings(reading, piece):
            for name in names:
                yield name, first, piece.last


def _pointed(reading: Reading) -> Iterator[_Place]:
    """Give where the message points at an entry, a figure or a file, or counts."""
    for pointer in entry_pointers(reading):
        yield "entry", pointer.first, pointer.last
    for name in ("figure", "file"):
        words = runs(reading.vocabulary.dialogue[name]["words"])
        for first, last in find_runs(reading.texts, words):
            yield name, first, last
    for piece in bare_ordinals(reading):
        yield "due", piece.first, piece.last
    for place, text in enumerate(reading.texts):
        if text.isdecimal() or text in reading.vocabulary.numbers:
            yield "number", place, place + 1
        if text.isdecimal() and _is_share(reading, place):
            yield "amount", place, place + 1  # "25 of that was food"


def _limited(reading: Reading) -> Iterator[_Place]:
    """Give where it says how long before something, how long from now on, and how many times."""
    for first, last in spans(reading):
        yield "span", first, last
    for piece in lead_pieces(reading):
        yield "lead", piece.first, piece.last
    for place in range(len(reading.texts)):
        if times_of(reading, place) is not None:
            yield "times", place, place + 1


def _traded(reading: Reading) -> Iterator[_Place]:
    """Give where securities, numbers of pieces and ratios of splits stand."""
    for slot, places in _TRADED.items():
        for first, last in places(reading):
            yield slot, first, last


def _is_share(reading: Reading, place: int) -> bool:
    """Tell whether a figure counts money of something: "25 of that", not "2 of may"."""
    after = reading.texts[place + 1 : place + 2]
    return bool(set(after) & set(reading.vocabulary.dialogue["split"]["of"]))


def _beginnings(reading: Reading, piece: Piece) -> Iterable[int]:
    """Give where a piece may begin: with or without "in", "over" or "from" before its core."""
    small = reading.vocabulary.small
    first = piece.first
    yield first
    if first and piece.kind in _WITH_ARTICLE:
        articles = reading.vocabulary.dialogue["prepositions"]["named_articles"]
        if reading.texts[first - 1] in articles:
            yield first - 1
    while first + 1 < piece.last and reading.texts[first] in small:
        first += 1
        yield first


def _listed(reading: Reading) -> Iterator[_Place]:
    """Give where words of the vocabulary's lists stand."""
    for argument, cues in reading.vocabulary.listed.items():
        if argument in _LISTED:
            for cue in cues:
                for first, last in find_runs(reading.texts, (cue,)):
                    yield argument, first, last
