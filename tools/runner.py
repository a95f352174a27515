"""The one door to every tool: find, validate, authorise, gate, run, record."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from pydantic import ValidationError

from core.connect.objects import ObjectStore
from core.conversation.plan import ToolCall
from core.errors import FinanceError
from core.facts import Answer
from core.facts_json import answer_to_json
from core.failpoints import Point, reach
from core.ids import Ids
from core.store.conversation_store import LeaseLost
from core.store.file_store import FileKind, StoredFile
from core.store.unit_of_work import Database, StoreUnavailable, UnitOfWork
from core.tracing import Attribute, Span, span
from tools.context import Before, Installation, MadeFile, ToolContext, ToolWork
from tools.gate import check_scopes, propose
from tools.outcome import (
    Changed,
    Done,
    Failed,
    NeedsInput,
    Outcome,
    Proposed,
    Refused,
    Unclear,
)
from tools.outcome_json import outcome_from_json, outcome_name, outcome_to_json
from tools.registry import Registry
from tools.spec import Arguments, Effect, ToolSpec

_log = logging.getLogger("financemaster.tools")


class ArgumentsUnreadable(FinanceError):
    """An argument is missing, unknown or of the wrong form; ``field`` says which."""

    code = "tool.arguments"


class Runner:
    """Runs tool calls; there is no other way to reach a tool."""

    def __init__(
        self,
        registry: Registry,
        database: Database,
        ids: Ids,
        objects: ObjectStore,
        languages: Sequence[str] = ("en",),
        installation: Installation | None = None,
    ) -> None:
        """Run the tools of ``registry`` over ``database``; files come from ``objects``.

        ``languages`` are those that a user may be spoken to in.
        """
        self.registry = registry
        self.installation = installation or Installation()
        self._database = database
        self._ids = ids
        self._objects = objects
        self._languages = tuple(languages)

    def run(self, call: ToolCall, context: ToolContext) -> Outcome:
        """Run one call. Expected errors become outcomes; a lost database or chat is raised."""
        name = call.tool if call.tool in self.registry else "unknown"
        with span(Span.TOOL, {Attribute.TOOL: name}) as going:
            outcome = self._run(call, context)
            going.say(Attribute.OUTCOME, outcome_name(outcome))
        return outcome

    def _run(self, call: ToolCall, context: ToolContext) -> Outcome:
        try:
            spec = self.registry.get(call.tool)
            arguments = _validated(spec, call.arguments)
            check_scopes(spec, context)
            if spec.effect is Effect.READ:
                return self._read(spec, arguments, context)
            return self._write(spec, arguments, call, context)
        except Unclear as unclear:
            return NeedsInput(unclear.slot, unclear.phrase, unclear.fields, unclear.options)
        except (StoreUnavailable, LeaseLost):
            raise
        except FinanceError as error:
            return Refused(error.code, error.fields)
        except Exception:  # one of the three places that catch everything
            reference = self._ids.new("ref")
            _log.exception("tool_failed", extra={"reference": reference, "tool": call.tool})
            return Failed(reference)

    def _read(self, spec: ToolSpec, arguments: Arguments, context: ToolContext) -> Outcome:
        with self._database.reading() as uow:
            work = self._work(uow, context)
            result = spec.function(arguments, work)
        if not isinstance(result, Answer):
            raise TypeError(f"{spec.name} reads but did not return an answer")
        if work.made:
            self._keep(work.made, context)
        return Done(number_facts(result, context.first_fact))

    def _keep(self, made: Sequence[MadeFile], context: ToolContext) -> None:
        """Keep files that a tool made, and whose they are, so that they are thrown away in time."""
        for file in made:
            self._objects.put(file.key, file.content)
        with self._database.work() as uow:
            for file in made:
                uow.files.add(
                    StoredFile(
                        file.key,
                        context.user.id,
                        FileKind.REPORT,
                        file.name,
                        file.media_type,
                        len(file.content),
                        context.now,
                    )
                )
            uow.commit()

    def _write(
        self, spec: ToolSpec, arguments: Arguments, call: ToolCall, context: ToolContext
    ) -> Outcome:
        prepared = self._prepared(spec, arguments, context)
        # In a turn nobody hears of it before the turn's own commit (T5), which keeps both.
        with self._database.work(relaxed=bool(context.turn_id)) as uow:
            begin_write(uow, context)
            stored = uow.calls.find(context.user.id, context.key, call.tool, call.arguments)
            if stored is not None:
                return outcome_from_json(stored.outcome, stored.result)
            result = spec.function(arguments, self._work(uow, context, prepared))
            if getattr(arguments, "preview", False):
                uow.connection.rollback()
                return Done(number_facts(_answer_of(result), context.first_fact))
            outcome = self._settle(uow, spec, result, context)
            uow.calls.add(
                context.user.id,
                context.key,
                call=(call.tool, call.arguments),
                outcome=outcome_name(outcome),
                result=outcome_to_json(outcome),
                origin=(context.turn_id, context.position),
                change_id=outcome.change_id if isinstance(outcome, Done) else "",
                now=context.now,
            )
            uow.audit.append(
                context.user.id,
                actor=context.actor,
                action=f"tool.{spec.name}",
                subject=context.key,
                now=context.now,
            )
            reach(Point.T4_UNWRITTEN)
            uow.commit()
        reach(Point.T4_WRITTEN)
        return outcome

    def _settle(
        self,
        uow: UnitOfWork,
        spec: ToolSpec,
        result: Answer | Changed | Proposed,
        context: ToolContext,
    ) -> Outcome:
        """Turn what a write returned into an outcome, keeping its inverse or its approval."""
        match result:
            case Proposed():
                return propose(uow, spec, result, context, self._ids)
            case Changed(answer, inverse):
                _check_inverse(spec, result)
                answer = number_facts(answer, context.first_fact)
                change_id = uow.changes.add(
                    context.user.id,
                    call_key=context.key,
                    tool=spec.name,
                    inverse=[asdict(step) for step in inverse],
                    answer=answer_to_json(answer),
                    now=context.now,
                    ids=self._ids,
                )
                return Done(answer, change_id)
            case Answer():
                if not spec.irreversible:
                    raise TypeError(f"{spec.name} changed something without an inverse")
                return Done(number_facts(result, context.first_fact))

    def _prepared(self, spec: ToolSpec, arguments: Arguments, context: ToolContext) -> object:
        """Do a tool's slow work while nothing is locked."""
        if spec.prepare is None:
            return None

        def layouts() -> Mapping[str, Mapping[str, Any]]:
            with self._database.reading() as uow:
                return uow.layouts.of(context.user.id)

        before = Before(context.user, context.today, self._objects, layouts)
        return spec.prepare(arguments, before)

    def _work(self, uow: UnitOfWork, context: ToolContext, prepared: object = None) -> ToolWork:
        return ToolWork(
            uow=uow,
            user=context.user,
            now=context.now,
            today=context.today,
            ids=self._ids,
            conversation_id=context.conversation_id,
            languages=self._languages,
            prepared=prepared,
            installation=self.installation,
        )


