"""All tools by name: refuses doubles, owner arguments and writes that cannot be undone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cached_property

from core.errors import FinanceError
from tools.spec import FORBIDDEN_ARGUMENTS, Tier, ToolSpec


class ToolUnknown(FinanceError):
    """No tool has this name."""

    code = "tool.unknown"


class Registry:
    """A frozen set of tools; made once at the start."""

    def __init__(self, specs: Iterable[ToolSpec], undo_operations: Iterable[str]) -> None:
        """Check every declaration; a bad one stops the start with its reason."""
        self._specs: dict[str, ToolSpec] = {}
        operations = frozenset(undo_operations)
        for spec in specs:
            self._check(spec, operations)
            self._specs[spec.name] = spec

    def get(self, name: str) -> ToolSpec:
        """Return the tool called ``name``; raise `ToolUnknown`."""
        try:
            return self._specs[name]
        except KeyError:
            raise ToolUnknown(tool=name[:40]) from None

    def __iter__(self) -> Iterator[ToolSpec]:
        """Go through the tools in the order of their declaration."""
        return iter(self._specs.values())

    def __contains__(self, name: str) -> bool:
        """Tell whether a tool has this name."""
        return name in self._specs

    def fingerprint(self) -> str:
        """Return a hash over all names and schemas, stored with every turn."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        # Once: writing out the schemas takes longer than a whole turn.
        text = "".join(spec.fingerprint() for spec in self)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _check(self, spec: ToolSpec, operations: frozenset[str]) -> None:
        if spec.name in self._specs:
            raise ValueError(f"two tools are called {spec.name}")
        if not spec.description:
            raise ValueError(f"{spec.name} has no description")
        _check_arguments(spec)
        if spec.tier is Tier.REVERSIBLE and not spec.inverse and not spec.irreversible:
            raise ValueError(f"{spec.name} writes but declares no inverse")
        for operation in spec.inverse:
            if operation not in operations:
                raise ValueError(f"{spec.name}: no undo operation {operation}")


def _check_arguments(spec: ToolSpec) -> None:
    for name, field in spec.arguments.model_fields.items():
        if name in FORBIDDEN_ARGUMENTS:
            raise ValueError(f"{spec.name}: identity is ambient, {name} is not an argument")
        if not field.description:
            raise ValueError(f"{spec.name}.{name} has no description")
