"""Tries a live language model on everyday tasks, graded by facts and end states: eval-live.

The model of the settings (``FM_MODEL__…``) leads each task in a chat of its own with the demo
household; the offline engine stays out of it. A task is passed when the figure that the tools
give stands in the reply, or when exactly the right thing waits for the user's word. Several runs
tell luck from skill: pass^1 is the mean, pass^4 that four runs in a row all pass. Not part of CI.
``--record`` keeps the model's answers on tape (`checks/cassettes.py`); ``--replay`` plays every
tape without any model, and fails where a task that passed does not any more, where a tape was
recorded with other prompts or tools, and where there is none.

``--scripted`` takes the scripted model instead of a real one: no language model, but one that
misbehaves as they do (`tests/fakes/scripted_model.py`). It tries our side of the talk, and is held
to a bar: whatever it does wrong, each task has to end right.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import math
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import App, open_app
from bot.conversing import Visitor
from bot.dialogue.handler import DialogueHandler
from bot.llm.model_tools import ModelTools
from checks import tree
from checks.cassettes import FOLDER, Player, Tape, prints_of, tape_of
from core.conversation.context import Profile, TurnContext
from core.conversation.plan import Plan, PlannerName, Say, ToolCall
from core.facts import Answer, Fact
from core.settings import Settings, load_settings
from core.store.unit_of_work import UnitOfWork
from prompts.draft import write_fact
from prompts.figures import Style
from prompts.gsm import GLUE
from prompts.told import tool_words
from tests.fakes.model_stand_in import ModelStandIn
from tests.fakes.scripted_model import NAME as SCRIPTED
from tests.fakes.scripted_model import ScriptedModel
from tools.catalog import open_registry
from tools.context import ToolContext
from tools.outcome import Done

TASKS = tree.ROOT / "tests" / "eval" / "live.toml"
NOW = datetime(2026, 5, 14, 10, 0, tzinfo=UTC)
_HOUSEHOLD = "maya"
_PASSES = (1, 4)
# Recorded models and scripts of dialogues: everything (docs/evaluation.md).
SCRIPTED_BAR = 1.0
_USUAL_ADDRESS = "https://api.openai.com/v1"


class Lost:
    """An offline engine that understands nothing: every message is the model's."""

    def plan(self, _context: TurnContext) -> Plan:
        """Return that nothing was understood."""
        return Plan(PlannerName.ASK, (Say("unclear.first"),), "unclear", 0)


class Stopped(logging.Handler):
    """Counts replies whose words were not sent as they were."""

    def __init__(self) -> None:
        """Start at none."""
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        self.count += record.getMessage() == "words_stopped"


@dataclass
class Score:
    """What all runs of all tasks came to."""

    passed: dict[int, int] = field(default_factory=dict)
    tokens: list[int] = field(default_factory=list)
    cost: int = 0
    millis: list[int] = field(default_factory=list)

    def pass_k(self, runs: int, k: int) -> float:
        """Return the chance that ``k`` runs of a task in a row pass, mean over the tasks."""
        ways = math.comb(runs, k)
        return sum(math.comb(won, k) / ways for won in self.passed.values()) / len(self.passed)


def main(arguments: Sequence[str]) -> int:
    """Play and print; a live model is measured, a tape and the scripted model have to pass."""
    options = _options(arguments)
    settings = load_settings()
    if options.replay:
        return replayed_all(settings, FOLDER, options.only)
    with contextlib.ExitStack() as closing:
        if options.scripted:
            stand_in = closing.enter_context(ModelStandIn())
            stand_in.obey(ScriptedModel())
            settings = _asking(settings, stand_in.base_url, SCRIPTED)
        elif not settings.model.is_on:
            print("No model is set: FM_MODEL__API_KEY, or FM_MODEL__BASE_URL and FM_MODEL__NAME.")
            return 1
        tasks = [one for one in read_tasks() if options.only in " ".join(one["say"])]
        play_them = recorded if options.record else tried
        score, stopped = play_them(settings, tasks, options.runs)
    tell(score, stopped, options.runs)
    return 1 if options.scripted and not told_bars(score, options.runs) else 0


def recorded(
    settings: Settings, tasks: Sequence[Mapping[str, Any]], runs: int
) -> tuple[Score, int]:
    """Play tasks and keep what the model answers on a tape of its name."""
    name = settings.model.name or "model"
    tape_of(name).unlink(missing_ok=True)
    tape, key = Tape(tape_of(name)), settings.model.api_key.get_secret_value()
    upstream = settings.model.base_url or _USUAL_ADDRESS
    with Player(tape, upstream=upstream, api_key=key) as player:
        score, stopped = tried(_asking(settings, player.base_url, name), tasks, runs)
    tape.save(name, _by_words(tasks, score), runs, prints())
    return score, stopped


