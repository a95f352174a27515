"""Reads trades and watched prices: which security, how many pieces, at which price each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from core.conversation.context import Named
from core.conversation.plan import ToolCall
from core.currencies import EXPONENTS
from core.investments.known import known_securities, squashed
from core.period import Period, months_later
from intents.filling import Filling, unknown_name
from intents.plans import plain_figure
from intents.reading import Piece, Reading, plain_amount
from intents.vocabulary import Intent

_LONGEST_NAME = 4  # words
_SHORTEST_HOUSE = 4  # letters; "the" and "ing" begin names too
# Mostly asked of everything: a word that nothing explains is no name there.
_OF_ALL = frozenset({"show_tax_losses"})
# What an exchange lists and nothing else is written like, in a message that is not all capitals.
_TICKER = re.compile(r"[A-Z]{2,5}(?:\.[A-Z]{1,4})?")
_COURSE = re.compile(r"(\d{1,2})(y|yr|yrs|a|m|mo|mth|w|wk|d)")
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"y": 12, "a": 12, "m": 1}
_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
_TRADED = frozenset({"buy", "sell"})
_OF = frozenset({"of", "de", "del"})
_THOUSANDS = re.compile(r"\d{1,3},\d{3}")


def security_places(reading: Reading) -> Iterator[tuple[int, int]]:
    """Give where the name or symbol of a security stands, the longest names first.

    A name that is also a shop's counts only when the user holds it, or beside "stock" or
    "shares"; a symbol that is also a word counts only in capitals.
    """
    own = _spelled(reading.context.names.securities)
    houses = _houses(reading.context.names.securities)
    words = reading.vocabulary.dialogue["stocks"]
    shouts = not any(letter.islower() for letter in reading.utterance.text)
    count = len(reading.texts)
    for size in range(min(_LONGEST_NAME, count), 0, -1):
        for first in range(count - size + 1):
            last = first + size
            key = squashed("".join(reading.texts[first:last]))
            said = reading.said(first, last)
            capital = not shouts and bool(_TICKER.fullmatch(said)) and said not in EXPONENTS
            if key in own or capital or _is_listed(reading, (first, last), key, words):
                yield first, last
            elif (
                said.casefold() in houses - reading.vocabulary.requested - reading.vocabulary.common
            ):
                yield first, last  # which of the house's is asked back


def _is_listed(
    reading: Reading, place: tuple[int, int], key: str, words: Mapping[str, Any]
) -> bool:
    is_shop = _listed().get(key)
    if is_shop is None or key in words["not_symbols"]:
        return False
    return not is_shop or reading.texts[place[1] : place[1] + 1] in {
        (word,) for word in words["says_so"]
    }


@lru_cache(maxsize=1)
def _listed() -> Mapping[str, bool]:
    """Return every spelling of the list, with whether it is a shop's name too."""
    found: dict[str, bool] = {}
    for one in known_securities().values():
        symbols = {squashed(spelling) for spelling in one.spellings[:2]}
        for spelling in one.spellings:
            key = squashed(spelling)
            found.setdefault(key, one.is_shop and key not in symbols)
    return found


@lru_cache(maxsize=64)
def _houses(own: tuple[Named, ...]) -> frozenset[str]:
    """Return words that several securities of the list, or one of the user's, begin with.

    Those of the list count where no shop is called so: "vanguard" is none, "apple" is one.
    """
    mine = {_first_word(one.text) for one in own}
    listed = known_securities().values()
    shops = {_first_word(one.name) for one in listed if one.is_shop}
    counted = Counter(_first_word(one.name) for one in listed)
    houses = {word for word, times in counted.items() if times > 1} - shops
    return frozenset(word for word in mine | houses if len(word) >= _SHORTEST_HOUSE)


def _first_word(name: str) -> str:
    return name.partition(" ")[0].casefold()


@lru_cache(maxsize=64)
def _spelled(names: tuple[Named, ...]) -> frozenset[str]:
    return frozenset(squashed(text) for one in names for text in (one.text, *one.aliases)) - {""}


def quantity_places(reading: Reading) -> Iterator[tuple[int, int]]:
    """Give where a number of pieces can stand: a figure, a small number word, "half", "all"."""
    words = reading.vocabulary.dialogue["stocks"]["quantities"]
    for place, text in enumerate(reading.texts):
        if text in words or _FIGURE.fullmatch(text) or _THOUSANDS.fullmatch(text):
            yield place, place + 1


def ratio_places(reading: Reading) -> Iterator[tuple[int, int]]:
    """Give where "4:1" or "4 for 1" stands."""
    match = re.search(reading.vocabulary.dialogue["stocks"]["ratio"], reading.utterance.lower)
    if match is not None:
        inside = _inside(reading, match.start(), match.end())
        if inside:
            yield inside[0], inside[-1] + 1


