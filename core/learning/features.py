"""The features of a merchant's name: runs of two to four letters and whole words, hashed."""

from __future__ import annotations

from zlib import crc32

BUCKETS = 1 << 16
_SIZES = (2, 3, 4)


def buckets(key: str) -> list[int]:
    """Return the places of a folded name's features, without repeats and in order."""
    text = f" {key} "
    found = {
        crc32(text[at : at + size].encode()) % BUCKETS
        for size in _SIZES
        for at in range(len(text) - size + 1)
    }
    found.update(crc32(f"={word}".encode()) % BUCKETS for word in key.split())
    return sorted(found)
