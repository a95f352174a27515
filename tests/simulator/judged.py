"""Plays seeds and says of each that is not as it must be: its number plays it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from core.failpoints import Point
from tests.simulator.judge import verdicts
from tests.simulator.play import Play
from tests.simulator.stage import Theatre


def judged(
    theatre: Theatre, seeds: Iterable[int], *, one_process: bool, **chosen: Any
) -> tuple[dict[int, list[str]], Counter[Point]]:
    """Return what is wrong by seed, and how often somebody died at which place.

    ``chosen`` is what a play is told beside its scene.
    """
    wrong: dict[int, list[str]] = {}
    died: Counter[Point] = Counter()
    for seed in seeds:
        with theatre.scene(seed, one_process=one_process) as scene:
            play = Play(scene, **chosen)
            play.run()
            found = verdicts(play)
            died.update(scene.between.died_at)
        if found:
            wrong[seed] = found
    return wrong, died
