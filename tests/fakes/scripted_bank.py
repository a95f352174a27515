"""A bank whose rows a test writes, read in pages, that fails when the test says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from core.banks.feed import FeedAccount, FeedLink, FeedPage, FeedRow, LinkOffer
from core.errors import FinanceError
from core.ledger.account import AccountKind
from core.money import Money

CHECKING = FeedAccount("acc-1", "Everyday", AccountKind.CHECKING, "USD", "4417", None)
CARD = FeedAccount("acc-2", "Card", AccountKind.CARD, "USD", "9026", None)


@dataclass
class ScriptedBank:
    """Tells what happened at it in the order it happened; a cursor is a place in that order.

    ``failures`` are errors by the number of the call for a page that raises them.
    """

    size: int = 3
    happened: list[FeedRow | str] = field(default_factory=list)
    listed: tuple[FeedAccount, ...] = (CHECKING, CARD)
    failures: dict[int, FinanceError] = field(default_factory=dict)
    signed_in: bool = True
    closed: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    balance: Money | None = None
    called: int = 0
    name: str = "scripted"
    demo: bool = False

    def says(self, *events: FeedRow | str) -> None:
        """Let rows come, change (the same reference again) or be taken back (the reference)."""
        self.happened += events

    def offer(self, key: str, *, back: str, language: str, renew: str = "") -> LinkOffer:
        self.offers.append(f"{key} {back} {language} {renew}".strip())
        until = datetime.fromisoformat("2030-01-01T00:00:00+00:00")
        return LinkOffer("token-1", "https://bank.example/sign-in", until)

    def finished(self, token: str) -> FeedLink | None:
        return FeedLink("item-1", "access-1") if self.signed_in and token == "token-1" else None

    def renewed(self, token: str) -> bool:
        return self.signed_in and token == "token-1"

    def accounts(self, access: str) -> tuple[str, tuple[FeedAccount, ...]]:
        assert access == "access-1"
        return "Scripted Bank", self.listed

    def page(self, access: str, cursor: str) -> FeedPage:
        assert access == "access-1"
        self.called += 1
        if self.called in self.failures:
            raise self.failures[self.called]
        start = int(cursor or 0)
        known: set[str] = set()
        for one in self.happened[:start]:
            known = known - {one} if isinstance(one, str) else known | {one.reference}
        added, changed, removed = [], [], []
        for one in self.happened[start : start + self.size]:
            if isinstance(one, str):
                removed.append(one)
                known.discard(one)
            elif one.reference in known:
                changed.append(one)
            else:
                added.append(one)
                known.add(one.reference)
        end = min(start + self.size, len(self.happened))
        more = end < len(self.happened)
        return FeedPage(tuple(added), tuple(changed), tuple(removed), str(end), more)

    def close(self, access: str) -> None:
        self.closed.append(access)


def standing(events: Iterable[FeedRow | str]) -> dict[str, int]:
    """Return what the accounts hold, in minor units, after everything that happened."""
    rows: dict[str, FeedRow] = {}
    for one in events:
        if isinstance(one, str):
            rows.pop(one, None)
        else:
            rows.pop(one.settles, None)
            rows[one.reference] = one
    held: dict[str, int] = defaultdict(int)
    for row in rows.values():
        held[row.account] += row.amount.minor
    return held
