"""No sentence that a user reads stands in Python: they live in prompts/, one file a language.

A heuristic that reads every string of four words or more in the rooms that speak. Docstrings, log
events, SQL, messages of bugs, help of the command line and descriptions of arguments are no such
sentence. What is left is allowed only by a line with a reason in ``words_allowed.toml``.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from checks import tree

ROOMS = ("bot", "tools", "workers", "intents")
ALLOWED = Path(__file__).with_name("words_allowed.toml")

_SENTENCE = re.compile(r"(?:\b[A-Za-z][a-z']*\b[\s,;:]+){3,}[A-Za-z][a-z']*")
_SQL = re.compile(
    r"\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|WITH|PRAGMA|BEGIN|LISTEN)\b"
)
_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "bind"})
_TOLD_ELSEWHERE = frozenset({"description", "help", "epilog", "summary", "pattern", "title"})
_SILENT_CALLS = frozenset({"compile", "deprecated"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One string that reads like a sentence."""

    path: Path
    line: int
    text: str


def main() -> int:
    """Print every finding that no line allows, and every line that allows nothing any more."""
    found = list(findings())
    allowed = tomllib.loads(ALLOWED.read_text()).get("allow", [])
    open_ones = [one for one in found if not any(_covers(line, one) for line in allowed)]
    idle = [line for line in allowed if not any(_covers(line, one) for one in found)]
    for one in open_ones:
        print(f'{one.path}:{one.line}: "{one.text[:70]}" belongs in prompts/')
    for line in idle:
        print(f"{ALLOWED.name}: nothing is left of {line}")
    if not open_ones and not idle:
        print(f"words: {len(found)} strings looked at, {len(allowed)} allowed by a reason")
    return 1 if open_ones or idle else 0


def findings() -> Iterator[Finding]:
    """Every suspicious string of the rooms that speak."""
    for path in tree.modules(*ROOMS):
        module = tree.parsed(path)
        silent = {id(node) for node in _silent(module)}
        for node in ast.walk(module):
            if id(node) in silent or not isinstance(node, ast.Constant):
                continue
            if isinstance(node.value, str) and _is_sentence(node.value):
                yield Finding(path, node.lineno, node.value)


def _is_sentence(text: str) -> bool:
    return bool(_SENTENCE.search(text)) and not _SQL.match(text)


def _silent(module: ast.Module) -> Iterator[ast.AST]:
    """Nodes under which a string is no sentence for a user."""
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Raise | ast.Assert):
            yield from ast.walk(node)
        elif isinstance(node, ast.keyword) and node.arg in _TOLD_ELSEWHERE:
            yield from ast.walk(node.value)
        elif isinstance(node, ast.Call) and _name(node.func) in _LOGS | _SILENT_CALLS:
            yield from ast.walk(node)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _covers(line: dict[str, str], one: Finding) -> bool:
    return fnmatch(str(one.path), line["path"]) and line.get("text", "") in one.text


if __name__ == "__main__":
    sys.exit(main())
