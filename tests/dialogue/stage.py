"""Where dialogues are played: one wired application, and a database that is put back each time.

The application is opened once in a test process. Its database is a copy of a template that holds
both sample households, migrated and booked once in a run; a dialogue gets a fresh copy.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.app import App, open_app
from bot.channels.courtesy import Courtesy
from bot.dialogue.handler import DialogueHandler
from bot.dialogue.known_names import KnownNames
from bot.leading import open_leader
from core.clock import FixedClock
from core.connect.objects import ObjectStore
from core.conversation.context import Profile
from core.errors import FinanceError
from core.ids import CountingIds
from core.messaging.address import Address, ChannelName
from core.messaging.channel import FileUnavailable
from core.settings import Model, Settings
from tests import servers
from tests.fakes.model_stand_in import ModelStandIn
from tests.fakes.recording_channel import RecordingChannel, RemovingChannel
from workers.context import JobContext
from workers.rates import refresh_rates

START = datetime(2026, 5, 14, 10, 0, tzinfo=UTC)
HOUSEHOLDS = ("maya", "arjun")
_CHECKOUT = Path(__file__).resolve().parents[2]
# The trained model of the checkout's own installation is used: training takes half a minute.
_UNDERSTANDING = _CHECKOUT / "var" / "understanding"
_ADDRESSES = {
    Profile.WEB: (ChannelName.WEB, "web-{}"),
    Profile.SMS: (ChannelName.SMS, "+1555010{}"),
    Profile.WHATSAPP: (ChannelName.WHATSAPP, "+1555020{}"),
    Profile.TELEGRAM: (ChannelName.TELEGRAM, "77{}"),
}
# A second chat of the same user, on another channel than the dialogue's own.
_SECOND = "second"
_CHATS = {"main": "0001", "other": "0002", "stranger": "0003", "theirs": "0004", _SECOND: "0005"}


def email_of(household: str) -> str:
    """Return the address a household signs in with."""
    return f"{household}@demo.financemaster.app"


def address(profile: Profile, chat: str) -> Address:
    """Return where a chat of a dialogue is."""
    if chat == _SECOND:
        profile = Profile.WEB if profile is Profile.TELEGRAM else Profile.TELEGRAM
    channel, path = _ADDRESSES[profile]
    return Address(channel, path.format(_CHATS[chat]))


@dataclass(slots=True)
class Stage:
    """The application with its clock, and the channels that record what is sent."""

    app: App
    handler: DialogueHandler
    jobs: JobContext
    channels: dict[ChannelName, RecordingChannel]
    shared: Path
    model: ModelStandIn

    @property
    def clock(self) -> FixedClock:
        """The clock of the application, which stands still."""
        clock = self.app.clock
        assert isinstance(clock, FixedClock)
        return clock

    def put_back(self, *, led: bool = False) -> None:
        """Give the application a fresh copy of the template, and set the clock to the start.

        ``led``: the scripted model leads where the offline engine is not sure.
        """
        database = self.app.database
        database.engine.dispose()
        path = Path(str(database.engine.url.database))
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        shutil.copyfile(self.shared / "template.db", path)
        self.clock.advance(START - self.clock.now())
        self.handler = _forgetful(self.app, self.channels, self.model if led else None)
        self.model.forget()
        # Codes by chance would make the same words a code today and a word tomorrow.
        self.app.ids.code = CountingIds().code  # type: ignore[method-assign]
        for channel in self.channels.values():
            channel.forget()


@dataclass(frozen=True, slots=True)
class _Stored:
    """Hands out what the player has put into the object store, as a provider hands out files."""

    objects: ObjectStore

    def fetch(self, ref: str, *, max_bytes: int) -> bytes:
        """Return the bytes of a file, or say that there is none."""
        try:
            return self.objects.get(ref)[: max_bytes + 1]
        except FinanceError:
            raise FileUnavailable from None


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """Open the application in ``folder``; what all test processes need is made once."""
    shared = servers.run_folder() / "dialogue"
    shared.mkdir(exist_ok=True)
    with servers.lock(shared / "lock"):
        _make_template(shared)
    database = folder / "books.db"
    shutil.copyfile(shared / "template.db", database)
    app = open_app(_settings(database, folder), at=START)
    event.listen(app.database.engine, "connect", _hurry)
    with_files = set(ChannelName) - {ChannelName.SMS}
    app.catalog.files.update(dict.fromkeys(with_files, _Stored(app.objects)))
    channels = {name: RecordingChannel(name) for name in ChannelName}
    # As the real ones are: a bot may take a message out of a chat on Telegram only.
    channels[ChannelName.TELEGRAM] = RemovingChannel(ChannelName.TELEGRAM)
    with closing(app), ModelStandIn() as model:
        handler = _forgetful(app, channels)
        jobs = replace(app.jobs, channels={**channels})
        yield Stage(app, handler, jobs, channels, shared, model)


def _forgetful(
    app: App, channels: dict[ChannelName, RecordingChannel], model: ModelStandIn | None = None
) -> DialogueHandler:
    """Return the application's handler without what it remembers of books that are gone."""
    courtesy = Courtesy(app.database, {**channels})
    kit = replace(app.handler._kit, names=KnownNames(), courtesy=courtesy)
    if model is not None:
        settings = Model(api_key="a key", base_url=model.base_url, name="script", consent="given")  # type: ignore[arg-type]
        leader = open_leader(settings, app.runner, app.database, app.clock, app.phrasebook)
        kit = replace(kit, leader=leader)
    return DialogueHandler(kit)


def _make_template(shared: Path) -> None:
    """Train what understands, migrate, and book both households; done before: nothing."""
    template = shared / "template.db"
    if template.exists():
        return
    making = shared / "making.db"
    app = open_app(_settings(making, shared), at=START)
    try:
        assert app.understanding.train(at_once=True), "the classifier could not be trained"
        for name in HOUSEHOLDS:
            app.demo.load(name)
        refresh_rates(app.jobs)
    finally:
        app.close()
    making.rename(template)


def _settings(database: Path, folder: Path) -> Settings:
    link = folder / "understanding"
    if not link.exists():
        _UNDERSTANDING.mkdir(parents=True, exist_ok=True)
        link.symlink_to(_UNDERSTANDING, target_is_directory=True)
    return Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{database}"},
            "security": {"master_key": "a master key for dialogues, long enough"},
            "files": {"folder": folder / "files"},
            "logs": {"level": "CRITICAL"},
            "voice": {"demo": True},
            "receipts": {"reader": "demo"},
            "rates": {"history_from": "2026-03-01"},
        }
    )


def _hurry(connection: Any, _record: Any) -> None:
    """Do not wait for the disk: a database that lives for one dialogue may be lost."""
    for pragma in ("synchronous=OFF", "wal_autocheckpoint=0"):
        connection.execute(f"PRAGMA {pragma}")
