from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from core.ids import UserId
from core.investments.price import DEMO, Price
from core.investments.watch import Direction, Watch, WatchMoveRefused, WatchState, move, seen

START = datetime(2026, 11, 2, 20, tzinfo=UTC)


def watching(direction: Direction = Direction.ABOVE) -> Watch:
    return Watch(1, UserId("u"), "TSLA", "Tesla", "USD", direction, Decimal(250))


def walk(watch: Watch, *values: str) -> list[int]:
    """Return how often it was told after each of one quote a day."""
    told = []
    for day, value in enumerate(values):
        at = START + timedelta(days=day)
        watch = seen(watch, Price("TSLA", Decimal(value), "USD", at.date(), at, DEMO), at)
        told.append(watch.passes)
    return told


class TestAWatchedPrice:
    def test_is_told_once_when_it_crosses(self):
        assert walk(watching(), "240", "249.99", "250", "251", "300") == [0, 0, 1, 1, 1]

    def test_is_told_again_only_after_it_has_gone_back_by_one_per_cent(self):
        assert walk(watching(), "240", "250", "247.51", "250", "247.5", "250") == [0, 1, 1, 1, 1, 2]

    def test_says_nothing_of_a_mark_that_was_behind_it_from_the_start(self):
        assert walk(watching(), "260", "255", "251") == [0, 0, 0]
        assert walk(watching(), "260", "240", "250") == [0, 0, 1]

    def test_looks_downwards_too(self):
        below = watching(Direction.BELOW)
        assert walk(below, "260", "250", "252.49", "249", "252.5", "250") == [0, 1, 1, 1, 1, 2]

    def test_a_stale_quote_never_counts(self):
        armed = seen(
            watching(), Price("TSLA", Decimal(240), "USD", START.date(), START, DEMO), START
        )
        late = START + timedelta(hours=1)
        quote = Price("TSLA", Decimal(260), "USD", late.date(), late, DEMO)
        assert seen(armed, quote, late + timedelta(hours=26, seconds=1)) == armed
        assert seen(armed, quote, late + timedelta(hours=26)).passes == 1

    def test_a_quote_counts_once_and_only_in_its_own_currency(self):
        quote = Price("TSLA", Decimal(240), "USD", START.date(), START, DEMO)
        once = seen(watching(), quote, START)
        assert once.state is WatchState.ARMED
        assert seen(once, quote, START) == once
        euros = Price("TSLA", Decimal(260), "EUR", START.date(), START + timedelta(1), DEMO)
        assert seen(once, euros, START + timedelta(1)) == once

    def test_is_deleted_once(self):
        with pytest.raises(WatchMoveRefused):
            move(move(watching(), WatchState.DELETED), WatchState.DELETED)
