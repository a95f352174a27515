"""Confirming on the command line what a chat alone cannot approve."""

from __future__ import annotations

import argparse

from bot.api.passwords import is_right
from bot.app import open_app
from bot.commands.output import show
from bot.commands.users import read_secret
from bot.confirming import NothingToConfirm, confirm


def add_confirm(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``confirm``."""
    parser.add_argument("email", help="whose request it is")
    parser.add_argument("code", help="its code, after APPROVE was said in the chat")


def run_confirm(options: argparse.Namespace) -> int:
    """Confirm a request with its user's PIN, asked for or taken from what is piped in."""
    app = open_app()
    try:
        with app.database.reading() as uow:
            user = uow.users.by_email(options.email)
            approval = uow.approvals.by_code(user.id, options.code)
        if approval is None:
            raise NothingToConfirm
        confirm(app, approval.id, read_secret(), is_right=is_right)
        show(app.phrasebook("en").render("confirm_page.done", {}, "terminal"))
    finally:
        app.close()
    return 0
