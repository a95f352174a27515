"""Reading accounts at a bank through somebody who may: what is asked, and what may come back."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from core.banks.feed import FeedAccount, FeedLink, FeedPage, LinkOffer
from core.banks.word import BankWord
from core.errors import FinanceError


class BankUnavailable(FinanceError):
    """The service cannot be reached or made no sense; what is known stays; ask again later."""

    code = "bank.unavailable"


class BankNeedsSignIn(FinanceError):
    """The bank wants the user himself again: nothing comes until he signs in there."""

    code = "bank.needs_sign_in"


class BankMoved(FinanceError):
    """The bank's rows changed while they were paged: begin again with the first cursor."""

    code = "bank.moved"


class BankWordForged(FinanceError):
    """What came in the service's name is not signed by it, or is too old."""

    code = "bank.word_forged"


class BankWordUnreadable(FinanceError):
    """The service signed it, and it is not one whose form we know."""

    code = "bank.word_unreadable"


class BankFeed(Protocol):
    """A service that reads accounts for people who have allowed it."""

    @property
    def name(self) -> str:
        """What it is called, for the audit and for the connections kept."""
        ...

    @property
    def demo(self) -> bool:
        """Whether no real bank is behind it; every answer has to say so."""
        ...

    def offer(self, key: str, *, back: str, language: str, renew: str = "") -> LinkOffer:
        """Ask for a page to sign in on; ``back`` is where the user returns to.

        ``key`` names the user to the service and says nothing of him. ``renew`` is the secret
        of a connection that only has to be signed in to again, or renewed.
        """
        ...

    def renewed(self, token: str) -> bool:
        """Tell whether the user has finished on a page that renews what is there."""
        ...

    def finished(self, token: str) -> FeedLink | None:
        """Return what the sign-in gave, nothing while it is not finished."""
        ...

    def accounts(self, access: str) -> tuple[str, tuple[FeedAccount, ...]]:
        """Return the bank's name and its accounts."""
        ...

    def page(self, access: str, cursor: str) -> FeedPage:
        """Return what is new since a cursor, everything since the start when it is empty."""
        ...

    def close(self, access: str) -> None:
        """Give the permission back; that there is none any more is no error."""
        ...


@runtime_checkable
class TellsByItself(Protocol):
    """A feed that also posts what has come about, to an address of ours."""

    def heard(self, body: bytes, token: str, *, now: datetime) -> BankWord | None:
        """Believe and read what was posted; nothing where it is of no concern.

        Raises `BankWordForged`, `BankWordUnreadable`, and `BankUnavailable` when it cannot be
        told now whether it is true.
        """
        ...
