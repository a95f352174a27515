"""Entries written freely: "coffee 4", "chai 30 auto 80 office", "lunch 12+8.5 yday w ana"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from core.conversation.plan import ToolCall
from intents.reading import Piece, Reading, find_runs, is_day, lexicon_of, plain_amount
from intents.slots.amounts import Amount, Comparison
from intents.vocabulary import runs

MAX_ENTRIES = 5
_LONGEST_PAYEE = 6  # words
_LONGEST_NOTE = 10
_MOST_THINGS = 12
_FIGURES = re.compile(r"(?:on|el)?\d{1,2}[/.-]\d{1,2}")
_NEARLY_A_YEAR = 270  # days
_ZERO = re.compile(r"0+(?:[.,]0+)?")
# More figures than any amount has: the grammar of amounts leaves them, the tool says why not.
_ENDLESS = re.compile(r"\d{16,}")
_LONGEST_UNKNOWN = 3  # words of a payee that nothing knows


@dataclass(frozen=True, slots=True)
class QuickEntries:
    """Entries found in a message; ``certain`` when an ordinary way of writing them was used."""

    calls: tuple[ToolCall, ...]
    certain: bool
    doubt: str = ""  # an argument to be asked for: the day of "12/11" that would be a year back


@dataclass(frozen=True, slots=True)
class _Written:
    """The pieces of a message that is made of entries and nothing else."""

    reading: Reading
    amounts: list[Piece]
    taken: frozenset[int]  # words of amounts, the day and the account
    shared: dict[str, Any]  # arguments that hold for every entry
    is_income: bool
    counted: tuple[int, ...] = ()  # words of a figure that counts things, and those things

    def free(self, first: int, last: int) -> list[int]:
        """Return the places between two words that nothing has taken."""
        return [place for place in range(first, last) if place not in self.taken]


def quick_entries(reading: Reading, *, told: bool = False) -> QuickEntries | None:
    """Read a message as one or more entries; nothing when it is something else.

    ``told`` says that the message is known to tell of an entry, so that words which belong to
    other requests ("number", "last") are no hindrance.
    """
    words = reading.vocabulary.dialogue["entry_words"]
    amounts = [piece for piece in reading.of("amount") if _is_plain(piece)] or _impossible(reading)
    amounts = [*_first_of_list(reading, amounts), *amounts]
    if not amounts or len(amounts) < len(reading.of("amount")) or len(amounts) > MAX_ENTRIES:
        return None
    if not told and (reading.asks or reading.denies or _is_reserved(reading, words["reserved"])):
        return None
    written = _written(reading, amounts)
    pairs = _pairs(written)
    if pairs is None:
        return None
    calls = tuple(_call(written, *pair) for pair in pairs)
    payees = [call.arguments.get("payee") for call in calls]
    if not all(payees) and (len(calls) > 1 or not written.is_income):
        return None  # nothing is written down under no name
    certain = _is_certain(written, pairs) and not _asks_for_something(written, pairs)
    doubt = "booked_date" if len(calls) == 1 and _is_far_back(reading) else ""
    if doubt:
        rest = {name: value for name, value in calls[0].arguments.items() if name != doubt}
        calls = (ToolCall(calls[0].tool, rest),)
    return QuickEntries(calls, certain, doubt)


def _first_of_list(reading: Reading, amounts: list[Piece]) -> list[Piece]:
    """Return the first figure of "6 starbucks, 15 netflix", which elsewhere counts things."""
    text = reading.texts[0] if reading.texts else ""
    if not amounts or not text.isdecimal() or not 0 < amounts[0].first - 1 <= _LONGEST_PAYEE:
        return []
    last = amounts[-1].last
    if last >= len(reading.texts) or not int(text) or len(amounts) >= MAX_ENTRIES:
        return []
    before, after = reading.words[amounts[0].first - 1], reading.words[amounts[0].first]
    comma = "," in reading.utterance.text[before.end : after.start]
    shops = [one.first for one in reading.of("merchant")]
    if not comma and not (1 in shops and last in shops):
        return []
    return [Piece("amount", 0, 1, Amount(Decimal(text), None, 0, 0))]


def _impossible(reading: Reading) -> list[Piece]:
    """Return the amount of "coffee 0" or of far too many figures: the tool says what is wrong."""
    if reading.of("amount"):
        return []
    is_bought = bool(reading.of("category", "merchant"))  # else it is somebody's reference
    return [
        Piece("amount", place, place + 1, Amount(Decimal(text.replace(",", ".")), None, 0, 0))
        for place, text in enumerate(reading.texts)
        if _ZERO.fullmatch(text) or (is_bought and _ENDLESS.fullmatch(text))
    ]


def _is_plain(piece: Piece) -> bool:
    return piece.value.comparison in (None, Comparison.ABOUT)


def _is_reserved(reading: Reading, reserved: Iterable[str]) -> bool:
    if len(reading.of("account")) > 1:
        return True  # from one of the user's accounts to another: that is a transfer
    words = set(reserved)
    repeating = set(reading.vocabulary.dialogue["entry_words"]["repeating"])
    inside = {
        place
        for piece in reading.of("amount", "period", "merchant")
        for place in range(piece.first, piece.last)
    }
    return any(
        text in repeating or (text in words and place not in inside)
        for place, text in enumerate(reading.texts)
    )


def _written(reading: Reading, amounts: list[Piece]) -> _Written:
    taken = {place for piece in amounts for place in range(piece.first, piece.last)}
    shared: dict[str, Any] = {}
    for piece in reading.of("period"):
        if is_day(piece.value) and "booked_date" not in shared:
            shared["booked_date"] = piece.value.start.isoformat()
            if _is_either(reading, piece):
                ahead = 2 * reading.context.today.toordinal() - piece.value.start.toordinal()
                shared["other_date"] = date.fromordinal(ahead).isoformat()
            taken.update(range(piece.first, piece.last))
    account = _account(reading, taken)
    if account is not None:
        shared["account"] = account.value
        taken.update(range(account.first, account.last))
    is_income = _is_income(reading)
    if is_income:
        shared["direction"] = "in"
    return _Written(reading, amounts, frozenset(taken), shared, is_income)


def _is_far_back(reading: Reading) -> bool:
    """Tell whether a day in bare figures lies nearly a year back: perhaps one to come was meant."""
    days = [one for one in reading.of("period") if is_day(one.value)][:1]
    return any(
        _FIGURES.fullmatch(reading.said(one.first, one.last).replace(" ", ""))
        and (reading.context.today - one.value.start).days > _NEARLY_A_YEAR
        for one in days
    )


def _is_either(reading: Reading, piece: Piece) -> bool:
    """Tell whether a day was said by a word for both sides of today (Hindi: kal)."""
    words = lexicon_of(reading.context).periods
    tags = words.tag(reading.texts[piece.first : piece.last])
    return any(tag.word_class == "either_day" for readings in tags for tag in readings)


def _account(reading: Reading, taken: set[int]) -> Piece | None:
    """Return the account it was paid from: named at an end or after "from", "on", "with"."""
    words = reading.vocabulary.dialogue["prepositions"]
    leads = set(words["any"])
    for piece in reading.of("account"):
        if piece.overlaps(taken) or len(piece.value) != 1:
            continue
        first = _past(reading, piece.first, words["account_kinds"])
        lead = _past(reading, first, words["articles"])
        led = lead > 0 and reading.texts[lead - 1] in leads
        at_end = piece.last == len(reading.texts) and first > 0
        if led or at_end:
            return Piece("account", lead - 1 if led else first, piece.last, piece.value[0])
    return None


def _past(reading: Reading, at: int, words: Iterable[str]) -> int:
    """Go back over a word of ``words`` that stands before ``at``."""
    return at - 1 if at > 0 and reading.texts[at - 1] in set(words) else at


def _is_income(reading: Reading) -> bool:
    words = reading.vocabulary.dialogue["entry_words"]
    found = find_runs(reading.texts, runs(words["direction_in"]))
    weak = runs(words["weak_in"])
    if any(reading.texts[first:last] not in weak for first, last in found):
        return True
    amounts = reading.of("amount")
    if any(_is_strong(reading, place, amounts) for place in found):
        return True
    starts_with_amount = bool(amounts) and amounts[0].first == 0
    if starts_with_amount and reading.texts[amounts[0].last : amounts[0].last + 1] == (
        words["giver_first"],
    ):
        return True  # "500 from mom"
    signs = set(words["in_signs"])
    inside = {place for first, last in found for place in range(first, last)}
    receives = any(reading.texts[last - 1] not in signs for _, last in found)
    return receives and any(
        text in signs and (place not in inside or len(found) > 1)
        for place, text in enumerate(reading.texts)
    )


def _is_strong(reading: Reading, place: tuple[int, int], amounts: list[Piece]) -> bool:
    """Tell whether a weak word says here that money came in: "80 back from zara".

    "Who came back" and "a gift from amazon" (a shop) say nothing of the kind.
    """
    first, last = place
    words = reading.vocabulary.dialogue["entry_words"]
    if reading.texts[last - 1] == words["giver"] and reading.texts[first] not in words["in_signs"]:
        shops = {one.first for one in reading.of("merchant")}
        return last - first > 1 and last not in shops
    opens = bool(amounts) and amounts[0].first == 0 and amounts[0].last == first
    return opens and reading.texts[first] in words["in_signs"]


Pair = tuple[Piece, list[int], list[int]]


def _pairs(written: _Written) -> list[Pair] | None:
    """Give each amount its payee words and note words; nothing when words are left over."""
    amounts, count = written.amounts, len(written.reading.texts)
    edges = [0, *(amount.last for amount in amounts)]
    before = [written.free(edges[i], amount.first) for i, amount in enumerate(amounts)]
    before[0] = sorted({*before[0], *written.counted})
    after_last = written.free(amounts[-1].last, count)
    payee_first = bool(_payee(written, before[0]))
    if payee_first:
        rows: list[Pair] = [(amount, before[i], []) for i, amount in enumerate(amounts)]
        rows[-1] = (amounts[-1], before[-1], after_last)
    else:
        gaps = [*before[1:], after_last]
        if len(amounts) > 1 and not _payee(written, gaps[-1]) and _counts(written, amounts[0]):
            # "2 beers 9": the first figure counts things.
            counted = [*range(amounts[0].first, amounts[0].last), *gaps[0]]
            return _pairs(replace(written, amounts=amounts[1:], counted=(*counted,)))
        rows = [(amount, *_payee_and_note(written, gaps[i])) for i, amount in enumerate(amounts)]
    short = all(
        len(_payee(written, payee)) <= _LONGEST_PAYEE and len(note) <= _LONGEST_NOTE
        for _, payee, note in rows
    )
    return rows if short else None


def _counts(written: _Written, amount: Piece) -> bool:
    text = written.reading.said(amount.first, amount.last)
    return text.isdecimal() and int(text) <= _MOST_THINGS


def _payee_and_note(written: _Written, places: list[int]) -> tuple[list[int], list[int]]:
    """Cut the words after an amount where a note begins: "12 lunch with ana"."""
    payee = _payee(written, places)
    starts = set(written.reading.vocabulary.dialogue["entry_words"]["note_starts"])
    for place in payee[1:]:
        if written.reading.texts[place] in starts:
            cut = places.index(place)
            return places[:cut], places[cut:]
    return places, []


def _payee(written: _Written, places: Sequence[int]) -> list[int]:
    """Drop the small words around what was bought: "paid .. for petrol"."""
    words = written.reading.vocabulary.dialogue["entry_words"]
    texts = tuple(written.reading.texts[place] for place in places)
    leading = runs([*words["verbs"], *words["between"]])
    trailing = runs([*words["between"], *words["verbs"]])
    polite = written.reading.vocabulary.manners
    first, last = 0, len(texts)
    while size := _starting(texts[first:last], (*leading, *polite.before)):
        first += size
    while size := _ending(texts[first:last], (*trailing, *polite.after)):
        last -= size
    return list(places[first:last])


def _starting(texts: tuple[str, ...], found: Iterable[tuple[str, ...]]) -> int:
    return max((len(run) for run in found if run and texts[: len(run)] == run), default=0)


def _ending(texts: tuple[str, ...], found: Iterable[tuple[str, ...]]) -> int:
    return max((len(run) for run in found if run and texts[-len(run) :] == run), default=0)


def _call(written: _Written, amount: Piece, payee: list[int], note: list[int]) -> ToolCall:
    reading = written.reading
    arguments: dict[str, Any] = {"amount": plain_amount(amount.value)}
    own = reading.context.preferences.currency
    if amount.value.currency and amount.value.currency != own:
        arguments["currency"] = amount.value.currency
    who = _payee(written, payee)
    if written.is_income:
        who = _without_income(reading, who)
    giver = _trimmed_note(written, note) if written.is_income else []
    if giver and _says_income(reading, who):
        who, note = giver, who  # "refund 30 from zara"
    elif not who and note:
        who, note = _payee(written, note), []
    if who:
        arguments["payee"] = reading.said(who[0], who[-1] + 1)
    kept = _trimmed_note(written, note)
    if kept:
        arguments["note"] = reading.said(kept[0], kept[-1] + 1)
    return ToolCall("add_entry", {**arguments, **written.shared})


def _without_income(reading: Reading, places: list[int]) -> list[int]:
    """Keep the giver of "refund from zara"."""
    words = reading.vocabulary.dialogue["entry_words"]
    texts = tuple(reading.texts[place] for place in places)
    size = _starting(texts, runs(words["direction_in"]))
    if size and texts[size : size + 1] == (words["giver"],) and len(texts) > size + 1:
        return places[size + 1 :]
    return places


def _says_income(reading: Reading, places: list[int]) -> bool:
    words = runs(reading.vocabulary.dialogue["entry_words"]["direction_in"])
    return not places or tuple(reading.texts[place] for place in places) in words


def _trimmed_note(written: _Written, note: list[int]) -> list[int]:
    """Drop thanks, and the words that only say that money came back or in."""
    words = written.reading.vocabulary.dialogue["entry_words"]
    polite = written.reading.vocabulary.manners.after
    texts = tuple(written.reading.texts[place] for place in note)
    first, last = 0, len(texts)
    while size := _ending(texts[first:last], polite):
        last -= size
    if written.is_income:
        signs = runs([*words["direction_in"], *words["in_signs"]])
        while size := _starting(texts[first:last], signs):
            first += size
    return note[first:last]


def _asks_for_something(written: _Written, pairs: list[Pair]) -> bool:
    """Tell whether words of other requests stand in a payee: "divide it into pets 9"."""
    reading = written.reading
    own = reading.vocabulary.intents["add_entry"].literals
    small = reading.vocabulary.manners.stop | own
    named = {
        place
        for piece in reading.of("category", "merchant")
        for place in range(piece.first, piece.last)
    }
    return any(
        reading.texts[place] in reading.vocabulary.requested - small and place not in named
        for _, payee, _ in pairs
        for place in _payee(written, payee)
    )


def _is_certain(written: _Written, pairs: list[Pair]) -> bool:
    """Tell whether it can be nothing else: a verb of paying, a currency, a known shop.

    A payee that nothing knows is one too when its amount can only be money: "laptop 1.5k".
    """
    reading = written.reading
    verbs = reading.vocabulary.dialogue["entry_words"]["certain"]
    if written.is_income or find_runs(reading.texts, runs(verbs)):
        return True
    payees = [_payee(written, payee or note) for _, payee, note in pairs]
    if any(reading.texts[payee[0]] in reading.vocabulary.manners.stop for payee in payees if payee):
        return False  # "i need ten dollars", "i see a $1 charge"
    if reading.of("merchant", "category") or any(one.value.currency for one in written.amounts):
        return True
    named = all(len(payee) <= _LONGEST_UNKNOWN for payee in payees)
    return named and all(_is_money(reading, amount) for amount in written.amounts)


def _is_money(reading: Reading, amount: Piece) -> bool:
    """Tell figures with decimals, thousands or a "k" from a number that is part of a name."""
    said = reading.said(amount.first, amount.last)
    return any(letter.isdigit() for letter in said) and not said.isdecimal()
