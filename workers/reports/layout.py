"""Turns a month's figures into the words of its report, in the reader's language and locale."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from core.facts import Fact, count, day, money, named, percent, span
from core.money import Money
from core.reports.month import BudgetLine, MonthFigures, Share, leading, percent_of
from prompts.compose import say
from prompts.figures import Style, write
from prompts.phrasebook import Phrasebook
from workers.reports.page import Bar, Page, Table

_BARS = 8
# Paper is read on any day, so nothing on it may be "today" or leave its year out.
_NO_DAY = date(1970, 1, 1)


class _Words:
    """Writes phrases and figures for one reader."""

    def __init__(self, book: Phrasebook, style: Style) -> None:
        self._book = book
        self._style = style

    def say(self, key: str, *facts: Fact) -> str:
        fields = {fact.name: fact for fact in facts}
        return say(f"report_page.{key}", fields, self._book, self._style).text

    def money(self, amount: Money) -> str:
        return write(money("amount", amount), self._style)

    def count(self, number: int) -> str:
        # A written count remembers its number; on paper it is only text.
        return str(write(count("rows", number), self._style))

    def percent(self, part: Money, whole: Money) -> str:
        share = percent_of(part.minor, whole.minor)
        return write(percent("share", share), self._style)

    def category(self, slug: str) -> str:
        return self._book.category(slug) or write(named("category", slug), self._style)

    def merchant(self, name: str) -> str:
        return write(named("merchant", name), self._style)

    def footer(self, figures: MonthFigures) -> str:
        # The numbers of pages are known when the last one is drawn: their places stay marked.
        period = write(span("period", figures.period), self._style)
        places = {"period": period, "page": "{page}", "pages": "{pages}"}
        return self._book.render("report_page.footer", places, self._style.profile)

    @property
    def language(self) -> str:
        return self._book.lang


def lay_out(figures: MonthFigures, book: Phrasebook, style: Style) -> Page:
    """Write every word of the report."""
    words = _Words(book, replace(style, today=_NO_DAY))
    period = span("period", figures.period)
    bars = _bars(figures, words)
    return Page(
        language=words.language,
        title=words.say("title", period),
        subtitle=words.say("subtitle", named("currency", figures.currency), period),
        headline=_headline(figures, words),
        chart_title=words.say("chart_title"),
        chart_alt=_alt(bars, words),
        bars=bars,
        tables=tuple(table for table in _tables(figures, words) if table.rows),
        notes=_notes(figures, words),
        footer=words.footer(figures),
        dated=figures.as_of.isoformat(),
    )


def _headline(figures: MonthFigures, words: _Words) -> tuple[tuple[str, str], ...]:
    lines = [
        (words.say("spent"), words.money(figures.spent)),
        (words.say("income"), words.money(figures.income)),
        (words.say("saved"), words.money(figures.saved)),
    ]
    if figures.previous_spent is not None:
        lines.append((words.say("spent_before"), words.money(figures.previous_spent)))
    return tuple(lines)


def _bars(figures: MonthFigures, words: _Words) -> tuple[Bar, ...]:
    """Return the largest categories and the rest as one; what was paid back has no bar."""
    spent = tuple(share for share in figures.by_category if share.amount.minor > 0)
    head, rest = leading(spent, _BARS)
    bars = [
        Bar(words.category(share.name), share.amount.minor, words.money(share.amount))
        for share in head
    ]
    if rest is not None:
        label, amount = words.say("others"), words.money(rest.amount)
        bars.append(Bar(label, rest.amount.minor, amount, is_rest=True))
    return tuple(bars)


def _alt(bars: tuple[Bar, ...], words: _Words) -> str:
    listed = "; ".join(f"{bar.label}: {bar.amount}" for bar in bars)
    return f"{words.say('chart_alt')} {listed}." if listed else words.say("chart_alt")


def _tables(figures: MonthFigures, words: _Words) -> tuple[Table, ...]:
    return (
        Table(
            words.say("by_category"),
            tuple(words.say(key) for key in ("category", "amount", "share", "entries")),
            tuple(_category_row(share, figures, words) for share in figures.by_category),
        ),
        Table(
            words.say("top_merchants"),
            tuple(words.say(key) for key in ("merchant", "amount", "entries")),
            tuple(
                (words.merchant(share.name), words.money(share.amount), words.count(share.rows))
                for share in figures.top_merchants
            ),
        ),
        Table(
            words.say("budgets"),
            tuple(words.say(key) for key in _budget_columns(figures)),
            tuple(_budget_row(line, figures, words) for line in figures.budgets),
        ),
    )


def _category_row(share: Share, figures: MonthFigures, words: _Words) -> tuple[str, ...]:
    return (
        words.category(share.name),
        words.money(share.amount),
        words.percent(share.amount, figures.spent),
        words.count(share.rows),
    )


def _budget_columns(figures: MonthFigures) -> tuple[str, ...]:
    """Name the columns of the budgets; what was carried has one only where something was."""
    carried = ("carried",) if any(line.carried for line in figures.budgets) else ()
    return ("category", "limit", *carried, "spent", "left")


def _budget_row(line: BudgetLine, figures: MonthFigures, words: _Words) -> tuple[str, ...]:
    carried = (line.carried,) if "carried" in _budget_columns(figures) else ()
    amounts = (line.limit, *carried, line.spent, line.left)
    return (words.category(line.category), *(words.money(amount) for amount in amounts))


def _notes(figures: MonthFigures, words: _Words) -> tuple[str, ...]:
    """Say what the figures cover, and what they do not."""
    notes = [words.say("as_of", day("at", figures.as_of))]
    if figures.newest is not None:
        notes.append(words.say("newest", day("date", figures.newest)))
    if figures.uncategorised:
        share = percent("share", figures.uncategorised_share)
        notes.append(words.say("uncategorised", count("rows", figures.uncategorised), share))
    if figures.elsewhere:
        listed = ", ".join(words.money(amount) for amount in figures.elsewhere)
        notes.append(words.say("elsewhere", named("quote", listed)))
    notes.append(words.say("transfers"))
    return tuple(notes)
