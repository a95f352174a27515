"""The course of a price as a chart: closes after splits, as many as a phone shows apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from core.facts import Answer, Fact, Paper, count, day, money, named, percent
from core.investments.holding import after_splits
from core.investments.price import DEMO, Price
from core.money import Money
from core.period import Period, months_later
from core.reports.chart import MOST_COLUMNS, Chart, ChartBy, ChartOf, Point, chart_to_json
from tools import names
from tools.context import ToolWork
from tools.security_names import one_security

_FOLLOWS = "draw_chart.follows"
_LOOKED_BACK_MONTHS = -12


def price_chart(security_name: str, period_text: str | None, work: ToolWork) -> Answer:
    """Return the course of a security's price over some days, a year when none are told.

    Prices of before a split are told in pieces of after it. Days without a price have no point.
    """
    security = one_security(work, security_name)
    period = _period(period_text, work)
    book = work.uow.portfolios.prices(work.user, [security], period.start, period.last_day)
    trades = work.uow.trades.of(work.user_id, security.id) if security.id else ()
    told = [
        after_splits(one, trades, work.today)
        for one in book.series(security.symbol)
        if one.currency == security.currency and period.start <= one.on <= period.last_day
    ]
    shown = _spaced(told)
    facts: tuple[Fact, ...] = (named("name", security.name), count("found", len(shown)))
    subjects = (security.handle,) if security.id else ()
    if len(shown) < 2:
        return Answer("draw_chart.no_price", facts, subjects=subjects)
    chart = Chart(
        of=ChartOf.PRICE,
        by=ChartBy.DAY,
        period=Period(shown[0].on, shown[-1].on + timedelta(days=1)),
        currency=security.currency,
        points=tuple(Point(one.on.isoformat(), f"{one.value:f}") for one in shown),
        as_of=work.now,
        narrowed={"name": security.name},
    )
    options = (_FOLLOWS, "show_portfolio.invented") if _invented(shown) else (_FOLLOWS,)
    papers = (Paper("chart", chart_to_json(chart)),)
    return Answer(
        "draw_chart.price", facts + _course(shown), (), options, subjects=subjects, papers=papers
    )


def _period(text: str | None, work: ToolWork) -> Period:
    if text is not None:
        return names.period(text).to_date(work.today)
    first = months_later(work.today, _LOOKED_BACK_MONTHS)
    return Period(first, work.today + timedelta(days=1))


def _spaced(told: Sequence[Price]) -> list[Price]:
    """Return one price a day, or the last one of each of as many steps as there is room for."""
    by_day: dict[date, Price] = {one.on: one for one in told}
    found = [by_day[on] for on in sorted(by_day)]
    if len(found) <= MOST_COLUMNS:
        return found
    last = len(found) - 1
    places = sorted({round(at * last / (MOST_COLUMNS - 1)) for at in range(MOST_COLUMNS)})
    return [found[place] for place in places]


def _course(shown: Sequence[Price]) -> tuple[Fact, ...]:
    first, last = shown[0], shown[-1]
    lowest = min(shown, key=lambda one: one.value)
    highest = max(shown, key=lambda one: one.value)
    change = (last.value - first.value) * 100 / first.value
    return (
        money("price", _money(last), as_of=last.at),
        day("date", last.on),
        named("source", f"price_{last.source}"),
        money("before", _money(first)),
        day("since", first.on),
        named("way", "way_down" if change < 0 else "way_up"),
        percent("percent", abs(change).quantize(Decimal("0.1"))),
        money("low", _money(lowest)),
        day("low_on", lowest.on),
        money("high", _money(highest)),
        day("high_on", highest.on),
    )


def _money(price: Price) -> Money:
    return Money.rounded(price.value, price.currency)


def _invented(shown: Sequence[Price]) -> bool:
    return any(one.source == DEMO for one in shown)
