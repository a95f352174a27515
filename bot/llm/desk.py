"""Takes the calls a model asks for and answers every one: with facts, or with what to do instead.

Reading tools run at once. A tool that writes never runs here: what it would do is laid down, and
goes the way of every write after the talk with the model is over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from pydantic import ValidationError

from bot.llm.arguments import ArgumentUnreadable, resolved
from bot.llm.chat import Wanted
from bot.llm.model_tools import CALCULATE, OPERATIONS, ModelTool, ModelTools
from bot.llm.observation import Observer, error, written
from bot.llm.redaction import Redactor
from bot.llm.trail import NotCalculable, Sum, Trail, worked_out
from core.conversation.context import TurnContext
from core.conversation.plan import ToolCall
from core.period import Period, PeriodUnreadable, parse_canonical
from tools.outcome import NeedsInput, Outcome
from tools.spec import Effect, Tier, ToolSpec

# What one question can ask for; an approval has a code of its own, so that two can wait.
_MOST_OWN = 3
_MOST_OUTSIDE = 2


class Hands(Protocol):
    """Runs a reading call for the user of this turn; nothing that writes gets through it."""

    def read(self, call: ToolCall, *, first_fact: int) -> Outcome:
        """Run a call whose facts are numbered from ``first_fact``."""
        ...

    def may_propose(self, call: ToolCall) -> str:
        """Return "" when this may be put to the user, else the error that says why not."""
        ...

    def wishes(self) -> bool:
        """Tell whether the user's message asks for anything to be done."""
        ...

    def tier(self, call: ToolCall) -> Tier:
        """Return how much say the user has in it."""
        ...


@dataclass(slots=True)
class Desk:
    """What one turn has asked and been told. ``unsettled`` is a call that lacks a word.

    ``refused``: something that writes was asked for, and is not even put to the user.
    """

    tools: ModelTools
    context: TurnContext
    hands: Hands
    observer: Observer
    redactor: Redactor
    most_calls: int
    trail: Trail = field(default_factory=Trail)
    proposals: list[ToolCall] = field(default_factory=list)
    unsettled: ToolCall | None = None
    repeated: bool = False
    refused: bool = False
    _asked: dict[str, str] = field(default_factory=dict)
    _round: set[str] = field(default_factory=set)

    @property
    def wished(self) -> bool:
        """Whether the user wanted something done, by his words or by what was prepared."""
        return bool(self.proposals) or self.hands.wishes()

    def answer(self, wanted: tuple[Wanted, ...]) -> list[str]:
        """Answer the calls of one reply, in their order."""
        self._round = set()
        return [self._answer(one) for one in wanted]

    def days(self) -> tuple[date | Period, ...]:
        """Return the days that the turn is about: today, and the periods asked for and before."""
        focus = self.context.state.focus
        calls = [*self.trail.calls, *self.proposals, *([focus.call] if focus is not None else [])]
        days: list[date | Period] = [self.context.today]
        for call in calls:
            for asked in (call.arguments.get("period"), call.arguments.get("compare_to")):
                with suppress(PeriodUnreadable):
                    days += [parse_canonical(asked)] if isinstance(asked, str) else []
        return tuple(days)

    def _answer(self, wanted: Wanted) -> str:
        tool = self.tools.get(wanted.name)
        if wanted.name != CALCULATE and tool is None:
            return error("unknown_tool", hint="use_one_of", tools=self.tools.names)
        if wanted.arguments is None:
            return error("malformed_arguments", hint="send_one_json_object")
        arguments = self.redactor.restored(wanted.arguments)
        key = f"{wanted.name} {json.dumps(arguments, sort_keys=True, default=str)}"
        if key in self._asked:
            # Twice in one reply is a slip; once more after it was answered leads nowhere.
            self.repeated = self.repeated or key not in self._round
            return self._asked[key]
        if len(self._asked) >= self.most_calls:
            return error("too_many_calls", hint="answer_with_what_you_have")
        told = self._calculated(arguments) if tool is None else self._called(tool, arguments)
        self._asked[key] = told
        self._round.add(key)
        return told

    def _called(self, tool: ModelTool, arguments: Mapping[str, Any]) -> str:
        spec = tool.target(arguments)
        if spec is None:
            hint = {"argument": tool.chooser, "options": list(tool.targets)}
            return error("invalid_arguments", **hint)
        own = {name: value for name, value in arguments.items() if name != tool.chooser}
        try:
            call = ToolCall(spec.name, resolved(spec, own, self.context))
        except ArgumentUnreadable as bad:
            hint = {"argument": bad.name, "hint": bad.hint}
            return error("invalid_arguments", **hint, options=list(bad.options))
        problem = _problem(spec, call)
        if problem:
            return problem
        return self._read(call) if spec.effect is Effect.READ else self._proposed(call)

    def _read(self, call: ToolCall) -> str:
        outcome = self.hands.read(call, first_fact=self.trail.next_fact)
        self.trail.add(call, outcome)
        self.unsettled = call if isinstance(outcome, NeedsInput) else None
        return self.observer.of(outcome)

    def _proposed(self, call: ToolCall) -> str:
        refusal = self.hands.may_propose(call)
        if refusal:
            self.refused = True
            return error(refusal, hint=_HINTS.get(refusal, "tell_the_user"))
        outside = self._acts_outside(call)
        of_one_kind = [one for one in self.proposals if self._acts_outside(one) == outside]
        if len(of_one_kind) >= (_MOST_OUTSIDE if outside else _MOST_OWN):
            self.refused = True
            return error("too_many_proposals", hint="tell_the_user_the_rest_comes_after_it")
        self.proposals.append(call)
        return written({"prepared": call.tool, "note": "code_shows_it_and_asks_the_user_now"})

    def _acts_outside(self, call: ToolCall) -> bool:
        return self.hands.tier(call) >= Tier.EXTERNAL

    def _calculated(self, arguments: Mapping[str, Any]) -> str:
        operation, of = arguments.get("operation"), arguments.get("facts")
        if operation not in OPERATIONS or not isinstance(of, list):
            return error("invalid_arguments", argument="operation", options=list(OPERATIONS))
        identity = f"c{len(self.trail.sums) + 1}"
        one = Sum(str(operation), tuple(str(name).strip("{}") for name in of))
        try:
            fact = worked_out(identity, one, self.trail.facts())
        except NotCalculable:
            return error("not_calculable", hint="two_or_more_fact_ids_of_one_kind_and_currency")
        self.trail.sums[identity] = one
        return written({"facts": {identity: f"{operation}: {self.observer.text(fact)}"}})


_HINTS: Mapping[str, str] = {
    "user_only_asked": "a_question_changes_nothing_answer_it",
    "user_did_not_ask_for_it": "ask_the_user_to_say_what_to_do",
    "not_said_by_user": "ask_the_user_to_type_it",
    "not_yours": "tell_the_user_to_do_it_themselves",
}


def _problem(spec: ToolSpec, call: ToolCall) -> str:
    """Return what is wrong with the arguments, field by field, "" when nothing is."""
    try:
        spec.arguments.model_validate(dict(call.arguments))
    except ValidationError as invalid:
        fields = {
            ".".join(str(part) for part in one["loc"]): one["msg"] for one in invalid.errors()[:5]
        }
        return error("invalid_arguments", fields=fields, hint="correct_it_or_ask_the_user")
    return ""
