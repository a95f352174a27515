"""Reads which bill a message is about, and what a new one is called."""

from __future__ import annotations

from intents.filling import Filling, unexplained
from intents.reading import Piece

_LONGEST_NAME = 4  # words


def take_bill(filling: Filling) -> None:
    """Settle ``bill``: one of the user's by name, else what it is for, else the words said."""
    named = filling.in_slot("bill", "bill") or next(iter(filling.free("bill")), None)
    if named is not None and len(named.value) == 1:
        filling.use(named, "bill", named.value[0])
        return
    category = filling.in_slot("bill", "category") or _category(filling)
    if category is not None:
        filling.use(category, "bill", category.value[0])
        return
    for kind in ("subscription", "merchant"):
        piece = filling.in_slot("bill", kind) or next(iter(filling.free(kind)), None)
        if piece is not None:
            words = filling.reading.said(piece.first, piece.last)
            filling.use(piece, "bill", words)
            return
    loose = next(iter(filling.free("category")), None)
    if loose is not None and filling.intent.tool == "edit_bill":
        filling.use(loose, "bill", loose.value[0])  # "my salary is 2600 now"
        return
    words_said = filling.words_in("bill")
    if words_said is not None and not filling.named_only:
        filling.use(words_said, "bill", words_said.value)


def _category(filling: Filling) -> Piece | None:
    """Return a category that is named, and not one that only says that it is about bills."""
    loose = filling.reading.vocabulary.dialogue["ahead"]["about_bills"]
    return next(
        (
            piece
            for piece in filling.free("category")
            if " ".join(filling.reading.texts[piece.first : piece.last]) not in loose
        ),
        None,
    )


def name_bill(filling: Filling) -> None:
    """Settle ``name``: the words of the sentence's slot, else the words that nothing explains.

    "Bill", "my" and the like around it are no part of a name, unless there is nothing else.
    """
    words = filling.words_in("name") or _told(filling)
    ahead = filling.reading.vocabulary.dialogue["ahead"]
    if words is None:
        if "kind" in filling.said:
            said = filling.said["kind"].casefold()
            filling.arguments["name"] = said if said in ahead["about_bills"] else ahead["pay"]
        return
    small = ahead["around_names"]
    texts = filling.reading.texts
    first, last = words.first, words.last
    while first < last - 1 and texts[first] in small:
        first += 1
    while first < last - 1 and texts[last - 1] in small:
        last -= 1
    filling.use(Piece("words", first, last, ""), "name", filling.reading.said(first, last))


def _told(filling: Filling) -> Piece | None:
    reading = filling.reading
    loose = reading.vocabulary.dialogue["ahead"]["about_bills"]
    named = [
        place
        for piece in reading.of("merchant", "category", "subscription", "bill")
        for place in range(piece.first, piece.last)
        if reading.texts[place] not in loose
    ]
    places = sorted({*named, *unexplained(filling)})
    if places and places[-1] - places[0] + 1 == len(places) <= _LONGEST_NAME:
        return Piece("words", places[0], places[-1] + 1, "")
    return Piece("words", named[0], named[0] + 1, "") if named else None
