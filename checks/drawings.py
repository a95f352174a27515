"""Draws the tables of allowed moves as Mermaid, under their marks in the pages.

A mark is ``<!-- states: core.room.module.TABLE -->``; the block below it belongs to this script.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path

from checks import tree

PAGES = ("docs/architecture.md",)

_MARK = re.compile(r"(<!-- states: ([\w.]+)\.(\w+) -->\n)(?:\n```mermaid\n.*?```\n)?", re.DOTALL)


def main() -> int:
    """Draw every page anew; with ``--check`` only say which one is out of date."""
    stale = [path for name in PAGES if redrawn(path := tree.ROOT / name) != path.read_text()]
    for path in stale:
        if "--check" in sys.argv[1:]:
            print(f"{path.relative_to(tree.ROOT)}: run make docs")
        else:
            path.write_text(redrawn(path))
    return 1 if stale and "--check" in sys.argv[1:] else 0


def redrawn(page: Path) -> str:
    """The page's text with every drawing made from the code as it is now."""
    return _MARK.sub(_with_drawing, page.read_text())


def drawing(moves: Mapping[StrEnum, Collection[StrEnum]]) -> str:
    """One state diagram: the first state begins, a state without a way out ends."""
    lines = ["stateDiagram-v2", f"    [*] --> {next(iter(moves))}"]
    for state, following in moves.items():
        order = [str(one) for one in type(state) if one in following]
        lines += [f"    {state} --> {one}" for one in order or ["[*]"]]
    return "\n".join(lines)


def _with_drawing(match: re.Match[str]) -> str:
    moves = getattr(importlib.import_module(match[2]), match[3])
    return f"{match[1]}\n```mermaid\n{drawing(moves)}\n```\n"


if __name__ == "__main__":
    sys.exit(main())
