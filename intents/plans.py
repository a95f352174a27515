"""Reads goals and debts: which one is meant, by when, at which rate, from which budget."""

from __future__ import annotations

import re

from intents.ahead import pieces_ahead
from intents.filling import Filling, unexplained, unknown_name
from intents.reading import Piece, Reading

_LONGEST_NAME = 5  # words


def take_goal(filling: Filling) -> None:
    """Settle ``goal`` by the words of the sentence's slot, else by those nothing explains."""
    words = filling.words_in("goal")
    if words is None and not filling.named_only:
        words = unknown_name(filling)
    if words is not None:
        _use_trimmed(filling, words, "goal")


def take_source(filling: Filling) -> None:
    """Settle ``source``: the category in its slot, else the one after "from" or "of"."""
    piece = filling.in_slot("source", "category")
    if piece is None:
        leads = frozenset(filling.reading.vocabulary.dialogue["plans"]["source_leads"])
        piece = next(
            (
                one
                for one in filling.free("category")
                if leads.intersection(filling.reading.texts[max(0, one.first - 3) : one.first])
            ),
            None,
        )
    if piece is not None:
        filling.use(piece, "source", piece.value[0])


def take_by(filling: Filling) -> None:
    """Settle ``by``: the last day of the time that lies ahead."""
    for piece in pieces_ahead(filling.reading):
        if not piece.overlaps(filling.used):
            filling.use(piece, "by", piece.value.last_day.isoformat())
            return


def take_debt(filling: Filling) -> None:
    """Settle the rate, the minimum and what is owed, each by the words around its figure."""
    patterns = filling.reading.vocabulary.dialogue["plans"]
    for argument, name in (("apr", "apr"), ("least", "least"), ("amount", "owed")):
        for pattern in patterns[name]:
            piece = _figure(filling.reading, pattern)
            if piece is not None and not piece.overlaps(filling.used):
                filling.use(piece, argument, str(piece.value).replace(",", ""))
                break


def _figure(reading: Reading, pattern: str) -> Piece | None:
    match = re.search(pattern, reading.utterance.lower)
    if match is None:
        return None
    start, end = match.span(1)
    inside = [place for place, word in enumerate(reading.words) if start <= word.start < end]
    return Piece("figure", inside[0], inside[-1] + 1, match[1]) if inside else None


def name_plan(filling: Filling) -> None:
    """Settle ``name``: the sentence's own words, an account, or what nothing else explains."""
    words = filling.words_in("name")
    if words is None:
        accounts = filling.reading.of("account")
        if accounts and filling.intent.tool != "set_goal":
            words = accounts[0]
        else:
            words = _left_over(filling)
    if words is not None:
        _use_trimmed(filling, words, "name")


def _left_over(filling: Filling) -> Piece | None:
    reading = filling.reading
    named = [
        place
        for piece in reading.of("merchant", "category", "bill")
        for place in range(piece.first, piece.last)
    ]
    places = sorted({*named, *unexplained(filling)} - filling.used)
    if not places or len(places) > _LONGEST_NAME or places[-1] - places[0] + 1 != len(places):
        return None
    return Piece("words", places[0], places[-1] + 1, "")


def _use_trimmed(filling: Filling, words: Piece, argument: str) -> None:
    """Take a name without "goal", "my" and the like around it, unless nothing else is there."""
    small = filling.reading.vocabulary.dialogue["plans"]["around_names"]
    texts = filling.reading.texts
    first, last = words.first, words.last
    while first < last - 1 and texts[first] in small:
        first += 1
    while first < last - 1 and texts[last - 1] in small:
        last -= 1
    filling.use(Piece("words", first, last, ""), argument, filling.reading.said(first, last))
