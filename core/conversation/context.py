"""The frozen snapshot a planner sees: who, when, what was said, what is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from core.conversation.plan import Plan
from core.conversation.state import DialogueState
from core.users.preferences import Preferences


class Profile(StrEnum):
    """How a channel renders: the same figures in four shapes."""

    WEB = "web"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"


@dataclass(frozen=True, slots=True)
class Named:
    """Something of this user's that has a name: ``handle`` is ``account:3``, a slug, a key."""

    handle: str
    text: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Everything this user can call by name. Categories' handles are slugs, merchants' keys."""

    accounts: tuple[Named, ...] = ()
    categories: tuple[Named, ...] = ()
    merchants: tuple[Named, ...] = ()
    subscriptions: tuple[Named, ...] = ()
    bills: tuple[Named, ...] = ()
    budgets: tuple[str, ...] = ()  # category slugs with a live budget
    securities: tuple[Named, ...] = ()  # held or watched; handles are symbols
    goals: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnContext:
    """One message in its surroundings; nothing in it can be changed or written back.

    ``preferences`` are the user's, but for their language: that is the one of this turn.
    """

    user_id: str
    preferences: Preferences
    now: datetime
    today: date  # in the user's zone
    profile: Profile
    text: str
    button: str = ""  # what a pressed button sends, "" when typed
    reply_to: str = ""  # handle the replied-to message was about, "" when none
    state: DialogueState = field(default_factory=DialogueState)
    names: Names = field(default_factory=Names)
    locale: str = ""  # how figures are written in this turn, when not as preferences say
    spoken: bool = False  # the text is what a voice note was heard as
    told_unasked: bool = False  # the last message in this chat was an alert or a summary


class Planner(Protocol):
    """Turns a context into a plan; the offline engine and the model are two of them."""

    def plan(self, context: TurnContext) -> Plan | None:
        """Return a plan, or nothing when it is not sure enough."""
        ...
