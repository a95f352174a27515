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
    else the user's own. ``paper`` is the text that was read in a photo: foreign.
    """

    talk: Conversation
    message: InboundMessage
    user: User | None
    now: datetime
    language: str
    attempts: int = 1
    paper: str = ""
    received_at: datetime | None = None  # when it was stored

    def may_send_out(self, *, given: bool) -> bool:
        """Tell whether what the user sent may go to a service outside; a stranger's may not."""
        return self.user is not None and self.user.preferences.lets_out(given=given)
