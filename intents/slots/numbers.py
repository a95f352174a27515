"""Read one number: figures with their separators, or words, and what multiplies them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from intents.grammar import Tag
from intents.text import Token, TokenKind

_MAX_FIGURES = 15
_HUNDRED = 100

Tags = Sequence[Sequence[Tag]]


def numeral(figures: str, *, decimal_comma: bool) -> Decimal | None:
    """Read figures with separators as the locale writes them, nothing when they are no number.

    Only what cannot be meant otherwise is read against the locale: 12,50 has two decimals and
    1.234.567 none. 1,234 with a decimal comma stays 1.234, too precise for money, so that the
    user is asked instead of being charged a thousandfold.
    """
    marks = [character for character in figures if not character.isdigit()]
    if sum(map(str.isdigit, figures)) > _MAX_FIGURES:
        return None
    if not marks:
        return Decimal(figures)
    last = marks[-1]
    whole, _, tail = figures.rpartition(last)
    if len(set(marks)) > 1 or (
        len(marks) == 1 and _is_decimal(last, whole, tail, decimal_comma=decimal_comma)
    ):
        # The last mark sets off the decimals, so it stands once; others group the whole part.
        if marks.count(last) > 1 or len(set(marks)) > 2:
            return None
        plain = _ungrouped(whole) if len(marks) > 1 else whole
        return Decimal(f"{plain or 0}.{tail}") if plain is not None else None
    plain = _ungrouped(figures)
    return Decimal(plain) if plain is not None else None


def _is_decimal(mark: str, whole: str, tail: str, *, decimal_comma: bool) -> bool:
    if mark == ("," if decimal_comma else ".") or not whole:
        return True
    return mark != "'" and len(tail) <= 2


def _ungrouped(figures: str) -> str | None:
    """Take out the marks between groups of three, or of two before a last three (lakh)."""
    groups = re.split(r"[.,']", figures)
    western = all(len(group) == 3 for group in groups[1:])
    indian = len(groups[-1]) == 3 and all(len(group) == 2 for group in groups[1:-1])
    if 1 <= len(groups[0]) <= 3 and groups[0] != "0" and (western or indian):
        return "".join(groups)
    return None


def value_of(tags: Sequence[Tag], word_class: str) -> Tag | None:
    """Return the reading of a word as a member of ``word_class``, the longest one."""
    best: Tag | None = None
    for tag in tags:
        if tag.word_class == word_class and (best is None or tag.size > best.size):
            best = tag
    return best


def number_words(tokens: Sequence[Token], tags: Tags, at: int) -> tuple[Decimal | None, int] | None:
    """Read number words ("four hundred and fifty") from token ``at``: the value and its end.

    Nothing when there are none; a value of None for words that say no single number, such as
    "four fifty", which is 4.50 to one reader and 450 to another.
    """
    after_article = at + 1 if value_of(tags[at], "article") else at
    first = after_article if _is_number(tokens, tags, after_article) else at
    end, total, current, unclear = first, 0, 0, False
    while end < len(tags):
        if end > first and _goes_on(tokens, tags, end, current):
            end += 1
            continue
        small = _small(tags[end])
        if small is not None:
            unclear = unclear or (end > first and not _fits(current, small))
            current += small
        elif _is_scale(tokens, tags, end):
            scale = value_of(tags[end], "scale")
            total, current = _multiplied(total, current, int(str(scale and scale.value)))
        else:
            break
        end += 1
    if end == first:
        return None
    return (None if unclear else Decimal(total + current)), end


def _goes_on(tokens: Sequence[Token], tags: Tags, at: int, current: int) -> bool:
    """Tell whether an "and" or a hyphen stands here that leads to more of the number."""
    following = _small(tags[at + 1]) if at + 1 < len(tags) else None
    if following is None:
        return False
    if tokens[at].text == "-":
        return tokens[at].glued and tokens[at + 1].glued and following < 10
    # Some languages say "fifty and five"; in English that is two numbers.
    link = "and" if current % _HUNDRED == 0 else "and_after_tens"
    return value_of(tags[at], link) is not None


def _is_number(tokens: Sequence[Token], tags: Tags, at: int) -> bool:
    is_inside = at < len(tags)
    return is_inside and (_small(tags[at]) is not None or _is_scale(tokens, tags, at))


def _is_scale(tokens: Sequence[Token], tags: Tags, at: int) -> bool:
    """Tell whether a multiplier stands here that is a word and no single letter."""
    return at < len(tags) and len(tokens[at].text) > 1 and value_of(tags[at], "scale") is not None


def _small(tags: Sequence[Tag]) -> int | None:
    tag = value_of(tags, "small") or value_of(tags, "tens")
    return tag.value if tag and isinstance(tag.value, int) else None


def _fits(current: int, small: int) -> bool:
    """Tell whether "small" may follow: twenty five, four hundred twenty, not four fifty."""
    if small < 10:
        return current % 10 == 0 and current % _HUNDRED != 10
    return current % _HUNDRED == 0


def _multiplied(total: int, current: int, scale: int) -> tuple[int, int]:
    if scale == _HUNDRED:
        return total, max(current, 1) * scale
    return total + max(current, 1) * scale, 0


def scaled(tokens: Sequence[Token], tags: Tags, at: int, value: Decimal) -> tuple[Decimal, int]:
    """Multiply by the words that follow a number: 1.5 lakh, 2 crore 50 lakh, 12k."""
    tag = scale_at(tokens, tags, at)
    if tag is None:
        return value, at
    scale = Decimal(str(tag.value))
    value, at = value * scale, at + 1
    while at + 1 < len(tokens) and tokens[at].kind is TokenKind.NUMBER:
        below = scale_at(tokens, tags, at + 1)
        if below is None or Decimal(str(below.value)) >= scale or not tokens[at].text.isdigit():
            break
        scale = Decimal(str(below.value))
        value, at = value + Decimal(tokens[at].text) * scale, at + 2
    return value.quantize(1) if value == value.to_integral_value() else value, at


def scale_at(tokens: Sequence[Token], tags: Tags, at: int) -> Tag | None:
    """Return the multiplier at token ``at``; a single letter must touch its number."""
    if at >= len(tokens):
        return None
    tag = value_of(tags[at], "scale")
    is_letter = len(tokens[at].text) == 1 and tokens[at].text.isalpha()
    return None if tag and is_letter and not tokens[at].glued else tag
