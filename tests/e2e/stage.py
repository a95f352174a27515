"""The real application between stand-ins for the providers, and people who write to it.

Everything but the providers is as it is served: the wired `App`, its web server on a socket, its
workers in their threads, a database in a file. Only the clock stands still until a test moves it.
"""

from __future__ import annotations

import html
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import uvicorn
from sqlalchemy import select, text

from bot.api.linking import claimed, invite, settle
from bot.api.server import create_server
from bot.app import App, open_app
from core.clock import FixedClock
from core.ids import UserId
from core.ledger.account import AccountKind
from core.ledger.entry import JournalEntry
from core.ledger.search import EntryQuery
from core.messaging.address import Address, ChannelName
from core.settings import Settings
from core.store.tables import action, conversation, message
from core.users.preferences import Preferences
from core.users.user import User
from tests import servers
from tests.fakes.telegram_stand_in import TOKEN, TelegramStandIn
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, TwilioStandIn
from workers.inline import run_until_quiet

START = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
PUBLIC = "https://money.example"
SECRET = "a-Secret_1"
SMS_FROM, WHATSAPP_FROM = "+15550199", "+15550198"
MASTER = "a master key for the whole way, long enough"
_CHECKOUT = Path(__file__).resolve().parents[2]
# Training takes half a minute: the model of the checkout's own installation serves.
_UNDERSTANDING = _CHECKOUT / "var" / "understanding"
_SOON = 20.0


