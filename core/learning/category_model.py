"""The learned guess at what a merchant sells, from its name alone; numpy is all it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from core.categories.scheme import category
from core.learning.features import buckets

SHIPPED = Path(__file__).with_name("categories.npz")
# One entry is some hundred bytes; names come again and again.
_CACHE_SIZE = 20_000


class ModelUnreadable(ValueError):
    """The stored model does not fit this version."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear model: whole-numbered weights of each feature, and what a step is worth by label.

    ``rarity`` is how much a feature tells: a run of letters that many names have weighs less.
    ``raw`` and ``chance`` are the points of the curve from the model's own probability to how
    often it is right with merchants it has never met; ``agreed`` are the chances at the same
    points when the name's words say the same. ``beside`` is how often the words are right when
    the model's heading is the same, and when it is another.
    """

    labels: tuple[str, ...]
    steps: NDArray[np.int8]
    rarity: NDArray[np.float32]
    scale: NDArray[np.float32]
    offset: NDArray[np.float32]
    raw: NDArray[np.float32]
    chance: NDArray[np.float32]
    agreed: NDArray[np.float32]
    beside: NDArray[np.float32]


class LinearCategoryModel:
    """Guesses categories; safe to share between threads, for it never changes."""

    def __init__(self, weights: Weights) -> None:
        """Serve ``weights``; remember the names asked for last."""
        self._weights = weights
        self._labels = frozenset(weights.labels)
        self._best = lru_cache(maxsize=_CACHE_SIZE)(self._look)

    def guess(self, key: str) -> tuple[str, int] | None:
        """Return the likeliest category of a merchant key and the chance that it is right."""
        return self._best(key)[:2]

    def second(self, key: str, told: str) -> int | None:
        """Return the chance that ``told``, read from the name's words, is right."""
        if told not in self._labels:
            return None
        label, _, agreed = self._best(key)
        if label == told:
            return agreed
        alike, odds = (round(100 * float(share)) for share in self._weights.beside)
        return alike if category(label).primary == category(told).primary else odds

    @property
    def digest(self) -> str:
        """Return what tells this model from another one."""
        return f"{crc32(self._weights.steps.tobytes()):08x}"

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the categories it knows."""
        return self._weights.labels

    def chance_at(self, probability: float) -> int:
        """Return how often a guess of such a probability is right, in whole per cent."""
        weights = self._weights
        return round(100 * float(np.interp(probability, weights.raw, weights.chance)))

    def probabilities(self, key: str) -> NDArray[np.float32]:
        """Return the model's own probability of every label, before calibration."""
        return softened(self.scores(key))

    def scores(self, key: str) -> NDArray[np.float32]:
        """Return the score of every label."""
        weights, places = self._weights, buckets(key)
        own = weights.rarity[places]
        rows = own @ weights.steps[places].astype(np.float32)
        total: NDArray[np.float32] = rows * weights.scale / np.sqrt((own * own).sum())
        return total + weights.offset

    def _look(self, key: str) -> tuple[str, int, int]:
        weights, probable = self._weights, self.probabilities(key)
        best = int(probable.argmax())
        alone, agreed = (
            round(100 * float(np.interp(probable[best], weights.raw, curve)))
            for curve in (weights.chance, weights.agreed)
        )
        return weights.labels[best], alone, agreed


def softened(scores: NDArray[Any]) -> NDArray[Any]:
    """Turn one-against-the-rest scores into probabilities that sum to one."""
    each: NDArray[Any] = 1.0 / (1.0 + np.exp(-np.clip(scores, -30.0, 30.0)))
    shares: NDArray[Any] = each / each.sum(axis=-1, keepdims=True)
    return shares


def load(path: Path = SHIPPED) -> LinearCategoryModel:
    """Read a model from its file; raise `ModelUnreadable` when it does not fit."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return LinearCategoryModel(_weights(arrays))
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise ModelUnreadable(path.name) from error


def _weights(arrays: Mapping[str, Any]) -> Weights:
    floats = ("rarity", "scale", "offset", "raw", "chance", "agreed", "beside")
    return Weights(
        labels=tuple(str(label) for label in arrays["labels"]),
        steps=np.asarray(arrays["steps"], dtype=np.int8),
        **{name: np.asarray(arrays[name], dtype=np.float32) for name in floats},
    )
