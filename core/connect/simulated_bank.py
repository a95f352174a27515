"""A bank that is not there: the same rows on the same days for everybody, pending ones and all.

It behaves as a real feed does: rows come in pages, today's are pending and get another
reference when they are posted, and a connection that was given back answers nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.banks.feed import FeedAccount, FeedLink, FeedPage, FeedRow, LinkOffer
from core.connect.bank_feed import BankNeedsSignIn
from core.ledger.account import AccountKind
from core.money import Money

DEMO_BANK = "First Demo Bank"
_OFFER = timedelta(minutes=15)
_HISTORY_DAYS = 120
_PAGE = 100
_CHECKING, _CARD = "checking", "card"
_OPENING = {_CHECKING: 4_200_00, _CARD: -180_00}
_ACCESS = "demo"
# (text, account, least, most) in minor units; how often is told by its place in the list.
_SHOPS = (
    ("TRADER JOE S #552", _CARD, 18_00, 96_00),
    ("SQ *LINDEN COFFEE", _CARD, 3_50, 9_00),
    ("SHELL OIL 5744", _CARD, 28_00, 61_00),
    ("CHIPOTLE 1188", _CARD, 9_00, 24_00),
    ("UBER TRIP", _CARD, 8_00, 42_00),
    ("TARGET T-1077", _CARD, 12_00, 140_00),
    ("CVS PHARMACY", _CARD, 5_00, 48_00),
    ("AMZN MKTP US", _CARD, 9_00, 88_00),
)
# (day of the month, text, account, minor units).
_MONTHLY = (
    (1, "PARKSIDE APARTMENTS RENT", _CHECKING, -1_450_00),
    (3, "NETFLIX.COM", _CARD, -15_49),
    (9, "SPOTIFY USA", _CARD, -11_99),
    (12, "DUKE ENERGY BILL PAY", _CHECKING, -74_20),
    (15, "HARBOR TOOLS INC PAYROLL", _CHECKING, 2_150_00),
    (20, "ONLINE PAYMENT TO CARD 9026", _CHECKING, -1_800_00),
    (20, "PAYMENT THANK YOU", _CARD, 1_800_00),
    (28, "HARBOR TOOLS INC PAYROLL", _CHECKING, 2_150_00),
)


@dataclass(frozen=True, slots=True)
class SimulatedBank:
    """The demo bank; ``now`` is the application's clock."""

    now: Callable[[], datetime]

    @property
    def name(self) -> str:
        """What it is called."""
        return "demo"

    @property
    def demo(self) -> bool:
        """No bank is behind it."""
        return True

    def offer(self, key: str, *, back: str, language: str, renew: str = "") -> LinkOffer:
        """Offer our own page: there is nobody to sign in with."""
        del back, language, renew
        return LinkOffer(f"{_ACCESS}:{key}", "", self.now() + _OFFER)

    def finished(self, token: str) -> FeedLink | None:
        """Take the press of the button on our page for the sign-in."""
        key = token.partition(":")[2]
        return FeedLink(f"item-{key}", f"{_ACCESS}:{key}:{self.now().date().isoformat()}")

    def renewed(self, token: str) -> bool:
        """Take the press of the button for that as well."""
        return bool(token)

    def accounts(self, access: str) -> tuple[str, tuple[FeedAccount, ...]]:
        """Return a checking account and a card with what their posted rows come to."""
        linked_on = _read(access)
        today = self.now().date()
        posted = [row for row in _rows(linked_on, today) if row.booked_date < today]
        held = dict(_OPENING)
        for row in posted:
            held[row.account] += row.amount.minor
        return DEMO_BANK, (
            _account(_CHECKING, "Everyday Checking", AccountKind.CHECKING, "4417", held),
            _account(_CARD, "Cash Back Card", AccountKind.CARD, "9026", held),
        )

    def page(self, access: str, cursor: str) -> FeedPage:
        """Return the next rows; a cursor is the day it reached, the day it goes to, and a place."""
        linked_on = _read(access)
        until = self.now().date()
        since, place = None, 0
        if cursor:
            reached, _, rest = cursor.partition("|")
            since = date.fromisoformat(reached) if reached else None
            if rest:
                day, _, at = rest.partition("|")
                until, place = date.fromisoformat(day), int(at)
        added = [*_news(linked_on, since, until)]
        some = tuple(added[place : place + _PAGE])
        more = place + _PAGE < len(added)
        start = since.isoformat() if since else ""
        gone = tuple(row.settles for row in some if row.settles and since is not None)
        reached = f"{start}|{until.isoformat()}|{place + _PAGE}" if more else until.isoformat()
        return FeedPage(some, (), gone, reached, more)

    def close(self, access: str) -> None:
        """Nothing is kept anywhere."""


def _read(access: str) -> date:
    """Return the day a permission was given on; what is none opens nothing."""
    kind, _, rest = access.partition(":")
    day = rest.rpartition(":")[2]
    if kind != _ACCESS or not day:
        raise BankNeedsSignIn
    return date.fromisoformat(day)


def _account(
    reference: str, name: str, kind: AccountKind, last4: str, held: dict[str, int]
) -> FeedAccount:
    return FeedAccount(reference, name, kind, "USD", last4, Money(held[reference], "USD"))


def _news(linked_on: date, since: date | None, until: date) -> Iterator[FeedRow]:
    """Give what is new from one day to another: a pending row of then is posted by now."""
    for row in _rows(linked_on, until):
        if since is None or row.booked_date >= since:
            pending = f"{row.reference}-pending"
            if row.booked_date == until:
                if since != until:
                    yield _as(row, pending, is_pending=True)
            else:
                yield _as(row, row.reference, settles=pending if row.booked_date == since else "")


def _as(row: FeedRow, reference: str, *, is_pending: bool = False, settles: str = "") -> FeedRow:
    return FeedRow(
        reference,
        row.account,
        row.booked_date,
        row.amount,
        row.description,
        pending=is_pending,
        settles=settles,
    )


def _rows(linked_on: date, until: date) -> Iterator[FeedRow]:
    """Give every row up to a day, oldest first, as it will be once it is posted."""
    first = linked_on - timedelta(days=_HISTORY_DAYS)
    for step in range((until - first).days + 1):
        day = first + timedelta(days=step)
        chance = random.Random(day.isoformat())
        rows = [(text, account, minor) for on, text, account, minor in _MONTHLY if on == day.day]
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            text, account, least, most = _SHOPS[int(chance.random() ** 2 * len(_SHOPS))]
            rows.append((text, account, -chance.randint(least, most)))
        for number, (text, account, minor) in enumerate(rows):
            reference = f"{day.isoformat()}-{number}"
            yield FeedRow(reference, account, day, Money(minor, "USD"), text)
