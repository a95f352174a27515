"""WhatsApp templates from the command line: submit them, ask how they stand."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bot.api.templates import TemplateStatus, check, open_contents, statuses, submit
from bot.app import App, open_app
from bot.commands.output import complain, show
from core.errors import FinanceError
from core.messaging.channel import SendError


class ProviderRefused(FinanceError):
    """The provider of templates did not do what was asked (``reason``, ``number``)."""

    code = "start.templates_refused"


def add_templates(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``whatsapp-templates``."""
    parser.add_argument(
        "action",
        choices=["submit", "status", "check"],
        help="send new wordings to be approved, show what is known, or ask the provider",
    )


def run_templates(options: argparse.Namespace) -> int:
    """Do it and show every template; exit 1 while one cannot be sent as it is written."""
    app = open_app()
    try:
        found = _done(app, options.action)
    except SendError as error:
        complain(ProviderRefused(reason=error.reason.value, number=error.code or "-"))
        return 1
    finally:
        app.close()
    for status in found:
        show(_line(status))
    return 0 if all(status.is_well for status in found) else 1


def _done(app: App, action: str) -> Sequence[TemplateStatus]:
    if action == "status":
        return statuses(app)
    contents = open_contents(app)
    try:
        return submit(app, contents) if action == "submit" else check(app, contents)
    finally:
        contents.close()


def _line(status: TemplateStatus) -> str:
    """Write one template as columns: state, name and language, id, and why it was refused."""
    named = f"{status.template.name}.{status.template.lang}"
    return f"{status.state:<10} {named:<14} {status.content_id:<34} {status.reason}".rstrip()
