"""One answer of a reading tool, with what a reply about it may stand on."""

from __future__ import annotations

from dataclasses import dataclass

from bot.llm.grounds import Grounds
from bot.llm.observation import Observer
from core.facts import Answer, Fact, FactKind, Line


@dataclass
class Scene:
    """One answer, what a reply may stand on, and how its facts read."""

    grounds: Grounds
    facts: list[Fact]
    rows: list[Line]
    observer: Observer
    days: list[Fact]

    def text(self, fact: Fact) -> str:
        """Return how a fact reads."""
        return self.observer.text(fact).strip("«»")


def is_figure(fact: Fact) -> bool:
    """Tell whether it is money or a percentage."""
    return fact.kind in {FactKind.MONEY, FactKind.PERCENT} and fact.value is not None


def rows(answer: Answer) -> list[Line]:
    """Return the rows of an answer."""
    return list(answer.lines)


def named(line: Line) -> str:
    """Return what a row is called, "" when nothing."""
    found = [fact for fact in line.facts if fact.kind is FactKind.NAME]
    return str(found[0].value) if len(found) >= 1 else ""


def amounts(line: Line) -> list[Fact]:
    """Return the money of a row."""
    return [fact for fact in line.facts if fact.kind is FactKind.MONEY]


def typed(scene: Scene, fact: Fact) -> str:
    """Return how a figure would be typed."""
    return scene.text(fact).lstrip("-")


def row_name(scene: Scene, line: Line) -> str:
    """Return how a row is called where it is shown."""
    return scene.text(next(one for one in line.facts if one.kind is FactKind.NAME))
