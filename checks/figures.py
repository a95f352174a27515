"""The figures of a review: sizes, types, first sentences, tests, commits, repeated blocks."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from checks import tree

_BLOCK = 6


def show() -> None:
    """Print one figure a line, with what we aim for."""
    source = [path for path in tree.modules(*tree.ROOMS) if "migrations" not in path.parts]
    for name, value, aim in _figures(source):
        print(f"{name:<32} {value:>12}   aim {aim}")


def _figures(source: Sequence[Path]) -> Iterator[tuple[str, str, str]]:
    sizes = sorted(size for size in map(_lines, source) if size > 1)
    tests = sum(map(_lines, tree.modules("tests")))
    nodes = [(path, node) for path in source for node in tree.functions(path)]
    lengths = [tree.length(node) for _, node in nodes]
    typed = sum(node.returns is not None for _, node in nodes)
    told = sum(ast.get_docstring(tree.parsed(path)) is not None for path in source)
    yield "source files", str(len(source)), "-"
    yield "source lines", str(sum(sizes)), "-"
    yield "median source file", str(round(median(sizes))), "<= 140"
    yield "90th percentile file", str(sizes[int(len(sizes) * 0.9)]), "<= 260"
    yield "largest file", str(sizes[-1]), "<= 400"
    yield "median function", str(round(median(lengths))), "<= 10"
    yield "longest function", str(max(lengths)), "<= 50"
    yield "functions with a return type", _share(typed, len(nodes)), "100 %"
    yield "modules with a first sentence", _share(told, len(source)), "100 %"
    yield "test lines per source line", f"{tests / sum(sizes):.2f}", "1.2 - 2.0"
    yield "modules that commit", str(len(list(_commits(source)))), "runner, handler, jobs, accept"
    yield f"repeated blocks of {_BLOCK} lines", str(sum(1 for _ in repeated(source))), "0"


def repeated(source: Sequence[Path]) -> Iterator[str]:
    """Blocks of lines that stand word for word in two places, imports left out."""
    places: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path in source:
        code = [(number, line) for number, line in _code(path)]
        for start in range(len(code) - _BLOCK + 1):
            window = code[start : start + _BLOCK]
            places[tuple(line for _, line in window)].append(f"{path}:{window[0][0]}")
    seen: set[str] = set()
    for where in places.values():
        files = {place.split(":")[0] for place in where}
        key = " ".join(sorted(files))
        if len(where) > 1 and key not in seen:
            seen.add(key)
            yield ", ".join(where)


def _code(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(tree.text(path).splitlines(), start=1):
        bare = line.strip()
        if len(bare) > 3 and not bare.startswith(("import ", "from ", "#", '"', "@")):
            yield number, bare


def _commits(source: Sequence[Path]) -> Iterator[Path]:
    for path in source:
        if path.parts[:2] != ("core", "store") and ".commit()" in tree.text(path):
            yield path


def _lines(path: Path) -> int:
    return tree.text(path).count("\n")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"
