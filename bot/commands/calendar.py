"""The user's calendar from the command line: its days, its link, its end."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.app import App, open_app
from bot.commands.output import show
from bot.conversing import Visitor
from bot.feed import calendar_of
from core.conversation.context import Profile
from core.conversation.plan import ToolCall
from core.facts import Answer
from prompts.compose import compose
from prompts.figures import Style
from tools.context import ToolContext
from tools.outcome import Done

_TOOLS = {
    "link": ToolCall("share_calendar"),
    "new-link": ToolCall("share_calendar", {"renew": "yes"}),
    "stop": ToolCall("stop_calendar"),
}


def add_calendar(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``calendar``."""
    parser.add_argument(
        "action", nargs="?", choices=("show", *_TOOLS), default="show", help="show when left out"
    )
    parser.add_argument("--user", help="e-mail of the user")
    parser.add_argument("--output", type=Path, help="file to write; standard output when left out")


def run_calendar(options: argparse.Namespace) -> int:
    """Write the calendar out, or give, change or end the link under which it can be read."""
    app = open_app()
    try:
        visitor = Visitor(app, options.user, Profile.WEB, "calendar")
        if options.action in _TOOLS:
            return _run(app, visitor, _TOOLS[options.action])
        text = calendar_of(app, visitor.user.id)
    finally:
        app.close()
    if options.output is None:
        show(text.rstrip().replace("\r\n", "\n"))
    else:
        options.output.write_bytes(text.encode("utf-8", "replace"))
    return 0


def _run(app: App, visitor: Visitor, call: ToolCall) -> int:
    context = ToolContext(
        user=visitor.user,
        now=app.clock.now(),
        key=app.ids.new("key"),
        conversation_id=visitor.conversation_id,
        actor="cli",
    )
    outcome = app.runner.run(call, context)
    if not isinstance(outcome, Done):
        return 1
    show(_sentence(app, visitor, outcome.answer))
    return 0


def _sentence(app: App, visitor: Visitor, answer: Answer) -> str:
    wishes = visitor.user.preferences
    style = Style(wishes.locale, wishes.zone, wishes.today(app.clock.now()), "terminal")
    return compose(answer, app.phrasebook(wishes.language), style).text
