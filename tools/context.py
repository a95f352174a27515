"""What surrounds a tool call: who, when, where from; and what a running tool works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from core.connect.bank_days import bank_days
from core.connect.objects import ObjectStore
from core.ids import Ids, UserId
from core.schedules.banking import IsBankDay
from core.store.unit_of_work import UnitOfWork
from core.users.preferences import Preferences
from core.users.user import User


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Who calls and from where. The user comes from the verified chat or key, never from text.

    ``key`` makes a write happen once: turn id and position, or the caller's own key.
    ``scopes`` are what the caller may do (an API key may be narrower than its user).
    ``conversation_id`` is where an approval will be asked; without it nothing can be proposed.
    ``epoch`` is under which the caller holds that chat: a write is refused once it is lost.
    ``first_fact`` numbers the facts of a turn over several calls.
    """

    user: User
    now: datetime
    key: str
    scopes: frozenset[str] = frozenset({"read", "write", "propose"})
    conversation_id: str = ""
    turn_id: str = ""
    position: int = 0
    first_fact: int = 1
    epoch: int | None = None
    actor: str = "user"

    @property
    def today(self) -> date:
        """The date on the user's wall calendar."""
        return self.user.preferences.today(self.now)


@dataclass(frozen=True, slots=True)
class Support:
    """Whom people can reach about this installation, as its operator says; empty: nobody named."""

    contact: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Installation:
    """What tools have to know about where they run.

    ``pays``: somebody carries money to people; ``mails``: somebody carries letters.
    ``has_model``: there is a language model to ask. ``bank`` is who reads accounts at banks, if
    anybody does, and ``bank_link`` the page on which the user lets him;
    ``assistant_link`` is the page that makes a key for another assistant.
    ``address`` is where this server is reached, and ``is_public`` whether that is so from other
    machines.
    """

    pays: bool = True
    has_model: bool = False
    address: str = ""
    is_public: bool = True
    support: Support = field(default_factory=Support)
    bank: str = ""
    bank_link: Callable[[str], str] = str
    mails: bool = True
    assistant_link: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Before:
    """What a tool may use before its unit of work opens: no database, so nothing is held.

    ``layouts`` reads how the user's tables are to be read, and closes the database again.
    """

    user: User
    today: date
    objects: ObjectStore
    layouts: Callable[[], Mapping[str, Mapping[str, Any]]] = dict


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file a tool made for the user; the runner keeps it once nothing is open any more."""

    key: str
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ToolWork:
    """What a tool function works with while it runs: one open unit of work, and who and when.

    ``languages`` are those with phrases, so that a user can be spoken to in them.
    ``prepared`` is what the tool's own preparation returned, ``made`` takes the files it makes.
    """

    uow: UnitOfWork
    user: User
    now: datetime
    today: date
    ids: Ids
    conversation_id: str = ""
    languages: tuple[str, ...] = ("en",)
    prepared: Any = None
    installation: Installation = field(default_factory=Installation)
    made: list[MadeFile] = field(default_factory=list)

    @property
    def user_id(self) -> UserId:
        """Whose books these are."""
        return self.user.id

    @property
    def preferences(self) -> Preferences:
        """How the user wants it."""
        return self.user.preferences

    @property
    def is_bank_day(self) -> IsBankDay:
        """Tells whether banks are open on a day where the user lives."""
        return bank_days(self.preferences.country)

    def find_recurring(self) -> int:
        """Bring subscriptions, bills and pay in line with the books; return what changed."""
        return self.uow.recurring.refresh(
            self.user_id, today=self.today, now=self.now, is_bank_day=self.is_bank_day
        )
