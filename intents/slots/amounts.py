"""Find amounts of money in a sentence: "$4", "1.5 lakh", "12+8.5", "over 50", "twenty quid"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from intents.grammar import Tag
from intents.lexicon import Lexicon
from intents.slots.numbers import number_words
from intents.slots.sums import Sentence, Sum, expression
from intents.text import Utterance, read


class Comparison(StrEnum):
    """How an amount limits what is meant."""

    OVER = "over"
    UNDER = "under"
    ABOUT = "about"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount and the characters of the clean text that said it, comparison included.

    ``currency`` is None when none was said. A range gives two amounts marked ``between``.
    """

    value: Decimal
    currency: str | None
    start: int
    end: int
    comparison: Comparison | None = None


def parse_amounts(
    text: str | Utterance,
    *,
    currency: str,
    decimal_comma: bool,
    lexicon: Lexicon,
    taken: Iterable[tuple[int, int]] = (),
) -> tuple[Amount, ...]:
    """Return every amount of money in ``text``, in order.

    ``currency`` is the user's own, which decides what ``$`` or ``rs`` means. ``taken`` are
    spans of the clean text that already mean something else (periods, codes).
    """
    sentence = Sentence.of(
        read(text), lexicon.amounts, taken, decimal_comma=decimal_comma, currency=currency
    )
    return tuple(_amounts(sentence))


def _amounts(sentence: Sentence) -> Iterator[Amount]:
    at = 0
    while at < len(sentence.tokens):
        found, at = _amount_at(sentence, at) if sentence.may_begin(at) else ([], at + 1)
        yield from found


def _amount_at(sentence: Sentence, at: int) -> tuple[list[Amount], int]:
    """Read what begins at a token; return the amounts, and the token to go on from."""
    for comparison in Comparison:
        word = _limiting(sentence, at, comparison)
        limit = expression(sentence, _skip_filler(sentence, at + word.size)) if word else None
        if limit and comparison is Comparison.BETWEEN:
            return _range(sentence, at, limit, ("and", "to"))
        if limit:
            return [_made(sentence, limit, at, limit.end, comparison)], limit.end
    amount = expression(sentence, at)
    return _unlimited(sentence, at, amount) if amount else ([], _after_number(sentence, at))


def _limiting(sentence: Sentence, at: int, comparison: Comparison) -> Tag | None:
    """Return the words that limit the amount after them, if they stand here."""
    word = sentence.tag(at, comparison)
    if word is None and comparison is Comparison.UNDER and not sentence.listed(at - 1, "goes_up"):
        return sentence.tag(at, "up_to")
    return word


def _unlimited(sentence: Sentence, at: int, amount: Sum) -> tuple[list[Amount], int]:
    """Read on after an amount: it may be the first of a range ("20-50"), or of none at all."""
    if sentence.tag(at - 1, "from") is None:
        ranged, end = _range(sentence, at, amount, ("to",))
        if len(ranged) > 1:
            return ranged, end
        if _runs_on(sentence, amount.end):
            return [], _end_of_row(sentence, amount.end)
    return _with_tail(sentence, at, amount)


def _range(
    sentence: Sentence, at: int, first: Sum, links: tuple[str, ...]
) -> tuple[list[Amount], int]:
    """Read "... and 50" after the first amount of a range; two amounts when it is one."""
    link = next((tag for name in links if (tag := sentence.tag(first.end, name))), None)
    second = expression(sentence, first.end + link.size) if link else None
    if second is None or second.value <= first.value:
        return [_made(sentence, first, at, first.end, None)], first.end
    shared = first.currency or second.currency
    low = replace(first, currency=shared)
    high = replace(second, currency=second.currency or shared)
    return [
        _made(sentence, low, at, first.end, Comparison.BETWEEN),
        _made(sentence, high, first.end, second.end, Comparison.BETWEEN),
    ], second.end


def _runs_on(sentence: Sentence, at: int) -> bool:
    """Tell whether figures go on behind a hyphen: 100-20 is neither a range nor an amount."""
    is_hyphen = sentence.glued(at) and sentence.tokens[at].text == "-"
    return is_hyphen and sentence.glued(at + 1) and sentence.tokens[at + 1].text[0].isdigit()


def _end_of_row(sentence: Sentence, at: int) -> int:
    """Go past all the figures that hyphens join: 555-123-4567 is a phone, none of it money."""
    while _runs_on(sentence, at):
        at += 2
    return at


def _with_tail(sentence: Sentence, at: int, amount: Sum) -> tuple[list[Amount], int]:
    """Add what follows an amount and limits it: "50 or more", "50ish", "50+"."""
    limit, end = None, amount.end
    for comparison in (Comparison.OVER, Comparison.UNDER, Comparison.ABOUT):
        tail = sentence.tag(amount.end, f"{comparison}_after")
        # "4 max 20": it may as well limit the next amount.
        if tail and expression(sentence, amount.end + tail.size) is None:
            limit, end = comparison, amount.end + tail.size
    if sentence.tag(amount.end, "plus") and sentence.glued(amount.end):
        limit, end = Comparison.OVER, amount.end + 1
    return [_made(sentence, amount, at, end, limit)], end


def _made(
    sentence: Sentence, amount: Sum, at: int, end: int, comparison: Comparison | None
) -> Amount:
    start, stop = sentence.tokens[at].start, sentence.tokens[end - 1].end
    return Amount(amount.value, amount.currency, start, stop, comparison)


def _skip_filler(sentence: Sentence, at: int) -> int:
    filler = sentence.tag(at, "filler")
    is_article = filler is not None and sentence.tag(at, "article") is not None
    return at + 1 if filler and not is_article else at


def _after_number(sentence: Sentence, at: int) -> int:
    """Go past number words that say no amount, so that their rest is not read as one."""
    words = number_words(sentence.tokens, sentence.tags, at)
    return max(words[1], at + 1) if words else at + 1
