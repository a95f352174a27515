"""The process that draws: words and numbers as JSON come in, a PDF or a PNG goes out.

Drawing needs heavy libraries and much memory, and its input holds foreign words. In a process of
its own it can be limited and ended, and the process that serves users stays small.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workers.reports.charts import draw_picture
from workers.reports.page import page_from_json, picture_from_json

# What drawing may take on top of what the libraries have mapped when they are loaded.
_MEMORY_BYTES = 1024 * 1024 * 1024
_CPU_SECONDS = 60
_STATM = Path("/proc/self/statm")


def main() -> None:
    """Read one page or picture from standard input and write it to standard output, drawn."""
    _limit()
    sys.stdout.buffer.write(_drawn(json.load(sys.stdin.buffer)))


def _drawn(wanted: Mapping[str, Any]) -> bytes:
    if "picture" in wanted:
        return draw_picture(picture_from_json(wanted["picture"]))
    from workers.reports.pdf import draw_pdf  # noqa: PLC0415 - a picture needs no PDF library

    return draw_pdf(page_from_json(wanted["page"]))


def _limit() -> None:
    """Bound time and memory, so that a page that cannot be drawn ends this process alone."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    if _STATM.exists():
        mapped = int(_STATM.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        most = mapped + _MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
