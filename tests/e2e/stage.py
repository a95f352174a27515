"""The real application between stand-ins for the providers, and people who write to it.

Everything but the providers is as it is served: the wired `App`, its web server on a socket, its
workers in their threads, a database in a file. Only the clock stands still until a test moves it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import uvicorn
from sqlalchemy import event, select, text

from bot.api.linking import claimed, invite, settle
from bot.api.server import create_server
from bot.app import App, open_app
from bot.understanding import Understanding
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
from tests.e2e.chats import PUBLIC, TelegramChat, TwilioChat
from tests.fakes.telegram_stand_in import TOKEN, TelegramStandIn
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, TwilioStandIn
from workers.inline import run_until_quiet

START = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
SECRET = "a-Secret_1"
SMS_FROM, WHATSAPP_FROM = "+15550199", "+15550198"
MASTER = "a master key for the whole way, long enough"
_SOON = 20.0


ChatT = TypeVar("ChatT", TelegramChat, TwilioChat)


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

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Let nobody reach the database."""
        engine = self.app.database.engine

        def refuse(*_what: object) -> None:
            raise engine.dialect.loaded_dbapi.OperationalError("unable to open database file")

        event.listen(engine, "do_connect", refuse)
        engine.dispose()
        try:
            yield
        finally:
            event.remove(engine, "do_connect", refuse)

    @contextmanager
    def with_a_full_disk(self) -> Iterator[None]:
        """Let the database's file grow by not one page more."""
        engine = self.app.database.engine

        def limit(connection: Any, _record: object) -> None:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count={pages}")

        event.listen(engine, "connect", limit)
        engine.dispose()
        try:
            yield
        finally:
            event.remove(engine, "connect", limit)
            engine.dispose()

    def get(self, path: str) -> bytes:
        """Return what a link leads to; nothing when it is refused."""
        try:
            with urlopen(self.url + path, timeout=20) as answer:
                return bytes(answer.read())
        except HTTPError:
            return b""

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

    def maya(self) -> User:
        """Load the sample household; it is quiet all day, so that only answers are heard."""
        user = self.app.demo.load("maya")
        wished = replace(user.preferences, quiet_from=time_of_day(0, 1), quiet_until=time_of_day(0))
        with self.app.database.work() as uow:
            uow.users.set_preferences(user.id, wished)
            uow.commit()
        return replace(user, preferences=wished)

    def confirm(self, user: User) -> None:
        """Confirm the chat that claimed the link, as the signed-in page does."""
        (request,) = claimed(self.app, user.id)
        settle(self.app, user.id, request.token_hash, confirmed=True, actor="user")
        self.settle()

    def _bound(self, chat: ChatT, user: User | None) -> ChatT:
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


def wait_until(done: Callable[[], Any], seconds: float = _SOON) -> None:
    """Wait for something that other threads bring about."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def open_stage(
    folder: Path, *, at: datetime = START, workers: bool = True, **more: Any
) -> Iterator[Stage]:
    """Start everything with its files in ``folder``, and end it all; ``more`` are settings.

    Without ``workers`` nothing happens by itself: the jobs run when the test settles or beats.
    """
    with TelegramStandIn() as telegram, TwilioStandIn() as twilio:
        wishes = {"web": {"inline_workers": workers}, **more}
        app = open_app(_settings(folder, telegram, twilio, wishes), at=at)
        with _served(app) as url:
            bot = app.catalog.telegram_bot
            assert bot is not None
            bot.set_up(webhook_url=f"{url}/hooks/telegram", secret=SECRET, commands={})
            yield Stage(app, url, telegram, twilio)


class _Untrained(Understanding):
    """Trains nothing, which takes half a minute: exact sentences are all these tests say."""

    def train(self, *, at_once: bool = False) -> bool:
        return False


@contextmanager
def _served(app: App) -> Iterator[str]:
    """Serve ``app`` on a free port; the server closes it when it ends."""
    untrained = replace(app, understanding=_Untrained(app.settings.files.folder.parent))
    config = uvicorn.Config(create_server(untrained), port=0, log_level="error", access_log=False)
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


def _settings(
    folder: Path, telegram: TelegramStandIn, twilio: TwilioStandIn, wishes: Mapping[str, Any]
) -> Settings:
    return Settings.model_validate(
        {
            "FM_PUBLIC_BASE_URL": PUBLIC,
            "database": {"url": f"sqlite:///{folder / 'books.db'}"},
            "security": {"master_key": MASTER},
            "files": {"folder": folder / "files"},
            **wishes,
            "voice": {"demo": True},
            "demo": {"enabled": False},  # books both households, which takes seconds
            "mail": {"folder": folder / "mail", "sender": "FM <letters@money.example>"},
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
