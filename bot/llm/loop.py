"""The talk with a model: at most a few questions, every call answered, one repair, one deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.llm.chat import Fault, Journal, Message, ModelReply, ModelUnavailable
from bot.llm.claims import is_spoken_call
from bot.llm.desk import Desk
from bot.llm.grounding import breaches
from bot.llm.grounds import Grounds
from bot.llm.line import Deadline, Line
from bot.llm.tidy import tidied, without_thoughts

MOST_QUESTIONS = 4
MOST_CHARACTERS = 1500
_ONE_REPAIR = 1


@dataclass(frozen=True, slots=True)
class Brief:
    """What a model is told at the start; ``names`` are those its words may not use at will.

    ``repair`` is the note that follows words which were not sent, with a place for what is
    wrong: ``{problems}``. Without ``with_tools`` the model is only to write: nothing is looked up.
    """

    system: str
    history: tuple[Message, ...]
    said: str
    repair: str
    names: tuple[str, ...] = ()
    with_tools: bool = True


@dataclass(frozen=True, slots=True)
class Led:
    """How the talk ended: words that passed, or none and the phrases answer; or a fault.

    ``stopped`` are the spans for which words were not sent.
    """

    text: str = ""
    fault: Fault | None = None
    stopped: tuple[str, ...] = ()


class Loop:
    """Leads one turn; holds nothing of it."""

    def __init__(
        self, line: Line, *, turn_seconds: float, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask the models of ``line``, all of a turn within ``turn_seconds`` of ``ticks``."""
        self._line = line
        self._turn_seconds = turn_seconds
        self._ticks = ticks

    def lead(self, brief: Brief, desk: Desk, journal: Journal) -> Led:
        """Talk until there are words that may be sent; a fault ends it, never an exception."""
        deadline = Deadline(self._turn_seconds, self._ticks)
        talk = _Talk(brief, desk)
        try:
            for _ in range(MOST_QUESTIONS):
                reply = self._ask(talk, deadline, journal)
                ended = talk.take(reply)
                if ended is not None:
                    return ended
        except ModelUnavailable as unavailable:
            return Led(fault=unavailable.fault, stopped=talk.stopped)
        if talk.stopped:
            return Led(stopped=talk.stopped)
        return Led(fault=Fault.ENDLESS)

    def _ask(self, talk: _Talk, deadline: Deadline, journal: Journal) -> ModelReply:
        """Ask; where the talk is too long for the model, once more without its oldest part."""
        try:
            return self._line.ask(talk.sent(), talk.tools, deadline, journal)
        except ModelUnavailable as unavailable:
            if unavailable.fault is not Fault.CONTEXT or not talk.shorten():
                raise
        return self._line.ask(talk.sent(), talk.tools, deadline, journal)


class _Talk:
    """The messages of one turn, and what is made of each reply."""

    def __init__(self, brief: Brief, desk: Desk) -> None:
        self.desk = desk
        self.stopped: tuple[str, ...] = ()
        self._brief = brief
        self._before = list(brief.history)
        self._now = [Message("user", brief.said)]
        self._repairs = 0

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """The tools that the model is shown."""
        return self.desk.tools.schemas if self._brief.with_tools else ()

    def sent(self) -> list[Message]:
        """Return all messages as they leave: without what names a person or an account."""
        hide = self.desk.redactor.hide
        messages = [Message("system", self._brief.system), *self._before, *self._now]
        return [replace(one, text=hide(one.text)) for one in messages]

    def shorten(self) -> bool:
        """Drop what was said before this turn; false when there is nothing to drop."""
        had = bool(self._before)
        self._before = []
        return had

    def take(self, reply: ModelReply) -> Led | None:
        """Go on with a reply: answer its calls, or judge its words. Nothing: ask again."""
        if reply.calls and not self._brief.with_tools:
            raise ModelUnavailable(Fault.SPOKEN_CALL)
        if reply.calls:
            return self._answered(reply)
        text = tidied(self.desk.redactor.restore(reply.text), self.desk.trail.facts())
        if is_spoken_call(without_thoughts(reply.text)):
            return self._again(reply, Fault.SPOKEN_CALL)
        fault = _fault_in(reply, text)
        if fault is not None:
            raise ModelUnavailable(fault)
        found = self._breaches(text)
        if not found:
            return Led(text, stopped=self.stopped)
        self.stopped += found
        return self._again(reply, None, found)

    def _answered(self, reply: ModelReply) -> Led | None:
        answers = self.desk.answer(reply.calls)
        if self.desk.repeated:
            raise ModelUnavailable(Fault.ENDLESS)
        calls = tuple(
            one if one.arguments is not None else replace(one, arguments={}) for one in reply.calls
        )
        self._now.append(Message("assistant", reply.text, calls))
        self._now += [
            Message("tool", told, call_id=one.id) for one, told in zip(calls, answers, strict=True)
        ]
        return None

    def _again(
        self, reply: ModelReply, fault: Fault | None, found: Sequence[str] = ()
    ) -> Led | None:
        """Say once what was wrong; the second time the phrases answer, or the turn is given up."""
        if self._repairs >= _ONE_REPAIR:
            if fault is not None:
                raise ModelUnavailable(fault)
            return Led(stopped=self.stopped)
        self._repairs += 1
        problems = ", ".join(f'"{span}"' for span in found[:8])
        note = self._brief.repair.replace("{problems}", f"[{problems}]" if problems else "")
        self._now += [Message("assistant", reply.text or "-"), Message("user", note)]
        return None

    def _breaches(self, text: str) -> tuple[str, ...]:
        if len(text) > MOST_CHARACTERS:
            return (text[:40],)
        trail, observer = self.desk.trail, self.desk.observer
        facts = trail.facts()
        grounds = Grounds(
            answers=trail.answers,
            facts=facts,
            said=self._brief.said,
            names=self._brief.names,
            shown={name: observer.text(fact).strip("«»") for name, fact in facts.items()},
            zone=self.desk.context.preferences.zone,
            days=self.desk.days(),
            refused=self.desk.refused,
            wished=self._brief.with_tools and self.desk.wished,
            proposed=bool(self.desk.proposals or self.desk.unsettled),
            phrases={
                key: text for one in trail.answers for key, text in observer.phrases(one).items()
            },
        )
        return breaches(text, grounds)


def _fault_in(reply: ModelReply, text: str) -> Fault | None:
    """Return what makes a reply without calls unusable, nothing when it has words to judge."""
    if reply.finish == "content_filter":
        return Fault.CONTENT_FILTER
    if reply.refusal and not text:
        return Fault.REFUSED
    if reply.finish not in {"stop", "tool_calls", "function_call"}:
        return Fault.TRUNCATED
    return None if text else Fault.EMPTY
