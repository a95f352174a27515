"""One theatre for each test process: opening the application costs more than many plays."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.stage import Theatre

_IN_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def theatre() -> Iterator[Theatre]:
    """An installation that plays are given on; its files lie in memory where that can be."""
    where = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="fm-play-", dir=where) as folder:
        opened = Theatre(Path(folder))
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Say nothing of what breaks on purpose."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