def replayed_all(settings: Settings, folder: Path, only: str = "") -> int:
    """Play every tape of a folder; none at all proves nothing, and fails."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        print(f"No tape in {folder}: record one with --scripted --record.")
        return 1
    return max(replayed(settings, path, only) for path in paths)


def replayed(settings: Settings, path: Path, only: str = "") -> int:
    """Play a tape; return 1 where a task ends worse than it did, or was asked differently.

    ``only`` are words of the tasks that are played.
    """
    tape = Tape(path)
    if stale := _stale(tape, prints()):
        print(f"{path.stem}: recorded with other {', '.join(stale)} than there are now.")
        how = "--scripted --record" if path.stem == SCRIPTED else "--record, with its key"
        print(f"Record it anew: python -m checks.live {how}")
        return 1
    tape.passed = {words: won for words, won in tape.passed.items() if only in words}
    tasks = [one for one in read_tasks() if _words(one) in tape.passed]
    with Player(tape) as player:
        score, stopped = tried(_asking(settings, player.base_url, "tape"), tasks, tape.runs)
    now = _by_words(tasks, score)
    worse = [words for words, before in tape.passed.items() if now.get(words, 0) < before]
    for words in worse:
        print(f"- {words!r}: passed {now.get(words, 0)} times, was {tape.passed[words]}")
    if tape.missed:
        print(f"{len(tape.missed)} questions are not on tape: record it anew (--record)")
    if tape.in_other_words:
        print(f"{tape.in_other_words} questions were asked in other words than on tape")
    passes = f"{sum(now.values())} passes of {sum(tape.passed.values())}"
    print(f"{path.stem}: {len(tasks)} tasks, {passes}")
    tell(score, stopped, tape.runs)
    fails = path.stem == SCRIPTED and not told_bars(score, tape.runs)
    return 1 if worse or tape.missed or fails else 0


def _stale(tape: Tape, now: Mapping[str, str]) -> list[str]:
    """Return what a tape was recorded with that is another now."""
    return [name for name, value in now.items() if tape.prints.get(name) != value]


def prints() -> dict[str, str]:
    """Return the hashes of the prompts and of the tools that a model is shown now."""
    return prints_of(ModelTools(open_registry(), tool_words()).schemas)


def tried(settings: Settings, tasks: Sequence[Mapping[str, Any]], runs: int) -> tuple[Score, int]:
    """Play tasks in a household of their own; return the score and how many replies it stopped."""
    stopped = Stopped()
    log = logging.getLogger("financemaster.model")
    log.addHandler(stopped)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as closing:
        closing.callback(log.removeHandler, stopped)
        app = open_household(settings, Path(folder))
        closing.callback(app.close)
        return play(app, tasks, runs), stopped.count


def tell(score: Score, stopped: int, runs: int) -> None:
    """Print what it came to."""
    for k in _PASSES:
        if k <= runs:
            print(f"pass^{k}: {score.pass_k(runs, k):.1%}")
    turns = len(score.tokens) or 1
    slowest = sorted(score.millis)[int(len(score.millis) * 0.95) - 1] if score.millis else 0
    print(f"tokens a turn: {sum(score.tokens) // turns}, p95: {slowest} ms")
    print(f"cost: ${score.cost / 1_000_000:.4f}, ungrounded replies, not sent: {stopped}")


def told_bars(score: Score, runs: int) -> bool:
    """Print pass^k of the scripted model beside its bar; tell whether it is held."""
    held = True
    for k in _PASSES:
        if k <= runs:
            figure, ok = score.pass_k(runs, k), score.pass_k(runs, k) >= SCRIPTED_BAR
            print(f"{'ok  ' if ok else 'MISS'} pass^{k}: {figure:.1%} (bar {SCRIPTED_BAR:.0%})")
            held = held and ok
    return held


def _asking(settings: Settings, base_url: str, name: str) -> Settings:
    """Return the settings with another model in place of theirs."""
    model = settings.model.model_copy(
        update={
            "base_url": base_url,
            "api_key": settings.model.api_key if settings.model.is_on else SecretStr("tape"),
            "name": name,
            "second_name": "",
        }
    )
    return settings.model_copy(update={"model": model})


def _words(task: Mapping[str, Any]) -> str:
    return " / ".join(task["say"])


def _by_words(tasks: Sequence[Mapping[str, Any]], score: Score) -> dict[str, int]:
    return {_words(task): score.passed[number] for number, task in enumerate(tasks)}


def read_tasks() -> list[dict[str, Any]]:
    """Read the tasks."""
    return list(tomllib.loads(TASKS.read_text(encoding="utf-8"))["task"])


def play(app: App, tasks: Sequence[Mapping[str, Any]], runs: int) -> Score:
    """Play each task ``runs`` times; print those that failed."""
    score = Score()
    kit = app.handler._kit  # noqa: SLF001 (the wired parts, with another planner)
    handler = DialogueHandler(replace(kit, planners=(Lost(),)))
    app = replace(app, handler=handler, jobs=replace(app.jobs, handler=handler))
    for number, task in enumerate(tasks):
        score.passed[number] = 0
        for run in range(runs):
            problem = _played(app, task, f"{number} {run}", score)
            score.passed[number] += not problem
            if problem:
                print(f"- {task['say'][-1]!r}: {problem}")
    return score


def _played(app: App, task: Mapping[str, Any], name: str, score: Score) -> str:
    """Play one task in a chat of its own; return what is wrong, "" when nothing is."""
    visitor = Visitor(app, f"{_HOUSEHOLD}@demo.financemaster.app", Profile.WEB, f"live {name}")
    with app.database.reading() as uow:
        before = _actions(uow, visitor)
    reply = ""
    for text in task["say"]:
        exchange = visitor.say(text)
        visitor.settle(exchange)
        reply = "\n".join(one["text"] for one in exchange.replies).replace(GLUE, " ")
        with app.database.reading() as uow:
            listed = uow.model_calls.listed(exchange.turn_id)
        score.tokens.append(sum(one.tokens for one in listed))
        score.millis.append(sum(one.millis for one in listed))
        score.cost += sum(one.cost for one in listed)
    with app.database.reading() as uow:
        new = _actions(uow, visitor)[: -len(before) or None]
        talk = uow.conversations.get(visitor.conversation_id)
        pending = uow.conversations.state(talk).pending if talk is not None else None
    asked = pending.ask.call if pending is not None and pending.ask.slot == "confirm" else None
    return graded(app, task, reply, new, asked)


def graded(
    app: App, task: Mapping[str, Any], reply: str, new: Sequence[str], asked: ToolCall | None
) -> str:
    """Return what is wrong with how a task ended."""
    for word in task.get("never", ()):
        if word in reply.casefold():
            return f"says {word!r}"
    if "fact" in task and (figure := _figure(app, task)) not in reply:
        return f"does not say {figure}: {reply[:80]!r}"
    wanted = [task["proposes"]] if "proposes" in task else []
    if list(new) != wanted:
        return f"waits for a code: {list(new)}, expected {wanted}"
    if "asks" in task:
        return _other_question(task["asks"], asked)
    return f"asks about {asked.tool}" if asked is not None else ""


def _other_question(wanted: Mapping[str, Any], asked: ToolCall | None) -> str:
    if asked is None or asked.tool != wanted["tool"]:
        return f"asks about {asked.tool if asked else 'nothing'}, expected {wanted['tool']}"
    for name, value in wanted.get("arguments", {}).items():
        if str(asked.arguments.get(name)) != str(value):
            return f"{name} is {asked.arguments.get(name)}, expected {value}"
    return ""


def _figure(app: App, task: Mapping[str, Any]) -> str:
    """Return the figure that the tools give, as the user reads it."""
    call = ToolCall(task["call"]["tool"], task["call"].get("arguments", {}))
    with app.database.reading() as uow:
        user = uow.users.by_email(f"{_HOUSEHOLD}@demo.financemaster.app")
    outcome = app.runner.run(call, ToolContext(user, NOW, "the truth"))
    assert isinstance(outcome, Done), outcome
    fact = next(one for one in _facts(outcome.answer) if one.name == task["fact"])
    wishes = user.preferences
    style = Style(wishes.locale, wishes.zone, wishes.today(NOW))
    return write_fact(fact, app.phrasebook("en"), style).replace(GLUE, " ")


def _facts(answer: Answer) -> list[Fact]:
    return [*answer.facts, *(fact for line in answer.lines for fact in line.facts)]


def _actions(uow: UnitOfWork, visitor: Visitor) -> list[str]:
    """Return the actions of all proposals, newest first."""
    return [one.action for one in uow.approvals.latest_for(visitor.user.id, 1000)]


def open_household(settings: Settings, folder: Path) -> App:
    """Open the household in a folder of its own, every consent given."""
    own = {
        "database": settings.database.model_copy(update={"url": f"sqlite:///{folder / 'b.db'}"}),
        "security": settings.security.model_copy(update={"master_key_file": folder / "key"}),
        "files": settings.files.model_copy(update={"folder": folder / "files"}),
        "model": settings.model.model_copy(update={"consent": "given", "user_tokens_a_day": 0}),
        "redis": settings.redis.model_copy(update={"url": ""}),
    }
    app = open_app(settings.model_copy(update=own), at=NOW)
    app.demo.load(_HOUSEHOLD)
    return app


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="checks.live")
    parser.add_argument("--runs", type=int, default=4, help="how often each task is played")
    parser.add_argument("--record", action="store_true", help="keep the answers on tape")
    parser.add_argument("--replay", action="store_true", help="play the tapes, no model needed")
    parser.add_argument("--scripted", action="store_true", help="ask the scripted model instead")
    parser.add_argument("--only", default="", help="tasks with these words only")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
