"""A message that has been claimed, with all that is known before anything of it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.messaging.inbound import InboundMessage
from core.store.conversation_store import Conversation
from core.users.user import User


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that has been claimed: where it came from, whose it is, how often tried.

    ``language`` is the one of this turn: of the message where it is surely one that we speak,
    else the user's own.
    """

    talk: Conversation
    message: InboundMessage
    user: User | None
    now: datetime
    language: str
    attempts: int = 1
