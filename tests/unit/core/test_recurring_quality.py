"""How well pay and bills are found: 200 made-up people whose recurring series are known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import pytest

from bot.bench.recurring import score
from bot.bench.recurring_books import DAYS, START, TODAY, LabelledBooks
from core.bills.bill import BillKind
from core.bills.reconcile import reconciled
from core.connect.bank_days import bank_days
from core.ids import UserId
from core.schedules.banking import Roll, rolled
from core.subscriptions.cadence import Cadence, occurrence
from core.subscriptions.detect import Stream, detect_income

IS_OPEN = bank_days("US")


def make_pay(seed: int) -> LabelledBooks:
    """Return two years of money in: pay in all its rhythms, and what only looks like it."""
    books = LabelledBooks(Random(seed))
    chance = books.random
    wage = chance.randint(150_000, 450_000)
    rhythm = chance.choice(("monthly", "last", "twice", "biweekly", "weekly"))
    employer = books.merchant()
    if rhythm == "monthly":
        series(books, employer, Cadence.MONTHLY, chance.randrange(27), with_bonus(books, wage))
    elif rhythm == "last":
        series(books, employer, Cadence.MONTHLY, 30, with_bonus(books, wage))
    elif rhythm == "twice":
        series(books, employer, Cadence.MONTHLY, 14, lambda _: wage)
        series(books, employer, Cadence.MONTHLY, 30, lambda _: wage)
    else:
        step = Cadence.BIWEEKLY if rhythm == "biweekly" else Cadence.WEEKLY
        series(books, employer, step, 4, raised(books, wage))
    if chance.random() < 0.4:
        series(books, books.merchant(), Cadence.MONTHLY, 27, lambda _: chance.randint(900, 1_200))
    if chance.random() < 0.3:
        rent = chance.randint(40_000, 90_000)
        series(books, books.merchant(), Cadence.MONTHLY, 0, lambda _: rent)
    books.at_random(chance.uniform(0.5, 2.5), lambda _: chance.randint(8_000, 90_000))  # gigs
    for _ in range(8):  # refunds, presents, friends who pay back
        books.at_random(chance.uniform(0.1, 0.8), lambda _: chance.randint(900, 15_000))
    return books


def series(
    books: LabelledBooks, payer: str, cadence: Cadence, first: int, amount: Callable[[date], int]
) -> None:
    """Pay on the banking day before, now and then a day late, and once in a while not at all."""
    anchor, mine = START + timedelta(days=first), set()
    for count in range(120):
        due = occurrence(anchor, cadence, count)
        booked = rolled(due, Roll.BEFORE, IS_OPEN)
        if books.random.random() < 0.05:
            booked = rolled(booked + timedelta(days=1), Roll.AFTER, IS_OPEN)
        if (due - START).days < DAYS and booked < TODAY:
            mine.add(books.charge(payer, booked, amount(booked)))
    books.series.append(mine)


def with_bonus(books: LabelledBooks, wage: int) -> Callable[[date], int]:
    month = books.random.choice((3, 12))
    return lambda day: wage * 14 // 10 if day.month == month else wage


def raised(books: LabelledBooks, wage: int) -> Callable[[date], int]:
    on = START + timedelta(days=books.random.randint(200, 600))
    return lambda day: wage * 104 // 100 if day >= on else wage


def measure_pay(seeds: range) -> tuple[float, float]:
    right = found = true = 0
    for seed in seeds:
        books = make_pay(seed)
        streams = detect_income(books.charges, today=TODAY)
        right += matched(streams, books.series)
        found += len(streams)
        true += len(books.series)
    return right / found, right / true


def matched(streams: tuple[Stream, ...], series: list[set[int]]) -> int:
    """Count the streams that are more like a series than not, each series used once."""
    free = list(series)
    for stream in streams:
        mine = set(stream.entry_ids)
        like = next((one for one in free if 2 * len(mine & one) > len(mine | one)), None)
        if like is not None:
            free.remove(like)
    return len(series) - len(free)


class TestPay:
    @pytest.mark.slow
    def test_is_found_with_precision_and_recall_of_95_per_cent(self):
        precision, recall = measure_pay(range(40))
        assert precision >= 0.95
        assert recall >= 0.95

    def test_twice_a_month_is_two_streams_of_one_payer(self):
        books = LabelledBooks(Random(1))
        for first in (14, 30):
            series(books, "employer", Cadence.MONTHLY, first, lambda _: 250_000)
        streams = detect_income(books.charges, today=TODAY)
        assert [(one.cadence, one.day) for one in streams] == [
            (Cadence.MONTHLY, 15),
            (Cadence.MONTHLY, 31),
        ]

    def test_keeps_the_way_it_goes_round_closed_days(self):
        """Each pay is expected on the very banking day on which it will come."""
        right = asked = 0
        for seed in range(60):
            books = LabelledBooks(Random(seed))
            series(books, "employer", Cadence.MONTHLY, 5 + seed % 22, lambda _: 250_000)
            streams = detect_income(books.charges, today=TODAY)
            (bill,) = reconciled((), streams, user_id=UserId("u"), bank_days=IS_OPEN)
            assert bill.kind is BillKind.INCOME
            asked += 1
            right += bill.roll is Roll.BEFORE and bill.anchor.day == bill.day
        assert right / asked >= 0.95


@pytest.mark.slow
class TestEverythingThatRecurs:
    def test_is_found_as_pay_of_200_people(self):
        precision, recall = measure_pay(range(1_000, 1_200))
        assert precision >= 0.95
        assert recall >= 0.95

    def test_is_found_in_200_books_with_precision_and_recall_of_95_per_cent(self):
        scored = score(range(2_000, 2_200))
        assert scored.precision >= 0.95
        assert scored.recall >= 0.95
