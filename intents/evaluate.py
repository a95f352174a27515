"""Measures how well messages are understood: ``python -m intents.evaluate --model FOLDER``.

Prints the right tool and slots on sentences the templates were not written from, how much that
is out of scope is refused, whether a question ever writes, and how long a message takes; with
and without sentence vectors, beside two baselines.
"""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from core.conversation.context import Named, Names, Profile, TurnContext
from core.conversation.plan import Ask, Plan, ToolCall
from core.conversation.state import DialogueState, Frame, call_from_json
from core.users.preferences import Preferences
from intents import train
from intents import vocabulary as vocabularies
from intents.classifier import Classifier, load
from intents.encoder import Encoder, NullEncoder, best_encoder
from intents.engine import OfflinePlanner
from intents.guess import OUT_OF_SCOPE
from prompts.phrasebook import ROOT
from tools.catalog import TOOLS

CHECKOUT = Path(__file__).parents[1]
SENTENCES = CHECKOUT / "tests" / "eval"
SHARED = CHECKOUT.parent / "shared" / "data" / "intents"
_SAMPLE = 300


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, the tool and arguments it must lead to, and what went before it."""

    text: str
    tool: str
    arguments: Mapping[str, Any]
    before: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a case: right tool, right slots, and whether it had to be confirmed."""

    case: Case
    plan: Plan
    tool_right: bool
    slots_right: bool
    confirmed: bool


class Household:
    """The user of the evaluation, with the conversations that may have gone before."""

    def __init__(self, path: Path) -> None:
        """Read the household's file."""
        self._table = tomllib.loads(path.read_text(encoding="utf-8"))
        self._names = _names(self._table)
        day: date = self._table["today"]
        self._now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    def context(self, text: str, before: str = "") -> TurnContext:
        """Return the turn in which this user says ``text``."""
        table = self._table
        past = table["before"].get(before, {})
        frame = None
        if "call" in past:
            call = call_from_json(past["call"])
            subjects = tuple(past.get("subjects", ()))
            frame = Frame(call, self._now - timedelta(minutes=1), subjects)
        return TurnContext(
            user_id="user_1",
            preferences=Preferences(
                locale=table["locale"],
                zone=table["zone"],
                currency=table["currency"],
                country=table["country"],
            ),
            now=self._now,
            today=table["today"],
            profile=Profile.WEB,
            text=text,
            reply_to=past.get("reply_to", ""),
            state=DialogueState(focus=frame, last_entry=past.get("last_entry")),
            names=self._names,
        )


def cases(path: Path) -> Iterator[Case]:
    """Read cases: by tool, each a sentence, its arguments and maybe what went before."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    days = table.pop("days", {})
    for tool, rows in table.items():
        for row in rows["cases"]:
            arguments = row[1] if len(row) > 1 else {}
            spelt = {
                name: days.get(value, value) if isinstance(value, str) else value
                for name, value in arguments.items()
            }
            yield Case(row[0], tool, spelt, row[2] if len(row) > 2 else "")


def judge(case: Case, plan: Plan) -> Verdict:
    """Compare a plan with what the case asks for; a confirming question counts as understood."""
    step = plan.steps[0]
    confirmed = isinstance(step, Ask) and step.slot == "confirm"
    call = step.call if isinstance(step, Ask) and step.slot != "call" else step
    if not isinstance(call, ToolCall):
        return Verdict(case, plan, case.tool == plan_label(plan), False, False)
    tool_right = call.tool == case.tool
    expected = case.arguments.get("calls")
    got = [dict(one.arguments) for one in plan.steps if isinstance(one, ToolCall)]
    same = got == expected if expected else dict(call.arguments) == dict(case.arguments)
    return Verdict(case, plan, tool_right, tool_right and same, confirmed)


def plan_label(plan: Plan) -> str:
    """Return what a plan without tool calls says."""
    return plan.understood


def writes(plan: Plan) -> bool:
    """Tell whether a plan would change or propose anything at once."""
    reads = {spec.name for spec in TOOLS if spec.effect.value == "read"}
    return any(isinstance(step, ToolCall) and step.tool not in reads for step in plan.steps)


def acts(plan: Plan) -> bool:
    """Tell whether a plan runs a tool or offers a reading as if it were understood."""
    return any(isinstance(step, ToolCall) for step in plan.steps)


def lines(path: Path) -> list[str]:
    """Return the sentences of a file that has nothing else."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return [text for texts in table.values() for text in texts]


def far_sentences() -> list[str]:
    """Return sentences from far outside: ours, and a sample of a public set when it is there."""
    texts = lines(SENTENCES / "far_oos.toml")
    public = SHARED / "clinc150_oos_train.csv"
    if public.exists():
        with public.open(encoding="utf-8", newline="") as stream:
            texts += [row["text"] for row in csv.DictReader(stream)]
    return texts[: max(_SAMPLE, len(texts))]


def _names(table: Mapping[str, Any]) -> Names:
    path = ROOT / "en" / "categories.toml"
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    return Names(
        accounts=tuple(
            Named(handle, name, tuple(word for word in more if word))
            for handle, name, *more in table["accounts"]
        ),
        categories=tuple(
            Named(slug, name, tuple(words["aliases"].get(slug, ())))
            for slug, name in words["names"].items()
        ),
        merchants=tuple(Named(_key(name), name) for name in table["merchants"]),
        subscriptions=tuple(Named(handle, name) for handle, name in table["subscriptions"]),
        budgets=tuple(table["budgets"]),
    )


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum() or letter == " ")


def report(planner: OfflinePlanner, household: Household, path: Path) -> list[Verdict]:
    """Run every case of a file."""
    return [
        judge(case, planner.plan(household.context(case.text, case.before)))
        for case in cases(path)
    ]
