"""Turns a period's figures into the words of its report, in the reader's language and locale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.facts import count, day, named, percent, span
from core.period import Grain
from core.reports.figures import (
    AccountLine,
    BudgetLine,
    Change,
    Foreign,
    ReportFigures,
    Share,
    Standing,
    leading,
)
from prompts.figures import Style, write
from prompts.phrasebook import Phrasebook
from workers.reports.page import Bar, Chart, Form, Page, Picture, Table
from workers.reports.pictures import columns_of
from workers.reports.words import Words

_BARS = 8
_TITLES = {Grain.MONTH: "title", Grain.QUARTER: "title_quarter", Grain.YEAR: "title_year"}


def lay_out(figures: ReportFigures, book: Phrasebook, style: Style, story: str = "") -> Page:
    """Write every word of the report; ``story`` tells its period in sentences."""
    words = Words(book, style, "report_page")
    period = span("period", figures.period)
    return Page(
        language=book.lang,
        brand="FinanceMaster",
        title=words.say(_TITLES.get(figures.period.grain, "title_days"), period),
        subtitle=words.say("subtitle", named("currency", figures.currency), period),
        headline=_headline(figures, words),
        charts=_charts(figures, words),
        tables=tuple(table for table in _tables(figures, words) if table.rows),
        notes=_notes(figures, words),
        footer=_footer(figures, words),
        dated=figures.as_of.isoformat(),
        story=story,
    )


def _footer(figures: ReportFigures, words: Words) -> str:
    # The numbers of pages are known when the last one is drawn: their places stay marked.
    period = write(span("period", figures.period), words.style)
    places = {"period": period, "page": "{page}", "pages": "{pages}"}
    return words.book.render("report_page.footer", places, words.style.profile)


def _headline(figures: ReportFigures, words: Words) -> tuple[tuple[str, str], ...]:
    lines = [
        (words.say("spent"), words.money(figures.spent)),
        (words.say("income"), words.money(figures.income)),
        (words.say("saved"), words.money(figures.saved)),
    ]
    if figures.previous_spent is not None:
        lines.append((words.say("spent_before"), words.money(figures.previous_spent)))
    return tuple(lines)


def _charts(figures: ReportFigures, words: Words) -> tuple[Chart, ...]:
    charts = []
    bars = _bars(figures, words)
    if bars:
        alt = f"{words.say('chart_alt')} {_listed(bars)}."
        picture = Picture(Form.BARS, "", "", bars, "")
        charts.append(Chart(words.say("chart_title"), alt, picture))
    if len(figures.by_month) > 1:
        picture = columns_of(figures.by_month, figures, words)
        alt = f"{words.say('months_alt')} {_listed(picture.bars)}."
        charts.append(Chart(words.say("months_title"), alt, picture))
    return tuple(charts)


def _listed(bars: tuple[Bar, ...]) -> str:
    told = ((bar.label.replace("\n", " "), bar.amount) for bar in bars if bar.amount)
    return "; ".join(f"{label}: {amount}" for label, amount in told)


def _bars(figures: ReportFigures, words: Words) -> tuple[Bar, ...]:
    """Return the largest categories and the rest as one; what was paid back has no bar."""
    spent = tuple(share for share in figures.by_category if share.amount.minor > 0)
    head, rest = leading(spent, _BARS)
    bars = [
        Bar(words.category(share.name), float(share.amount.decimal), words.money(share.amount))
        for share in head
    ]
    if rest is not None:
        amount = words.money(rest.amount)
        bars.append(Bar(words.say("others"), float(rest.amount.decimal), amount, is_rest=True))
    return tuple(bars)


def _tables(figures: ReportFigures, words: Words) -> tuple[Table, ...]:
    return (
        _categories(figures, words),
        Table(
            words.say("changes"),
            _heads(words, "category", "this_time", "time_before", "difference"),
            tuple(_change_row(change, words) for change in figures.changes),
        ),
        Table(
            words.say("top_merchants"),
            _heads(words, "merchant", "amount", "entries"),
            tuple(
                (words.name(share.name), words.money(share.amount), words.count(share.rows))
                for share in figures.top_merchants
            ),
        ),
        Table(
            words.say("budgets"),
            _heads(words, *_budget_columns(figures)),
            tuple(_budget_row(line, figures, words) for line in figures.budgets),
        ),
        _other_currencies(figures, words),
        _accounts(figures, words),
        _goals(figures, words),
        _bills(figures, words),
    )


def _heads(words: Words, *keys: str) -> tuple[str, ...]:
    return tuple(words.say(key) for key in keys)


def _categories(figures: ReportFigures, words: Words) -> Table:
    rows = tuple(_category_row(share, figures, words) for share in figures.by_category)
    entries = sum(share.rows for share in figures.by_category)
    total = (words.say("total"), words.money(figures.spent), "", words.count(entries))
    return Table(
        words.say("by_category"),
        _heads(words, "category", "amount", "share", "entries"),
        rows,
        total=total if len(rows) > 1 else (),
    )


def _category_row(share: Share, figures: ReportFigures, words: Words) -> tuple[str, ...]:
    return (
        words.category(share.name),
        words.money(share.amount),
        words.share(share.amount, figures.spent),
        words.count(share.rows),
    )


def _change_row(change: Change, words: Words) -> tuple[str, ...]:
    more = "+" if change.difference.minor > 0 else ""
    return (
        words.category(change.category),
        words.money(change.now),
        words.money(change.before),
        f"{more}{words.money(change.difference)}",
    )


def _budget_columns(figures: ReportFigures) -> tuple[str, ...]:
    """Name the columns of the budgets; what was carried has one only where something was."""
    carried = ("carried",) if any(line.carried for line in figures.budgets) else ()
    return ("category", "limit", *carried, "spent", "left")


def _budget_row(line: BudgetLine, figures: ReportFigures, words: Words) -> tuple[str, ...]:
    carried = (line.carried,) if "carried" in _budget_columns(figures) else ()
    amounts = (line.limit, *carried, line.spent, line.left)
    return (words.category(line.category), *(words.money(amount) for amount in amounts))


def _other_currencies(figures: ReportFigures, words: Words) -> Table:
    """Return what was spent in other currencies: at each day's rate, or said to be uncounted."""
    return Table(
        words.say("other_currencies"),
        _heads(words, "currency", "spent", "value"),
        tuple(
            (one.amount.currency, words.money(one.amount), _value(one, words))
            for one in figures.elsewhere
        ),
        note=" ".join((words.say("not_added"), *_rates(figures.elsewhere, words))),
    )


