"""One message read once: its words, what they name, and whether it asks, requests or denies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz

from core.conversation.context import Named, Names, TurnContext
from core.period import Grain, Period, PeriodUnreadable, parse_canonical
from intents.lexicon import Lexicon, load_lexicon
from intents.sentence import Word, words_of
from intents.slots.absent_days import AbsentDay, absent_days
from intents.slots.amounts import Amount, parse_amounts
from intents.slots.currencies import find_currencies
from intents.slots.names import Match, NameContext, find_names
from intents.slots.periods import parse_periods
from intents.slots.scene import Scene
from intents.text import Utterance, fold, read
from intents.vocabulary import Vocabulary, runs

# An approval code starts with a letter; without a figure in it, only capitals tell it from a word.
_LETTERS = "BCDFGHJKMNPQRSTVWXYZ"  # nobody can say it
_CODE = re.compile(
    rf"(?<![^\W_])(?:(?=[A-Za-z]*\d)[A-Za-z][A-Za-z2-9]{{3}}|[{_LETTERS}]{{4}})(?![^\W_])"
)
_NEAR = 88  # from here on one spelling is a slip for the other
Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of the message that name something: ``value`` is what they name."""

    kind: str
    first: int  # place of its first word
    last: int  # place after its last word
    value: Any

    def overlaps(self, places: Iterable[int]) -> bool:
        """Tell whether one of the words at ``places`` belongs to it."""
        return any(self.first <= place < self.last for place in places)


@dataclass(frozen=True, slots=True)
class Reading:
    """A message with everything in it that a grammar knows.

    ``asks``: it is a question. ``requests``: it is a question by form only ("can you ..").
    ``permits``: it is a question that asks for something to be given ("can i get ..").
    ``denies``: it says not to, or what would be. A message that asks or denies never writes.
    ``absent``: days that it names and that do not exist; no piece has a word of theirs.
    """

    context: TurnContext
    vocabulary: Vocabulary
    utterance: Utterance
    words: tuple[Word, ...]
    texts: Run
    asks: bool
    requests: bool
    permits: bool
    denies: bool
    pieces: tuple[Piece, ...] = field(default=())
    absent: tuple[AbsentDay, ...] = field(default=())

    def of(self, *kinds: str) -> list[Piece]:
        """Return the pieces of some kinds, in the order of the message."""
        return [piece for piece in self.pieces if piece.kind in kinds]

    def said(self, first: int, last: int) -> str:
        """Return words as the user wrote them, capitals and signs included."""
        if first >= last:
            return ""
        return self.utterance.text[self.words[first].start : self.words[last - 1].end]

    def starts(self, runs: Iterable[Run], at: int = 0) -> int:
        """Return how many words the longest of ``runs`` that begins at ``at`` takes, 0 if none."""
        if at >= len(self.texts):
            return 0
        word = self.texts[at]
        fitting = (
            len(run) for run in runs if run[0] == word and self.texts[at : at + len(run)] == run
        )
        return max(fitting, default=0)


def read_message(context: TurnContext, vocabulary: Vocabulary) -> Reading:
    """Read the message of a turn."""
    utterance = read(context.text)
    words = words_of(utterance)
    texts = tuple(word.text for word in words)
    manners = vocabulary.manners
    requests = _leads(texts, manners.question_request, manners.before)
    question_mark = "?" in context.text
    pieces, absent = _pieces(context, utterance, words, vocabulary)
    asks = question_mark or (
        not requests
        and (
            _leads(texts, manners.question_first, manners.before)
            or _contains(texts, manners.question_inside)
        )
    )
    return Reading(
        context=context,
        vocabulary=vocabulary,
        utterance=utterance,
        words=words,
        texts=texts,
        asks=asks,
        requests=requests,
        permits=_leads(texts, manners.question_permission, manners.before),
        denies=_contains(texts, manners.negation),
        pieces=tuple(pieces),
        absent=absent,
    )


