"""One stage for each test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dialogue.stage import Stage, open_stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The application, opened once; the first run of a checkout trains what understands."""
    with open_stage(tmp_path_factory.mktemp("dialogue")) as opened:
        yield opened
