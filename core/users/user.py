"""A person who uses the bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.errors import FinanceError
from core.ids import UserId
from core.users.preferences import Preferences


class UserKind(StrEnum):
    """A person, or a household of sample data."""

    PERSON = "person"
    DEMO = "demo"


class Role(StrEnum):
    """What somebody may do in the admin console; chats always act as USER."""

    USER = "user"
    SUPPORT = "support"
    AUDITOR = "auditor"
    ADMIN = "admin"


class UserUnknown(FinanceError):
    """No user has this e-mail address."""

    code = "user.unknown"


class EmailTaken(FinanceError):
    """Another user has this e-mail address."""

    code = "user.email_taken"


@dataclass(frozen=True, slots=True)
class User:
    """Who is talking and how they want it. E-mail and name are opened from the vault."""

    id: UserId
    kind: UserKind
    role: Role
    email: str
    given_name: str
    preferences: Preferences
    created_at: datetime
