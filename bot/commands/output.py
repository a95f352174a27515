"""Printing for people and for programs."""

from __future__ import annotations

import json
import sys

from core.errors import FinanceError
from prompts.phrasebook import Phrasebook


def show(text: str) -> None:
    """Print a line for a person."""
    print(text)


def show_json(value: object) -> None:
    """Print one JSON object on one line."""
    print(json.dumps(value, ensure_ascii=False, default=str))


def complain(error: FinanceError) -> None:
    """Print the sentence of an expected error."""
    book = Phrasebook.load(strict=False)
    print(book.render(error.code, dict(error.fields), "terminal"), file=sys.stderr)
