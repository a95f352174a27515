"""Read short answers: the number of a choice, or a yes or no with what is said after it."""

from __future__ import annotations

from dataclasses import dataclass

from intents.grammar import Tag
from intents.lexicon import Lexicon, Vocabulary
from intents.slots.numbers import value_of
from intents.text import Token, TokenKind, Utterance, fold, read

_MANY = 20  # nobody is shown more choices than that
_ASIDES = ("courtesy", "option", "and")  # what may stand around a choice


@dataclass(frozen=True, slots=True)
class Picked:
    """The numbers chosen, counted from 1; none at all when the user wants none of them."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class YesNo:
    """A yes or a no, and the clean text after it: "yes do it but only if it is under 15".

    ``rest`` is empty when nothing more was said than the answer itself.
    """

    is_yes: bool
    rest: str = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    tokens: tuple[Token, ...]
    words: list[str]
    tags: list[list[Tag]]
    vocabulary: Vocabulary

    def tag(self, at: int, word_class: str) -> Tag | None:
        """Return the reading of the token as a member of a class."""
        return value_of(self.tags[at], word_class) if at < len(self.tags) else None


def parse_choice(text: str | Utterance, *, lexicon: Lexicon, count: int) -> Picked | None:
    """Return what was chosen from a numbered list of ``count``, if the message is just that.

    "2", "2)", "option 2", "the second one", "1 and 3", "both", "all", "none", "the last one".
    A number beyond the list is no choice: nothing is returned, as for any other message.
    """
    answer = _prepared(read(text), lexicon)
    numbers: list[int] = []
    chosen = none = False
    at = 0
    while at < len(answer.tokens):
        found = None if _points_back(answer, at) else _choice(answer, at, count)
        if found:
            picked, at = found
            numbers += picked
            none, chosen = none or not picked, True
            continue
        aside = next((tag for name in _ASIDES if (tag := answer.tag(at, name))), None)
        if aside is None:
            return None
        at += aside.size
    is_clear = chosen and not (numbers and none)
    return Picked(tuple(dict.fromkeys(numbers))) if is_clear else None


def parse_yes_no(text: str | Utterance, *, lexicon: Lexicon) -> YesNo | None:
    """Return the yes or no that a message begins with, nothing when it begins otherwise."""
    utterance = read(text)
    answer = _prepared(utterance, lexicon)
    first, end = _said(answer, 0)
    if first is None:
        return None
    rest = end
    while rest < len(answer.tokens):
        again, further = _said(answer, rest)
        is_sign = answer.tokens[rest].kind is not TokenKind.WORD and answer.tag(rest, "courtesy")
        if again != first and not is_sign:
            break
        rest = rest + 1 if is_sign else further
        end = end if is_sign else rest
    if _only_courtesy(answer, end):
        return YesNo(first)
    alone = " ".join(answer.words[:end]) in answer.vocabulary.listed("only_alone")
    return None if alone else YesNo(first, utterance.text[answer.tokens[rest].start :])


def _prepared(utterance: Utterance, lexicon: Lexicon) -> _Answer:
    words = [fold(token.text) for token in utterance.tokens]
    return _Answer(utterance.tokens, words, lexicon.choices.tag(words), lexicon.choices)


def _points_back(answer: _Answer, at: int) -> bool:
    """Tell whether "one" stands for a thing ("the second one", "that one") and not for 1."""
    if at == 0 or not answer.tag(at, "courtesy") or not answer.tag(at, "n"):
        return False
    before = at - 1
    names = ("courtesy", "ordinal", "n", "final", "initial")
    is_figure = answer.tokens[before].kind is TokenKind.NUMBER or answer.tokens[before].glued
    is_link = answer.tag(before, "and") or answer.tag(before, "option")
    return not is_link and (is_figure or any(answer.tag(before, name) for name in names))


def _choice(answer: _Answer, at: int, count: int) -> tuple[list[int], int] | None:
    """Read one choice; an empty list of numbers means none of them."""
    none, every, both = (answer.tag(at, name) for name in ("none", "every", "both"))
    if none:
        return [], at + none.size
    if every:
        return list(range(1, count + 1)), at + every.size
    if both:
        return ([1, 2], at + both.size) if count == 2 else None
    numbers, end = _numbers(answer, at, count)
    in_range = all(1 <= number <= min(count, _MANY) for number in numbers)
    return (numbers, end) if numbers and in_range else None


def _numbers(answer: _Answer, at: int, count: int) -> tuple[list[int], int]:
    if answer.tokens[at].kind is TokenKind.NUMBER:
        return _figures(answer, at)
    if answer.tag(at, "final"):
        return [count], at + 1
    if answer.tag(at, "initial"):
        return [1], at + 1
    word = answer.tag(at, "ordinal") or answer.tag(at, "n")
    return ([word.value], at + 1) if word and isinstance(word.value, int) else ([], at)


def _figures(answer: _Answer, at: int) -> tuple[list[int], int]:
    """Read "2", "2nd" and "1,3"; nothing for figures that are more than a choice."""
    parts = answer.tokens[at].text.split(",")
    if not all(part.isdigit() and len(part) <= 2 for part in parts):
        return [], at
    end = at + 1
    if end < len(answer.tokens) and answer.tokens[end].glued:
        if answer.tokens[end].kind is TokenKind.NUMBER:
            return [], at
        if answer.tokens[end].kind is TokenKind.WORD:
            is_suffix = answer.words[end] in answer.vocabulary.listed("suffixes")
            return ([int(parts[0])], end + 1) if is_suffix and len(parts) == 1 else ([], at)
    return [int(part) for part in parts], end


def _said(answer: _Answer, at: int) -> tuple[bool | None, int]:
    """Read a yes or a no at a token; the longer expression wins."""
    yes, no = answer.tag(at, "yes"), answer.tag(at, "no")
    longest = max((tag for tag in (yes, no) if tag), key=lambda tag: tag.size, default=None)
    return (longest is yes, at + longest.size) if longest else (None, at)


def _only_courtesy(answer: _Answer, at: int) -> bool:
    """Tell whether nothing but polite words and signs follows: "yes please!"."""
    while at < len(answer.tokens):
        tag = answer.tag(at, "courtesy")
        if tag is None:
            return False
        at += tag.size
    return True
