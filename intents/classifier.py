"""The linear model that guesses a request when no sentence matches; numpy is all it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.encoder import Encoder
from intents.features import TermWeights, letter_terms, prepare, word_terms
from intents.guess import OUT_OF_SCOPE, Guess, Prediction
from intents.hashed import HashedNumbers
from intents.rows import RowsOnDisk

GUESSES = 4


class ModelUnreadable(ValueError):
    """The stored model does not fit this version; it has to be trained again."""


@dataclass(frozen=True, slots=True)
class Head:
    """Weights of the linear model: with or without sentence vectors.

    ``sure`` are the weights and the offset of the logistic curve that turns `evidence` into
    the chance of being right.
    """

    words: RowsOnDisk
    letters: RowsOnDisk
    vectors: NDArray[np.float32]
    offset: NDArray[np.float32]
    sure: NDArray[np.float32]


class Classifier:
    """Guesses labels; safe to share between threads, for it never changes."""

    def __init__(
        self,
        *,
        labels: tuple[str, ...],
        words: TermWeights,
        letters: TermWeights,
        familiar: frozenset[str],
        head: Head,
        encoder: Encoder,
    ) -> None:
        """Take the head that was trained with ``encoder``.

        ``familiar`` are the words of the sentences that are in scope.
        """
        self.labels = labels
        self._words = words
        self._letters = letters
        self._familiar = familiar
        self._encoder = encoder
        self._head = head
        self._places = {label: place for place, label in enumerate(labels)}
        self._oos = self._places[OUT_OF_SCOPE]

    def predict(self, text: str, nudges: Mapping[str, float] | None = None) -> Prediction:
        """Return the best guesses for a message; ``nudges`` are added to their labels' scores."""
        prepared = prepare(text)
        scores = self.scores(prepared)
        for label, nudge in (nudges or {}).items():
            if label in self._places:
                scores[self._places[label]] += nudge
        order = np.argsort(-scores, kind="stable")[:GUESSES]
        guesses = tuple(Guess(self.labels[i], float(scores[i])) for i in order)
        found = evidence(scores, self._oos, strangeness(prepared, self._familiar))
        confidence = sureness(found, self._head.sure)
        return Prediction(guesses, confidence)

    def scores(self, prepared: str) -> NDArray[np.float32]:
        """Return the score of every label for a prepared message."""
        head = self._head
        scores = head.offset.copy()
        for terms, known, weights in (
            (word_terms(prepared), self._words, head.words),
            (letter_terms(prepared), self._letters, head.letters),
        ):
            places, values = known.weigh(terms)
            if places:
                scores += values @ weights.take(places)
        if self._encoder.size:
            scores += self._encoder.encode([prepared])[0] @ head.vectors
        return scores


def sureness(found: NDArray[Any], sure: NDArray[Any]) -> float:
    """Return the chance that the best guess is right, from the `evidence`."""
    value = float(found @ sure[:-1] + sure[-1])
    return float(1.0 / (1.0 + np.exp(-np.clip(value, -30.0, 30.0))))


def evidence(scores: NDArray[Any], oos: int, strange: float) -> NDArray[Any]:
    """Return what speaks for and against the best guess.

    Its score, its lead, the out-of-scope score, and the share of unfamiliar words.
    """
    best, second = np.sort(scores)[::-1][:2]
    return np.asarray([best, best - second, scores[oos], strange])


def strangeness(prepared: str, familiar: frozenset[str]) -> float:
    """Return the share of words that no sentence in scope was made of."""
    words = prepared.split()
    return sum(word not in familiar for word in words) / max(len(words), 1)


def load(folder: Path, name: str, encoder: Encoder) -> Classifier:
    """Read the model ``name`` from ``folder``; raise `ModelUnreadable` when it does not fit."""
    try:
        facts = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        stored = folder / f"{name}.npz"
        with np.load(stored, allow_pickle=False) as arrays:
            head = _head(stored, arrays, encoder.name)
            words, letters = _terms(arrays, "words"), _terms(arrays, "letters")
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise ModelUnreadable(name) from error
    return Classifier(
        labels=tuple(facts["labels"]),
        words=words,
        letters=letters,
        familiar=frozenset(facts["familiar"]),
        head=head,
        encoder=encoder,
    )


def _head(stored: Path, arrays: Mapping[str, Any], key: str) -> Head:
    """Read what every message needs into memory; rows of terms stay on disk until one is said."""
    return Head(
        words=RowsOnDisk(stored, f"{key}_words"),
        letters=RowsOnDisk(stored, f"{key}_letters"),
        vectors=np.asarray(arrays[f"{key}_vectors"], dtype=np.float32),
        offset=np.asarray(arrays[f"{key}_offset"], dtype=np.float32),
        sure=np.asarray(arrays[f"{key}_sure"], dtype=np.float32),
    )


def _terms(arrays: Mapping[str, Any], kind: str) -> TermWeights:
    places = HashedNumbers(arrays[f"{kind}_hashes"], arrays[f"{kind}_places"])
    return TermWeights(places, arrays[kind])
