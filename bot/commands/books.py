"""Statements in, books out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bot.app import App, open_app
from bot.commands.output import show, show_json
from bot.conversing import Visitor
from core.conversation.context import Profile
from core.conversation.plan import Option, ToolCall
from core.errors import FinanceError
from core.facts import Answer, FactKind
from core.facts_json import fact_to_json
from prompts.compose import compose, say
from prompts.figures import Style
from prompts.phrasebook import Phrasebook
from tools.context import ToolContext
from tools.exporting import BOOKS_FORMAT, FORMATS, WHAT, export, is_books, load_books
from tools.outcome import Done, NeedsInput, Outcome, Refused

# The figures of the operator's contract, by the name of their fact.
_FIGURES = (
    "rows",
    "new",
    "known",
    "suggested_matches",
    "total_in",
    "total_out",
    "opening",
    "closing",
)

# What the chat asks about a file, the command line takes as an option.
_ASKED = ("date_order", "decimals", "plain_amounts")


def add_import(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``import``."""
    parser.add_argument("file", type=Path, help="the statement file")
    parser.add_argument("--user", help="e-mail of the user")
    parser.add_argument("--account", help="name of the account it belongs to")
    parser.add_argument(
        "--date-order", choices=("day_first", "month_first"), help="what it leaves open"
    )
    parser.add_argument("--decimals", choices=("point", "comma"), help="what it leaves open")
    parser.add_argument("--plain-amounts", choices=("in", "out"), help="what it leaves open")
    parser.add_argument("--dry-run", action="store_true", help="read it and book nothing")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run_import(options: argparse.Namespace) -> int:
    """Read a file through the import tool; a file that cannot be read in full books nothing.

    What `export` wrote of everything is loaded into books that are still empty.
    """
    app = open_app()
    try:
        visitor = Visitor(app, options.user, Profile.WEB, "import")
        data = options.file.read_bytes()
        if is_books(data):
            return _load(app, visitor, data, options)
        outcome = _import(app, visitor, options)
        if options.json:
            show_json(_summary(outcome))
        else:
            show(_sentence(app, visitor, outcome))
    finally:
        app.close()
    return 0 if isinstance(outcome, Done) else 1


def _load(app: App, visitor: Visitor, data: bytes, options: argparse.Namespace) -> int:
    book = app.phrasebook(visitor.user.preferences.language)
    try:
        with app.database.work() as uow:
            loaded = load_books(uow, visitor.user, data, ids=app.ids)
            if not options.dry_run:
                uow.commit()
    except FinanceError as error:
        refused = {"refused": error.code, "fields": dict(error.fields)}
        show_json(refused) if options.json else show(
            book.render(error.code, dict(error.fields), "terminal")
        )
        return 1
    entries, accounts = loaded.get("journal_entries", 0), loaded.get("accounts", 0)
    if options.json:
        show_json({"format": BOOKS_FORMAT, "accounts": accounts, "entries": entries})
    else:
        fields = {"entries": str(entries), "accounts": str(accounts)}
        show(book.render("start.books_loaded", fields, "terminal"))
    return 0


def _import(app: App, visitor: Visitor, options: argparse.Namespace) -> Outcome:
    key = f"upload/{app.ids.new('file')}/{options.file.name}"
    app.objects.put(key, options.file.read_bytes())
    arguments: dict[str, Any] = {"file": key, "preview": options.dry_run}
    for name in ("account", *_ASKED):
        if getattr(options, name):
            arguments[name] = getattr(options, name)
    context = ToolContext(
        user=visitor.user,
        now=app.clock.now(),
        key=app.ids.new("key"),
        conversation_id=visitor.conversation_id,
        actor="cli",
    )
    try:
        return app.runner.run(ToolCall("import_statement", arguments), context)
    finally:
        app.objects.delete(key)


def _summary(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        return {"refused": outcome.code, "fields": dict(outcome.fields)}
    if isinstance(outcome, NeedsInput):
        choices = [str(option.value) for option in outcome.options]
        return {
            "refused": f"needs_{outcome.slot}",
            "fields": dict(outcome.fields),
            "option": _option(outcome.slot),
            "choices": choices,
        }
    if not isinstance(outcome, Done):
        return {"refused": "failed", "fields": {}}
    return _figures(outcome.answer)


def _option(slot: str) -> str:
    return "--" + slot.replace("_", "-")


def _figures(answer: Answer) -> dict[str, Any]:
    facts = {fact.name: fact_to_json(fact) for fact in answer.facts}
    figures: dict[str, Any] = {
        name: facts[name]["value"] if name in facts else None
        for name in ("format", "account", "currency", *_FIGURES)
    }
    figures["warnings"] = [
        {fact.name: str(fact.value) for fact in line.facts}
        for line in answer.lines
        if line.shape.startswith("statement.")
    ]
    figures["accounts"] = [
        {
            fact.name: fact_to_json(fact)["value"]
            for fact in line.facts
            if fact.kind is not FactKind.DURATION
        }
        for line in answer.lines
        if line.shape == "import_statement.account_line"
    ]
    return figures


def _sentence(app: App, visitor: Visitor, outcome: Outcome) -> str:
    preferences = visitor.user.preferences
    book = app.phrasebook(preferences.language)
    today = preferences.today(app.clock.now())
    style = Style(preferences.locale, preferences.zone, today, "terminal")
    if isinstance(outcome, Done):
        return compose(outcome.answer, book, style).text
    if isinstance(outcome, Refused):
        return say(outcome.code, outcome.fields, book, style).text
    if isinstance(outcome, NeedsInput):
        question = book.render(outcome.phrase, dict(outcome.fields), "terminal")
        choices = " | ".join(_choice(option, book) for option in outcome.options)
        fields = {"question": question, "option": _option(outcome.slot), "choices": choices}
        return book.render("start.import_option", fields, "terminal")
    return book.render("error.tool_failed", {}, "terminal")


def _choice(option: Option, book: Phrasebook) -> str:
    """Write what may be typed for a choice, with what it is where the value does not say so."""
    value = str(option.value)
    label = option.text or book.render(option.phrase, dict(option.fields), "terminal")
    typed = f'"{value}"' if " " in value else value
    return typed if label == value else f"{typed} ({label})"


def add_export(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``export``."""
    parser.add_argument("--user", help="e-mail of the user")
    parser.add_argument("--what", choices=WHAT, default="transactions")
    parser.add_argument("--format", choices=FORMATS, default="csv")
    parser.add_argument("--output", type=Path, help="file to write; standard output when left out")


def run_export(options: argparse.Namespace) -> int:
    """Write the user's books out."""
    app = open_app()
    try:
        visitor = Visitor(app, options.user, Profile.WEB, "export")
        with app.database.reading() as uow:
            text = export(uow, visitor.user, what=options.what, form=options.format)
    finally:
        app.close()
    if options.output is None:
        show(text)
    else:
        options.output.write_text(text, encoding="utf-8")
    return 0
