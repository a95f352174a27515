"""Find the days that a sentence names and that do not exist, or not in every year."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from intents.lexicon import Lexicon
from intents.slots.dates import days_said, exists
from intents.slots.periods import Prepared, believable, prepared
from intents.slots.scene import Scene
from intents.text import TokenKind, Utterance, read

_LAST_DAY, _SLIP, _MOST = 31, 39, 100
_LEAP_DAY = (0, 2, 29)
_A_YEAR = timedelta(days=366)
_BETWEEN_LEAP_YEARS = 8  # years, at most


@dataclass(frozen=True, slots=True)
class AbsentDay:
    """Words of the clean text that name such a day.

    ``last``: they are 29 February without a year, and that was last on this day, over a year ago.
    """

    start: int
    end: int
    text: str
    last: date | None = None


def absent_days(text: str | Utterance, *, scene: Scene, lexicon: Lexicon) -> tuple[AbsentDay, ...]:
    """Return the days in ``text`` that do not exist, and 29 February where that is long ago."""
    return tuple(_absent(read(text), scene, lexicon))


def _absent(utterance: Utterance, scene: Scene, lexicon: Lexicon) -> Iterator[AbsentDay]:
    sentence, at = prepared(utterance, lexicon), 0
    yield from _too_high(sentence)
    while at < len(sentence.words):
        found = _named(sentence, at, scene)
        if found is None:
            at += 1
            continue
        days, end = found
        start, stop = sentence.tokens[at].start, sentence.tokens[end - 1].end
        text = utterance.text[start:stop]
        last = _last_leap_day(scene.today)
        if not all(map(exists, days)):
            yield AbsentDay(start, stop, text)
        elif _LEAP_DAY in days and scene.today - last > _A_YEAR:
            yield AbsentDay(start, stop, text, last)
        at = end


def _too_high(sentence: Prepared) -> Iterator[AbsentDay]:
    """Give the days that no month has: "32 november", "the 45th of march".

    A figure beside a month may be an amount, too ("rent 90 november"): it is a day where it is a
    slip for one, where it ends or begins like a day, or where another figure is the amount.
    """
    tokens = sentence.tokens
    figures = [at for at, token in enumerate(tokens) if token.kind is TokenKind.NUMBER]
    for at in figures:
        token = tokens[at]
        is_whole = token.text.isdecimal() and _LAST_DAY < int(token.text) < _MOST
        if not is_whole or _is_money(sentence, at):
            continue
        ends = at + 1 < len(tokens) and sentence.has(at + 1, "ordinal_suffixes")
        end = at + 1 + (ends and tokens[at + 1].glued)
        led = sentence.has(at - 1, "before_day")
        as_day = end > at + 1 or led
        after = end + sentence.has(end, "day_of")
        if _is_month(sentence, after) and (as_day or int(token.text) <= _SLIP):
            yield _absent_between(sentence, at, after + 1)
        elif _is_month(sentence, at - 1) and (end > at + 1 or len(figures) > 1):
            yield _absent_between(sentence, at - 1, end)


def _is_money(sentence: Prepared, at: int) -> bool:
    start = sentence.tokens[at].start
    return start > 0 and unicodedata.category(sentence.utterance.text[start - 1]) == "Sc"


def _is_month(sentence: Prepared, at: int) -> bool:
    return 0 <= at < len(sentence.tags) and any(
        tag.word_class == "month" and tag.size == 1 for tag in sentence.tags[at]
    )


def _absent_between(sentence: Prepared, first: int, last: int) -> AbsentDay:
    start, stop = sentence.tokens[first].start, sentence.tokens[last - 1].end
    return AbsentDay(start, stop, sentence.utterance.text[start:stop])


def _named(
    sentence: Prepared, at: int, scene: Scene
) -> tuple[tuple[tuple[int, int, int], ...], int] | None:
    """Return the days that the longest expression at a word names, and the word after it."""
    tree = sentence.vocabulary.tree("atoms")
    for match in tree.matches(sentence.words, sentence.tags, at):
        days = days_said(match.rule, match.captures, scene)
        if days and believable(sentence, match, at):
            return days, match.end
    return None


def _last_leap_day(today: date) -> date:
    years = range(today.year, today.year - _BETWEEN_LEAP_YEARS - 1, -1)
    days = (date(year, 2, 29) for year in years if exists((year, 2, 29)))
    return next(day for day in days if day <= today)
