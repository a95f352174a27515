"""Read one amount where it begins: figures or words, a currency on either side, a sum of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from core.currencies import EXPONENTS, RETIRED
from core.money import MAX_MINOR
from intents.grammar import Tag
from intents.lexicon import Vocabulary
from intents.slots.numbers import number_words, numeral, scaled, value_of
from intents.text import Token, TokenKind, Utterance, fold

_LONGEST_BARE = 9  # figures; a longer whole number without a currency is a reference or a phone
_CENTS = 2
_CODE = 3  # letters of a currency's code
_SMALL = 10
_LEAST_WORD = 10  # smaller number words count things ("one of them") unless a currency follows
# Touching figures, these make them part of a time, a path, a masked number or a code.
_GLUE_BEFORE = ":/#*._-'%@"
_GLUE_AFTER = ":%/'"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One utterance prepared for reading numbers: what is blocked already means something."""

    tokens: tuple[Token, ...]
    text: str
    tags: list[list[Tag]]
    vocabulary: Vocabulary
    blocked: frozenset[int]
    decimal_comma: bool
    currency: str = ""

    @classmethod
    def of(
        cls,
        utterance: Utterance,
        vocabulary: Vocabulary,
        taken: Iterable[tuple[int, int]],
        *,
        decimal_comma: bool,
        currency: str = "",
    ) -> Sentence:
        """Tag an utterance, leaving out the tokens inside the ``taken`` spans of its text."""
        spans, tokens = tuple(taken), utterance.tokens
        tags = vocabulary.tag([fold(token.text) for token in tokens])
        blocked = frozenset(
            at
            for at, token in enumerate(tokens)
            if any(start < token.end and token.start < end for start, end in spans)
        )
        named = _places(tags, "no_amount")
        for at in blocked | named:
            tags[at] = []
        return cls(
            tokens, utterance.text, tags, vocabulary, blocked | named, decimal_comma, currency
        )

    def tag(self, at: int, word_class: str) -> Tag | None:
        """Return the reading of the token as a member of a class, if it is free to be read."""
        return value_of(self.tags[at], word_class) if self.free(at) else None

    def free(self, at: int) -> bool:
        """Tell whether there is a token here that nothing else has been made of."""
        return 0 <= at < len(self.tokens) and at not in self.blocked

    def may_begin(self, at: int) -> bool:
        """Tell whether a number or a currency may stand here, without trying to read it."""
        token = self.tokens[at]
        return bool(self.tags[at]) or token.kind is TokenKind.NUMBER or len(token.text) == _CODE

    def listed(self, at: int, name: str) -> bool:
        """Tell whether a token is a word of a list."""
        inside = 0 <= at < len(self.tokens)
        return inside and fold(self.tokens[at].text) in self.vocabulary.listed(name)

    def glued(self, at: int) -> bool:
        """Tell whether a token touches the one before it."""
        return 0 <= at < len(self.tokens) and self.tokens[at].glued


def _places(tags: list[list[Tag]], word_class: str) -> frozenset[int]:
    """Return the tokens covered by words of a class."""
    found = ((at, tag) for at, readings in enumerate(tags) for tag in readings)
    covered = [range(at, at + tag.size) for at, tag in found if tag.word_class == word_class]
    return frozenset(place for places in covered for place in places)


@dataclass(frozen=True, slots=True)
class Sum:
    """Something read: its value, its currency, the token after it, and whether it is bare."""

    value: Decimal
    currency: str | None
    end: int
    bare: bool  # a whole number and nothing else, which may count or name something instead


def expression(sentence: Sentence, at: int) -> Sum | None:
    """Read a sum of products: 12+8.5, 3x4.50."""
    result = _product(sentence, at)
    while result and (sign := sentence.tag(result.end, "plus")):
        term = _product(sentence, result.end + sign.size)
        if term is None:
            break
        result = Sum(
            result.value + term.value, result.currency or term.currency, term.end, bare=False
        )
    if result is None or (result.bare and _counts(sentence, at, result)):
        return None
    return result if 0 < result.value <= MAX_MINOR else None


def _product(sentence: Sentence, at: int) -> Sum | None:
    result = _operand(sentence, at)
    while result and (sign := sentence.tag(result.end, "times")):
        factor = _operand(sentence, result.end + sign.size)
        if factor is None:
            # "2x coffee": how many, not how much.
            return None if result.bare and sentence.glued(result.end) else result
        result = Sum(
            result.value * factor.value, result.currency or factor.currency, factor.end, bare=False
        )
    return result


