"""Other assistants: read tools over standard input and output, and the keys they need."""

from __future__ import annotations

import argparse

from bot.api.assistant_keys import AssistantDoor, end_keys, keys_of, make_key
from bot.api.assistant_reading import AssistantReading
from bot.api.errors import SignedOut
from bot.api.process_figures import own_version
from bot.app import App, open_app
from bot.commands.output import complain, show, show_json
from core.users.user import User


def add_mcp(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mcp``; without an action it serves."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    new = actions.add_parser("key", help="make a key; it is shown once")
    new.add_argument("email")
    new.add_argument("--name", default="assistant", help="which assistant gets it")
    listed = actions.add_parser("keys", help="list a user's keys")
    listed.add_argument("email")
    end = actions.add_parser("revoke", help="end a user's keys")
    end.add_argument("email")
    end.add_argument("--id", default="", help="only this one")


def run_mcp(options: argparse.Namespace) -> int:
    """Serve with the key of the settings, or look after keys."""
    app = open_app()
    try:
        if options.action is None:
            return _serve(app)
        with app.database.reading() as uow:
            user = uow.users.by_email(options.email)
        return _keys(app, user, options)
    finally:
        app.close()


def _keys(app: App, user: User, options: argparse.Namespace) -> int:
    match options.action:
        case "key":
            token, _ = make_key(app, user, options.name, actor="cli")
            show(token)
        case "keys":
            for key in keys_of(app, user.id):
                show_json(
                    {
                        "id": key.id,
                        "name": key.name,
                        "made": key.created_at.isoformat(),
                        "used": key.used_at.isoformat() if key.used_at else None,
                        "ends": key.expires_at.isoformat(),
                    }
                )
        case "revoke":
            show_json({"ended": end_keys(app, user.id, options.id, actor="cli")})
    return 0


def _serve(app: App) -> int:
    """Serve until the other side ends it; the key is looked up anew for every call."""
    door, token = AssistantDoor(app), app.settings.mcp.key.get_secret_value()
    try:
        user = door.reader(token)
    except SignedOut as error:
        complain(error)
        return 1
    from bot.api.mcp_server import reading_server, serve_here

    book = app.phrasebook(user.preferences.language)
    reading = AssistantReading(app)
    serve_here(
        reading_server(reading, lambda _context: door.reader(token), book, version=own_version())
    )
    return 0
