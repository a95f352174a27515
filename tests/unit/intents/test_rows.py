"""Rows that stay on disk are those of the array that was stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from intents.rows import RowsOnDisk

_NUMBERS = np.arange(60, dtype=np.float32).reshape(20, 3)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "model.npz"
    np.savez(path, before=np.zeros(7), numbers=_NUMBERS, across=_NUMBERS.T, line=np.zeros(4))
    return path


class TestRowsOnDisk:
    def test_are_those_that_were_stored_in_the_order_asked_for(self, archive: Path) -> None:
        rows = RowsOnDisk(archive, "numbers")
        assert rows.shape == (20, 3)
        np.testing.assert_array_equal(rows.take([19, 0, 7, 7]), _NUMBERS[[19, 0, 7, 7]])
        assert rows.take([]).shape == (0, 3)

    def test_refuse_what_they_could_not_find_a_row_in(self, archive: Path, tmp_path: Path) -> None:
        with pytest.raises(KeyError):
            RowsOnDisk(archive, "missing")
        for name in ("across", "line"):  # stored by column; no rows at all
            with pytest.raises(ValueError, match=name):
                RowsOnDisk(archive, name)
        np.savez_compressed(tmp_path / "small.npz", numbers=_NUMBERS)
        with pytest.raises(ValueError, match="numbers"):
            RowsOnDisk(tmp_path / "small.npz", "numbers")