def begin_write(uow: UnitOfWork, context: ToolContext) -> None:
    """Make sure the caller still holds the chat, then be the only one who changes this user's data.

    Raises `LeaseLost` when another worker has taken the turn over.
    """
    if context.epoch is not None:
        uow.conversations.fence(context.conversation_id, context.epoch)
    uow.hold(context.user.id)


def _answer_of(result: Answer | Changed | Proposed) -> Answer:
    return result if isinstance(result, Answer) else result.answer


def _validated(spec: ToolSpec, arguments: Mapping[str, Any]) -> Arguments:
    try:
        return spec.arguments.model_validate(dict(arguments))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])[:60]
        if first["type"] == "missing":
            raise Unclear(field, phrase=f"ask.{spec.name}.{field}") from None
        raise ArgumentsUnreadable(tool=spec.name, field=field, problem=first["type"]) from None


def _check_inverse(spec: ToolSpec, changed: Changed) -> None:
    for step in changed.inverse:
        if step.operation not in spec.inverse:
            raise TypeError(f"{spec.name} recorded an undo step it did not declare")


def number_facts(answer: Answer, first: int) -> Answer:
    """Give every fact of an answer its id in the turn: f1, f2 ... in reading order."""
    count = first

    def numbered(facts: tuple[Any, ...]) -> tuple[Any, ...]:
        nonlocal count
        out = []
        for fact in facts:
            out.append(replace(fact, id=f"f{count}"))
            count += 1
        return tuple(out)

    facts = numbered(answer.facts)
    lines = tuple(replace(line, facts=numbered(line.facts)) for line in answer.lines)
    return replace(answer, facts=facts, lines=lines)
