"""What alerts are about where they are muted or asked for, and until when: "netflix", "2 hours"."""

from __future__ import annotations

from collections.abc import Iterator

from intents.filling import Filling, unknown_name
from intents.moments import moment_in, words_of_moments
from intents.reading import Piece, Reading

# What an alert can be about, what is most the user's own first.
_NAMED = ("subscription", "bill", "goal", "account", "merchant", "category")


def spans(reading: Reading) -> Iterator[tuple[int, int]]:
    """Give where a message that asks for quiet says how long, small words before it included."""
    words = words_of_moments(reading)
    if not set(reading.texts) & set(words["hush"]):
        return
    places = sorted(moment_in(reading).places)
    if not places or places[-1] - places[0] + 1 != len(places):
        return
    for first in places:
        yield first, places[-1] + 1


def take_about(filling: Filling) -> None:
    """Settle ``about`` by one name: a category by its slug, all else as it is called.

    A kind of alerts that was said beside a name narrows nothing: "mute netflix price alerts".
    """
    in_slot = filling.in_slot("what", *_NAMED)
    piece = in_slot or next(iter(filling.free(*_NAMED)), None)
    if piece is not None:
        said = filling.reading.said(piece.first, piece.last)
        is_slug = piece.kind == "category" and len(piece.value) == 1
        filling.use(piece, "about", piece.value[0] if is_slug else said)
    else:
        words = filling.words_in("what") or _unknown(filling)
        if words is None:
            return
        filling.use(words, "about", words.value)
    filling.arguments.pop("alerts", None)


def _unknown(filling: Filling) -> Piece | None:
    if filling.named_only or "alerts" in filling.arguments:
        return None
    return unknown_name(filling)
