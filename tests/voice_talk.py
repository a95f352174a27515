"""A person with a chat who sends recordings, and the application that hears them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from bot.app import App, open_app
from bot.dialogue.handler import DialogueHandler
from bot.dialogue.kit import Ears
from bot.llm.openai_speech import OpenAISpeech
from core.conversation.context import Profile
from core.ledger.entry import JournalEntry
from core.ledger.search import EntryQuery
from core.messaging.address import Address, ChannelName
from core.messaging.inbound import Accepted, InboundFile, InboundKind, InboundMessage
from core.settings import Settings
from core.users.user import User
from tests.fakes.speech_stand_in import SpeechStandIn
from tests.model_talk import MAYA, NOW

_NUMBERS = count(1)


@dataclass
class Room:
    """An application with the sample household in it, and a speech service beside it."""

    app: App
    speech: SpeechStandIn

    def with_ears(self, ears: Ears | None) -> Room:
        """Return the same with other ears, or without any."""
        return self.with_parts(ears=ears)

    def with_parts(self, **parts: Any) -> Room:
        """Return the same with other parts of the dialogue."""
        handler = DialogueHandler(replace(self.app.handler._kit, **parts))
        return replace(self, app=replace(self.app, handler=handler))

    def ears(self, **wishes: Any) -> Ears:
        """Return ears at the stand-in, by default with everybody's consent."""
        heard_by = OpenAISpeech("whisper-1", self.speech.base_url, "a key")
        return Ears(heard_by, **{"wait_seconds": 4.0, "given": True, **wishes})

    def chat(self, *, linked: bool = True, profile: Profile = Profile.WEB) -> Chat:
        """Open a new browser's chat of the household."""
        address = Address(ChannelName.WEB, f"{next(_NUMBERS):032x}")
        app, now = self.app, self.app.clock.now()
        with app.database.work() as uow:
            user = uow.users.by_email(MAYA)
            if linked:
                uow.bindings.link(user.id, address, now=now, ids=app.ids)
                talk = uow.conversations.at(address, owner=user.id, now=now, ids=app.ids)
                uow.conversations.set_profile(talk.id, profile)
            uow.commit()
        return Chat(self, user, address)

    def value(self, query: str) -> Any:
        """Return the first value of a query."""
        with self.app.database.reading() as uow:
            return uow.connection.execute(text(query)).scalar()


@dataclass
class Chat:
    """One chat; every message is a real turn."""

    room: Room
    user: User
    address: Address

    def note(self, content: bytes, **more: Any) -> InboundMessage:
        """Upload a recording and return the message that brings it."""
        key = f"upload/{self.room.app.ids.new('file')}/note.ogg"
        self.room.app.objects.put(key, content)
        seconds = more.pop("seconds", 0)
        file = InboundFile(key, "note.ogg", "audio/ogg", len(content), seconds)
        return self.message(kind=InboundKind.VOICE, files=(file,), **more)

    def photo(self, content: bytes, name: str = "receipt.png", **more: Any) -> InboundMessage:
        """Upload a photo and return the message that brings it."""
        key = f"upload/{self.room.app.ids.new('file')}/{name}"
        self.room.app.objects.put(key, content)
        file = InboundFile(key, name, "image/png", len(content))
        return self.message(kind=InboundKind.PICTURE, files=(file,), **more)

    def message(self, **fields: Any) -> InboundMessage:
        """Return a new message of this chat."""
        event_id = f"voice-event-{next(_NUMBERS)}"
        return InboundMessage(**{"provider_event_id": event_id, "address": self.address, **fields})

    def say(self, words: str) -> str:
        """Type something; return the reply."""
        return self.send(self.message(kind=InboundKind.TEXT, text=words))

    def send(self, message: InboundMessage) -> str:
        """Deliver a message and take its turn; return the reply, "" where there was no turn."""
        app = self.room.app
        with app.database.work() as uow:
            stored = uow.inbox.add(message, now=app.clock.now(), ids=app.ids)
            uow.commit()
        if not isinstance(stored, Accepted):
            return ""
        report = app.handler.handle(stored.inbound_id)
        assert report is not None
        assert report.reply.message is not None
        return report.reply.message.text.replace("\xa0", " ")

    def entries(self) -> tuple[JournalEntry, ...]:
        """Return the newest entries of the books."""
        with self.room.app.database.reading() as uow:
            return uow.entries.find(self.user.id, EntryQuery(limit=20))


@contextmanager
def open_room(folder: Path, **wishes: Any) -> Iterator[Room]:
    """Open the application with the household in it, and the stand-in beside it."""
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / 'books.db'}"},
            "security": {"master_key": "a master key for voices, long enough"},
            "files": {"folder": folder / "files"},
            "logs": {"level": "CRITICAL"},
            "rates": {"history_from": "2026-05-01"},
            "voice": {"api_key": "a key"},
            **wishes,
        }
    )
    with SpeechStandIn() as speech:
        app = open_app(settings, at=NOW)
        event.listen(app.database.engine, "connect", _hurry)
        app.database.engine.dispose()
        try:
            app.demo.load("maya")
            yield Room(app, speech)
        finally:
            app.close()


def _hurry(connection: Any, _record: Any) -> None:
    """Do not wait for the disk: a database that lives for one module may be lost."""
    connection.execute("PRAGMA synchronous=OFF")
