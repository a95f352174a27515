"""The measurements and their table: `financemaster bench [name ...]`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.bench import (
    audit,
    categorise,
    deliver,
    forecasts,
    imports,
    ingest,
    outlook,
    peers,
    plans,
    recurring,
    report,
    restore,
    starts,
    turns,
)
from bot.bench.figures import Figure
from bot.bench.stage import Stage

Measurement = Callable[[Stage], Iterator[Figure]]

# The report first: it looks at the largest process that this one has started so far.
MEASUREMENTS: Mapping[str, Measurement] = {
    "report": report.measure,
    "start": starts.measure,
    "turn": turns.measure,
    "categorise": categorise.measure,
    "recurring": recurring.measure,
    "import": imports.measure,
    "restore": restore.measure,
    "audit": audit.measure,
    "deliver": deliver.measure,
    "plans": plans.measure,
    "ingest": ingest.measure,
    "forecast": forecasts.measure,
    "outlook": outlook.measure,
    "peers": peers.measure,
}
# Only when asked for by name: they take minutes, and want other programs to be there.
ON_REQUEST = frozenset({"peers"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: which measurements, for how long those that can go on, and how large.

    ``postgres`` is the address of a PostgreSQL database for what is measured on both.
    """

    names: Sequence[str] = ()
    minutes: float = 0.0
    postgres: str = ""
    tiny: bool = False


def run(
    wanted: Wanted,
    show: Callable[[str], object],
    measurements: Mapping[str, Measurement] = MEASUREMENTS,
) -> int:
    """Run the measurements, each on books of its own; show each figure; 1 if one is over."""
    load = os.getloadavg()[0]
    show(f"load {load:.1f} on {os.cpu_count()} cores")
    over = 0
    for name in wanted.names or [name for name in measurements if name not in ON_REQUEST]:
        with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
            stage = Stage(Path(folder), wanted.tiny, wanted.minutes, postgres=wanted.postgres)
            for figure in measurements[name](stage):
                show(figure.line())
                over += not figure.is_met
    return 1 if over else 0