def _value(foreign: Foreign | None, words: Words) -> str:
    if foreign is None:
        return ""
    return words.say("no_rate") if foreign.value is None else words.money(foreign.value)


def _rates(amounts: Iterable[Foreign | None], words: Words) -> Iterator[str]:
    """Say by which rate, of which day and whose, each currency was valued; each but once."""
    told: dict[str, None] = {}
    for one in amounts:
        if one is None or not one.rates:
            continue
        rate = one.rates[0]
        source = named("source", rate.source)
        if len(one.rates) > 1:
            told[words.say("day_rates", named("currency", one.amount.currency), source)] = None
        else:
            dated = day("date", rate.on)
            told[words.say("one_rate", named("rate", rate.told), dated, source)] = None
    yield from told


def _accounts(figures: ReportFigures, words: Words) -> Table:
    standing = figures.standing
    total: tuple[str, ...] = ()
    if standing.net_worth is not None:
        total = (words.say("net_worth"), words.money(standing.net_worth), "", "")
    notes = [words.say("accounts_now", day("at", figures.as_of))]
    if standing.uncounted:
        notes.append(words.say("uncounted", count("missing", standing.uncounted)))
    if standing.unpriced:
        notes.append(words.say("unpriced", count("missing", standing.unpriced)))
    if standing.invested is not None:
        notes.append(_prices(standing, words))
    notes += _rates((line.foreign for line in standing.accounts), words)
    abroad = any(line.foreign is not None for line in standing.accounts)
    heads = ("account", "balance", "known", *(("value",) if abroad else ()))
    keep = len(heads)
    return Table(
        words.say("accounts"),
        _heads(words, *heads),
        tuple(row[:keep] for row in _account_rows(standing, words)),
        total=total[:keep],
        note=" ".join(notes),
    )


def _account_rows(standing: Standing, words: Words) -> Iterator[tuple[str, ...]]:
    for line in standing.accounts:
        yield _account_row(line, words)
    if standing.invested is not None:
        known = words.full_day(standing.priced_on) if standing.priced_on else ""
        yield words.say("investments"), words.money(standing.invested), known, ""


def _prices(standing: Standing, words: Words) -> str:
    """Say whose prices the investments are valued at, as the chat does."""
    told = sorted(standing.priced_by)
    source = f"price_{told[0]}" if len(told) == 1 else "price_several"
    return words.say("priced", named("source", source))


def _account_row(line: AccountLine, words: Words) -> tuple[str, ...]:
    known = words.full_day(line.as_of.date()) if line.as_of else words.say("never")
    value = _value(line.foreign, words)
    return words.name(line.name), words.money(line.balance), known, value


def _goals(figures: ReportFigures, words: Words) -> Table:
    return Table(
        words.say("goals"),
        _heads(words, "goal", "put_aside", "target", "reached", "by"),
        tuple(
            (
                words.name(goal.name),
                words.money(goal.saved),
                words.money(goal.target),
                words.percent(goal.percent),
                words.full_day(goal.by) if goal.by else "",
            )
            for goal in figures.standing.goals
        ),
    )


def _bills(figures: ReportFigures, words: Words) -> Table:
    standing = figures.standing
    until = standing.bills_until
    return Table(
        words.say("bills"),
        _heads(words, "bill", "amount", "due"),
        tuple(
            (words.name(bill.name), words.money(bill.amount), words.full_day(bill.on))
            for bill in standing.bills
        ),
        note=words.say("bills_until", day("date", until)) if until else "",
    )


def _notes(figures: ReportFigures, words: Words) -> tuple[str, ...]:
    """Say what the figures cover, and what they do not."""
    notes = [words.say("as_of", day("at", figures.as_of))]
    if not figures.is_over:
        notes.append(words.say("running"))
    if figures.newest is not None:
        notes.append(words.say("newest", day("date", figures.newest)))
    if figures.uncategorised:
        share = percent("share", figures.uncategorised_share)
        notes.append(words.say("uncategorised", count("rows", figures.uncategorised), share))
    notes.append(words.say("transfers"))
    return tuple(notes)
