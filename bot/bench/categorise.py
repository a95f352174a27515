"""What it takes to tell who was paid and what for: one text at a time, and a whole statement."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta

from bot.bench.books import bank_rows
from bot.bench.figures import Figure, cpu_seconds, percentile
from bot.bench.stage import Stage, opened
from core.payees.categorise import Categoriser
from core.payees.knowledge import Knowledge

_WORD = re.compile(r"[a-z]+")
_FULL = 100_000


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure the way every import goes, with what a user who taught nothing has taught it."""
    with opened(stage) as books:
        rows = bank_rows(stage.size(_FULL, 300), last=books.today - timedelta(days=1))
        with books.app.database.reading() as uow:
            knowledge = uow.decisions.knowledge(books.user.id)
    asked = [(row.text, row.minor > 0) for row in rows]
    one = _each(knowledge, asked[:: max(1, len(asked) // 1_000)])
    many = cpu_seconds(lambda: _all(knowledge, asked)) * _FULL / len(asked)
    base = cpu_seconds(lambda: _bare(asked)) * _FULL / len(asked)
    yield Figure(
        "categorise one text, p95", percentile(one, 0.95), "ms", 5, baseline=base / _FULL * 1000
    )
    yield Figure("categorise 100k texts", many, "cpu s", 3, baseline=base)


def _each(knowledge: Knowledge, asked: list[tuple[str, bool]]) -> list[float]:
    """Return the CPU milliseconds of each text alone, nothing remembered from the one before."""
    Categoriser(knowledge).recognise("WARM UP 1", inflow=False)
    times = []
    for text, inflow in asked:
        start = time.process_time()
        Categoriser(knowledge).recognise(text, inflow=inflow)
        times.append((time.process_time() - start) * 1000)
    return times


def _all(knowledge: Knowledge, asked: list[tuple[str, bool]]) -> None:
    categoriser = Categoriser(knowledge)
    for text, inflow in asked:
        categoriser.recognise(text, inflow=inflow)


def _bare(asked: list[tuple[str, bool]]) -> int:
    """Look up every word of every text in a plain table: the least that anybody has to do."""
    table = {word: 1 for text, _ in asked[:1_000] for word in _WORD.findall(text.lower())}
    return sum(word in table for text, _ in asked for word in _WORD.findall(text.lower()))
