"""How the C library keeps memory for a process of many threads."""

from __future__ import annotations

import ctypes
import sys

# M_ARENA_MAX of glibc's malloc.h: how many separate heaps there may be; eight a core if not said.
_ARENA_MAX = -8
_ARENAS = 2


def few_arenas() -> bool:
    """Let all threads share two heaps; tell whether the C library listens.

    With a heap for each of twenty threads, what one gave back another cannot use: some twenty
    megabytes of nothing. The interpreter's own lock keeps the threads from queueing for them.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_ARENA_MAX, _ARENAS))
