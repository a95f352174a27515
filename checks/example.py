"""Compares ``.env.example`` with the settings: each is there with its default, and no other."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from pydantic import BaseModel, SecretStr

from checks import tree

EXAMPLE = tree.ROOT / ".env.example"
PREFIX = "FM_"

_LINE = re.compile(rf"^(?:# )?({PREFIX}[A-Z0-9_]+)=(.*)$", re.MULTILINE)


def main() -> int:
    """Print each difference as a line; return the exit code."""
    from core.settings import Settings  # noqa: PLC0415 (only this command needs the settings)

    differences = compare(Settings)
    for line in differences:
        print(line)
    return 1 if differences else 0


def compare(settings: type[BaseModel]) -> list[str]:
    """Each difference as the line that is wanted, or not wanted any more."""
    listed = dict(_LINE.findall(EXAMPLE.read_text()))
    wanted = dict(variables(settings))
    found = [f"drop: {name}" for name in listed if name not in wanted]
    for name, default in wanted.items():
        if listed.get(name) != default:
            found.append(f"write: # {name}={default}")
    return found


def variables(model: type[BaseModel], prefix: str = PREFIX) -> Iterator[tuple[str, str]]:
    """Every variable and its default; a group is a model within the model."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from variables(kind, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", _as_written(field.default)


def _as_written(default: object) -> str:
    """A default as it would stand in the file; a secret and nothing are both empty."""
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None or isinstance(default, SecretStr) else str(default)


if __name__ == "__main__":
    sys.exit(main())
