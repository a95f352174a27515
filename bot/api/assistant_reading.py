"""What another assistant may ask of a user's books, and what it is told: reading, nothing else.

Its tools are the reading ones that a language model of our own sees, without those that make
files or show what waits for the user's approval. Text that others wrote stands between « and »;
numbers that name people or accounts do not leave.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.app import App
from bot.dialogue.known_names import KnownNames
from bot.llm.arguments import ArgumentUnreadable, resolved
from bot.llm.model_tools import ModelTool, ModelTools
from bot.llm.observation import MOST_BYTES, Observer, error, is_ours, marked, written
from bot.llm.redaction import Redactor
from core.conversation.context import Profile, TurnContext
from core.conversation.plan import ToolCall
from core.facts import Answer, Fact, FactKind
from core.facts_json import fact_to_json
from core.users.user import User
from prompts.compose import compose
from prompts.figures import Style
from prompts.foreign import NAME_LIMIT, clean_name
from prompts.phrasebook import Phrasebook
from prompts.told import tool_words
from tools.context import ToolContext
from tools.outcome import Done
from tools.spec import Effect

# Codes that wait for the user's word, files that are made and sent, words about this app.
_NOT_TOLD = frozenset(
    {
        *("list_approvals", "show_approval", "show_ticket", "show_help"),
        *("draw_chart", "show_dashboard", "send_report", "export_books", "explain_figure"),
    }
)
_UNREAD = frozenset({"link", "url", "code"})
_ROWS = (20, 10, 5, 2, 0)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: a sentence for people and the same as data; or an error with what to do."""

    text: str
    data: Mapping[str, Any]
    is_error: bool = False


class AssistantReading:
    """Runs the reading tools for whoever holds a user's key."""

    def __init__(self, app: App) -> None:
        """Read with the tools of ``app``."""
        self._app = app
        self._names = KnownNames()
        registry = app.runner.registry
        self._tools = ModelTools(registry, tool_words(), reading_only=True, without=_NOT_TOLD)

    def tools(self) -> Iterable[tuple[ModelTool, str]]:
        """Give every tool with what it is for, always in the same order."""
        says = tool_words().says
        return [(tool, says[tool.name]) for tool in self._tools]

    def answer(self, user: User, name: str, arguments: Mapping[str, Any]) -> Told:
        """Answer one call; whatever is wrong with it comes back with a hint."""
        tool = self._tools.get(name)
        if tool is None:
            return _wrong(error("unknown_tool", hint="use_one_of", tools=self._listed()))
        spec = tool.target(arguments)
        if spec is None:
            hint = {"argument": tool.chooser, "options": list(tool.targets)}
            return _wrong(error("invalid_arguments", **hint))
        if spec.effect is not Effect.READ:
            raise TypeError(f"{spec.name} writes")
        context, book = self._context(user)
        own = {name: value for name, value in arguments.items() if name != tool.chooser}
        try:
            call = ToolCall(spec.name, resolved(spec, own, context))
        except ArgumentUnreadable as bad:
            hint = {"argument": bad.name, "hint": bad.hint}
            return _wrong(error("invalid_arguments", **hint, options=list(bad.options)))
        return self._run(user, call, context, book)

    def _run(self, user: User, call: ToolCall, context: TurnContext, book: Phrasebook) -> Told:
        outcome = self._app.runner.run(
            call,
            ToolContext(
                user=user,
                now=context.now,
                key=self._app.ids.new("key"),
                scopes=frozenset({"read"}),
                actor="assistant",
            ),
        )
        wishes = context.preferences
        style = Style(wishes.locale, wishes.zone, context.today, context.profile.value, book)
        hide = Redactor((user.email, user.given_name)).hide
        if not isinstance(outcome, Done):
            return _wrong(hide(Observer(book, style).of(outcome)))
        answer = _marked(outcome.answer, book)
        told = _Writer(book, style)
        data = json.loads(hide(written(told.data(answer))))
        return Told(hide(told.sentence(answer)), data)

    def _context(self, user: User) -> tuple[TurnContext, Phrasebook]:
        now = self._app.clock.now()
        book = self._app.phrasebook(user.preferences.language)
        with self._app.database.reading() as uow:
            names = self._names.of(uow, user, book, now=now)
        context = TurnContext(
            user_id=user.id,
            preferences=user.preferences,
            now=now,
            today=user.preferences.today(now),
            profile=Profile.WEB,
            text="",
            names=names,
        )
        return context, book

    def _listed(self) -> list[str]:
        return [tool.name for tool in self._tools]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes an answer whose names are marked already."""

    book: Phrasebook
    style: Style

    def sentence(self, answer: Answer) -> str:
        """Return what a chat would say first; rows and choices are left to the data."""
        return compose(replace(answer, lines=(), choices=()), self.book, self.style).text

    def data(self, answer: Answer) -> Mapping[str, Any]:
        """Return facts and rows, as many as fit."""
        found: dict[str, Any] = {
            "about": answer.shape,
            "facts": [self._fact(fact) for fact in answer.facts if fact.name not in _UNREAD],
        }
        for most in _ROWS:
            shown = {**found, **self._rows(answer, most)}
            if len(written(shown).encode()) <= MOST_BYTES:
                return shown
        return {"about": answer.shape, "error": "too_long", "hint": "ask_for_less"}

    def _rows(self, answer: Answer, most: int) -> Mapping[str, Any]:
        lines = [line for line in answer.lines if line.facts]
        if not lines:
            return {}
        rows = [
            {
                **({"id": line.subject} if line.subject else {}),
                **self._named(fact for fact in line.facts if fact.name not in _UNREAD),
            }
            for line in lines[:most]
        ]
        hidden = len(lines) - most
        return {"rows": rows, **({"more": hidden} if hidden > 0 else {})}

    def _named(self, facts: Iterable[Fact]) -> Mapping[str, str]:
        """Write facts under their names; a second one of a name is numbered."""
        told: dict[str, str] = {}
        for fact in facts:
            again = sum(name.partition(" ")[0] == fact.name for name in told)
            told[f"{fact.name} {again + 1}" if again else fact.name] = self._text(fact)
        return told

    def _fact(self, fact: Fact) -> Mapping[str, Any]:
        kept = {"name", "kind", "value", "currency", "as_of"}
        plain = {
            name: value for name, value in fact_to_json(fact).items() if name in kept and value
        }
        return {**plain, "text": self._text(fact)}

    def _text(self, fact: Fact) -> str:
        return Observer(self.book, self.style).plain(fact)


def _marked(answer: Answer, book: Phrasebook) -> Answer:
    """Return the answer with everything that others may have written between « and »."""
    return replace(
        answer,
        facts=tuple(_marked_fact(fact, book) for fact in answer.facts),
        lines=tuple(
            replace(line, facts=tuple(_marked_fact(fact, book) for fact in line.facts))
            for line in answer.lines
        ),
    )


def _marked_fact(fact: Fact, book: Phrasebook) -> Fact:
    if fact.kind is not FactKind.NAME or is_ours(fact, book):
        return fact
    # The signs count towards the length that a name is cut at, and the last one must stay.
    return replace(fact, value=marked(clean_name(str(fact.value), NAME_LIMIT - 2)))


def _wrong(text: str) -> Told:
    return Told(text, json.loads(text), is_error=True)
