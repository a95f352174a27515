"""Bounces of letters: a mail server pipes each report in, and the delivery learns of it."""

from __future__ import annotations

import argparse
import sys

from bot.app import open_app
from bot.commands.output import show_json
from core.connect.mail_text import read_bounce

_MOST = 10_000_000


def run_bounce(_options: argparse.Namespace) -> int:
    """Read one report from standard input; exit 1 when it says nothing of a letter of ours."""
    report = read_bounce(sys.stdin.buffer.read(_MOST))
    if report is None:
        show_json({"bounce": None})
        return 1
    app = open_app()
    try:
        app.record_status(report)
    finally:
        app.close()
    show_json({"bounce": report.delivery_key, "status": report.status, "reason": report.reason})
    return 0
