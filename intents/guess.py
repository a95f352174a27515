"""What a classifier says of a message: its best guesses and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

OUT_OF_SCOPE = "oos"


@dataclass(frozen=True, slots=True)
class Guess:
    """A request the message may mean, and its one-versus-rest score."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best guesses, best first, and how likely the first one is right (0 to 1)."""

    guesses: tuple[Guess, ...]
    confidence: float

    @property
    def label(self) -> str:
        """The best guess."""
        return self.guesses[0].label


class Recogniser(Protocol):
    """Guesses what a message means."""

    def predict(self, text: str, nudges: Mapping[str, float]) -> Prediction:
        """Return the best guesses; ``nudges`` are added to the scores of their labels."""
        ...
