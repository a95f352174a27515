"""Limits that ruff lacks: sizes, names, and nothing that ties the project to one machine."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from checks import figures, tree

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
BANNED_MODULES = frozenset(
    {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
)

# A migration is a list of what changes, written once and never edited.
_MIGRATION = "migrations/versions/*.py"
_SIZED = frozenset({".py", ".js", ".css", ".html", ".sql"})
_TIED_TO_A_MACHINE = re.compile(r"(?<![\w.:/-])/(?:root|home/\w+|Users/\w+)/")
_REGISTRY = re.compile(r"\bregistry\.\w+\.(?:org|com|io)\b")


def main() -> int:
    """Print every breach, one a line; with ``--figures`` print the table of sizes as well."""
    if "--figures" in sys.argv[1:]:
        figures.show()
    rules: tuple[Callable[[], Iterator[str]], ...] = (
        long_files,
        long_functions,
        banned_names,
        machine_paths,
        registry_hosts,
    )
    found = [line for rule in rules for line in rule()]
    for line in found:
        print(line)
    if not found:
        print(f"limits: {len(tree.files())} files, all within")
    return 1 if found else 0


def long_files() -> Iterator[str]:
    """A file over the limit holds two subjects."""
    for path in tree.files():
        lines = tree.text(path).count("\n")
        if path.suffix in _SIZED and lines > MAX_FILE_LINES:
            yield f"{path}: {lines} lines, at most {MAX_FILE_LINES}"


def long_functions() -> Iterator[str]:
    """A function over the limit cannot be read at once."""
    for path in tree.modules():
        if path.match(_MIGRATION):
            continue
        for node in tree.functions(path):
            if tree.length(node) > MAX_FUNCTION_LINES:
                size = f"{tree.length(node)} lines, at most {MAX_FUNCTION_LINES}"
                yield f"{path}:{node.lineno}: {node.name} has {size}"


def banned_names() -> Iterator[str]:
    """A module named for nothing collects everything."""
    for path in tree.modules():
        parts = {part.removesuffix(".py") for part in path.parts}
        for name in sorted(parts & BANNED_MODULES):
            yield f"{path}: no module is called {name}; what is its subject?"


def machine_paths() -> Iterator[str]:
    """A path of one machine means nothing on the next."""
    here = [f"{folder}/" for folder in (tree.ROOT, tree.ROOT.parent) if len(folder.parts) > 1]
    for path, number, line in _lines():
        if _TIED_TO_A_MACHINE.search(line) or any(_starts(line, folder) for folder in here):
            yield f"{path}:{number}: a path of one machine"


def registry_hosts() -> Iterator[str]:
    """Where packages come from is the installer's setting, not the project's."""
    hosts = _index_hosts()
    for path, number, line in _lines():
        if _REGISTRY.search(line) or any(host in line for host in hosts):
            yield f"{path}:{number}: names a package registry's host"


def _lines() -> Iterator[tuple[Path, int, str]]:
    for path in tree.files():
        for number, line in enumerate(tree.text(path).splitlines(), start=1):
            yield path, number, line


def _starts(line: str, folder: str) -> bool:
    at = line.find(folder)
    return at == 0 or (at > 0 and not (line[at - 1].isalnum() or line[at - 1] in "._-/:"))


def _index_hosts() -> tuple[str, ...]:
    """The hosts pip itself knows; asked from pip, so that they stand nowhere in the project."""
    try:
        from pip._internal.models.index import PyPI  # noqa: PLC0415 (only pip knows; may be absent)
    except ImportError:
        return ()
    return (PyPI.netloc, PyPI.file_storage_domain)


if __name__ == "__main__":
    sys.exit(main())
