"""The table of commands and how their arguments are read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.commands import (
    admin,
    approve,
    assistants,
    books,
    bounce,
    calendar,
    demo,
    serve,
    sweep,
    talk,
    templates,
    tools,
    users,
)
from bot.commands.output import complain
from core.errors import FinanceError

Add = Callable[[argparse.ArgumentParser], None]
Run = Callable[[argparse.Namespace], int]


@dataclass(frozen=True, slots=True)
class Command:
    """One sub-command: a line of help, its arguments, and what it does."""

    summary: str
    add: Add
    run: Run


def _nothing(_parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


COMMANDS: Mapping[str, Command] = {
    "serve": Command(
        "run the web server, with workers inside unless Redis is set",
        serve.add_serve,
        serve.run_serve,
    ),
    "work": Command("run the workers of production mode", serve.add_work, serve.run_work),
    "beat": Command("ring the workers' bells on time", _nothing, serve.run_beat),
    "executor": Command("carry out approved actions", serve.add_executor, serve.run_executor),
    "poll": Command("take Telegram messages by long polling", _nothing, serve.run_poll),
    "chat": Command("talk in this terminal", talk.add_chat, talk.run_chat),
    "ask": Command("say one or more messages and print the replies", talk.add_ask, talk.run_ask),
    "tool": Command("run one tool", tools.add_tool, tools.run_tool),
    "import": Command("read a bank statement", books.add_import, books.run_import),
    "export": Command("write books to a file", books.add_export, books.run_export),
    "calendar": Command(
        "write bills, pay and goal days as a calendar, or give or end its link",
        calendar.add_calendar,
        calendar.run_calendar,
    ),
    "user": Command("add, list and link users", users.add_user, users.run_user),
    "confirm": Command(
        "confirm an approved request with its user's PIN", approve.add_confirm, approve.run_confirm
    ),
    "demo": Command(
        "load the sample households, buy with a demo card, or write a demo note or receipt",
        demo.add_demo,
        demo.run_demo,
    ),
    "check": Command("show settings, backlog and trouble", _nothing, admin.run_check),
    "whatsapp-templates": Command(
        "submit the messages that WhatsApp has to approve, and ask how they stand",
        templates.add_templates,
        templates.run_templates,
    ),
    "mail-bounce": Command(
        "take a mail server's report about a letter from standard input",
        _nothing,
        bounce.run_bounce,
    ),
    "sms-templates": Command(
        "print the texts that India's carriers have to register",
        _nothing,
        templates.run_sms_templates,
    ),
    "migrate": Command("bring the database to the present schema", _nothing, admin.run_migrate),
    "replay": Command(
        "send a dead letter or a failed message again", admin.add_replay, admin.run_replay
    ),
    "backup": Command(
        "copy the embedded database while it runs", admin.add_backup, admin.run_backup
    ),
    "restore": Command(
        "put a copy back; nothing is sent until checked", admin.add_restore, admin.run_restore
    ),
    "audit": Command("verify the audit trail", admin.add_audit, admin.run_audit),
    "sweep": Command(
        "look for anything lost, doubled or contradicting itself", sweep.add_sweep, sweep.run_sweep
    ),
    "bench": Command("measure, each figure beside a baseline", admin.add_bench, admin.run_bench),
    "mcp": Command(
        "let other assistants read a user's books, with a key that can be ended",
        assistants.add_mcp,
        assistants.run_mcp,
    ),
}


def run(arguments: Sequence[str]) -> int:
    """Run a command; expected errors become one sentence and exit code 1."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        return COMMANDS[options.command].run(options)
    except FinanceError as error:
        complain(error)
        return 1
    except OSError as error:
        if not error.filename:
            raise
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    except ValueError as error:
        # A contradiction in the settings: its message is the sentence.
        print(_first_line(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="financemaster", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.summary, description=command.summary)
        command.add(sub)
    return parser


def _variable(fault: Mapping[str, object]) -> str:
    """Return the variable that a setting is read from; a contradiction names its own."""
    place = fault.get("loc")
    if not isinstance(place, tuple) or not place or "FM_" in str(fault.get("msg")):
        return ""
    name = "__".join(str(part) for part in place).upper()
    return name if name.startswith("FM_") else f"FM_{name}"


def _first_line(error: ValueError) -> str:
    """Return the sentence in an error; pydantic wraps it in lines of its own."""
    errors = getattr(error, "errors", None)
    if callable(errors):
        found = errors()
        if found:
            told = str(found[0].get("msg", error)).removeprefix("Value error, ")
            return f"{variable}: {told}" if (variable := _variable(found[0])) else told
    return str(error)