def course_places(reading: Reading) -> Iterator[tuple[int, int]]:
    """Give where a chart's usual spans stand: "1y", "6m", "5yr"."""
    for place, text in enumerate(reading.texts):
        if _COURSE.fullmatch(text):
            yield place, place + 1
        elif (
            text.isdecimal()
            and reading.texts[place + 1 : place + 2]
            and _COURSE.fullmatch(text + reading.texts[place + 1])
        ):
            yield place, place + 2


def course_of(words: str, today: date) -> Period | None:
    """Return the days up to today that "1y" or "6m" means; nothing when it is none."""
    found = _COURSE.fullmatch(words.casefold().replace(" ", ""))
    if found is None or not int(found[1]):
        return None
    number, unit = int(found[1]), found[2][0]
    first = today - timedelta(days=number * _DAYS[unit]) if unit in _DAYS else None
    first = first or months_later(today, -number * _MONTHS[unit])
    return Period(first, today + timedelta(days=1))


def take_ratio(filling: Filling) -> None:
    """Settle ``ratio`` of a split: new pieces for old ones."""
    reading = filling.reading
    match = re.search(reading.vocabulary.dialogue["stocks"]["ratio"], reading.utterance.lower)
    if match is None or filling.arguments.get("kind", "split") != "split":
        return
    inside = _inside(reading, match.start(), match.end())
    if inside:
        piece = Piece("ratio", inside[0], inside[-1] + 1, "")
        filling.use(piece, "ratio", f"{match[1]}:{match[2]}")


def take_quantity(filling: Filling) -> None:
    """Settle ``quantity``: in the sentence's slot, else the figure right before the security."""
    if filling.arguments.get("kind") in ("dividend", "fee", "split"):
        return
    place = next(iter(filling.slots.get("quantity", ())), None)
    if place is None and filling.named_only:
        return
    place = place or _before_name(filling)
    if place is None:
        return
    value = _number(filling.reading, place)
    if value:
        filling.use(Piece("quantity", *place, value), "quantity", value)


def _before_name(filling: Filling) -> tuple[int, int] | None:
    """Return the figure that only small words part from the name: "5 shares of apple"."""
    reading = filling.reading
    around = set(reading.vocabulary.dialogue["stocks"]["around"])
    names = [first for first, _ in security_places(reading)]
    names += [piece.first for piece in reading.of("merchant")]
    names += [first for first, _ in filling.slots.get("stock", ())]
    for place, end in quantity_places(reading):
        after = end
        while after < len(reading.texts) and reading.texts[after] in around:
            after += 1
        if after in names or (after > end and after < len(reading.texts)):
            return place, end
    return None


def _number(reading: Reading, place: tuple[int, int]) -> str:
    text = reading.texts[place[0]]
    words = reading.vocabulary.dialogue["stocks"]["quantities"]
    if text in words:
        return str(words[text])
    if _THOUSANDS.fullmatch(text):
        return text.replace(",", "")
    return text.replace(",", ".")


def take_price(filling: Filling) -> None:
    """Settle ``price``: in the sentence's slot, else the amount after "at"; ``watch_price`` any."""
    piece = filling.in_slot("price", "amount")
    if piece is None and "amount" not in filling.slots:
        leads = set(filling.reading.vocabulary.dialogue["stocks"]["before_price"][:2])
        amounts = filling.free("amount")
        led = [one for one in amounts if _led(filling.reading, one, leads)]
        chosen = led or (amounts if filling.intent.tool == "watch_price" else [])
        piece = chosen[-1] if chosen else None
    if piece is None:
        return
    filling.use(piece, "price", plain_amount(piece.value))
    _currency(filling, piece)


def _led(reading: Reading, piece: Piece, leads: set[str]) -> bool:
    before = reading.texts[max(0, piece.first - 1) : piece.first]
    after = reading.texts[piece.last : piece.last + 1]
    return bool(leads & {*before, *after})


def _currency(filling: Filling, piece: Piece) -> None:
    """Keep the currency that was said: what a security is traded in is seldom the user's own."""
    start = filling.reading.words[piece.first].start
    end = filling.reading.words[piece.last - 1].end
    said = filling.reading.utterance.text[max(0, start - 1) : end]
    bare = all(letter.isdigit() or letter in " .,k" for letter in said)
    if "currency" in filling.takes and piece.value.currency and not bare:
        filling.arguments["currency"] = piece.value.currency


def take_fee(filling: Filling) -> None:
    """Settle ``fee``: in the sentence's slot, else the figure after "fee"."""
    piece = filling.in_slot("fee", "amount")
    if piece is not None:
        filling.use(piece, "fee", plain_amount(piece.value))
        return
    reading = filling.reading
    match = re.search(reading.vocabulary.dialogue["stocks"]["fee"], reading.utterance.lower)
    inside = _inside(reading, *match.span(1)) if match else []
    if match is not None and inside and filling.arguments.get("kind") != "fee":
        words = Piece("fee", inside[0], inside[-1] + 1, "")
        filling.use(words, "fee", plain_figure(reading, match[1]))