def _operand(sentence: Sentence, at: int) -> Sum | None:
    """Read one number with its currency on either side, and the cents after it."""
    before, start = _currency_before(sentence, at)
    number = _number(sentence, start, has_currency=before is not None)
    if number is None:
        return None
    if before:
        return _with_cents(sentence, replace(number, currency=before, bare=False))
    hundredths = sentence.tag(number.end, "minor")
    if hundredths and _may_stand(sentence, number.end):
        value = number.value.scaleb(-_CENTS)
        currency = family_of(hundredths, sentence)
        return Sum(value, currency, number.end + hundredths.size, bare=False)
    after, end = _currency_after(sentence, number.end)
    if after is None:
        return _enough(sentence, number, start)
    return _with_cents(sentence, Sum(number.value, after, end, bare=False))


def _number(sentence: Sentence, at: int, *, has_currency: bool) -> Sum | None:
    if not sentence.free(at):
        return None
    if sentence.tokens[at].kind is TokenKind.NUMBER:
        return _figures(sentence, at, has_currency=has_currency)
    return _one_word(sentence, at) or _words(sentence, at)


def _one_word(sentence: Sentence, at: int) -> Sum | None:
    """Read "half a million", "a tenner", "a dollar": a word of value, with or without article."""
    part = sentence.tag(at, "part")
    whole = sentence.tag(at + part.size, "scale") if part else None
    if part and whole:
        value = Decimal(f"{part.value}") * Decimal(f"{whole.value}") / 100
        return Sum(value, None, at + part.size + 1, bare=False)
    article = sentence.tag(at, "article")
    first = at + 1 if article else at
    note = sentence.tag(first, "note")
    if note:
        return Sum(Decimal(str(note.value)), None, first + 1, bare=False)
    is_unit = sentence.tag(first, "money_word") or sentence.tag(first, "minor")
    return Sum(Decimal(1), None, first, bare=True) if article and is_unit else None


def _words(sentence: Sentence, at: int) -> Sum | None:
    value, end = number_words(sentence.tokens, sentence.tags, at) or (None, at)
    if value is None:
        return None
    return Sum(value, None, end, bare=True)


def _figures(sentence: Sentence, at: int, *, has_currency: bool) -> Sum | None:
    figures = sentence.tokens[at].text
    value = numeral(figures, decimal_comma=sentence.decimal_comma)
    if value is None or not _stands_alone(sentence, at, has_currency=has_currency):
        return None
    total, end = scaled(sentence.tokens, sentence.tags, at + 1, value)
    tail = sentence.tag(end, "tail")
    is_bare = figures.isdigit() and end == at + 1 and not tail
    if is_bare and not has_currency and (len(figures) > _LONGEST_BARE or _in_a_row(sentence, at)):
        return None
    return Sum(total, None, end + tail.size if tail else end, bare=is_bare)


def _in_a_row(sentence: Sentence, at: int) -> bool:
    """Tell whether the figures are one of several groups of four, as on a card."""
    around = sentence.tokens[max(0, at - 2) : at + 3]
    fours = [len(token.text) == 4 and token.text.isdigit() for token in around]
    return any(all(fours[place : place + 3]) for place in range(len(fours) - 2))


def _stands_alone(sentence: Sentence, at: int, *, has_currency: bool) -> bool:
    """Tell whether the figures are a number by themselves and no piece of a code or a time."""
    if at and sentence.glued(at) and not has_currency and not _may_touch(sentence, at - 1):
        return False
    if not sentence.glued(at + 1):
        return True
    if sentence.tokens[at + 1].kind is TokenKind.SYMBOL:
        is_tail = sentence.tag(at + 1, "tail") is not None or _is_per(sentence, at + 1)
        return is_tail or sentence.tokens[at + 1].text not in _GLUE_AFTER
    names = ("scale", "mark", "money_word", "minor", "times", "about_after")
    return (
        any(sentence.tag(at + 1, name) for name in names) or code_at(sentence, at + 1) is not None
    )


def _is_divided(sentence: Sentence, at: int) -> bool:
    return sentence.glued(at) and sentence.tag(at, "divided") is not None


def _is_per(sentence: Sentence, at: int) -> bool:
    """Tell whether a bar means "each": 10.99/month, and no part of a date or a fraction."""
    has_word = at + 1 < len(sentence.tokens) and sentence.tokens[at + 1].kind is TokenKind.WORD
    return has_word and _is_divided(sentence, at)


def _may_touch(sentence: Sentence, at: int) -> bool:
    """Tell whether figures may touch the token before them: a sign, but not that of a code."""
    token = sentence.tokens[at]
    if any(sentence.tag(at, name) for name in ("plus", "over", "under", "about")):
        return True
    if token.text == "-" or sentence.tag(at, "times"):  # "3x4" and "-20", but not "covid-19"
        joins = at > 0 and sentence.tokens[at - 1].kind is TokenKind.NUMBER
        return joins or (token.text == "-" and not token.glued)
    return token.kind is TokenKind.SYMBOL and token.text not in _GLUE_BEFORE


