"""What another version of this code wrote: read by what is known of it here.

While a new version is rolled out, old and new processes read each other's rows. A field that the
writer did not have yet has a default; one that the reader does not know is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any


def known(kind: type, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return of ``data`` what the dataclass ``kind`` has a field for."""
    names = _names(kind)
    return {name: value for name, value in data.items() if name in names}


@lru_cache(maxsize=64)
def _names(kind: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))
