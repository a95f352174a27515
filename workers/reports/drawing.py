"""Has a report or a picture drawn by a process of its own, with an end in time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import FinanceError
from workers.reports.page import Page, Picture, page_to_json, picture_to_json

_ROOT = Path(__file__).resolve().parents[2]
_MODULE = "workers.reports.render"


class ReportNotDrawn(FinanceError):
    """The process that draws ended without a report, or did not end in time."""

    code = "report.not_drawn"


def draw(page: Page, *, seconds: int) -> bytes:
    """Return the PDF of ``page``; raise `ReportNotDrawn`."""
    return _drawn({"page": page_to_json(page)}, b"%PDF", seconds)


def draw_png(picture: Picture, *, seconds: int) -> bytes:
    """Return the PNG of ``picture``; raise `ReportNotDrawn`."""
    return _drawn({"picture": picture_to_json(picture)}, b"\x89PNG", seconds)


def _drawn(wanted: Mapping[str, Any], begins: bytes, seconds: int) -> bytes:
    text = json.dumps(wanted, ensure_ascii=True).encode()
    command = [sys.executable, "-m", _MODULE]
    try:
        # Our own interpreter and our own module; the page goes in as data, not as an argument.
        done = subprocess.run(  # noqa: S603
            command, input=text, capture_output=True, timeout=seconds, check=False, cwd=_ROOT
        )
    except subprocess.TimeoutExpired:
        raise ReportNotDrawn(seconds=seconds) from None
    if done.returncode != 0 or not done.stdout.startswith(begins):
        raise ReportNotDrawn(status=done.returncode)
    return done.stdout
