"""A period told in sentences: which of its figures stand out, as facts with their phrases."""

from __future__ import annotations

from core.facts import Answer, Fact, count, day, money, named, percent, span
from core.ledger.entry import JournalEntry
from core.reports.figures import Change, ReportFigures, percent_of

_Told = tuple[tuple[Fact, ...], tuple[str, ...]]


def review(figures: ReportFigures, largest: JournalEntry | None) -> Answer:
    """Tell a period: in, out and kept, against before, what rose and fell, what stood out.

    ``largest`` is its largest payment. What runs still is not compared with whole periods.
    """
    if figures.is_empty:
        return Answer("review_month.empty", (span("period", figures.period),))
    facts, options = _sums(figures)
    for more, told in (
        _against_before(figures),
        _top(figures),
        _moved(figures, rose=True),
        _moved(figures, rose=False),
        _largest(largest),
        _budgets(figures),
    ):
        facts += more
        options += told
    shape = "review_month.kept" if figures.saved.minor >= 0 else "review_month.short"
    return Answer(shape if figures.is_over else "review_month.running", facts, options=options)


def _sums(figures: ReportFigures) -> _Told:
    facts: tuple[Fact, ...] = (
        span("period", figures.period),
        money("spent", figures.spent, row_count=figures.rows, as_of=figures.as_of),
        money("income", figures.income),
        money("saved", figures.saved),
    )
    if figures.income.minor > 0 and figures.saved.minor > 0:
        facts += (percent("kept", percent_of(figures.saved.minor, figures.income.minor)),)
    return facts, ()


def _against_before(figures: ReportFigures) -> _Told:
    """Tell the difference to the period before; of one that runs it would mislead."""
    before = figures.previous_spent
    if before is None or not figures.is_over:
        return (), ()
    more = figures.spent - before
    facts = (
        span("other_period", figures.period.previous()),
        money("before", before),
        money("difference", abs(more)),
    )
    side = "more" if more.minor > 0 else "less" if more.minor < 0 else "same"
    return facts, (f"review_month.{side}",)


def _top(figures: ReportFigures) -> _Told:
    """Tell where most went."""
    if not figures.by_category or figures.spent.minor <= 0:
        return (), ()
    top = figures.by_category[0]
    facts: tuple[Fact, ...] = (named("category", top.name), money("top", top.amount))
    # A refund elsewhere can make the sum smaller than its biggest part, which is no share then.
    if top.amount.minor <= figures.spent.minor:
        share = percent_of(top.amount.minor, figures.spent.minor)
        facts += (percent("share", share),)
    return facts, ("review_month.top",)


def _moved(figures: ReportFigures, *, rose: bool) -> _Told:
    """Tell which category rose, or fell, most against the period before."""
    if not figures.is_over or figures.previous_spent is None:
        return (), ()
    fitting = [one for one in figures.changes if (one.difference.minor > 0) is rose]
    if not fitting:
        return (), ()
    change: Change = fitting[0]
    name = "riser" if rose else "faller"
    facts = (
        named(name, change.category),
        money(f"{name}_by", abs(change.difference)),
        money(f"{name}_now", change.now),
    )
    return facts, (f"review_month.{'rose' if rose else 'fell'}",)


def _largest(entry: JournalEntry | None) -> _Told:
    """Tell the largest single payment."""
    if entry is None:
        return (), ()
    facts = (
        named("payee", entry.payee or entry.account),
        money("largest", entry.amount, rows=(int(entry.id),), row_count=1),
        day("date", entry.booked_date),
    )
    return facts, ("review_month.largest",)


def _budgets(figures: ReportFigures) -> _Told:
    """Tell how many budgets were overspent, and the one that was by most."""
    over = [one for one in figures.budgets if one.left.minor < 0]
    if not over:
        return (), ()
    worst = min(over, key=lambda one: one.left.minor)
    facts = (
        count("budgets_over", len(over)),
        named("budget", worst.category),
        money("over", abs(worst.left)),
    )
    return facts, ("review_month.over",)
