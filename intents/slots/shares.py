"""Find parts of a whole in a sentence: "half of it", "75%", "3/4 gone", "a third"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from intents.lexicon import Lexicon
from intents.slots.numbers import number_words, numeral
from intents.slots.sums import Sentence
from intents.text import TokenKind, Utterance, read


@dataclass(frozen=True, slots=True)
class Share:
    """A part of something, and the characters of the clean text that said it."""

    value: Fraction
    start: int
    end: int


def parse_shares(
    text: str | Utterance,
    *,
    lexicon: Lexicon,
    decimal_comma: bool = False,
    taken: Iterable[tuple[int, int]] = (),
) -> tuple[Share, ...]:
    """Return every share of a whole in ``text``: 75% is 3/4, "half of it" is 1/2.

    ``taken`` are spans of the clean text that already mean something else: 3/11 as a date.
    """
    utterance = read(text)
    sentence = Sentence.of(utterance, lexicon.amounts, taken, decimal_comma=decimal_comma)
    shares: list[Share] = []
    at = 0
    while at < len(sentence.tokens):
        may_begin = sentence.may_begin(at)
        found = may_begin and (
            _percent(sentence, at) or _figures(sentence, at) or _words(sentence, at)
        )
        if not found:
            at += 1
            continue
        value, end = found
        shares.append(Share(value, sentence.tokens[at].start, sentence.tokens[end - 1].end))
        at = end
    return tuple(shares)


def _percent(sentence: Sentence, at: int) -> tuple[Fraction, int] | None:
    if not sentence.free(at):
        return None
    if sentence.tokens[at].kind is TokenKind.NUMBER:
        value = numeral(sentence.tokens[at].text, decimal_comma=sentence.decimal_comma)
        end = at + 1
    else:
        value, end = number_words(sentence.tokens, sentence.tags, at) or (None, at)
    sign = sentence.tag(end, "hundred_of")
    if value is None or sign is None:
        return None
    return Fraction(value) / 100, end + sign.size


def _figures(sentence: Sentence, at: int) -> tuple[Fraction, int] | None:
    """Read 3/4: two small whole numbers that touch their bar, and are less than the whole."""
    pieces = sentence.tokens[at : at + 3]
    touching = len(pieces) == 3 and pieces[1].glued and pieces[2].glued
    if not touching or not sentence.free(at) or sentence.tag(at + 1, "divided") is None:
        return None
    above, below = pieces[0].text, pieces[2].text
    if not (above.isdigit() and below.isdigit()) or sentence.glued(at + 3):
        return None
    if len(below) > 3 or not 0 < int(above) < int(below):
        return None
    return Fraction(int(above), int(below)), _past_whole(sentence, at + 3)


def _words(sentence: Sentence, at: int) -> tuple[Fraction, int] | None:
    """Read "half of it", "a third of that", and "half" or "a quarter" at the end."""
    article = sentence.tag(at, "article")
    first = at + 1 if article else at
    tag = sentence.tag(first, "share")
    if tag is None:
        return None
    value, end = Fraction(str(tag.value)), first + tag.size
    whole_end = _past_whole(sentence, end)
    is_clear = article is not None or tag.size > 1 or value == Fraction(1, 2)
    is_last = is_clear and end == len(sentence.tokens)
    return (value, whole_end) if whole_end > end or is_last else None


def _past_whole(sentence: Sentence, at: int) -> int:
    """Go past "of it", "of the", "that": what the share is a share of."""
    link = sentence.tag(at, "share_of")
    after = at + link.size if link else at
    return after + 1 if sentence.listed(after, "whole") else after
