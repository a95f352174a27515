"""The process that draws: a page as JSON comes in, a PDF goes out (``-m workers.reports.render``).

Drawing needs heavy libraries and much memory, and its input holds foreign words. In a process of
its own it can be limited and ended, and the process that serves users stays small.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from workers.reports.page import page_from_json
from workers.reports.pdf import draw_pdf

# What drawing may take on top of what the libraries have mapped when they are loaded.
_MEMORY_BYTES = 1024 * 1024 * 1024
_CPU_SECONDS = 60
_STATM = Path("/proc/self/statm")


def main() -> None:
    """Read one page from standard input and write its PDF to standard output."""
    _limit()
    page = page_from_json(json.load(sys.stdin.buffer))
    sys.stdout.buffer.write(draw_pdf(page))


def _limit() -> None:
    """Bound time and memory, so that a page that cannot be drawn ends this process alone."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    if _STATM.exists():
        mapped = int(_STATM.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        most = mapped + _MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
