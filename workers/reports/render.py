"""The process that draws: a page as JSON comes in, a PDF goes out (``-m workers.reports.render``).

Drawing needs heavy libraries and much memory, and its input holds foreign words. In a process of
its own it can be limited and ended, and the process that serves users stays small.
"""

from __future__ import annotations

import json
import resource
import sys

from workers.reports.page import page_from_json
from workers.reports.pdf import draw_pdf

_MEMORY_BYTES = 1_500 * 1024 * 1024
_CPU_SECONDS = 60


def main() -> None:
    """Read one page from standard input and write its PDF to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    page = page_from_json(json.load(sys.stdin.buffer))
    sys.stdout.buffer.write(draw_pdf(page))


if __name__ == "__main__":
    main()