@dataclass
class Stage:
    """The running application, the providers around it, and ways to look inside."""

    app: App
    url: str
    telegram: TelegramStandIn
    twilio: TwilioStandIn
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def clock(self) -> FixedClock:
        """The application's clock, which stands still."""
        assert isinstance(self.app.clock, FixedClock)
        return self.app.clock

    def advance(self, step: timedelta) -> None:
        """Move the clock and let everybody look at it."""
        self.clock.advance(step)
        self.app.bells.ring_all()

    def value(self, query: str, **parameters: Any) -> Any:
        """Return the first value of a query."""
        with self.app.database.reading() as uow:
            return uow.connection.execute(text(query), parameters).scalar()

    def hook(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Post a raw request to a webhook; return the status it was answered with."""
        request = Request(self.url + path, body, dict(headers))
        try:
            with urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code

    def telegram_hook(self, update: Mapping[str, Any], *, secret: str = SECRET) -> int:
        """Post an update as Telegram would, but only once and with any secret."""
        headers = {
            "X-Telegram-Bot-Api-Secret-Token": secret,
            "Content-Type": "application/json",
        }
        return self.hook("/hooks/telegram", json.dumps(update).encode(), headers)

    def settle(self) -> None:
        """Wait until nothing is under way any more."""
        if not self.app.settings.inline_workers:
            run_until_quiet(self.app.jobs)
        wait_until(lambda: not self._busy())

    def _busy(self) -> bool:
        """Tell whether a message, a delivery that is due or an approved request waits."""
        outbox, now = message.outbox.c, self.clock.now()
        is_due = (outbox.state == "ready") & (outbox.due_at <= now)
        waiting = (
            select(conversation.inbox.c.id).where(conversation.inbox.c.state == "received"),
            select(outbox.id).where(is_due | (outbox.state == "sending")),
            select(action.approvals.c.id).where(
                action.approvals.c.state.in_(("approved", "executing"))
            ),
        )
        with self.app.database.reading() as uow:
            return any(uow.connection.execute(query).first() for query in waiting)

    def person(self, *, zone: str = "America/New_York", **wishes: Any) -> User:
        """Make a user with one account in dollars."""
        app, number = self.app, next(self.numbers)
        with app.database.work() as uow:
            preferences = Preferences(zone=zone, **wishes)
            user = uow.users.add(
                f"p{number}@example.org", preferences, now=app.clock.now(), ids=app.ids
            )
            uow.accounts.open(
                user.id,
                name="Checking",
                kind=AccountKind.CHECKING,
                currency="USD",
                now=app.clock.now(),
            )
            uow.schedules.arrange(user.id, preferences, now=app.clock.now())
            uow.commit()
        return user

    def entries(self, user: User) -> tuple[JournalEntry, ...]:
        """Return a user's newest entries."""
        with self.app.database.reading() as uow:
            return uow.entries.find(user.id, EntryQuery(limit=2000))

    def telegram_chat(self, user: User | None = None) -> TelegramChat:
        """Return a new chat on Telegram, linked to ``user`` without ceremony."""
        return self._bound(TelegramChat(self, 700_000_000 + next(self.numbers)), user)

    def sms_chat(self, user: User | None = None) -> TwilioChat:
        """Return a new number that writes text messages."""
        number = f"+1555{next(self.numbers):07d}"
        return self._bound(TwilioChat(self, ChannelName.SMS, number), user)

    def whatsapp_chat(self, user: User | None = None) -> TwilioChat:
        """Return a new number that writes on WhatsApp."""
        number = f"+1556{next(self.numbers):07d}"
        return self._bound(TwilioChat(self, ChannelName.WHATSAPP, number), user)

    def token(self, user: User, channel: ChannelName) -> str:
        """Make a one-time link as the signed-in page does."""
        return invite(self.app, user.id, channel).token

    def confirm(self, user: User) -> None:
        """Confirm the chat that claimed the link, as the signed-in page does."""
        (request,) = claimed(self.app, user.id)
        settle(self.app, user.id, request.token_hash, confirmed=True, actor="user")
        self.settle()

    def _bound(self, chat: Any, user: User | None) -> Any:
        if user is not None:
            bind(self.app, user.id, chat.address)
        return chat


def bind(app: App, user_id: UserId, address: Address) -> None:
    """Link a chat to a user at once."""
    with app.database.work() as uow:
        now = app.clock.now()
        uow.bindings.link(user_id, address, now=now, ids=app.ids)
        uow.conversations.at(address, owner=user_id, now=now, ids=app.ids)
        uow.commit()


@dataclass
class TelegramChat:
    """Somebody's private chat with the bot."""

    stage: Stage
    person: int
    last_update: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        """Where the chat is."""
        return Address(ChannelName.TELEGRAM, str(self.person))

    def say(self, text: str, **more: Any) -> list[str]:
        """Write a message; return what came back."""
        return self.push(message={**self.part(), "text": text, **more})

    def send(self, **part: Any) -> list[str]:
        """Send something that is no text; return what came back."""
        return self.push(message={**self.part(), **part})

    def press(self, label: str) -> list[str]:
        """Press a button under the newest message that has it; return what came back."""
        number, data = self.button(label)
        return self.press_data(data, number)

    def press_data(self, data: str, number: int, *, by: int | None = None) -> list[str]:
        """Press a button by its hidden data."""
        prompt = {**self.part(), "message_id": number, "from": {"id": 7, "is_bot": True}}
        sender = _sender(by or self.person)
        press = {"id": f"press-{next(self.stage.numbers)}", "from": sender}
        return self.push(
            callback_query={**press, "message": prompt, "chat_instance": "-1", "data": data}
        )

    def button(self, label: str) -> tuple[int, str]:
        """Return the message id and hidden data of a button by the start of its label."""
        for number, call in reversed(self.numbered()):
            rows = (call.fields.get("reply_markup") or {}).get("inline_keyboard", [])
            for each in (each for row in rows for each in row):
                if each["text"].casefold().startswith(label.casefold()):
                    return number, each["callback_data"]
        raise AssertionError(f"no button {label!r}")

    def push(self, **update: Any) -> list[str]:
        """Have Telegram deliver an update, wait, and return what was sent to this chat."""
        before = len(self.heard())
        self.last_update = {"update_id": self.stage.telegram.push(update), **update}
        self.stage.settle()
        return self.heard()[before:]

    def heard(self) -> list[str]:
        """Return every text and caption that was sent to this chat, oldest first."""
        return [
            html.unescape(call.fields.get("text") or call.fields.get("caption") or "")
            for call in self.calls()
        ]

    def calls(self) -> list[Any]:
        """Return the calls that sent something to this chat."""
        return [call for _number, call in self.numbered()]

    def numbered(self) -> list[tuple[int, Any]]:
        """Return what was sent to this chat with the number each message got there."""
        return [
            (number, call)
            for number, call in self.stage.telegram.sent()
            if int(call.fields["chat_id"]) == self.person
        ]

    def part(self) -> dict[str, Any]:
        """Return what every message of this chat holds."""
        return {
            "message_id": 100_000 + next(self.stage.numbers),
            "from": _sender(self.person),
            "chat": {"id": self.person, "type": "private", "first_name": "Maya"},
            "date": 1795168800,
        }


@dataclass
class TwilioChat:
    """Somebody's number on Twilio: text messages or WhatsApp."""

    stage: Stage
    channel: ChannelName
    number: str

    @property
    def address(self) -> Address:
        """Where the chat is."""
        return Address(self.channel, self.number)

    @property
    def sender(self) -> str:
        """The number as Twilio writes it."""
        return self.number if self.channel is ChannelName.SMS else f"whatsapp:{self.number}"

    @property
    def path(self) -> str:
        """The webhook this chat's messages come in by."""
        return f"/hooks/twilio/{self.channel.value}"

    def say(self, text: str, **more: str) -> list[str]:
        """Write a message; return what came back."""
        return self.post(self.form(text, **more))

    def form(self, text: str, **more: str) -> dict[str, str]:
        """Return the form of a new message."""
        sid = f"SM{0xABC0000 + next(self.stage.numbers):032x}"
        return self.stage.twilio.sms_form(text, sid=sid, sender=self.sender, **more)

    def post(self, form: Mapping[str, str]) -> list[str]:
        """Have Twilio deliver a form, wait, and return what was sent to this number."""
        before = len(self.heard())
        status = self.stage.twilio.post(self.stage.url + self.path, PUBLIC + self.path, form)
        assert status == 200
        self.stage.settle()
        return self.heard()[before:]

    def heard(self) -> list[str]:
        """Return every text that was sent to this number, oldest first."""
        return [sent.get("Body") for sent in self.sent()]

    def sent(self) -> list[Any]:
        """Return the messages that were sent to this number."""
        return [sent for sent in self.stage.twilio.journal if sent.get("To") == self.sender]


def wait_until(done: Callable[[], Any], seconds: float = _SOON) -> None:
    """Wait for something that other threads bring about."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def open_stage(folder: Path, *, at: datetime = START, workers: bool = True) -> Iterator[Stage]:
    """Start everything with its files in ``folder``, and end it all.

    Without ``workers`` nothing happens by itself: the jobs run when the test settles or beats.
    """
    with TelegramStandIn() as telegram, TwilioStandIn() as twilio:
        app = open_app(_settings(folder, telegram, twilio, workers=workers), at=at)
        _train(app)
        with _served(app) as url:
            bot = app.catalog.telegram_bot
            assert bot is not None
            bot.set_up(webhook_url=f"{url}/hooks/telegram", secret=SECRET, commands={})
            yield Stage(app, url, telegram, twilio)


@contextmanager
def _served(app: App) -> Iterator[str]:
    """Serve ``app`` on a free port; the server closes it when it ends."""
    config = uvicorn.Config(create_server(app), port=0, log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="server")
    thread.start()
    wait_until(lambda: server.started or not thread.is_alive())
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


def _train(app: App) -> None:
    with servers.lock(Path(os.environ[servers.RUN_FOLDER]) / "training.lock"):
        assert app.understanding.train(), "the classifier could not be trained"


def _settings(
    folder: Path, telegram: TelegramStandIn, twilio: TwilioStandIn, *, workers: bool
) -> Settings:
    _UNDERSTANDING.mkdir(parents=True, exist_ok=True)
    (folder / "understanding").symlink_to(_UNDERSTANDING, target_is_directory=True)
    return Settings.model_validate(
        {
            "FM_PUBLIC_BASE_URL": PUBLIC,
            "database": {"url": f"sqlite:///{folder / 'books.db'}"},
            "security": {"master_key": MASTER},
            "files": {"folder": folder / "files"},
            "web": {"inline_workers": workers},
            "telegram": {
                "token": TOKEN,
                "base_url": telegram.base_url,
                "webhook_secret": SECRET,
            },
            "twilio": {
                "account_sid": ACCOUNT_SID,
                "auth_token": AUTH_TOKEN,
                "base_url": twilio.base_url,
                "sms_from": SMS_FROM,
                "whatsapp_from": WHATSAPP_FROM,
            },
        }
    )


def _sender(person: int) -> dict[str, Any]:
    return {"id": person, "is_bot": False, "first_name": "Maya", "language_code": "en"}
