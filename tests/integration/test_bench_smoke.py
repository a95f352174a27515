"""Every measurement runs, in a tiny size, and prints figures that can be judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.bench import ingest
from bot.bench.figures import Figure, percentile
from bot.bench.run import MEASUREMENTS, Wanted, run
from bot.bench.stage import Stage

pytestmark = pytest.mark.slow


class TestMeasurements:
    @pytest.mark.parametrize("name", sorted(MEASUREMENTS))
    def test_give_figures_with_bars(self, name: str, tmp_path: Path) -> None:
        figures = list(MEASUREMENTS[name](Stage(tmp_path, tiny=True)))
        assert figures
        assert all(figure.value >= 0 for figure in figures)
        assert any(figure.bar is not None and figure.value > 0 for figure in figures)

    def test_post_to_the_webhook_on_postgresql_too(
        self, tmp_path: Path, fresh_postgres_url: str
    ) -> None:
        figures = ingest.measure(Stage(tmp_path, tiny=True, postgres=fresh_postgres_url))
        found = {figure.name: figure for figure in figures}
        assert found["webhooks, PostgreSQL"].value > 0
        assert found["webhooks refused, PostgreSQL"].is_met


class TestTheTable:
    def test_shows_the_load_first_and_fails_when_a_bar_is_missed(self) -> None:
        assert _table(Figure("quick", 1, "s", 2), Figure("slow", 3, "s", 2))[0] == 1

    def test_passes_when_every_bar_is_met(self) -> None:
        code, lines = _table(Figure("quick", 1, "s", 2), Figure("plain", 3, "s"))
        assert code == 0
        assert lines[0].startswith("load ")
        assert [line.split()[0] for line in lines[1:]] == ["quick", "plain"]


def _table(*figures: Figure) -> tuple[int, list[str]]:
    """Run one made-up measurement; return the exit code and what was shown."""

    def measured(_stage: Stage) -> Iterator[Figure]:
        yield from figures

    lines: list[str] = []
    return run(Wanted(), lines.append, {"made up": measured}), lines


class TestFigure:
    def test_is_over_a_bar_it_exceeds(self) -> None:
        assert not Figure("x", 3, "s", 2).is_met
        assert Figure("x", 3, "s", 2, at_least=True).is_met
        assert "OVER" in Figure("x", 3, "s", 2).line()

    def test_takes_the_value_at_a_share(self) -> None:
        assert percentile([5, 1, 4, 2, 3], 0.5) == 3
        assert percentile([*range(1, 21)], 0.95) == 19
