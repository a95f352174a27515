"""WhatsApp templates from the command line: submit them, ask how they stand."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.api.templates import TemplateStatus, check, statuses, submit
from bot.app import App, open_app
from bot.commands.output import complain, show
from bot.providers import listed
from core.errors import FinanceError
from core.messaging.channel import SendError
from core.settings import load_settings
from prompts.phrasebook import Phrasebook, languages

if TYPE_CHECKING:
    from bot.channels.twilio_content import TwilioContents


class ProviderRefused(FinanceError):
    """The provider of templates did not do what was asked (``reason``, ``number``)."""

    code = "start.templates_refused"


class NoTwilio(FinanceError):
    """Templates live at Twilio, and there is no account for it in the settings."""

    code = "start.no_twilio"


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


def open_contents(app: App) -> TwilioContents:
    """Open the Content API with the account of the settings; whoever opens it closes it."""
    from bot.channels.twilio_client import TwilioAccount
    from bot.channels.twilio_content import TwilioContents

    twilio = app.settings.twilio
    if not twilio.account_sid:
        raise NoTwilio
    account = TwilioAccount(twilio.account_sid, (twilio.auth_token.get_secret_value(),))
    return TwilioContents(account, twilio.content_base_url)


def _line(status: TemplateStatus) -> str:
    """Write one template as columns: state, name and language, id, and why it was refused."""
    named = f"{status.template.name}.{status.template.lang}"
    return f"{status.state:<10} {named:<14} {status.content_id:<34} {status.reason}".rstrip()


def run_sms_templates(_options: argparse.Namespace) -> int:
    """Print the texts to India as they are to be registered, and which the settings say are."""
    settings = load_settings()
    known = listed(settings.twilio.dlt_registered)
    for lang in languages():
        for name, text in Phrasebook.load(lang).table("dlt", fields={"link": "{#var#}"}).items():
            state = "registered" if f"{name}.{lang}" in known else "new"
            show(f"{state:<10} {f'{name}.{lang}':<14} {text}")
    return 0
