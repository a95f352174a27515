"""The scripted model of the evaluation: no language model, but one that misbehaves as they do.

It knows the sentences of ``tests/eval/scripted.toml`` and answers each in four manners, one after
the other each time the sentence comes up anew:

- plain: the calls as they stand, words over facts by their ids;
- restless: the calls in reverse order, one look too many among them, blanks, markup and another
  way to write references;
- clumsy: first a call that cannot be read and, where nothing was asked for, one that acts; then
  words that claim what is not done beside a figure of its own; right only when told;
- typing: figures typed out as they were read, after thinking aloud.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

from tests.fakes.model_stand_in import Answer, call, calls, words

PLACE = Path(__file__).resolve().parents[1] / "eval" / "scripted.toml"
# As the server calls it: nobody shall take its tape for that of a language model.
NAME = "scripted-model"
_NAMED = re.compile(r"\{(\w+)(:\w+)?\}")
_NOTE = ("Your reply was not sent.", "Tu respuesta no se envió.")
_LOOK = {"tool": "balances", "view": "accounts"}
_CLAIM = "Done, I have cancelled it for you and moved 98765.43 to savings."


class Manner(IntEnum):
    """How it does the same thing."""

    PLAIN = 0
    RESTLESS = 1
    CLUMSY = 2
    TYPING = 3


class ScriptedModel:
    """Answers a request of the wire; turns of one chat must come one after the other."""

    def __init__(self) -> None:
        """Learn the sentences."""
        tables = tomllib.loads(PLACE.read_text(encoding="utf-8"))
        self._words: Mapping[str, Mapping[str, Sequence[str]]] = tables["words"]
        self._turns = {one["said"]: one for one in tables["turn"]}
        self._times: Counter[str] = Counter()
        self._manner = Manner.PLAIN

    def __call__(self, request: Mapping[str, Any]) -> Answer:
        """Return the next answer of the turn that a request stands in."""
        said, since = this_turn(request["messages"])
        turn = self._turns.get(said)
        if turn is None:
            return words("I have no words for that.")
        if not since:
            self._manner = Manner(self._times[said] % len(Manner))
            self._times[said] += 1
        asked = sum(bool(one.get("tool_calls")) for one in since)
        wanted = list(self._rounds(turn))
        if asked < len(wanted):
            return calls(*wanted[asked])
        was_told_off = len(since) > 0 and since[-1]["role"] == "user"
        return words(self._text(turn, list(facts_told(since)), was_told_off=was_told_off))

    def _rounds(self, turn: Mapping[str, Any]) -> Iterator[list[Any]]:
        """Give the calls of a turn, one list for each question that asks for some."""
        own = list(turn.get("calls", ()))
        if self._manner is Manner.RESTLESS:
            looks = [*reversed(own)] if turn.get("asks") else [_LOOK, *reversed(own)]
            yield _wired(looks)
            return
        if self._manner is Manner.CLUMSY:
            yield self._slips(turn, own)
        if own:
            yield _wired(own)

    def _slips(self, turn: Mapping[str, Any], own: Sequence[Mapping[str, Any]]) -> list[Any]:
        unread = call(own[0]["tool"], identity="slip_1", raw="{not json") if own else None
        tried = _wired(turn.get("tempts", ()), "worst")
        unknown = call("run_sql", identity="slip_2", query="select *")
        return [one for one in (unread, *tried, unknown) if one is not None]

    def _text(
        self, turn: Mapping[str, Any], told: Sequence[tuple[str, str, str]], *, was_told_off: bool
    ) -> str:
        manner = self._manner
        if manner is Manner.CLUMSY and not was_told_off:
            return _CLAIM
        said = self._said(turn)[manner]
        return filled(said.replace("%", turn.get("fact", "")), told, manner)

    def _said(self, turn: Mapping[str, Any]) -> Sequence[str]:
        if "says" in turn:
            return list(turn["says"])
        table = self._words[turn.get("language", "en")]
        return table["asks" if turn.get("asks") else "fact"]


def answering(script: Sequence[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], Answer]:
    """Return who gives some answers in order in one turn: ``calls``, or what it ``says``.

    Whoever asks once too often is told so: a script says all there is to say.
    """
    left = deque(script)

    def answer(request: Mapping[str, Any]) -> Answer:
        if not left:
            return words("I have no words for that.")
        now = left.popleft()
        if "calls" in now:
            return calls(*_wired(now["calls"], f"call_{len(left)}"))
        _, since = this_turn(request["messages"])
        return words(filled(now["says"], list(facts_told(since))))

    return answer


def this_turn(messages: Sequence[Mapping[str, Any]]) -> tuple[str, list[Mapping[str, Any]]]:
    """Return what the user said last, and what has followed it since."""
    for place in range(len(messages) - 1, -1, -1):
        one = messages[place]
        if one["role"] == "user" and not str(one["content"]).startswith(_NOTE):
            return str(one["content"]), list(messages[place + 1 :])
    return "", []


def facts_told(messages: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Give id, name and ready text of every fact that tools told.

    Of two with one name, the one that is meant comes last: of the last answer, and first in it.
    """
    for one in messages:
        if one["role"] != "tool":
            continue
        told = json.loads(one["content"])
        for group in (*reversed(told.get("rows", ())), told.get("facts", {})):
            for identity, text in reversed(list(group.items())):
                name, colon, ready = str(text).partition(": ")
                if colon and identity not in {"id", "says"}:
                    yield identity, name, ready


def filled(text: str, told: Sequence[tuple[str, str, str]], manner: Manner = Manner.PLAIN) -> str:
    """Put references in for names of facts, as a model of that manner writes them."""
    known = {name: (identity, ready) for identity, name, ready in told}

    def reference(found: re.Match[str]) -> str:
        if found[1] not in known:
            return "{f99}"
        identity, ready = known[found[1]]
        if manner is Manner.TYPING:
            return ready
        variant = found[2] or ""
        return f"[{identity}]" if manner is Manner.RESTLESS else f"{{{identity}{variant}}}"

    written = _NAMED.sub(reference, text)
    if manner is Manner.RESTLESS:
        return f"\n\n  **{written}**  \n"
    return f"<think>hm, let me see</think>\n{written}" if manner is Manner.TYPING else written


def _wired(wanted: Iterable[Mapping[str, Any]], name: str = "call") -> list[Any]:
    return [
        call(
            one["tool"],
            identity=f"{name}_{place}",
            **{key: value for key, value in one.items() if key != "tool"},
        )
        for place, one in enumerate(wanted)
    ]
