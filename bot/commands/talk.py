"""Talking through the very handler that webhooks use: ``ask`` and ``chat``."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from typing import Any

from bot.app import App, open_app
from bot.commands.output import show, show_json
from bot.conversing import CallMade, Exchange, Visitor
from core.conversation.context import Profile
from core.facts import Fact
from core.facts_json import fact_to_json
from core.settings import load_settings, without_model


def add_ask(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``ask``."""
    _add_who(parser)
    parser.add_argument("--at", help="stop the clock at this moment (ISO 8601)")
    parser.add_argument("--no-llm", action="store_true", help="use the offline engine only")
    parser.add_argument("--json", action="store_true", help="print one object per turn")
    parser.add_argument("text", nargs="+", help="what to say; several are consecutive turns")


def add_chat(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``chat``."""
    _add_who(parser)
    parser.add_argument("--at", help="stop the clock at this moment (ISO 8601)")


def _add_who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", help="e-mail of the user; the only one, or the demo, if not said")
    parser.add_argument("--channel", default="web", choices=[profile.value for profile in Profile])
    parser.add_argument("--conversation", default="", help="name of the conversation to go on with")


def run_ask(options: argparse.Namespace) -> int:
    """Say each text and print its reply."""
    settings = load_settings()
    if options.no_llm:
        settings = without_model(settings)
    app = open_app(settings, at=_moment(options.at))
    try:
        _learn_first(app)
        visitor = Visitor(app, options.user, Profile(options.channel), options.conversation)
        for text in options.text:
            _say(visitor, text, as_json=options.json)
    finally:
        app.close()
    return 0


def run_chat(options: argparse.Namespace) -> int:
    """Talk until the input ends."""
    app = open_app(at=_moment(options.at))
    try:
        _learn_first(app)
        visitor = Visitor(app, options.user, Profile(options.channel), options.conversation)
        show(app.phrasebook("en").render("start.chat", {}, "terminal"))
        while True:
            try:
                text = input("> ")
            except EOFError:
                break
            _say(visitor, text, as_json=False)
    finally:
        app.close()
    return 0


def _learn_first(app: App) -> None:
    """Train the classifier before the first conversation of all; afterwards it is on disk."""
    if not app.understanding.is_trained():
        print(app.phrasebook("en").render("start.training", {}, "terminal"), file=sys.stderr)
        app.understanding.train(at_once=True)


def _say(visitor: Visitor, text: str, *, as_json: bool) -> None:
    started = time.perf_counter()
    exchange = visitor.say(text)
    elapsed = round((time.perf_counter() - started) * 1000, 1)
    visitor.settle(exchange)
    if as_json:
        show_json(_turn_json(exchange, elapsed))
        return
    for message in exchange.replies:
        show(message["text"])
        for attachment in message["attachments"]:
            show(f"[{attachment['name']}: {attachment['path']}]")
        buttons = [choice["label"] for choice in message["choices"]]
        if buttons:
            show("   ".join(f"[{label}]" for label in buttons))


def _turn_json(exchange: Exchange, elapsed: float) -> dict[str, Any]:
    return {
        "turn": exchange.turn_id,
        "reply": exchange.replies,
        "planner": exchange.planner,
        "calls": [_call_json(call) for call in exchange.calls],
        "approvals": exchange.approvals,
        "understood": exchange.understood,
        "elapsed_ms": elapsed,
    }


def _call_json(call: CallMade) -> dict[str, Any]:
    return {
        "tool": call.tool,
        "arguments": dict(call.arguments),
        "outcome": call.outcome,
        "error": call.error,
        "facts": [_fact_json(fact) for fact in call.facts],
    }


def _fact_json(fact: Fact) -> dict[str, Any]:
    data = fact_to_json(fact)
    return {
        "id": data["id"],
        "name": data["name"],
        "kind": data["kind"],
        "value": data["value"],
        "currency": data["currency"],
        "label": data["label"] or data["name"],
        "rows": data["row_count"] or len(data["rows"]),
    }


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("--at needs a time zone, like 2026-11-20T12:00+00:00")
    return moment
