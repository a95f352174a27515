"""The measurements and their table: `financemaster bench [name ...]`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bot.bench import imports, ingest, starts, turns
from bot.bench.figures import Figure
from bot.bench.stage import Stage

Measurement = Callable[[Stage], Iterator[Figure]]

MEASUREMENTS: Mapping[str, Measurement] = {
    "turn": turns.measure,
    "start": starts.measure,
    "import": imports.measure,
    "ingest": ingest.measure,
}


def run(names: Sequence[str], show: Callable[[str], object], *, tiny: bool = False) -> int:
    """Run the named measurements, or all, each on books of its own; show each figure."""
    load = os.getloadavg()[0]
    show(f"load {load:.1f} on {os.cpu_count()} cores")
    over = 0
    for name in names or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
            for figure in MEASUREMENTS[name](Stage(Path(folder), tiny=tiny)):
                show(figure.line())
                over += not figure.is_met
    return 1 if over else 0
