"""From an API request to a tool call and back: one door, one key, one status for each outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from bot.api.asking import chat_for, present
from bot.api.auth import Caller
from bot.api.errors import problem, status_of
from bot.app import App
from core.conversation.plan import ToolCall
from core.errors import FinanceError
from prompts.phrasebook import Phrasebook
from tools.context import ToolContext
from tools.outcome import Done, Failed, NeedsApproval, NeedsInput, Outcome, Refused
from tools.outcome_json import outcome_name, outcome_to_json
from tools.registry import ToolUnknown
from tools.spec import Tier

_KEY = re.compile(r"[\x21-\x7e]{1,60}")


class KeyUnusable(FinanceError):
    """An idempotency key is 1 to 60 visible characters."""

    code = "call.key_unusable"


def run(
    app: App, caller: Caller, tool: str, arguments: Mapping[str, Any], key: str | None
) -> JSONResponse:
    """Run one tool for a caller and answer with its outcome.

    The same ``key`` with the same request does it once and answers the same each time; without
    one, every request is its own.
    """
    context = _context(app, caller, tool, key)
    outcome = app.runner.run(ToolCall(tool, dict(arguments)), context)
    if isinstance(outcome, NeedsApproval):
        present(app, caller.user, context.conversation_id, outcome)
    return JSONResponse(_content(outcome, app.phrasebook("en")), _status(outcome))


def _context(app: App, caller: Caller, tool: str, key: str | None) -> ToolContext:
    if key is not None and not _KEY.fullmatch(key):
        raise KeyUnusable
    chat = ""
    if _asks(app, tool):
        chat = chat_for(app, caller.user.id)
    return ToolContext(
        user=caller.user,
        now=app.clock.now(),
        # The prefix keeps a caller's keys apart from those of turns.
        key=f"api:{key}" if key is not None else app.ids.new("key"),
        scopes=caller.scopes,
        conversation_id=chat,
        actor="api",
    )


def _asks(app: App, tool: str) -> bool:
    try:
        return app.runner.registry.get(tool).tier >= Tier.EXTERNAL
    except ToolUnknown:
        return False


def _status(outcome: Outcome) -> int:
    match outcome:
        case Done():
            return 200
        case NeedsApproval():
            return 202
        case NeedsInput():
            return 422
        case Refused(code, _):
            return status_of(code)
        case Failed():
            return 500


def _content(outcome: Outcome, book: Phrasebook) -> dict[str, Any]:
    content = {"outcome": outcome_name(outcome), **outcome_to_json(outcome)}
    match outcome:
        case NeedsInput(_, phrase, fields, _):
            content["message"] = book.render(phrase, dict(fields))
        case Refused(code, fields):
            content = {"outcome": "refused", **problem(code, fields, book)}
        case Failed(reference):
            content = {"outcome": "failed"}
            content |= problem("tool.failed", {}, book, reference=reference)
    return content
