"""An import contract: every foreign library and adapter is imported only where it is at home.

The built-in contracts cannot say "nowhere else, and it may be imported nowhere yet"; this one can.
A library that no line names breaks the contract too, so a new dependency is placed on purpose.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

EVERYWHERE = "*"


class HomesContract(Contract):
    """Lines ``library, library -> package, package``; ``*`` as the package means anywhere."""

    type_name = "homes"

    homes = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 (theirs)
        """Compare every import of a foreign library with the lines."""
        del verbose  # nothing to say on the way
        homes = dict(_parse(list(self.homes)))  # type: ignore[call-overload]  # a field, at run time its value
        own = (name for name in homes if name in graph.modules)
        strays = [
            f"{importer} imports {name} ({_home_of(homes, name)})"
            for name in sorted({*own, *_foreign(graph)})
            for importer in sorted(_importers(graph, name))
            if not _is_at_home(importer, homes.get(name, ()))
        ]
        return ContractCheck(kept=not strays, metadata={"strays": strays})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one stray import a line."""
        for stray in check.metadata["strays"]:
            output.print_error(f"- {stray}", bold=False)
        output.new_line()


def _parse(lines: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in lines:
        libraries, _, packages = line.partition("->")
        for library in libraries.split(","):
            yield library.strip(), tuple(package.strip() for package in packages.split(","))


def _foreign(graph: ImportGraph) -> Iterator[str]:
    for module in graph.modules:
        if graph.is_module_squashed(module) and module not in sys.stdlib_module_names:
            yield module


def _importers(graph: ImportGraph, name: str) -> set[str]:
    """Everything outside ``name`` that imports it or a part of it."""
    inside = {name}
    if not graph.is_module_squashed(name):
        inside |= graph.find_descendants(name)
    found = {one for part in inside for one in graph.find_modules_that_directly_import(part)}
    return found - inside


def _is_at_home(importer: str, packages: tuple[str, ...]) -> bool:
    return any(
        package in {EVERYWHERE, importer} or importer.startswith(f"{package}.")
        for package in packages
    )


def _home_of(homes: dict[str, tuple[str, ...]], library: str) -> str:
    if library not in homes:
        return "no line in pyproject.toml says where it is at home"
    return f"its home is {', '.join(homes[library])}"
