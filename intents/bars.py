"""What understanding has to reach, as a file says it, and whether the figures do."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure, the limit it is held to, and whether it has to lie above or below that."""

    name: str
    value: float
    limit: float
    at_most: bool

    @property
    def reached(self) -> bool:
        """Tell whether the figure is good enough."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def line(self) -> str:
        """Write the figure beside its bar."""
        sign = "<=" if self.at_most else ">="
        mark = "" if self.reached else "  MISSED"
        return f"{self.name:44}{_figure(self.value):>8}  {sign} {_figure(self.limit)}{mark}"


def held(path: Path, table: str, figures: Mapping[str, float]) -> Iterator[Bar]:
    """Hold figures to the bars of one table of the file."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))[table]
    for row in rows:
        at_most = "at_most" in row
        limit = row["at_most"] if at_most else row["at_least"]
        yield Bar(row["name"], figures[row["figure"]], limit, at_most)


def _figure(value: float) -> str:
    """Write a share as a percentage, anything else as it is."""
    return f"{value:.1%}" if 0 < value <= 1 else f"{value:.1f}"
