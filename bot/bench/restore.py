"""Putting a copy of a large installation back, by the command an operator types."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

from bot.bench.figures import Figure
from bot.bench.stage import Stage, fill, opened


def measure(stage: Stage) -> Iterator[Figure]:
    """Fill the books, copy them while they are open, put the copy back."""
    copy = stage.folder / "copy.db"
    with opened(stage) as books:
        fill(books, stage.size(100_000, 200))
        backup = _command(stage, "backup", str(copy))
    restore = _command(stage, "restore", str(copy))
    start = time.perf_counter()
    shutil.copyfile(copy, stage.folder / "bare-copy.db")
    bare = time.perf_counter() - start
    yield Figure("copy of 100k transactions made", backup, "s", 60, baseline=bare)
    yield Figure("copy of 100k transactions put back", restore, "s", 60, baseline=bare)


def _command(stage: Stage, *words: str) -> float:
    """Return the seconds that a command takes in a process of its own."""
    variables = {**os.environ, **stage.variables()}  # noqa: TID251 - handed on
    start = time.perf_counter()
    command = [sys.executable, "-m", "bot", *words]
    subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    return time.perf_counter() - start
