"""An installation of its own for one measurement: a folder, a database, an open application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import intents
from bot.app import App, open_app
from bot.bench.books import bank_rows, csv_text
from bot.bench.signing import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, SMS_NUMBER
from core.conversation.plan import ToolCall
from core.settings import Settings
from core.users.preferences import Preferences
from core.users.user import User
from tools.context import ToolContext
from tools.outcome import Done, Outcome

_LEARNED = Path(intents.__file__).resolve().parents[1] / "var" / "understanding"
MASTER_KEY = "bench-bench-bench-bench-bench-bench"
WISHES = Preferences(locale="en_US", zone="America/New_York", currency="USD", country="US")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a measurement works, how much it does (``tiny`` in tests), and for how long.

    ``database`` is where it works, a file of its own when empty; ``postgres`` is the address of
    a PostgreSQL database for what is measured on both. ``provider`` is where text messages go to.
    """

    folder: Path
    tiny: bool = False
    minutes: float = 0.0
    database: str = ""
    postgres: str = ""
    provider: str = ""

    def size(self, full: int, tiny: int) -> int:
        """Return how many of something to work on."""
        return tiny if self.tiny else full

    def on_postgres(self) -> Stage:
        """Return the same stage on PostgreSQL."""
        return replace(self, database=self.postgres)

    def with_provider(self, address: str) -> Stage:
        """Return the same stage with somebody to send text messages to."""
        return replace(self, provider=address)

    @property
    def url(self) -> str:
        """The address of this measurement's database."""
        return self.database or f"sqlite:///{self.folder / 'bench.db'}"

    def variables(self) -> dict[str, str]:
        """Return the settings of this installation, for a process of its own."""
        return {
            "FM_DATABASE__URL": self.url,
            "FM_SECURITY__MASTER_KEY": MASTER_KEY,
            "FM_FILES__FOLDER": str(self.folder / "files"),
            "FM_LOGS__LEVEL": "ERROR",
            "FM_DEMO__ENABLED": "false",
        }

    def settings(self) -> Settings:
        """Return the settings of this installation; nothing of the real one's is kept."""
        groups: dict[str, dict[str, object]] = {
            "database": {"url": self.url},
            "security": {"master_key": MASTER_KEY},
            "files": {"folder": self.folder / "files"},
            "logs": {"level": "ERROR"},
            "demo": {"enabled": False},
            "redis": {"url": ""},
            "telegram": {"token": ""},
            "twilio": {"account_sid": ""},
        }
        if not self.provider:
            return Settings.model_validate(groups)
        groups["twilio"] = {
            "account_sid": ACCOUNT_SID,
            "auth_token": AUTH_TOKEN,
            "base_url": self.provider,
            "sms_from": SMS_NUMBER,
        }
        return Settings.model_validate({**groups, "FM_PUBLIC_BASE_URL": PUBLIC_URL})


@dataclass(frozen=True, slots=True)
class Books:
    """An open application with one user."""

    app: App
    user: User
    today: date = field(default=date(2000, 1, 1))

    def run(self, tool: str, **arguments: object) -> Outcome:
        """Run a tool as this user."""
        context = ToolContext(
            user=self.user,
            now=self.app.clock.now(),
            key=self.app.ids.new("key"),
            conversation_id="bench",
            actor="bench",
        )
        return self.app.runner.run(ToolCall(tool, dict(arguments)), context)


@contextmanager
def opened(stage: Stage) -> Iterator[Books]:
    """Open the application with one user; it is closed at the end.

    It understands what the checkout's own installation has learned.
    """
    learned = stage.folder / "understanding"
    if not learned.exists():
        learned.symlink_to(_LEARNED, target_is_directory=True)
    app = open_app(stage.settings())
    try:
        with app.database.work() as uow:
            user = uow.users.add(
                f"{app.ids.new('bench')}@example.com",  # a database may have been measured before
                WISHES,
                now=app.clock.now(),
                ids=app.ids,
            )
            uow.commit()
        yield Books(app, user, user.preferences.today(app.clock.now()))
    finally:
        app.close()


def fill(books: Books, rows: int) -> None:
    """Import ``rows`` rows as two accounts, a checking account and a card."""
    whole = bank_rows(rows, last=books.today - timedelta(days=1))
    for name, part in (("Checking", whole[0::2]), ("Everyday card", whole[1::2])):
        key = f"upload/bench/{len(part)}-{name.split()[0].lower()}.csv"
        put_file(books, key, csv_text(part))
        outcome = books.run("import_statement", file=key, account=name)
        if not isinstance(outcome, Done):
            raise TypeError(f"the bench's own statement was not booked: {outcome}")


def put_file(books: Books, key: str, text: str) -> None:
    """Put a file into the object store of the installation."""
    books.app.objects.put(key, text.encode())