def _enough(sentence: Sentence, number: Sum, at: int) -> Sum | None:
    """Keep a number without a currency: figures always, words when they can hardly count."""
    is_word = sentence.tokens[at].kind is not TokenKind.NUMBER
    return None if is_word and number.bare and number.value < _LEAST_WORD else number


def _counts(sentence: Sentence, at: int, number: Sum) -> bool:
    """Tell whether a bare whole number counts or names something: 2 charges, top 5, ref 123."""
    end = number.end
    is_small = number.value <= _SMALL
    return (
        (sentence.listed(end, "counted") and not _is_step(sentence, end))
        or _is_named(sentence, at)
        or (is_small and sentence.listed(at - 1, "count_before_small"))
        or sentence.tag(end, "hundred_of") is not None
        or (_is_divided(sentence, end) and not _is_per(sentence, end))
        or (is_small and _how_many(sentence, at, end))
    )


def _is_step(sentence: Sentence, end: int) -> bool:
    """Tell whether "300 more a month" stands here: a sum by which something changes."""
    return sentence.listed(end, "steps") and sentence.listed(end + 1, "rate_leads")


def _is_named(sentence: Sentence, at: int) -> bool:
    """Tell whether the words just before say that a name or a count follows: "ending in 1234"."""
    before = ((back, sentence.tag(at - back, "count_before")) for back in (1, 2, 3))
    return any(tag is not None and tag.size == back for back, tag in before)


def _how_many(sentence: Sentence, at: int, end: int) -> bool:
    """Tell whether "2 coffees 9" begins here: a number of things, and what they cost after it."""
    if at and not sentence.listed(at - 1, "buys"):
        return False
    endings = tuple(sentence.vocabulary.listed("plural_endings"))
    is_plural = sentence.free(end) and sentence.tokens[end].text.endswith(endings)
    costs = [token.kind is TokenKind.NUMBER for token in sentence.tokens[end + 1 :]]
    return bool(endings) and is_plural and any(costs)


def _with_cents(sentence: Sentence, money: Sum) -> Sum:
    """Add the hundredths of "4 dollars and 50 cents", "5 euros 50"."""
    link = sentence.tag(money.end, "and")
    at = money.end + link.size if link else money.end
    if not sentence.free(at) or money.value % 1:
        return money
    figures = sentence.tokens[at].text
    hundredths = sentence.tag(at + 1, "minor")
    is_last = not link and len(figures) == _CENTS and at + 1 == len(sentence.tokens)
    spelled = value_of(sentence.tags[money.end - 1], "money_word") is not None
    if not figures.isdigit() or len(figures) > _CENTS or not (hundredths or (is_last and spelled)):
        return money
    cents = Decimal(figures).scaleb(-_CENTS)
    return replace(money, value=money.value + cents, end=at + 2 if hundredths else at + 1)


def _currency_before(sentence: Sentence, at: int) -> tuple[str | None, int]:
    mark = sentence.tag(at, "mark")
    # A$1 is Australian, "a $1 charge" is not.
    if mark and all(sentence.glued(at + step) for step in range(1, mark.size)):
        return family_of(mark, sentence), at + mark.size
    code = code_at(sentence, at)
    if code and sentence.tag(at, "money_word") is None:
        return code, at + 1
    return None, at


def _currency_after(sentence: Sentence, at: int) -> tuple[str | None, int]:
    if not sentence.free(at) or not _may_stand(sentence, at):
        return None, at
    word = sentence.tag(at, "money_word") or sentence.tag(at, "mark")
    end = at + word.size if word else at + 1
    of_the_next = not sentence.glued(at) and sentence.glued(end)
    if of_the_next and end < len(sentence.tokens) and sentence.tokens[end].kind is TokenKind.NUMBER:
        return None, at
    if word:
        return family_of(word, sentence), end
    code = code_at(sentence, at)
    return (code, end) if code else (None, at)


def _may_stand(sentence: Sentence, at: int) -> bool:
    return sentence.glued(at) or not sentence.listed(at, "glued_only")


def family_of(tag: Tag, sentence: Sentence) -> str:
    """Choose among the currencies that share a sign: the user's own, else the first."""
    family = str(tag.value).split()
    return sentence.currency if sentence.currency in family else family[0]


def code_at(sentence: Sentence, at: int) -> str | None:
    """Return the ISO 4217 code that a token is; one that is a word only in capitals."""
    if not sentence.free(at):
        return None
    token = sentence.tokens[at]
    code = token.text.upper()
    if code not in EXPONENTS or code in RETIRED:
        return None
    written = sentence.text[token.start : token.end]
    return None if sentence.listed(at, "not_codes") and written != code else code
