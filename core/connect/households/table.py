"""What a household eats in a month: cups, meals and shopping that add up to a wanted total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.connect.households.chance import Chance
from core.connect.households.days import Month, months_until
from core.connect.households.patterns import Place, Table

# What a person has eaten by the first and the second day after filling the fridge, and then
# from the third day to the last of the month: tenths of a per cent of the limit.
_FIRST_DAYS = {1: 380, 2: 450}
_THIRD_DAY, _LAST_DAY = 615, 765
_PAST_LOW, _PAST_HIGH = 840, 1_040


@dataclass(frozen=True, slots=True)
class Bite:
    """One purchase of food: when, where, for how much; a cup is small and settles slowly."""

    on: date
    place: Place
    minor: int
    is_cup: bool


@dataclass(frozen=True, slots=True)
class _Course:
    on: date
    place: Place
    weight: int


def bites(table: Table, *, today: date, chance: Chance) -> Iterator[Bite]:
    """Give everything that was eaten in the history, up to today."""
    twins_on = today - timedelta(days=table.twins_ago)
    for month in months_until(today):
        days = today.day if month.ago == 0 else month.length
        cups = list(_cups(table, month, days, twins_on, chance))
        spent = sum(cup.minor for cup in cups)
        total = table.limit * _share(month, days, chance) // 1_000
        yield from cups
        yield from _courses(table, month, days, total - spent, chance)


def _share(month: Month, days: int, chance: Chance) -> int:
    """How much of the limit the month's food takes, in tenths of a per cent."""
    if month.ago:
        return chance.between(_PAST_LOW, _PAST_HIGH, "table", month.year, month.month)
    if days in _FIRST_DAYS:
        return _FIRST_DAYS[days]
    return _THIRD_DAY + (_LAST_DAY - _THIRD_DAY) * (days - 3) // (month.length - 3)


def _cups(table: Table, month: Month, days: int, twins_on: date, chance: Chance) -> Iterator[Bite]:
    for number in range(1, days + 1):
        on = month.day(number)
        if on == twins_on:
            twin = Bite(on, table.cups[0], _cup_price(table, "twin", chance), is_cup=True)
            yield from (twin, twin)
        elif chance.below(10, "cup", on) < table.cups_in_ten:
            place = table.cups[chance.below(len(table.cups), "cup place", on)]
            yield Bite(on, place, _cup_price(table, on, chance), is_cup=True)


def _cup_price(table: Table, word: object, chance: Chance) -> int:
    step = 5 if table.step == 1 else 10 * table.step
    return chance.between(table.cup_low // step, table.cup_high // step, "price", word) * step


def _courses(table: Table, month: Month, days: int, total: int, chance: Chance) -> Iterator[Bite]:
    """Share ``total`` out over meals and shops by weight; the first shop takes the rounding."""
    planned = [*_shops(table, month, days, chance), *_meals(table, month, days, chance)]
    weights = sum(course.weight for course in planned)
    prices = [total * course.weight // weights // table.step * table.step for course in planned]
    prices[0] += total - sum(prices)
    for course, price in zip(planned, prices, strict=True):
        yield Bite(course.on, course.place, price, is_cup=False)


def _shops(table: Table, month: Month, days: int, chance: Chance) -> Iterator[_Course]:
    for turn, number in enumerate((1, *range(3, days + 1, table.shop_every))):
        late = chance.below(2, "late", month.year, month.month, number) if number > 3 else 0
        if number + late <= days:
            place = table.shops[chance.below(len(table.shops), month.month, turn, "shop")]
            weight = chance.between(3_200, 4_600, "shop", month.year, month.month, number)
            yield _Course(month.day(number + late), place, weight)


def _meals(table: Table, month: Month, days: int, chance: Chance) -> Iterator[_Course]:
    for turn, number in enumerate(range(1, days + 1, table.meal_every)):
        place = table.meals[chance.below(len(table.meals), month.month, turn, "meal")]
        weight = chance.between(1_100, 1_900, "meal", month.year, month.month, number)
        yield _Course(month.day(number), place, weight)
