"""Holds back Python's search for garbage while a large file is in hand."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_later() -> Iterator[None]:
    """Put the search for circular garbage off until a file's rows are through.

    The rows hold no circles, but each of the many searches looks through all of them again: a
    fifth of the time of a large import. Memory that nothing refers to is freed at once as ever.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
