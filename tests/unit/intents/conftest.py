"""The user and the planner that the planner's tests talk to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core.conversation.plan import Plan
from intents.engine import OfflinePlanner
from intents.guess import Guess, Prediction
from intents.held_out import Household
from tools.catalog import TOOLS

_HOUSEHOLD = Path(__file__).resolve().parents[2] / "eval" / "household.toml"

Said = Callable[..., Plan]


class ScriptedRecogniser:
    """A classifier that says what the test tells it to, and what it was asked."""

    def __init__(self) -> None:
        self.guesses: tuple[Guess, ...] = (Guess("oos", 0.0),)
        self.confidence = 0.0
        self.nudges: Mapping[str, float] = {}

    def says(self, *labels: str, confidence: float) -> None:
        self.guesses = tuple(Guess(label, -0.2 * place) for place, label in enumerate(labels))
        self.confidence = confidence

    def predict(self, text: str, nudges: Mapping[str, float]) -> Prediction:
        self.nudges = nudges
        return Prediction(self.guesses, self.confidence)


@pytest.fixture(scope="session")
def household() -> Household:
    return Household(_HOUSEHOLD)


@pytest.fixture(scope="session")
def exact_planner() -> OfflinePlanner:
    """A planner without a classifier: sentences, follow-ups and entries only."""
    return OfflinePlanner(TOOLS, lambda: None)


@pytest.fixture
def said(exact_planner: OfflinePlanner, household: Household) -> Said:
    def say(text: str, before: str = "") -> Plan:
        return exact_planner.plan(household.context(text, before))

    return say


@pytest.fixture(scope="session")
def guessing() -> tuple[OfflinePlanner, list[ScriptedRecogniser]]:
    """One planner for all tests, for it takes a while to make, and the classifier it asks now."""
    asked = [ScriptedRecogniser()]
    return OfflinePlanner(TOOLS, lambda: asked[0]), asked


@pytest.fixture
def recogniser(
    guessing: tuple[OfflinePlanner, list[ScriptedRecogniser]],
) -> ScriptedRecogniser:
    guessing[1][0] = ScriptedRecogniser()
    return guessing[1][0]


@pytest.fixture
def guessed(
    guessing: tuple[OfflinePlanner, list[ScriptedRecogniser]],
    recogniser: ScriptedRecogniser,
    household: Household,
) -> Said:
    planner = guessing[0]

    def say(text: str, before: str = "") -> Plan:
        return planner.plan(household.context(text, before))

    return say
