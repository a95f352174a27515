"""Numbers by text where only hashes of the texts are kept: a tenth of what a dictionary weighs.

A hundred thousand terms as strings in a dictionary take some twelve megabytes in each process. As
sorted hashes of 64 bits with their numbers they take one; that a text which is not among them has
the hash of one that is happens once in a hundred million million messages.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_BYTES = 8
UNKNOWN = -1


class HashedNumbers:
    """A number, from zero to 2**31 - 1, for each of many texts; it never changes."""

    __slots__ = ("_hashes", "_numbers", "_sorted")

    def __init__(self, hashes: NDArray[np.uint64], numbers: NDArray[np.int32]) -> None:
        """Take rising hashes and their numbers; raise ``ValueError`` where they are not."""
        fits = hashes.dtype == np.uint64 and numbers.dtype == np.int32
        if not fits or len(hashes) != len(numbers) or bool(np.any(hashes[1:] <= hashes[:-1])):
            raise ValueError("hashes")
        self._sorted = hashes
        self._hashes = array("Q", hashes.tobytes())
        self._numbers = numbers

    @classmethod
    def of(cls, numbers: Mapping[str, int]) -> HashedNumbers:
        """Keep what a dictionary holds."""
        hashes = _hashes(numbers)
        order = np.argsort(hashes, kind="stable")
        values = np.fromiter(numbers.values(), dtype=np.int32, count=len(numbers))
        return cls(hashes[order], values[order])

    @property
    def arrays(self) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """What it is made of, to be stored."""
        return self._sorted, self._numbers

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self._numbers)

    def find(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return the number of each text, `UNKNOWN` where it has none."""
        if not len(self):
            return np.full(len(texts), UNKNOWN, dtype=np.int64)
        wanted = _hashes(texts)
        places = np.minimum(np.searchsorted(self._sorted, wanted), len(self) - 1)
        return np.where(self._sorted[places] == wanted, self._numbers[places], UNKNOWN)

    def get(self, text: str) -> int | None:
        """Return the number of one text, as a dictionary does; nothing where it has none."""
        wanted = _hash(text)
        place = bisect_left(self._hashes, wanted)
        if place < len(self._hashes) and self._hashes[place] == wanted:
            return int(self._numbers[place])
        return None


def _hash(text: str) -> int:
    # Half a pair of surrogates, as phones send when they cut a message, is a text as well.
    raw = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(raw, digest_size=_BYTES).digest(), "little")


def _hashes(texts: Iterable[str]) -> NDArray[np.uint64]:
    digests = [
        blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
        for text in texts
    ]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
