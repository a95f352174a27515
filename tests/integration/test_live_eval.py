"""The evaluation of live models grades what a model did, not what it says it did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.cassettes import Player, Tape
from checks.live import Score, _figure, open_household, play, read_tasks, replayed, tried
from core.settings import Settings
from tests.fakes.model_stand_in import Answer, ModelStandIn, call, calls, words

_TASKS = ("how much has gone on food this month?", "please cancel netflix for me")


def _settings(address: str) -> Settings:
    return Settings.model_validate(
        {
            "model": {"api_key": "a key", "base_url": address, "name": "one"},
            "logs": {"level": "CRITICAL"},
            "rates": {"history_from": "2026-05-01"},
        }
    )


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
        app = open_household(_settings(stand_in.base_url), tmp_path)
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


@pytest.mark.slow
def test_a_tape_plays_the_same_without_the_model_and_notices_another_question(tmp_path: Path):
    tasks = [one for one in read_tasks() if one["say"][0] in _TASKS]
    path = tmp_path / "tape.json"
    with ModelStandIn() as stand_in:
        stand_in.obey(_script)
        settings = _settings(stand_in.base_url)
        tape = Tape(path)
        with Player(tape, upstream=stand_in.base_url, api_key="a key") as player:
            score, _ = tried(_settings(player.base_url), tasks, 2)
        tape.save("one", {" / ".join(one["say"]): 2 * (n == 0) for n, one in enumerate(tasks)}, 2)
    assert score.passed == {0: 2, 1: 0}
    assert replayed(settings, path) == 0
    kept = json.loads(path.read_text())
    kept["answers"] = {f"{key}x": told for key, told in kept["answers"].items()}
    path.write_text(json.dumps(kept))
    assert replayed(settings, path) == 1


@pytest.mark.slow
def test_the_figure_of_every_task_is_in_the_books(tmp_path: Path):
    app = open_household(_settings("http://127.0.0.1:9/v1"), tmp_path)
    try:
        figures = [_figure(app, one) for one in read_tasks() if "fact" in one]
    finally:
        app.close()
    assert all(any(map(str.isdigit, one)) and one.strip("$0.") for one in figures), figures


def test_there_are_tasks_of_every_kind():
    tasks = read_tasks()
    assert len(tasks) >= 60
    assert sum("quiet" in one for one in tasks) >= 12
    assert sum("proposes" in one or "asks" in one for one in tasks) >= 15
    said = [" / ".join(one["say"]) for one in tasks]
    assert len(set(said)) == len(said)


def test_every_task_can_be_graded():
    for task in read_tasks():
        assert {"fact", "proposes", "asks", "quiet", "never"} & task.keys(), task
        assert ("fact" in task) == ("call" in task)
