"""The monthly PDF: from the books of one user to the file, drawn in its own process."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from bot.bench.figures import Figure, percentile
from bot.bench.stage import Stage, fill, opened
from workers.reports.build import keep_pdf, last_month, read_figures


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure the report of last month as the schedule makes it, several times."""
    with opened(stage) as books:
        fill(books, stage.size(10_000, 200))
        jobs = books.app.jobs
        month = last_month(books.user, books.app.clock.now())
        times = []
        for place in range(stage.size(8, 1)):
            start = time.perf_counter()
            figures = read_figures(jobs, books.user, month)
            keep_pdf(jobs, books.user, figures, key=f"reports/bench-{place}.pdf")
            times.append(time.perf_counter() - start)
    base = _bare()
    yield Figure("monthly report as a PDF, p95", percentile(times, 0.95), "s", 5, baseline=base)
    # The largest process started so far: if even that one is within the bar, the report's is.
    yield Figure("memory of the process that draws", _largest_child(), "MB", 300)


def _bare() -> float:
    """Return the seconds of a bare process that loads the libraries and draws nothing."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "import fpdf, matplotlib.backends.backend_agg"], check=True
    )
    return time.perf_counter() - start


def _largest_child() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
