"""Users and sample households from the command line."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Mapping

from bot.api import linking
from bot.api.auth import SCOPES, issue_key
from bot.api.passwords import HASHER
from bot.app import App, open_app
from bot.commands.output import show, show_json
from bot.confirming import checked_pin
from core.errors import FinanceError
from core.messaging.address import ChannelName
from core.store.second_factor_store import SecondFactorStore
from core.users.preferences import Preferences
from core.users.user import Role
from intents.letters import email_in
from prompts.locales import is_country, is_locale
from prompts.phrasebook import languages


class EmailUnreadable(FinanceError):
    """The user's address is no e-mail address."""

    code = "start.email_unreadable"


class LocaleUnknown(FinanceError):
    """Nobody writes figures by that locale."""

    code = "start.locale_unknown"


class CountryUnknown(FinanceError):
    """There is no country of that code."""

    code = "start.country_unknown"


def add_user(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``user``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = actions.add_parser("add", help="add a user")
    new.add_argument("email")
    new.add_argument("--currency", default="USD")
    new.add_argument("--zone", default="UTC")
    new.add_argument("--locale", default="en_US")
    new.add_argument("--country", default="US")
    new.add_argument(
        "--language", default="", choices=languages(), help="the locale's, if not said"
    )
    new.add_argument("--name", default="")
    actions.add_parser("list", help="count the users")
    link = actions.add_parser("link", help="make a one-time token that links a chat")
    link.add_argument("email")
    link.add_argument("--channel", choices=[name.value for name in ChannelName], default="web")
    confirm = actions.add_parser("confirm", help="confirm the chats that have used such a token")
    confirm.add_argument("email")
    key = actions.add_parser("key", help="make an API key; it is shown once")
    key.add_argument("email")
    key.add_argument("--scopes", default="read", help=f"some of {','.join(SCOPES)}")
    pin = actions.add_parser("pin", help="set the PIN that confirms what a chat alone cannot")
    pin.add_argument("email")
    second = actions.add_parser(
        "second-factor",
        help="forget an operator's second step: a new one is set up at the next sign-in",
    )
    second.add_argument("email")
    admin = actions.add_parser("admin", help="let a user sign in to the console")
    admin.add_argument("email")
    admin.add_argument("--role", choices=[role.value for role in Role], default="admin")


def run_user(options: argparse.Namespace) -> int:
    """Add, count, link or promote a user, or give him an API key."""
    app = open_app()
    try:
        _ACTIONS[options.action](app, options)
    finally:
        app.close()
    return 0


def _add(app: App, options: argparse.Namespace) -> None:
    locale = options.locale.replace("-", "_")
    if email_in(options.email) != options.email:
        raise EmailUnreadable(value=options.email)
    if not is_locale(locale):
        raise LocaleUnknown(value=options.locale)
    if not is_country(options.country.upper()):
        raise CountryUnknown(value=options.country)
    spoken = options.language or locale.partition("_")[0]
    preferences = Preferences(
        locale=locale,
        language=spoken if spoken in languages() else Preferences().language,
        zone=options.zone,
        currency=options.currency.upper(),
        country=options.country.upper(),
    )
    with app.database.work() as uow:
        now = app.clock.now()
        user = uow.users.add(
            options.email, preferences, now=now, ids=app.ids, given_name=options.name
        )
        uow.schedules.arrange(user.id, preferences, now=now)
        uow.commit()
    show(app.phrasebook("en").render("start.user_added", {"email": options.email}, "terminal"))


def _link(app: App, options: argparse.Namespace) -> None:
    token = app.ids.token()
    channel = ChannelName(options.channel)
    with app.database.work() as uow:
        user = uow.users.by_email(options.email)
        uow.bindings.issue_link(user.id, channel, token, now=app.clock.now())
        uow.commit()
    show(token)


def _confirm(app: App, options: argparse.Namespace) -> None:
    book = app.phrasebook("en")
    with app.database.reading() as uow:
        user = uow.users.by_email(options.email)
    requests = linking.claimed(app, user.id)
    if not requests:
        show(book.render("start.link_nobody", {"email": options.email}, "terminal"))
    for request in requests:
        chat = linking.settle(app, user.id, request.token_hash, confirmed=True, actor="cli")
        fields = {"email": options.email, "chat": chat.masked(), "name": request.display_name}
        given = {name: value for name, value in fields.items() if value}
        show(book.render("start.link_done", given, "terminal"))


def _admin(app: App, options: argparse.Namespace) -> None:
    password = read_secret()
    with app.database.work() as uow:
        user = uow.users.by_email(options.email)
        uow.users.set_password(user.id, HASHER.hash(password), Role(options.role))
        uow.audit.append(
            user.id,
            actor="cli",
            action=f"role.{options.role}",
            subject=user.id,
            now=app.clock.now(),
        )
        uow.commit()
    show(app.phrasebook("en").render("start.admin_added", {"email": options.email}, "terminal"))


def _list(app: App, _options: argparse.Namespace) -> None:
    with app.database.reading() as uow:
        show_json({"users": uow.users.count()})


def _key(app: App, options: argparse.Namespace) -> None:
    show(issue_key(app, options.email, options.scopes.split(",")))


def _pin(app: App, options: argparse.Namespace) -> None:
    email = options.email
    pin = checked_pin(read_secret())
    with app.database.work() as uow:
        user = uow.users.by_email(email)
        uow.users.set_pin(user.id, HASHER.hash(pin))
        uow.audit.append(
            user.id, actor="cli", action="pin.set", subject=user.id, now=app.clock.now()
        )
        uow.commit()
    show(app.phrasebook("en").render("start.pin_set", {"email": email}, "terminal"))


def _forget_second_factor(app: App, options: argparse.Namespace) -> None:
    """Forget the second step of somebody who has lost his phone and his codes."""
    email = options.email
    now = app.clock.now()
    with app.database.work() as uow:
        user = uow.users.by_email(email)
        done = SecondFactorStore(uow.connection, uow.vault).end(user.id)
        if done:
            action = "second_factor.forgotten"
            uow.audit.append(user.id, actor="cli", action=action, subject=user.id, now=now)
        uow.commit()
    key = "start.second_forgotten" if done else "start.second_none"
    show(app.phrasebook("en").render(key, {"email": email}, "terminal"))


def read_secret() -> str:
    """Ask for a password or a PIN, or take the first line of what is piped in."""
    if sys.stdin.isatty():
        return getpass.getpass()
    return sys.stdin.readline().rstrip("\n")


_ACTIONS: Mapping[str, Callable[[App, argparse.Namespace], None]] = {
    "add": _add,
    "list": _list,
    "link": _link,
    "confirm": _confirm,
    "key": _key,
    "admin": _admin,
    "pin": _pin,
    "second-factor": _forget_second_factor,
}
