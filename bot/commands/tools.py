"""Any tool from the command line, through the same door as everything else."""

from __future__ import annotations

import argparse
import json
from typing import Any

from bot.app import open_app
from bot.commands.output import show_json
from bot.conversing import Visitor
from core.conversation.context import Profile
from core.conversation.plan import ToolCall
from tools.catalog import open_registry
from tools.context import ToolContext
from tools.outcome import Done, NeedsApproval
from tools.outcome_json import outcome_name, outcome_to_json


def add_tool(parser: argparse.ArgumentParser) -> None:
    """Declare one sub-command for each tool, made from its declaration."""
    parser.add_argument("--user", help="e-mail of the user")
    parser.add_argument("--key", help="idempotency key: the same key does it once")
    names = parser.add_subparsers(dest="tool", required=True, metavar="TOOL")
    for spec in open_registry():
        sub = names.add_parser(spec.name, help=spec.description.partition("\n")[0])
        # Also after the tool's name, where people look for them; what stands before still counts.
        sub.add_argument("--user", default=argparse.SUPPRESS, help="e-mail of the user")
        sub.add_argument("--key", default=argparse.SUPPRESS, help="idempotency key")
        for name, field in spec.arguments.model_fields.items():
            flag = f"--{name.replace('_', '-')}"
            sub.add_argument(flag, dest=f"arg_{name}", help=field.description)


def run_tool(options: argparse.Namespace) -> int:
    """Run the tool and print its outcome as JSON."""
    app = open_app()
    try:
        visitor = Visitor(app, options.user, Profile.WEB, "tool")
        context = ToolContext(
            user=visitor.user,
            now=app.clock.now(),
            key=options.key or app.ids.new("key"),
            conversation_id=visitor.conversation_id,
            actor="cli",
        )
        outcome = app.runner.run(ToolCall(options.tool, _arguments(options)), context)
        show_json({"outcome": outcome_name(outcome), **outcome_to_json(outcome)})
    finally:
        app.close()
    return 0 if isinstance(outcome, (Done, NeedsApproval)) else 1


def _arguments(options: argparse.Namespace) -> dict[str, Any]:
    values = {
        name.removeprefix("arg_"): value
        for name, value in vars(options).items()
        if name.startswith("arg_") and value is not None
    }
    return {name: _read(value) for name, value in values.items()}


def _read(value: str) -> object:
    """Read lists and objects as JSON; everything else is the text that was typed."""
    if value[:1] in "[{":
        return json.loads(value)
    return value
