"""Has a report drawn by a process of its own, with an end in time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from core.errors import FinanceError
from workers.reports.page import Page, page_to_json

_ROOT = Path(__file__).resolve().parents[2]
_MODULE = "workers.reports.render"


class ReportNotDrawn(FinanceError):
    """The process that draws ended without a report, or did not end in time."""

    code = "report.not_drawn"


def draw(page: Page, *, seconds: int) -> bytes:
    """Return the PDF of ``page``; raise `ReportNotDrawn`."""
    text = json.dumps(page_to_json(page), ensure_ascii=True).encode()
    command = [sys.executable, "-m", _MODULE]
    try:
        # Our own interpreter and our own module; the page goes in as data, not as an argument.
        done = subprocess.run(  # noqa: S603
            command, input=text, capture_output=True, timeout=seconds, check=False, cwd=_ROOT
        )
    except subprocess.TimeoutExpired:
        raise ReportNotDrawn(seconds=seconds) from None
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF"):
        raise ReportNotDrawn(status=done.returncode)
    return done.stdout
