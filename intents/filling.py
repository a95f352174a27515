"""Arguments in the making: what a message has settled so far, and which words are explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.conversation.plan import JsonValue
from intents.reading import Piece, Reading
from intents.vocabulary import Intent, runs

Slots = Mapping[str, tuple[tuple[int, int], ...]]
_SHORTEST_FORGIVEN = 4  # letters; in a shorter word one slip makes another word
_LONGEST_NAME = 3  # words of a name that nothing knows


@dataclass(slots=True)
class Filling:
    """Arguments in the making: what was read, what is settled, which words are explained.

    ``said`` keeps the user's own words behind an argument, for restating the request.
    ``named_only`` takes nothing for a name that the user's books do not know.
    """

    reading: Reading
    intent: Intent
    slots: Slots
    takes: frozenset[str]
    named_only: bool = False
    arguments: dict[str, JsonValue] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    def use(self, piece: Piece, argument: str, value: JsonValue) -> None:
        """Settle an argument by a piece of the message."""
        self.arguments[argument] = value
        self.said[argument] = self.reading.said(piece.first, piece.last)
        self.used.update(range(piece.first, piece.last))

    def free(self, *kinds: str) -> list[Piece]:
        """Return pieces of some kinds whose words are not explained yet."""
        return [piece for piece in self.reading.of(*kinds) if not piece.overlaps(self.used)]

    def in_slot(self, name: str, *kinds: str) -> Piece | None:
        """Return the piece that stands exactly in a slot of the matched sentence."""
        return next(iter(self.in_slots(name, *kinds)), None)

    def in_slots(self, name: str, *kinds: str) -> list[Piece]:
        """Return the pieces that stand exactly in the places of a slot."""
        return [
            piece
            for first, last in self.slots.get(name, ())
            for piece in self.reading.of(*kinds)
            if piece.last == last and piece.first in (first, self._past_article(first))
        ]

    def _past_article(self, first: int) -> int:
        """Return where a name begins behind an article that a slot may take along: "el BBVA"."""
        articles = self.reading.vocabulary.dialogue["prepositions"]["named_articles"]
        return first + 1 if self.reading.texts[first] in articles else first

    def words_in(self, name: str) -> Piece | None:
        """Return the bare words of a slot of the matched sentence."""
        for first, last in self.slots.get(name, ()):
            return Piece("words", first, last, self.reading.said(first, last))
        return None


def is_taken_out(reading: Reading, piece: Piece) -> bool:
    """Tell whether a sum is asked for without this: "food not counting groceries"."""
    apart = runs(reading.vocabulary.dialogue["correction"]["apart"])
    return piece.kind in ("category", "merchant") and any(
        ends_with(reading.texts, piece.first, run) for run in apart
    )


def affirmed(reading: Reading, pieces: Sequence[Piece]) -> Piece | None:
    """Return the piece that is meant: of two the one not denied ("not 45, 54", "54 not 45").

    Nothing is meant when the only one is denied.
    """
    denials = runs(reading.vocabulary.dialogue["correction"]["not"])
    meant = [
        piece
        for piece in pieces
        if not any(ends_with(reading.texts, piece.first, run) for run in denials)
        and not is_taken_out(reading, piece)
    ]
    if meant:
        return meant[-1]
    return pieces[-1] if len(pieces) > 1 else None


def unexplained(filling: Filling) -> list[int]:
    """Return the places of content words that no slot, cue or usual wording explains."""
    reading = filling.reading
    small = reading.vocabulary.manners.stop | reading.vocabulary.common
    usual = filling.intent.words
    named = {
        place
        for piece in reading.of("period", "amount", "code")
        for place in range(piece.first, piece.last)
    }
    return [
        place
        for place, text in enumerate(reading.texts)
        if place not in filling.used
        and place not in named
        and text not in small
        and not _usual(text, usual)
    ]


def _usual(text: str, usual: frozenset[str]) -> bool:
    if text in usual or len(text) < 2:
        return True
    if len(text) < _SHORTEST_FORGIVEN:
        return False
    return any(
        word[:1] == text[:1] and abs(len(word) - len(text)) <= 1 and _one_slip(word, text)
        for word in usual
    )


def _one_slip(one: str, other: str) -> bool:
    """Tell whether two words differ by one letter more, less, other or swapped."""
    if len(one) == len(other):
        different = [i for i in range(len(one)) if one[i] != other[i]]
        if len(different) == 2:
            i, k = different
            return k == i + 1 and one[i] == other[k] and one[k] == other[i]
        return len(different) <= 1
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def ends_with(texts: tuple[str, ...], at: int, run: tuple[str, ...]) -> bool:
    """Tell whether ``run`` stands right before the word at ``at``."""
    return len(run) <= at and texts[at - len(run) : at] == run


def unknown_name(filling: Filling) -> Piece | None:
    """Return the one run of words that no request is made of."""
    requested = filling.reading.vocabulary.requested
    texts = filling.reading.texts
    numbers = filling.reading.vocabulary.numbers
    places = [
        place
        for place in unexplained(filling)
        if texts[place] not in requested and texts[place] not in numbers
    ]
    if not places or places[-1] - places[0] + 1 != len(places) or len(places) > _LONGEST_NAME:
        return None
    first, last = places[0], places[-1] + 1
    return Piece("words", first, last, filling.reading.said(first, last))
