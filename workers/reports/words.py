"""Writes phrases and figures of reports and pictures for one reader."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from core.facts import Fact, count, money, named, percent
from core.money import Money
from core.reports.figures import percent_of
from prompts.compose import say
from prompts.figures import Style, short_month, write, write_date, write_money
from prompts.phrasebook import Phrasebook

# Paper is read on any day, so nothing on it may be "today" or leave its year out.
_NO_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class _Plain:
    """An amount with as many places as it needs: the mark of a scale, a price."""

    plain: str
    currency: str


class Words:
    """Writes phrases of one table and figures, in the reader's language and locale."""

    def __init__(self, book: Phrasebook, style: Style, table: str) -> None:
        """Write for ``style``, as on any other day than today; days are named as the book does."""
        self.book = book
        self.style = replace(style, today=_NO_DAY, words=style.words or book)
        self._table = table

    def say(self, key: str, *facts: Fact) -> str:
        """Write a phrase of the table."""
        fields = {fact.name: fact for fact in facts}
        return say(f"{self._table}.{key}", fields, self.book, self.style).text

    def money(self, amount: Money) -> str:
        """Write an amount."""
        return write(money("amount", amount), self.style)

    def plain(self, value: str, currency: str) -> str:
        """Write an amount that has places of its own."""
        return write_money(_Plain(value, currency), self.style)

    def count(self, number: int) -> str:
        """Write a number; a written count remembers it, here it is only text."""
        return str(write(count("rows", number), self.style))

    def share(self, part: Money, whole: Money) -> str:
        """Write which part of the whole it is, in per cent."""
        return self.percent(percent_of(part.minor, whole.minor))

    def percent(self, value: Decimal) -> str:
        """Write per cent."""
        return write(percent("share", value), self.style)

    def full_day(self, value: date) -> str:
        """Write a day with its year."""
        return write_date(value, self.style)

    def short_day(self, value: date) -> str:
        """Write a day of a scale: ``5 Nov``."""
        return f"{value.day} {short_month(value, self.style)}"

    def short_month(self, value: date) -> str:
        """Write a month of a scale: ``Nov``."""
        return short_month(value, self.style)

    def category(self, slug: str) -> str:
        """Name a category."""
        return self.book.category(slug) or write(named("category", slug), self.style)

    def name(self, name: str) -> str:
        """Write a name that others chose, bounded and clean."""
        return write(named("merchant", name), self.style)
