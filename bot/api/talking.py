"""What a browser's chat does in the database: take a message once, show what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.app import App
from core.conversation.context import Profile
from core.ids import UserId
from core.messaging.address import Address
from core.messaging.inbound import Accepted, InboundFile, InboundKind, InboundMessage
from core.messaging.mask import cleaned
from core.store.conversation_store import Conversation, TranscriptMessage
from core.store.unit_of_work import UnitOfWork
from core.store.vault import SYSTEM

# How far back each look reaches again: a bubble written earlier may be committed later.
_OVERLAP = 10
_KNOWN = 200
# Recordings whose names promise something else, or nothing, to the table of media types.
_SOUNDS = (".webm", ".oga", ".opus", ".m4a", ".amr", ".caf")
# Photos that some systems have no media type for.
_PHOTOS = (".heic", ".heif", ".avif")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said in a browser; ``id`` is the page's own, so that a repeat is one.

    ``language`` is the one the browser asks for.
    """

    id: str
    text: str
    profile: Profile
    file: InboundFile | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is stored: the number of its bubble, and whether it was new."""

    seq: int
    is_new: bool


def take(app: App, address: Address, said: Said) -> Taken:
    """Store a message and its bubble in one unit of work (T1), then wake whoever answers."""
    message = cleaned(_inbound(address, said))
    now = app.clock.now()
    with app.database.work() as uow:
        talk = _talk(app, uow, address, said.profile)
        stored = uow.inbox.add(message, now=now, ids=app.ids)
        if isinstance(stored, Accepted):
            body = _bubble(said, message) | {"inbound": stored.inbound_id}
            seq, is_new = uow.conversations.say(talk, sender="user", body=body, now=now), True
        else:
            seq, is_new = _earlier(uow, talk, said.id), False
        uow.commit()
    if is_new:
        app.jobs.wake.ring("turns")
        app.hub.ring(address.show())
    return Taken(seq, is_new)


def _inbound(address: Address, said: Said) -> InboundMessage:
    key = hashlib.sha256(f"{address.path}/{said.id}".encode()).hexdigest()[:40]
    return InboundMessage(
        provider_event_id=key,
        address=address,
        kind=_kind(said.file),
        text=said.text,
        files=(said.file,) if said.file else (),
        language=said.language,
    )


def _kind(file: InboundFile | None) -> InboundKind:
    """Return what a message with this file is: its name says which family it belongs to."""
    if file is None:
        return InboundKind.TEXT
    if file.media_type.startswith("audio/") or file.name.lower().endswith(_SOUNDS):
        return InboundKind.VOICE
    if file.media_type.startswith("image/") or file.name.lower().endswith(_PHOTOS):
        return InboundKind.PICTURE
    return InboundKind.FILE


def _talk(app: App, uow: UnitOfWork, address: Address, profile: Profile) -> Conversation:
    """Return the browser's conversation, with its present owner and the profile it asks for."""
    binding = uow.bindings.owner_of(address)
    owner = binding.user_id if binding else SYSTEM
    talk = uow.conversations.at(address, owner=owner, now=app.clock.now(), ids=app.ids)
    if talk.owner != owner:
        uow.conversations.hand_over(talk.id, owner)
    if talk.profile is not profile:
        uow.conversations.set_profile(talk.id, profile)
    return replace(talk, owner=owner, profile=profile)


def _bubble(said: Said, message: InboundMessage) -> dict[str, Any]:
    """Return what the transcript keeps: the words as they were stored, cards masked."""
    files = [{"kind": "file", "name": file.name, "key": ""} for file in message.files]
    return {"text": message.text, "id": said.id, "attachments": files}


def _earlier(uow: UnitOfWork, talk: Conversation, page_id: str) -> int:
    """Return the number of the bubble that a repeated message already has."""
    shown = uow.conversations.transcript(talk.id)
    return next((item.seq for item in reversed(shown) if item.body.get("id") == page_id), 0)


@dataclass(frozen=True, slots=True)
class Face:
    """What the page shows above the talk: whether books are linked, and whose."""

    linked: bool = False
    name: str = ""
    profile: str = Profile.WEB.value


@dataclass(slots=True)
class Reader:
    """Reads one browser window's share of a transcript, each bubble once."""

    app: App
    address: Address
    after: int
    _sent: list[int] = field(default_factory=list)
    _began: bool = False
    _owner: str = ""
    _name: str = ""

    def read(self) -> tuple[Face, list[dict[str, Any]]]:
        """Return the face and the bubbles that this window has not had."""
        with self.app.database.reading() as uow:
            talk = uow.conversations.find(self.address)
            if talk is None:
                return Face(), []
            binding = uow.bindings.owner_of(self.address)
            owner = str(binding.user_id) if binding else SYSTEM
            self._know(uow, owner)
            shown = uow.conversations.transcript(talk.id, after=self._floor())
        fresh = [item for item in shown if item.seq not in self._sent]
        if not self._began:
            # Whoever opens the page sees what was said to the present owner and to nobody.
            fresh = [item for item in fresh if item.owner in (owner, SYSTEM)]
        self._began = True
        self._remember(shown)
        face = Face(owner != SYSTEM, self._name, talk.profile.value)
        return face, [self._event(item) for item in fresh]

    def _know(self, uow: UnitOfWork, owner: str) -> None:
        if owner != self._owner:
            self._owner = owner
            self._name = uow.users.get(UserId(owner)).given_name if owner != SYSTEM else ""

    def _floor(self) -> int:
        """Return the number after which to look: a little before the newest one sent."""
        return self._sent[-_OVERLAP] if len(self._sent) >= _OVERLAP else self.after

    def _remember(self, shown: tuple[TranscriptMessage, ...]) -> None:
        known = {*self._sent, *(item.seq for item in shown)}
        self._sent = sorted(known)[-_KNOWN:]

    def _event(self, item: TranscriptMessage) -> dict[str, Any]:
        body = item.body
        return {
            "type": "message",
            "seq": item.seq,
            "id": body.get("id", ""),
            "from": item.sender,
            "text": body["text"],
            "choices": list(body.get("choices", ())),
            "attachments": [self._attachment(file) for file in body.get("attachments", ())],
            "at": item.at.isoformat(),
            "profile": item.profile.value,
        }

    def _attachment(self, file: Mapping[str, str]) -> dict[str, str]:
        url = self.app.links.sign_key(file["key"], file["name"]) if file["key"] else ""
        return {"kind": file["kind"], "name": file["name"], "url": url}
