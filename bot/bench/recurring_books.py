"""Made-up charges of two years in which every recurring series is known: the labelled set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from core.subscriptions.cadence import Cadence, occurrence
from core.subscriptions.charge import Charge

START = date(2024, 1, 1)
DAYS = 730
TODAY = START + timedelta(days=DAYS)
# Charges at one price before it is a price that can rise.
_OLD_PRICE = 2


@dataclass(frozen=True, slots=True)
class Course:
    """How a series runs: days late, shares skipped or straggling, first and last day."""

    late: int = 0
    skips: float = 0.0
    straggles: float = 0.0
    merchant: str = ""
    first: int = 0
    last: int = DAYS


_PLAIN = Course()


@dataclass(frozen=True, slots=True)
class Risen:
    """A price that rose on a day and has held since."""

    before: int
    after: int
    on: date

    def __call__(self, day: date) -> int:
        """Return the price of a day."""
        return self.after if day >= self.on else self.before


@dataclass
class LabelledBooks:
    """Two years of one person's charges. Chance is seeded so that the measurement repeats.

    Merchants are numbers and no charge has a category: nothing but dates, amounts and equality
    of merchants is there to go by, so that what is measured is the method and not the word list.
    ``rises`` are the days on which a series was first charged at a higher price, two charges or
    more before it at the old one; ``ended`` the series that came to their end.
    """

    random: Random
    charges: list[Charge] = field(default_factory=list)
    series: list[set[int]] = field(default_factory=list)
    merchants: int = 0
    rises: dict[int, date] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)

    def merchant(self) -> str:
        """Return a merchant nobody has bought from yet."""
        self.merchants += 1
        return f"m{self.merchants}"

    def charge(self, merchant: str, day: date, minor: int) -> int:
        """Book one charge and return its number."""
        entry = len(self.charges) + 1
        self.charges.append(Charge(entry, 1, merchant, merchant, day, minor, "USD", ""))
        return entry

    def recurring(
        self,
        cadence: Cadence,
        amount: Callable[[date], int],
        course: Course = _PLAIN,
    ) -> None:
        """Book a series as a bank would: on Monday, not on Sunday."""
        late = course.late
        name = course.merchant or self.merchant()
        anchor = START + timedelta(days=course.first + self.random.randrange(28))
        mine = set()
        for count in range(200):
            due = occurrence(anchor, cadence, count)
            if (due - START).days >= course.last:
                break
            booked = due + timedelta(days=self.random.randint(0, late))
            if self.random.random() < course.straggles:
                booked += timedelta(days=self.random.randint(4, 12))
            if late and booked.weekday() >= 5:
                booked += timedelta(days=7 - booked.weekday())
            if booked < TODAY and not (count and self.random.random() < course.skips):
                mine.add(self.charge(name, booked, amount(booked)))
        self.series.append(mine)
        self._label(len(self.series) - 1, amount, course)

    def _label(self, number: int, amount: Callable[[date], int], course: Course) -> None:
        """Keep what happened to a series: its price rose, or it ended."""
        if course.last < DAYS:
            self.ended.add(number)
        if isinstance(amount, Risen):
            days = sorted(self.charges[entry - 1].booked_date for entry in self.series[number])
            dearer = [day for day in days if day >= amount.on]
            if dearer and len(days) - len(dearer) >= _OLD_PRICE:
                self.rises[number] = dearer[0]

    def at_random(self, a_month: float, amount: Callable[[date], int], merchant: str = "") -> None:
        """Book purchases that come when they come."""
        name = merchant or self.merchant()
        day = 0.0
        while True:
            day += self.random.expovariate(a_month / 30.4)
            if day >= DAYS:
                return
            on = START + timedelta(days=int(day))
            self.charge(name, on, amount(on))


def labelled_books(seed: int) -> LabelledBooks:
    """Return the books of one seed: subscriptions, bills and busy shops among mere habits."""
    books = LabelledBooks(Random(seed))
    _subscriptions(books)
    _bills(books)
    _busy_merchants(books)
    _habits(books)
    return books


def _flat(books: LabelledBooks, low: int = 299, high: int = 4_999) -> Callable[[date], int]:
    price = books.random.randint(low, high)
    return lambda _: price


def _risen(books: LabelledBooks) -> Risen:
    before = books.random.randint(499, 2_999)
    after = before * books.random.randint(106, 130) // 100
    on = START + timedelta(days=books.random.randint(200, 650))
    return Risen(before, after, on)


def _wavy(books: LabelledBooks, middle: int, spread: int) -> Callable[[date], int]:
    return lambda day: (
        middle
        * (100 + spread * (1 if day.month in {12, 1, 2, 7} else -1) + books.random.randint(-12, 12))
        // 100
    )


def _between(books: LabelledBooks, low: int, high: int) -> Callable[[date], int]:
    return lambda _: books.random.randint(low, high)


def _subscriptions(books: LabelledBooks) -> None:
    chance = books.random
    for _ in range(chance.randint(3, 6)):
        price = _risen(books) if chance.random() < 0.4 else _flat(books)
        skips = 0.06 if chance.random() < 0.2 else 0.0
        books.recurring(Cadence.MONTHLY, price, Course(late=chance.choice((0, 0, 2)), skips=skips))
    books.recurring(Cadence.MONTHLY, _flat(books), Course(first=chance.randint(350, 560), late=1))
    books.recurring(Cadence.MONTHLY, _flat(books), Course(last=chance.randint(200, 500), late=1))
    for cadence in chance.sample(list(Cadence), 3):
        # At least three charges of a yearly one do not fit into two years: two it is.
        books.recurring(cadence, _flat(books, 900, 9_900), Course(late=1))
    if chance.random() < 0.4:
        family = books.merchant()
        books.recurring(Cadence.MONTHLY, _flat(books, 999, 1_199), Course(merchant=family, late=1))
        books.recurring(
            Cadence.MONTHLY, _flat(books, 1_499, 1_899), Course(merchant=family, late=1)
        )


def _bills(books: LabelledBooks) -> None:
    chance = books.random
    books.recurring(Cadence.MONTHLY, _flat(books, 90_000, 190_000))
    for _ in range(chance.randint(1, 3)):
        spread = chance.randint(0, 30)
        power = _wavy(books, chance.randint(4_000, 14_000), spread)
        books.recurring(Cadence.MONTHLY, power, Course(late=3, straggles=0.08))
    if chance.random() < 0.5:
        books.recurring(Cadence.QUARTERLY, _wavy(books, 9_000, 4), Course(late=2))


def _busy_merchants(books: LabelledBooks) -> None:
    market = books.merchant()
    books.at_random(books.random.uniform(2, 7), _between(books, 800, 9_000), market)
    price = _risen(books) if books.random.random() < 0.3 else _flat(books, 799, 1_699)
    books.recurring(Cadence.MONTHLY, price, Course(merchant=market, late=2, skips=0.03))


def _habits(books: LabelledBooks) -> None:
    chance = books.random
    books.at_random(chance.uniform(4, 12), _flat(books, 380, 620))  # the usual coffee
    books.at_random(chance.uniform(6, 20), _flat(books, 250, 330))  # a single fare
    for _ in range(2):
        books.at_random(chance.uniform(3, 6), _between(books, 2_000, 11_000))
    _weekly_shop(books)
    _every_so_often(books, 9, 14, _between(books, 3_000, 5_500))  # fuel
    _every_so_often(books, 32, 47, _flat(books, 2_500, 4_000))  # a haircut
    for _ in range(14):
        books.at_random(chance.uniform(0.2, 1.6), _between(books, 900, 9_000))
    for _ in range(30):
        name, price = books.merchant(), _flat(books, 500, 20_000)
        for _ in range(chance.randint(1, 3)):
            day = START + timedelta(days=chance.randrange(DAYS))
            books.charge(
                name, day, price(day) if chance.random() < 0.5 else chance.randint(500, 9_000)
            )


def _weekly_shop(books: LabelledBooks) -> None:
    name, day = books.merchant(), START + timedelta(days=5)
    while day < TODAY:
        shift = books.random.choice((0, 0, 0, 1))
        books.charge(name, day + timedelta(days=shift), books.random.randint(4_000, 12_000))
        day += timedelta(days=7)


def _every_so_often(
    books: LabelledBooks, low: int, high: int, amount: Callable[[date], int]
) -> None:
    name, day = books.merchant(), START
    while day < TODAY:
        books.charge(name, day, amount(day))
        day += timedelta(days=books.random.randint(low, high))
