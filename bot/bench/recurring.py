"""How good the detector of recurring charges is, on books whose series are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.bench.figures import Figure, cpu_seconds
from bot.bench.recurring_books import TODAY, LabelledBooks, labelled_books
from bot.bench.stage import Stage
from core.subscriptions.charge import groups
from core.subscriptions.detect import Stream, detect

# Other seeds than the ones that the method was made with.
SEEDS = range(1_000, 1_200)


@dataclass(frozen=True, slots=True)
class Score:
    """``right`` streams are series, of all ``found`` ones and of all ``true`` series."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """The share of what was found that is there."""
        return self.right / self.found

    @property
    def recall(self) -> float:
        """The share of what is there that was found."""
        return self.right / self.true


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure precision and recall, and the time that one household's two years take."""
    seeds = SEEDS[: stage.size(len(SEEDS), 2)]
    scored = score(seeds)
    books = [labelled_books(seed) for seed in seeds]
    seconds = cpu_seconds(lambda: [_found(one) for one in books])
    bare = cpu_seconds(lambda: [groups(one.charges) for one in books])
    each, base = seconds * 1000 / len(books), bare * 1000 / len(books)
    yield Figure("recurring series, precision", scored.precision, "", 0.95, at_least=True)
    yield Figure("recurring series, recall", scored.recall, "", 0.95, at_least=True)
    yield Figure("recurring series of one household", each, "cpu ms", 250, baseline=base)


def score(seeds: range) -> Score:
    """Compare what is found with what is known over the books of all ``seeds``."""
    right = found = true = 0
    for seed in seeds:
        books = labelled_books(seed)
        series = [one for one in books.series if len(one) >= 2]
        streams = _found(books)
        right += len(list(_matches(streams, series)))
        found += len(streams)
        true += len(series)
    return Score(right, found, true)


def _found(books: LabelledBooks) -> tuple[Stream, ...]:
    return detect(books.charges, today=TODAY)


def _matches(streams: tuple[Stream, ...], series: list[set[int]]) -> Iterator[tuple[int, int]]:
    """Give the streams and series that are more alike than not, each used once."""
    free = set(range(len(series)))
    for index, stream in enumerate(streams):
        mine = set(stream.entry_ids)
        for other in sorted(free):
            if 2 * len(mine & series[other]) > len(mine | series[other]):
                free.remove(other)
                yield index, other
                break
