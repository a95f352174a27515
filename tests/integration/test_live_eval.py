"""The evaluation of live models grades what a model did, not what it says it did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.cassettes import FOLDER, Player, Tape
from checks.live import (
    Score,
    _figure,
    open_household,
    play,
    prints,
    read_tasks,
    replayed,
    replayed_all,
    told_bars,
    tried,
)
from core.settings import Settings
from tests.fakes.model_stand_in import Answer, ModelStandIn, call, calls, words
from tests.fakes.scripted_model import NAME as SCRIPTED
from tests.fakes.scripted_model import Manner, ScriptedModel

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
        passed = {" / ".join(one["say"]): 2 * (n == 0) for n, one in enumerate(tasks)}
        tape.save("one", passed, 2, prints())
    assert score.passed == {0: 2, 1: 0}
    assert replayed(settings, path) == 0
    kept = json.loads(path.read_text())
    kept["answers"] = {f"{key}x": told for key, told in kept["answers"].items()}
    path.write_text(json.dumps(kept))
    assert replayed(settings, path) == 1


class TestTapes:
    def test_none_at_all_fails(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        assert replayed_all(_settings("http://127.0.0.1:9/v1"), tmp_path) == 1
        assert "No tape" in capsys.readouterr().out

    @pytest.mark.parametrize("changed", sorted(prints()))
    def test_of_other_prompts_or_tools_say_which(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: str
    ):
        path = tmp_path / "one.json"
        Tape(path).save("one", {"tell me a joke": 1}, 1, {**prints(), changed: "another"})
        assert replayed(_settings("http://127.0.0.1:9/v1"), path) == 1
        told = capsys.readouterr().out
        assert f"recorded with other {changed} than" in told
        assert "--record" in told

    def test_that_are_committed_were_recorded_with_the_prompts_and_tools_there_are(self):
        """Else: ``python -m checks.live --scripted --record``, and look at what changed."""
        tapes = [Tape(path) for path in FOLDER.glob("*.json")]
        assert tapes
        assert all(tape.prints == prints() for tape in tapes)

    def test_that_are_committed_know_every_task(self):
        tape = Tape(FOLDER / f"{SCRIPTED}.json")
        said = {" / ".join(one["say"]) for one in read_tasks()}
        assert tape.passed == dict.fromkeys(said, len(Manner))
        assert tape.runs == len(Manner)

    def test_answer_at_the_same_place_of_a_talk_where_only_what_was_told_has_changed(
        self, tmp_path: Path
    ):
        told = [{"role": "system", "content": "Waiting: -"}, {"role": "user", "content": "hi"}]
        tape = Tape(tmp_path / "one.json")
        tape.add({"messages": told}, 200, "hello")
        other = [{"role": "system", "content": "Waiting: 2"}, told[1]]
        assert tape.next({"messages": other}) == (200, "hello")
        assert tape.in_other_words == 1
        unasked = [told[0], {"role": "user", "content": "bye"}]
        assert tape.next({"messages": unasked})[0] == 404
        assert len(tape.missed) == 1

    @pytest.mark.slow
    def test_of_the_scripted_model_play(self, capsys: pytest.CaptureFixture[str]):
        settings = _settings("http://127.0.0.1:9/v1")
        assert replayed(settings, FOLDER / f"{SCRIPTED}.json", "comida") == 0
        assert "pass^4: 100.0% (bar 100%)" in capsys.readouterr().out


def test_the_scripted_model_has_a_bar(capsys: pytest.CaptureFixture[str]):
    assert told_bars(Score(passed={0: 4, 1: 4}), 4)
    assert not told_bars(Score(passed={0: 4, 1: 3}), 4)
    assert "MISS pass^4: 50.0% (bar 100%)" in capsys.readouterr().out


def test_the_scripted_model_knows_every_sentence_and_misbehaves():
    model = ScriptedModel()
    said = [text for one in read_tasks() for text in one["say"]]
    first = [model({"messages": [{"role": "user", "content": text}]}) for text in said * 4]
    asked = [one.body["choices"][0]["message"] for one in first]
    assert not [one for one in asked if one["content"] == "I have no words for that."]
    tried = [call["function"] for one in asked for call in one.get("tool_calls") or ()]
    acts = sum(one["name"].startswith("propose_") for one in tried)
    assert acts > sum("asks" in one or "proposes" in one for one in read_tasks()) * 3
    assert sum(one["name"] == "run_sql" for one in tried) == len(said)


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
