"""Thousands of brands by name, from a published list (``brands.csv``; its licence is on top)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

# Made by ``python -m checks.brands``: headings in brackets are categories, then one brand a line.
FILE = Path(__file__).with_name("brands.csv")


def brands() -> Iterator[tuple[str, str, list[str]]]:
    """Yield the category, the name and the phrases of each brand."""
    category = ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            category = line[1:-1]
        elif line and not line.startswith("#"):
            name, *phrases = line.split("\t")
            yield category, name, phrases
