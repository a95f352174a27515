"""Watched prices: told when one crosses a mark, again only after it has gone back a little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.errors import FinanceError
from core.ids import UserId
from core.investments.price import Price

MOST_WATCHES = 50
# How far a price has to go back before crossing the mark again is news.
_RETREAT_PERCENT = 1
# A quote that is older says nothing of now; one from the last close still counts in the morning.
FRESH = timedelta(hours=26)


class WatchMoveRefused(FinanceError):
    """The watch cannot go from the state it is in to the one asked for."""

    code = "watch.move_refused"


class TooManyWatches(FinanceError):
    """The user watches as many prices as we keep."""

    code = "watch.too_many"


class Direction(StrEnum):
    """On which side of the mark the user wants to be told; the value is the key of its word."""

    ABOVE = "above"
    BELOW = "below"


class WatchState(StrEnum):
    """Where a watched price is."""

    NEW = "new"  # no quote was seen yet, so nothing can have been crossed
    ARMED = "armed"  # on the near side: crossing is told
    PASSED = "passed"  # on the far side, told or there from the start
    DELETED = "deleted"


WATCH_MOVES: Mapping[WatchState, frozenset[WatchState]] = {
    WatchState.NEW: frozenset({WatchState.ARMED, WatchState.PASSED, WatchState.DELETED}),
    WatchState.ARMED: frozenset({WatchState.PASSED, WatchState.DELETED}),
    WatchState.PASSED: frozenset({WatchState.ARMED, WatchState.DELETED}),
    # Only undo brings a deleted watch back; it looks at the price anew.
    WatchState.DELETED: frozenset({WatchState.NEW}),
}


@dataclass(frozen=True, slots=True)
class Watch:
    """One watched price of one user; ``id`` 0 means that it is not stored yet.

    ``passes`` counts how often it was told, ``seen_at`` is the quote it was last held against.
    """

    id: int
    user_id: UserId
    symbol: str
    name: str
    currency: str
    direction: Direction
    target: Decimal
    state: WatchState = WatchState.NEW
    passes: int = 0
    seen_at: datetime | None = None

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"watch:{self.id}"

    def is_passed(self, value: Decimal) -> bool:
        """Tell whether a price is at the mark or beyond."""
        if self.direction is Direction.ABOVE:
            return value >= self.target
        return value <= self.target

    def is_back(self, value: Decimal) -> bool:
        """Tell whether a price has gone back from the mark far enough to cross it anew."""
        margin = self.target * _RETREAT_PERCENT / 100
        if self.direction is Direction.ABOVE:
            return value <= self.target - margin
        return value >= self.target + margin


def move(watch: Watch, to: WatchState) -> Watch:
    """Return the watch in state ``to``; raise `WatchMoveRefused` when it cannot go there."""
    if to not in WATCH_MOVES[watch.state]:
        raise WatchMoveRefused(state=watch.state, to=to)
    return replace(watch, state=to)


def is_fresh(price: Price, now: datetime) -> bool:
    """Tell whether a quote says anything of now."""
    return now - price.at <= FRESH


def seen(watch: Watch, price: Price, now: datetime) -> Watch:
    """Return the watch after looking at a quote: unchanged by a stale one or one seen before.

    It has crossed its mark when ``passes`` went up.
    """
    known = watch.seen_at is not None and price.at <= watch.seen_at
    if not is_fresh(price, now) or known or price.currency != watch.currency:
        return watch
    there = replace(watch, seen_at=price.at)
    passed = watch.is_passed(price.value)
    match watch.state:
        case WatchState.NEW:
            return move(there, WatchState.PASSED if passed else WatchState.ARMED)
        case WatchState.ARMED if passed:
            return replace(move(there, WatchState.PASSED), passes=watch.passes + 1)
        case WatchState.PASSED if watch.is_back(price.value):
            return move(there, WatchState.ARMED)
    return there