def take_security(filling: Filling) -> None:
    """Settle ``security``: the sentence's own words, a name that is known, a shop, what is left."""
    if filling.intent.tool == "draw_chart":
        return  # a chart is of a security only when it is of a price
    words = filling.words_in("security") or filling.words_in("stock") or _known(filling)
    if words is None and not filling.named_only and filling.intent.tool not in _OF_ALL:
        words = next(iter(filling.free("merchant")), None) or unknown_name(filling)
    if words is None:
        return
    around = filling.reading.vocabulary.dialogue["stocks"]["around"]
    first, last = words.first, words.last
    while first < last - 1 and filling.reading.texts[first] in around:
        first += 1
    while first < last - 1 and filling.reading.texts[last - 1] in around:
        last -= 1
    said = filling.reading.said(first, last)
    filling.use(Piece("words", first, last, ""), "security", said)


def trade_of_the_talk(reading: Reading, intent: Intent, takes: frozenset[str]) -> ToolCall | None:
    """Read "sold 2 at 200": of the security named, which is the user's, or of the one spoken of.

    Nothing of an older trade is carried over but what it was of.
    """
    at = 0
    while at < len(reading.texts) and reading.texts[at] in reading.vocabulary.manners.stop:
        at += 1
    kind, size = _traded_kind(reading, intent, at)
    at += size
    places = [place for place in quantity_places(reading) if place[0] == at]
    if not kind or not places or reading.asks or reading.denies:
        return None
    security, after = _traded_security(reading, places[0][1])
    focus = reading.context.state.focus
    asked = after == len(reading.texts) and focus is not None and focus.call.tool == intent.tool
    price = _price_at(reading, after)
    if not security or not (price or asked):
        return None
    small = {*reading.vocabulary.manners.stop, *_leads(reading), *intent.words}
    if price and any(text not in small for text in reading.texts[price.last :]):
        return None
    filling = Filling(reading, intent, {}, takes)
    filling.arguments.update(kind=kind, security=security, quantity=_number(reading, places[0]))
    if price:
        filling.use(price, "price", plain_amount(price.value))
        _currency(filling, price)
    return ToolCall(intent.tool, filling.arguments)


def _leads(reading: Reading) -> list[str]:
    words: list[str] = reading.vocabulary.dialogue["stocks"]["before_price"][:2]
    return words


def _price_at(reading: Reading, at: int) -> Piece | None:
    """Return the amount after "at", which in some languages is read as a part of it."""
    if reading.texts[at : at + 1] and reading.texts[at] in _leads(reading):
        for one in reading.of("amount"):
            if one.first in (at, at + 1) and one.last > at + 1:
                return Piece("amount", at + 1, one.last, one.value)
    return None


def _traded_kind(reading: Reading, intent: Intent, at: int) -> tuple[str, int]:
    """Return whether a word says "bought" or "sold", and how many words that took."""
    for argument, value, cue in intent.cue_words():
        if argument == "kind" and value in _TRADED and reading.texts[at : at + len(cue)] == cue:
            return value, len(cue)
    return "", 0


def _traded_security(reading: Reading, at: int) -> tuple[str, int]:
    """Return what follows a number of pieces: one of the user's own, else what was spoken of."""
    around = reading.vocabulary.dialogue["stocks"]["around"]
    own = _spelled(reading.context.names.securities)
    at = _past_small(reading, at)
    for first, end in security_places(reading):
        last = end
        while last - 1 > first and reading.texts[last - 1] in around:
            last -= 1
        key = squashed("".join(reading.texts[first:last]))
        if first == at and (key in own or _TICKER.fullmatch(reading.said(first, last))):
            return reading.said(first, last), _past_small(reading, last)
    focus = reading.context.state.focus
    return str(focus.call.arguments.get("security") or "") if focus is not None else "", at


def _past_small(reading: Reading, at: int) -> int:
    """Go past "shares of" and the like, up to a price."""
    small = {*reading.vocabulary.dialogue["stocks"]["around"], *_OF}
    while at < len(reading.texts) and reading.texts[at] in small and not _price_at(reading, at):
        at += 1
    return at


def _known(filling: Filling) -> Piece | None:
    for first, last in security_places(filling.reading):
        if not filling.used.intersection(range(first, last)):
            return Piece("words", first, last, "")
    return None


def _inside(reading: Reading, start: int, end: int) -> list[int]:
    return [place for place, word in enumerate(reading.words) if start <= word.start < end]
