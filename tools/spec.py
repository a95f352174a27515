"""The declaration of a tool: one place from which every front end is made."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from tools.outcome import Changed, Proposed

if TYPE_CHECKING:
    from core.facts import Answer
    from tools.context import Before, ToolWork


class Effect(StrEnum):
    """Whether a tool can change anything at all."""

    READ = "read"
    WRITE = "write"


class Tier(IntEnum):
    """How much say the user has before it happens."""

    READ = 0
    REVERSIBLE = 1  # own data: at once, with UNDO
    EXTERNAL = 2  # effect outside: approval of the exact payload
    MONEY_OUT = 3  # approval and step-up


class Arguments(BaseModel):
    """Base of every tool's arguments: frozen, strict about names, never an owner."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=2000)


ToolFunction = Callable[[Any, "ToolWork"], "Answer | Changed | Proposed"]
Prepare = Callable[[Any, "Before"], object]

# Names no tool argument may have: identity is ambient (law 6).
FORBIDDEN_ARGUMENTS = frozenset({"user", "user_id", "owner", "account_number", "iban", "phone"})


_SCOPES: dict[Tier, tuple[str, ...]] = {
    Tier.READ: ("read",),
    Tier.REVERSIBLE: ("write",),
    Tier.EXTERNAL: ("propose",),
    Tier.MONEY_OUT: ("propose",),
}


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """Everything about one tool, declared once.

    ``inverse`` names the undo operations a reversible write may record; a write of tier 1 with
    none must say that it is ``irreversible`` or the registry refuses it (law 5). ``scopes`` are
    what an API key needs. ``prepare`` does slow work (reading a file) before a transaction opens.
    """

    name: str
    function: ToolFunction
    arguments: type[Arguments]
    effect: Effect
    tier: Tier
    inverse: tuple[str, ...]
    scopes: frozenset[str]
    description: str
    irreversible: bool = False
    prepare: Prepare | None = None

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON schema of the arguments; it is made once and shared, so only read it."""
        return _schema_of(self.arguments)

    def fingerprint(self) -> str:
        """Return a hash of name and schema: what a stored conversation was planned with."""
        text = json.dumps([self.name, self.schema(), self.description], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def tool(
    *,
    tier: Tier = Tier.READ,
    inverse: tuple[str, ...] = (),
    scopes: tuple[str, ...] = (),
    irreversible: bool = False,
    prepare: Prepare | None = None,
) -> Callable[[ToolFunction], ToolSpec]:
    """Declare a function as a tool: name, description and schema come from the function."""

    def declare(function: ToolFunction) -> ToolSpec:
        hints = inspect.get_annotations(function, eval_str=False)
        arguments = _arguments_model(function, hints)
        effect = Effect.READ if tier is Tier.READ else Effect.WRITE
        needs = scopes or _SCOPES[tier]
        return ToolSpec(
            name=function.__name__,
            function=function,
            arguments=arguments,
            effect=effect,
            tier=tier,
            inverse=inverse,
            scopes=frozenset(needs),
            description=inspect.getdoc(function) or "",
            irreversible=irreversible,
            prepare=prepare,
        )

    return declare


@cache
def _schema_of(arguments: type[Arguments]) -> Mapping[str, Any]:
    return arguments.model_json_schema()


def _arguments_model(function: ToolFunction, hints: dict[str, Any]) -> type[Arguments]:
    """Find the arguments model in the module of ``function`` by its first annotation."""
    first = next(iter(inspect.signature(function).parameters))
    name = hints[first]
    model: type[Arguments] = function.__globals__[name] if isinstance(name, str) else name
    if not issubclass(model, Arguments):
        raise TypeError(f"{function.__name__}: the first parameter must be an Arguments model")
    return model