def lexicon_of(context: TurnContext) -> Lexicon:
    """Return the words of time and money for a user: the own language first, then the others."""
    preferences = context.preferences
    return load_lexicon(preferences.language, "en", "es", "hi", locale=preferences.locale)


def find_runs(texts: Run, runs: Iterable[Run]) -> list[tuple[int, int]]:
    """Return where some runs of words stand, longer ones first, without overlaps."""
    known = frozenset(texts)
    likely = sorted((run for run in runs if run and run[0] in known), key=len, reverse=True)
    found: list[tuple[int, int]] = []
    for run in likely:
        size = len(run)
        for at in range(len(texts) - size + 1):
            free = all(at + size <= first or last <= at for first, last in found)
            if free and texts[at : at + size] == run:
                found.append((at, at + size))
    return found


def _leads(texts: Run, runs: Sequence[Run], polite: Sequence[Run]) -> bool:
    """Tell whether a message begins with one of ``runs``, small courtesies before it aside."""
    at = 0
    while at < len(texts):
        if any(texts[at : at + len(run)] == run for run in runs):
            return True
        skip = max((len(run) for run in polite if texts[at : at + len(run)] == run), default=0)
        if not skip:
            return False
        at += skip
    return False


def _contains(texts: Run, runs: Iterable[Run]) -> bool:
    return bool(find_runs(texts, runs))


def _without_rates(
    utterance: Utterance, words: tuple[Word, ...], vocabulary: Vocabulary
) -> Utterance:
    """Blacken "per month", for in "per month this year" only the year is a time."""
    rates = runs(vocabulary.dialogue["rates"]["words"])
    found = find_runs(tuple(word.text for word in words), rates)
    if not found:
        return utterance
    text = utterance.text
    for first, last in found:
        start, end = words[first].start, words[last - 1].end
        text = text[:start] + "x" * (end - start) + text[end:]
    return read(text)


def _pieces(
    context: TurnContext,
    utterance: Utterance,
    words: tuple[Word, ...],
    vocabulary: Vocabulary,
) -> tuple[list[Piece], tuple[AbsentDay, ...]]:
    lexicon = lexicon_of(context)
    preferences, names = context.preferences, context.names
    codes = _codes(utterance.text, names, vocabulary)
    firm = [(start, end) for code, start, end in codes if not code.isalpha()]
    timed = _without_rates(utterance, words, vocabulary)
    absent = absent_days(timed, scene=Scene(context.today, preferences.calendar), lexicon=lexicon)
    spans = parse_periods(
        timed,
        today=context.today,
        calendar=preferences.calendar,
        lexicon=lexicon,
        focus=focus_period(context),
    )
    # H2 is half a year, but not in H2XP; and the month of a day that does not exist is not meant.
    nowhere = [(day.start, day.end) for day in absent if day.last is None]
    no_times = [*firm, *nowhere]
    spans = tuple(span for span in spans if not _overlaps(span.start, span.end, no_times))
    pieces = [_piece(words, "period", span.start, span.end, span.period) for span in spans]
    pieces += [_piece(words, "code", start, end, code) for code, start, end in codes]
    taken = [(span.start, span.end) for span in spans]
    taken += no_times
    amounts = parse_amounts(
        utterance,
        currency=preferences.currency,
        decimal_comma=lexicon.decimal_comma,
        lexicon=lexicon,
        taken=taken,
    )
    pieces += [_piece(words, "amount", amount.start, amount.end, amount) for amount in amounts]
    bare = find_currencies(
        utterance,
        currency=preferences.currency,
        lexicon=lexicon,
        taken=[*taken, *((amount.start, amount.end) for amount in amounts)],
    )
    pieces += [_piece(words, "currency", one.start, one.end, one.code) for one in bare]
    for kind, named in _by_kind(names):
        how = NameContext.PLAIN if kind == "merchant" else NameContext.OWN
        found = find_names(utterance, named, context=how, lexicon=lexicon, taken=taken)
        if kind == "category":
            found = _spelled(utterance, found, named, vocabulary)
        pieces += [_piece(words, kind, one.start, one.end, one.handles) for one in found]
    return [piece for piece in pieces if piece.first < piece.last], absent


