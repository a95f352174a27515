"""Every measurement runs, in a tiny size, and prints figures that can be judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.bench.figures import Figure, percentile
from bot.bench.run import MEASUREMENTS
from bot.bench.stage import Stage

pytestmark = pytest.mark.slow


class TestMeasurements:
    @pytest.mark.parametrize("name", sorted(MEASUREMENTS))
    def test_give_figures_above_nothing(self, name: str, tmp_path: Path) -> None:
        figures = list(MEASUREMENTS[name](Stage(tmp_path, tiny=True)))
        assert figures
        assert all(figure.value > 0 for figure in figures)


class TestFigure:
    def test_is_over_a_bar_it_exceeds(self) -> None:
        assert not Figure("x", 3, "s", 2).is_met
        assert Figure("x", 3, "s", 2, at_least=True).is_met
        assert "OVER" in Figure("x", 3, "s", 2).line()

    def test_takes_the_value_at_a_share(self) -> None:
        assert percentile([5, 1, 4, 2, 3], 0.5) == 3
