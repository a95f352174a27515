"""Which files belong to the project, and what the parser makes of them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "workers", "intents", "tools", "core", "prompts")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[Path, ...]:
    """All files git knows or would add, relative to the checkout; all files where git is absent."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        names = [Path(name) for name in listed.stdout.split("\0") if name]
    else:
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        names = [path for path in names if not path.parts[0].startswith((".venv", ".git", "var"))]
    return tuple(sorted(path for path in names if (ROOT / path).is_file()))


def modules(*folders: str) -> Iterator[Path]:
    """Python files of the named top-level folders (all of the project's when none is named)."""
    for path in files():
        if path.suffix == ".py" and (not folders or path.parts[0] in folders):
            yield path


def text(path: Path) -> str:
    """The file's text; bytes that are no text count as nothing."""
    return (ROOT / path).read_text(encoding="utf-8", errors="ignore")


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of one module."""
    return ast.parse(text(path), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of one module, nested ones too."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, Function):
            yield node


def length(node: Function) -> int:
    """Lines from ``def`` to the end, docstring included, decorators not."""
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1