def _by_kind(names: Names) -> tuple[tuple[str, tuple[Named, ...]], ...]:
    """Return what can be called by name, by the kind of piece it makes."""
    return (
        ("category", names.categories),
        ("account", names.accounts),
        ("subscription", names.subscriptions),
        ("bill", names.bills),
        ("goal", names.goals),
        ("merchant", names.merchants),
    )


def _spelled(
    utterance: Utterance,
    found: Sequence[Match],
    named: Sequence[Named],
    vocabulary: Vocabulary,
) -> tuple[Match, ...]:
    """Keep the categories whose whole name was said."""
    return tuple(one for one in found if _spelled_out(utterance, one, named, vocabulary))


def _spelled_out(
    utterance: Utterance, found: Match, named: Iterable[Named], vocabulary: Vocabulary
) -> bool:
    """Tell whether the whole name of a category was said: "fun money" is not "money in".

    A word in which something is asked for is no slip for another: "gasto" is no "gato", and a
    small word is not even short of an accent: "unas" are no "uñas".
    """
    said = utterance.lower[found.start : found.end]
    plain = str if fold(said) in vocabulary.manners.stop else fold
    if fold(said) in vocabulary.requested:
        return any(
            plain(said) == plain(spelling.lower())
            for one in named
            if one.handle in found.handles
            for spelling in (one.text, *one.aliases)
        )
    return any(
        fuzz.ratio(plain(said), plain(spelling.lower())) >= _NEAR
        for one in named
        if one.handle in found.handles
        for spelling in (one.text, *one.aliases)
    )


def _overlaps(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < other_end and other < end for other, other_end in spans)


def _codes(text: str, names: Names, vocabulary: Vocabulary) -> list[tuple[str, int, int]]:
    """Return what is an approval code: with a figure in it, or capitals that nobody can say.

    A word or a name in capitals is none: whoever asks "FOOD?" or "what is REWE" means no code.
    """
    found = [(match[0], match.start(), match.end()) for match in _CODE.finditer(text)]
    # Somebody who shouts all of a message does not mark a code by it.
    shouts = not any(character.islower() for character in text)
    return [
        (code.upper(), start, end)
        for code, start, end in found
        if not code.isalpha() or not (shouts or is_word(code, names, vocabulary))
    ]


def is_word(code: str, names: Names, vocabulary: Vocabulary) -> bool:
    """Tell whether letters are a word of the language or of a name in the user's books."""
    word = code.casefold()
    return word in vocabulary.known or any(
        word in text.casefold().split()
        for _, named in _by_kind(names)
        for one in named
        for text in (one.text, *one.aliases)
    )


def _piece(words: tuple[Word, ...], kind: str, start: int, end: int, value: object) -> Piece:
    inside = [place for place, word in enumerate(words) if start <= word.start < end]
    return Piece(kind, inside[0], inside[-1] + 1, value) if inside else Piece(kind, 0, 0, value)


def focus_period(context: TurnContext) -> Period | None:
    """Return the period the conversation is about, for "the month before"."""
    focus = context.state.focus
    text = focus.call.arguments.get("period") if focus else None
    if not isinstance(text, str):
        return None
    try:
        return parse_canonical(text)
    except PeriodUnreadable:
        return None


def name_of(named: Iterable[Named], handle: str) -> str:
    """Return what the user calls something."""
    return next((one.text for one in named if one.handle == handle), handle)


def is_day(period: Period) -> bool:
    """Tell whether a period is one day."""
    return period.grain is Grain.DAY


def plain_amount(amount: Amount) -> str:
    """Return an amount as tools read it: plain decimals without exponent."""
    return f"{amount.value:f}"
