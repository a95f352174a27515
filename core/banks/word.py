"""What a service that reads banks tells by itself: that something is to be read, or to be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BankNews(StrEnum):
    """What has come about at a bank."""

    ROWS = "rows"  # there is something to read
    SIGN_IN = "sign_in"  # nothing comes until the user signs in again
    REVOKED = "revoked"  # the user has taken the permission back, there or at the service
    ENDS = "ends"  # the permission ends on a day, unless it is renewed before
    ACCOUNTS = "accounts"  # the user has an account there that is not read


@dataclass(frozen=True, slots=True)
class BankWord:
    """``reference`` is the service's name for the connection; ``until`` goes with ``ENDS``."""

    reference: str
    news: BankNews
    until: datetime | None = None
