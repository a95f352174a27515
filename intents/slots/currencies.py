"""Find currencies that stand alone, without an amount: "usd to inr", "the euro"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from intents.lexicon import Lexicon
from intents.slots.sums import Sentence, code_at, family_of
from intents.text import Utterance


@dataclass(frozen=True, slots=True)
class CurrencyNamed:
    """A currency and the characters of the clean text that name it."""

    code: str
    start: int
    end: int


def find_currencies(
    utterance: Utterance,
    *,
    currency: str,
    lexicon: Lexicon,
    taken: Iterable[tuple[int, int]] = (),
) -> tuple[CurrencyNamed, ...]:
    """Return the currencies named outside of the ``taken`` spans, in order.

    ``currency`` is the user's own: it is meant where several share a word ("dollars").
    """
    sentence = Sentence.of(
        utterance, lexicon.amounts, taken, decimal_comma=False, currency=currency
    )
    found: list[CurrencyNamed] = []
    at = 0
    while at < len(sentence.tokens):
        code, end = _at(sentence, at)
        if code:
            start, stop = sentence.tokens[at].start, sentence.tokens[end - 1].end
            found.append(CurrencyNamed(code, start, stop))
        at = max(end, at + 1)
    return tuple(found)


def _at(sentence: Sentence, at: int) -> tuple[str | None, int]:
    word = sentence.tag(at, "money_word") or sentence.tag(at, "mark")
    if word is not None:
        return family_of(word, sentence), at + word.size
    return code_at(sentence, at), at + 1
