"""Find the days that a sentence names and that do not exist, or not in every year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from intents.lexicon import Lexicon
from intents.slots.dates import days_said, exists
from intents.slots.periods import Prepared, believable, prepared
from intents.slots.scene import Scene
from intents.text import Utterance, read

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
