"""The evaluation of live models grades what a model did, not what it says it did."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.live import Score, open_household, play, read_tasks
from core.settings import Settings
from tests.fakes.model_stand_in import Answer, ModelStandIn, call, calls, words

_TASKS = ("how much has gone on food this month?", "please cancel netflix for me")


def _script(request: Mapping[str, Any]) -> Answer:
    """Answer about food rightly, propose nothing although asked, and claim the rest."""
    text = next(one["content"] for one in request["messages"][::-1] if one["role"] == "user")
    has_looked = any(one["role"] == "tool" for one in request["messages"])
    if "food" in text and not has_looked:
        return calls(call("spending", category="food", period="this month"))
    return words("It is {f1}." if has_looked else "All sorted then.")


@pytest.mark.slow
def test_counts_what_passed_and_what_it_used(tmp_path: Path):
    tasks = [one for one in read_tasks() if one["say"][0] in _TASKS]
    with ModelStandIn() as stand_in:
        stand_in.obey(_script)
        settings = Settings.model_validate(
            {
                "model": {"api_key": "a key", "base_url": stand_in.base_url, "name": "one"},
                "logs": {"level": "CRITICAL"},
                "rates": {"history_from": "2026-05-01"},
            }
        )
        app = open_household(settings, tmp_path)
        try:
            score = play(app, tasks, 2)
        finally:
            app.close()
    assert score.passed == {0: 2, 1: 0}
    assert score.pass_k(2, 1) == 0.5
    assert score.tokens[0] == 300
    assert all(millis >= 0 for millis in score.millis)


def test_four_in_a_row_are_rarer_than_one():
    score = Score(passed={0: 4, 1: 3})
    assert score.pass_k(4, 1) == 0.875
    assert score.pass_k(4, 4) == 0.5


def test_every_task_can_be_graded():
    for task in read_tasks():
        assert {"fact", "proposes", "asks", "quiet", "never"} & task.keys(), task
        assert ("fact" in task) == ("call" in task)
