"""How good the detector of recurring charges is, on books whose series are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.bench.figures import Figure, cpu_seconds
from bot.bench.recurring_books import TODAY, LabelledBooks, labelled_books
from bot.bench.stage import Stage
from core.subscriptions.charge import groups
from core.subscriptions.detect import Phase, Stream, detect

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
    """Measure precision and recall, of series, rises and endings, and the time of one household."""
    seeds = SEEDS[: stage.size(len(SEEDS), 2)]
    found = scored(seeds)
    books = [labelled_books(seed) for seed in seeds]
    seconds = cpu_seconds(lambda: [_found(one) for one in books])
    bare = cpu_seconds(lambda: [groups(one.charges) for one in books])
    each, base = seconds * 1000 / len(books), bare * 1000 / len(books)
    yield Figure("recurring series, precision", found.series.precision, "", 0.95, at_least=True)
    yield Figure("recurring series, recall", found.series.recall, "", 0.95, at_least=True)
    yield Figure("price rises, precision", found.rises.precision, "", 0.98, at_least=True)
    yield Figure("price rises, recall", found.rises.recall, "", 0.96, at_least=True)
    yield Figure("endings, precision", found.endings.precision, "", 0.88, at_least=True)
    yield Figure("endings, recall", found.endings.recall, "", 0.99, at_least=True)
    yield Figure("recurring series of one household", each, "cpu ms", 250, baseline=base)


@dataclass(frozen=True, slots=True)
class Scored:
    """How well series are found, and of them the rises of price and the ends."""

    series: Score
    rises: Score
    endings: Score


def score(seeds: range) -> Score:
    """Compare what is found with what is known over the books of all ``seeds``."""
    return scored(seeds).series


def scored(seeds: range) -> Scored:
    """Compare series, price rises (each with its day) and endings with what is known of them."""
    series, rises, endings = Counter[str](), Counter[str](), Counter[str]()
    for seed in seeds:
        books = labelled_books(seed)
        streams = _found(books)
        known = [one for one in books.series if len(one) >= 2]
        series.update(
            right=len(list(_matches(streams, known))), found=len(streams), true=len(known)
        )
        pairs = dict(_matches(streams, books.series))
        _count_changes(books, streams, pairs, (rises, endings))
    return Scored(
        *(Score(one["right"], one["found"], one["true"]) for one in (series, rises, endings))
    )


def _count_changes(
    books: LabelledBooks,
    streams: tuple[Stream, ...],
    pairs: Mapping[int, int],
    counted: tuple[Counter[str], Counter[str]],
) -> None:
    """Add what one household's streams tell of rises and of ends, and what there was."""
    rises, endings = counted
    for place, one in enumerate(streams):
        number = pairs.get(place, -1)
        if one.change is not None and one.change.percent > 0:
            rises.update(found=1, right=books.rises.get(number) == one.change.on)
        if one.phase is Phase.ENDED:
            endings.update(found=1, right=number in books.ended)
    rises.update(true=len(books.rises))
    endings.update(true=len(books.ended))


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
