"""Printing for people and for programs."""

from __future__ import annotations

import json
import sys
from contextlib import suppress

from core.errors import FinanceError
from prompts.phrasebook import Phrasebook


def show(text: str) -> None:
    """Print a line for a person."""
    print(text)


def greet(text: str) -> None:
    """Print a line of a process that serves: where there is no room for it, it serves all the same.

    The line may go into a file on a full disk, or to somebody who has gone.
    """
    with suppress(OSError):
        print(text, flush=True)


def show_json(value: object) -> None:
    """Print one JSON object on one line."""
    print(json.dumps(value, ensure_ascii=False, default=str))


def complain(error: FinanceError) -> None:
    """Print the sentence of an expected error."""
    book = Phrasebook.load(strict=False)
    print(book.render(error.code, dict(error.fields), "terminal"), file=sys.stderr)
