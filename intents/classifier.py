"""The linear model that guesses a request when no sentence matches; numpy is all it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.encoder import Encoder, NullEncoder
from intents.features import TermWeights, letter_terms, prepare, word_terms
from intents.guess import OUT_OF_SCOPE, Guess, Prediction

GUESSES = 4


class ModelUnreadable(ValueError):
    """The stored model does not fit this version; it has to be trained again."""


@dataclass(frozen=True, slots=True)
class Head:
    """Weights of one linear model: with or without sentence vectors.

    ``sure`` are the four numbers of the logistic curve that turns top score, margin and
    out-of-scope score into the chance of being right.
    """

    words: NDArray[np.float32]
    letters: NDArray[np.float32]
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
        heads: Mapping[str, Head],
        encoder: Encoder,
    ) -> None:
        """Take the head that was trained with ``encoder``, or the one that needs none."""
        self.labels = labels
        self._words = words
        self._letters = letters
        self._encoder = encoder if encoder.name in heads else NullEncoder()
        self._head = heads[self._encoder.name]
        self._places = {label: place for place, label in enumerate(labels)}
        self._oos = self._places[OUT_OF_SCOPE]

    def predict(self, text: str, nudges: Mapping[str, float] | None = None) -> Prediction:
        """Return the best guesses for a message; ``nudges`` are added to their labels' scores."""
        scores = self.scores(text)
        for label, nudge in (nudges or {}).items():
            if label in self._places:
                scores[self._places[label]] += nudge
        order = np.argsort(-scores, kind="stable")[:GUESSES]
        guesses = tuple(Guess(self.labels[i], float(scores[i])) for i in order)
        confidence = sureness(scores, self._oos, self._head.sure)
        return Prediction(guesses, confidence)

    def scores(self, text: str) -> NDArray[np.float32]:
        """Return the score of every label."""
        prepared = prepare(text)
        head = self._head
        scores = head.offset.copy()
        for terms, known, weights in (
            (word_terms(prepared), self._words, head.words),
            (letter_terms(prepared), self._letters, head.letters),
        ):
            places, values = known.weigh(terms)
            if places:
                scores += values @ weights[places]
        if self._encoder.size:
            scores += self._encoder.encode([prepared])[0] @ head.vectors
        return scores


def sureness(scores: NDArray[Any], oos: int, sure: NDArray[Any]) -> float:
    """Return the chance that the highest score is right."""
    value = float(evidence(scores, oos) @ sure[:-1] + sure[-1])
    return float(1.0 / (1.0 + np.exp(-np.clip(value, -30.0, 30.0))))


def evidence(scores: NDArray[Any], oos: int) -> NDArray[Any]:
    """Return what speaks for the best guess: its score, its lead, the out-of-scope score."""
    best, second = np.sort(scores)[::-1][:2]
    return np.asarray([best, best - second, scores[oos]])


def load(folder: Path, name: str, encoder: Encoder) -> Classifier:
    """Read the model ``name`` from ``folder``; raise `ModelUnreadable` when it does not fit."""
    try:
        facts = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        wanted = {"none", encoder.name} & set(facts["heads"])
        with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
            heads = {key: _head(arrays, key) for key in wanted}
            words = TermWeights(_places(facts["words"]), arrays["words"])
            letters = TermWeights(_places(facts["letters"]), arrays["letters"])
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise ModelUnreadable(name) from error
    labels = tuple(facts["labels"])
    return Classifier(labels=labels, words=words, letters=letters, heads=heads, encoder=encoder)


def _head(arrays: Mapping[str, Any], key: str) -> Head:
    parts = ("words", "letters", "vectors", "offset", "sure")
    return Head(*(np.asarray(arrays[f"{key}_{part}"], dtype=np.float32) for part in parts))


def _places(terms: list[str]) -> dict[str, int]:
    return {term: place for place, term in enumerate(terms)}
