"""Fills a tool's arguments from what a message names: the slots of a guessed or exact request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.conversation.context import Named
from core.period import Period
from intents.pointing import entry_meant
from intents.reading import Piece, Reading, find_runs, is_day, name_of, plain_amount
from intents.slots.amounts import Amount, Comparison
from intents.vocabulary import Intent, runs

Slots = Mapping[str, tuple[tuple[int, int], ...]]


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
    arguments: dict[str, Any] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    def use(self, piece: Piece, argument: str, value: Any) -> None:
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
            if (piece.first, piece.last) == (first, last)
        ]

    def words_in(self, name: str) -> Piece | None:
        """Return the bare words of a slot of the matched sentence."""
        for first, last in self.slots.get(name, ()):
            return Piece("words", first, last, self.reading.said(first, last))
        return None


def fill(
    reading: Reading,
    intent: Intent,
    takes: Iterable[str],
    *,
    slots: Slots | None = None,
    settled: Mapping[str, Any] | None = None,
    named_only: bool = False,
) -> Filling:
    """Fill the arguments that a tool ``takes``, exact slots first, then by what is named."""
    filling = Filling(reading, intent, slots or {}, frozenset(takes), named_only)
    filling.arguments.update(settled or {})
    for argument, take in TAKERS.items():
        if argument in filling.takes and argument not in filling.arguments:
            take(filling)
    _cues(filling)
    return filling


def _cues(filling: Filling) -> None:
    """Settle arguments by the words that stand for their values, the longest words first."""
    texts = filling.reading.texts
    for argument, values in filling.intent.cues.items():
        found = [
            (last - first, first, last, value)
            for value, cues in values.items()
            for first, last in find_runs(texts, cues)
        ]
        free = [one for one in found if not filling.used.intersection(range(one[1], one[2]))]
        if argument in filling.arguments or not free:
            continue
        _, first, last, value = max(free, key=lambda one: (one[0], -one[1]))
        filling.use(Piece("cue", first, last, value), argument, value)


def _period(filling: Filling) -> None:
    periods = filling.free("period")
    compared = _compared(filling, periods) if "compare_to" in filling.takes else None
    for piece in periods:
        if piece is not compared:
            filling.use(piece, "period", _canonical(piece.value))
            return


def _compare_to(filling: Filling) -> None:
    compared = _compared(filling, filling.reading.of("period"))
    if compared is not None:
        filling.use(compared, "compare_to", _canonical(compared.value))


def _compared(filling: Filling, periods: list[Piece]) -> Piece | None:
    """Return the period that another is compared with: after "than", or the second of two."""
    words = filling.reading.vocabulary.dialogue["compare"]
    texts = filling.reading.texts
    for piece in periods:
        before = runs(words["before"])
        if any(_ends_with(texts, piece.first, run) for run in before):
            return piece
        if any(texts[piece.first : piece.first + len(run)] == run for run in before):
            return piece
    is_comparison = bool(find_runs(texts, runs(words["verb"])))
    return periods[1] if len(periods) > 1 and is_comparison else None


def _ends_with(texts: tuple[str, ...], at: int, run: tuple[str, ...]) -> bool:
    return len(run) <= at and texts[at - len(run) : at] == run


def _booked_date(filling: Filling) -> None:
    for piece in filling.free("period"):
        if is_day(piece.value):
            filling.use(piece, "booked_date", piece.value.start.isoformat())
            return


def _category(filling: Filling) -> None:
    slotted = filling.in_slots("category", "category") or filling.in_slots("what", "category")
    piece = affirmed(filling.reading, slotted)
    named = filling.free("category")
    if piece is None:
        meant = [one for one in named if not _in_free_slot(filling, one) and _is_meant(filling, one)]
        firm = [one for one in meant if not _is_loose(filling.reading, one)]
        piece = affirmed(filling.reading, firm or meant)
    if piece is not None and not _is_merchant_rather(filling, piece):
        filling.use(piece, "category", piece.value[0])
        names = filling.reading.context.names.categories
        filling.said["category"] = name_of(names, piece.value[0])


def _is_merchant_rather(filling: Filling, piece: Piece) -> bool:
    """Tell whether a longer or exact shop name holds the words: "Whole Foods" is no food."""
    if "merchant" not in filling.takes or "category" in filling.slots:
        return False
    return any(
        one.first <= piece.first and piece.last <= one.last and one.last - one.first > piece.last - piece.first
        for one in filling.reading.of("merchant")
    )


def _is_meant(filling: Filling, piece: Piece) -> bool:
    """Tell whether words name a category here: "purchases" is one, but not in "show purchases"."""
    reading = filling.reading
    if filling.intent.tool not in _ONE_WHAT or not _is_loose(reading, piece):
        return True
    leads = reading.vocabulary.dialogue["prepositions"]["category"]
    return piece.first > 0 and reading.texts[piece.first - 1] in leads


def _is_loose(reading: Reading, piece: Piece) -> bool:
    words = reading.vocabulary.dialogue["prepositions"]["loose"]
    return reading.texts[piece.first : piece.last] in runs(words)


def _in_free_slot(filling: Filling, piece: Piece) -> bool:
    """Tell whether an exact sentence already gave these words to another slot."""
    return any(
        first <= piece.first < last
        for name, places in filling.slots.items()
        if name not in ("category", "what")
        for first, last in places
    )


def _account(filling: Filling) -> None:
    piece = filling.in_slot("account", "account")
    if piece is None:
        named = [one for one in filling.free("account") if not _in_free_slot(filling, one)]
        if filling.intent.tool in _ONE_WHAT:
            # "where does my cash go" is not about the account of that name; "from cash" is.
            named = [one for one in named if _led(filling, one)]
        piece = next(iter(named), None)
    if piece is not None:
        # A tie goes to the tool in the user's words: it knows how to ask which one.
        value = piece.value[0] if len(piece.value) == 1 else filling.reading.said(piece.first, piece.last)
        filling.use(piece, "account", value)


def _led(filling: Filling, piece: Piece) -> bool:
    if filling.named_only or piece.last - piece.first == len(filling.reading.texts):
        return True
    leads = filling.reading.vocabulary.dialogue["prepositions"]["account"]
    before = filling.reading.texts[max(0, piece.first - 2) : piece.first]
    after = filling.reading.texts[piece.last : piece.last + 1]
    nouns = filling.reading.vocabulary.dialogue["prepositions"]["account_nouns"]
    return bool(set(before) & set(leads)) or bool(set(after) & set(nouns))


def _merchant(filling: Filling) -> None:
    if "category" in filling.arguments and filling.intent.tool in _ONE_WHAT and "merchant" not in filling.slots:
        return
    piece = (
        filling.in_slot("merchant", "merchant")
        or filling.in_slot("what", "merchant")
        or next(iter(filling.free("merchant")), None)
    )
    if piece is not None:
        value = piece.value[0] if len(piece.value) == 1 else filling.reading.said(piece.first, piece.last)
        filling.use(piece, "merchant", value)
        return
    words = filling.words_in("merchant") or filling.words_in("what")
    if words is None and not filling.named_only:
        words = _after_preposition(filling)
        if words is None and filling.intent.tool in _NAMES_A_SHOP:
            words = _unknown_name(filling)
    if words is not None and not words.overlaps(filling.used):
        filling.use(words, "merchant", words.value)


# Tools that are about a shop: an unknown word can only be its name.
_NAMES_A_SHOP = frozenset({"add_rule", "remove_rule"})
# Tools that ask about one thing: with a category named, the shop of the same name is not meant.
_ONE_WHAT = frozenset({"show_spending", "find_entries"})


def _after_preposition(filling: Filling) -> Piece | None:
    """Return unknown words after "at" or "from": a shop the books may know by another name."""
    reading = filling.reading
    shops = set(reading.vocabulary.dialogue["prepositions"]["merchant"])
    for at in range(len(reading.texts) - 1):
        if reading.texts[at] in shops and at + 1 in unexplained(filling):
            last = at + 1
            while last in unexplained(filling):
                last += 1
            words = Piece("words", at + 1, last, reading.said(at + 1, last))
            return None if set(reading.texts[at + 1 : last]) & reading.vocabulary.requested else words
    return None


def _unknown_name(filling: Filling) -> Piece | None:
    """Return the one run of words that no request is made of."""
    requested = filling.reading.vocabulary.requested
    texts = filling.reading.texts
    numbers = filling.reading.vocabulary.numbers
    places = [
        place
        for place in unexplained(filling)
        if texts[place] not in requested and texts[place] not in numbers
    ]
    if not places or places[-1] - places[0] + 1 != len(places) or len(places) > 3:
        return None
    first, last = places[0], places[-1] + 1
    return Piece("words", first, last, filling.reading.said(first, last))


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
    if len(text) < 4:
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


def _subscription(filling: Filling) -> None:
    piece = filling.in_slot("subscription", "subscription") or next(
        iter(filling.free("subscription")), None
    )
    if piece is not None and len(piece.value) == 1:
        filling.use(piece, "subscription", piece.value[0])
        return
    words = filling.words_in("subscription")
    if words is None:
        shop = next(iter(filling.free("merchant")), None)
        words = shop and Piece("words", shop.first, shop.last, filling.reading.said(shop.first, shop.last))
    if words is None and "subscription" in filling.takes:
        words = _unknown_name(filling)
    if words is not None:
        filling.use(words, "subscription", words.value)


def _amount(filling: Filling) -> None:
    amounts = filling.free("amount")
    if "minimum" in filling.takes:
        amounts = [one for one in amounts if one.value.comparison in (None, Comparison.ABOUT)]
    if not amounts:
        return
    piece = filling.in_slot("amount", "amount") or affirmed(filling.reading, amounts)
    if piece is None:
        return
    filling.use(piece, "amount", plain_amount(piece.value))
    _currency_of(filling, piece.value)


def affirmed(reading: Reading, pieces: Sequence[Piece]) -> Piece | None:
    """Return the piece that is meant: of two the one not denied ("not 45, 54", "54 not 45").

    Nothing is meant when the only one is denied.
    """
    denials = runs(reading.vocabulary.dialogue["correction"]["not"])
    meant = [
        piece
        for piece in pieces
        if not any(_ends_with(reading.texts, piece.first, run) for run in denials)
    ]
    if meant:
        return meant[-1]
    return pieces[-1] if len(pieces) > 1 else None


def _currency_of(filling: Filling, amount: Amount) -> None:
    own = filling.reading.context.preferences.currency
    if "currency" in filling.takes and amount.currency and amount.currency != own:
        filling.arguments["currency"] = amount.currency


def _bounds(filling: Filling) -> None:
    limited = [one for one in filling.free("amount") if one.value.comparison is not None]
    between = [one for one in limited if one.value.comparison is Comparison.BETWEEN]
    if len(between) > 1:
        filling.use(between[0], "minimum", plain_amount(between[0].value))
        filling.use(between[1], "maximum", plain_amount(between[1].value))
        return
    for piece in limited:
        if piece.value.comparison is Comparison.OVER:
            filling.use(piece, "minimum", plain_amount(piece.value))
        if piece.value.comparison is Comparison.UNDER:
            filling.use(piece, "maximum", plain_amount(piece.value))


def _text(filling: Filling) -> None:
    """Look for words that nothing else explains, when no shop or category was named."""
    if {"merchant", "category", "amount"} & filling.arguments.keys():
        return
    words = filling.words_in("text")
    if words is None and not filling.named_only:
        words = _unknown_name(filling)
    if words is not None:
        filling.use(words, "text", words.value)


def _entry(filling: Filling) -> None:
    amounts = filling.reading.of("amount")
    needs_amount = "amount" in filling.takes and len(amounts) == 1
    meant = entry_meant(filling.reading, unmarked=not needs_amount)
    if meant is not None:
        filling.use(meant, "entry", meant.value)


def _code(filling: Filling) -> None:
    for piece in filling.free("code"):
        filling.use(piece, "code", piece.value)
        return


def _figure(filling: Filling) -> None:
    for piece in filling.free("amount"):
        filling.use(piece, "figure", plain_amount(piece.value))
        return


def _balance(filling: Filling) -> None:
    for piece in filling.free("amount"):
        filling.use(piece, "balance", plain_amount(piece.value))
        _currency_of(filling, piece.value)
        return


def _payee(filling: Filling) -> None:
    words = filling.words_in("payee") or filling.words_in("merchant") or filling.words_in("name")
    if words is None and filling.intent.tool == "edit_entry":
        shop = next(iter(filling.free("merchant")), None)
        words = shop and Piece("words", shop.first, shop.last, filling.reading.said(shop.first, shop.last))
    if words is not None:
        filling.use(words, "payee", words.value)


def _free_words(argument: str) -> Callable[[Filling], None]:
    """Return what takes the words of an exact sentence's slot as they are."""

    def take(filling: Filling) -> None:
        words = filling.words_in(argument)
        if words is not None:
            filling.use(words, argument, words.value)

    return take


def _canonical(period: Period) -> str:
    return period.canonical()


# In this order: what is named for certain comes before what is only near.
TAKERS: Mapping[str, Callable[[Filling], None]] = {
    "code": _code,
    "entry": _entry,
    "compare_to": _compare_to,
    "period": _period,
    "booked_date": _booked_date,
    "minimum": _bounds,
    "amount": _amount,
    "balance": _balance,
    "figure": _figure,
    "subscription": _subscription,
    "account": _account,
    "category": _category,
    "merchant": _merchant,
    "payee": _payee,
    "note": _free_words("note"),
    "name": _free_words("name"),
    "text": _text,
}


