"""What will be: the balance on a day ahead, and what a month will cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Fact, count, day, money, named, percent, span
from core.insights.calibration import chance_percent
from core.insights.cash import Cash, only
from core.insights.forecast import NotEnoughMonths, TooFewCharges, forecast, record_of
from core.insights.outlook import Outlook, TooFewEntries, TooLittleHistory
from core.money import Money
from core.period import Grain, Period, period_of
from tools import names
from tools.context import ToolWork
from tools.spec import Arguments, tool

USUAL_DAYS = 30
FURTHEST_DAYS = 92
# A chance smaller than this is not worth a sentence.
_WORTH_SAYING = Decimal(5)


class TooFarAhead(FinanceError):
    """Nothing sensible can be said about a day that far away."""

    code = "insight.too_far_ahead"


class NotAhead(FinanceError):
    """The day asked about is not ahead."""

    code = "insight.not_ahead"


class ForecastBalance(Arguments):
    """By when, and in which account."""

    period: str | None = Field(
        None, description="Days whose last one is asked about; 30 days ahead when left out"
    )
    account: str | None = Field(
        None, description="One account's name or handle; all that is lived from when left out"
    )


@tool()
def forecast_balance(arguments: ForecastBalance, work: ToolWork) -> Answer:
    """Tell what the balance will probably be on a day ahead, and the lowest point before it.

    Made of what comes back by the calendar and everyday spending as it was in the last half year.
    """
    days = days_ahead(arguments.period, work.today)
    cash = work.uow.insights.cash(
        work.user_id, currency=_currency(arguments, work), today=work.today
    )
    if arguments.account is not None:
        cash = only(cash, int(names.account(work, arguments.account).id))
    if not cash.balances:
        return Answer("forecast_balance.no_account")
    try:
        ahead = cash.ahead(days)
    except TooLittleHistory as error:
        return too_early(error)
    facts = _facts(ahead, cash, days)
    if arguments.account is not None:
        facts += (named("account", cash.balances[0].account.name),)
    return Answer(f"forecast_balance.{_shape(ahead, cash)}", facts, options=_options(ahead, facts))


def too_early(error: TooLittleHistory) -> Answer:
    """Say what is missing to look ahead: days of books, or entries in them."""
    facts = tuple(count(name, int(value)) for name, value in error.fields.items())
    few = isinstance(error, TooFewEntries)
    return Answer(f"forecast_balance.{'too_few' if few else 'too_little'}", facts)


def _currency(arguments: ForecastBalance, work: ToolWork) -> str:
    if arguments.account is None:
        return work.preferences.currency
    return names.account(work, arguments.account).currency


def days_ahead(text: str | None, today: date) -> int:
    """Return how many days ahead is asked about; raise `NotAhead` or `TooFarAhead`."""
    if text is None:
        return USUAL_DAYS
    days = (to_come(names.period(text), today).last_day - today).days
    if days <= 0:
        raise NotAhead
    if days > FURTHEST_DAYS:
        raise TooFarAhead(days=FURTHEST_DAYS)
    return days


def to_come(period: Period, today: date) -> Period:
    """Return the days that are meant by a question about what is ahead.

    "Friday" is read as the last one and "July" as this year's: here the next one is meant.
    """
    if period.last_day > today:
        return period
    if period.grain is Grain.DAY:
        later = period.shift(7)
    elif period.grain is Grain.MONTH:
        later = period.shift(12)
    else:
        return period
    return later if later.start > today else period


def _shape(ahead: Outlook, cash: Cash) -> str:
    if ahead.low < 0:
        return "short"
    return "low" if ahead.low < cash.line else "fine"


def _facts(ahead: Outlook, cash: Cash, days: int) -> tuple[Fact, ...]:
    known = [one.as_of for one in cash.balances if one.as_of is not None]
    until = cash.today + timedelta(days=days)

    def amount(name: str, minor: int) -> Fact:
        return money(name, Money(minor, cash.currency))

    facts: tuple[Fact, ...] = (
        amount("expected", ahead.on(until)),
        replace(amount("cash", cash.balance), as_of=min(known) if known else None),
        day("date", until),
        amount("low", ahead.low),
        day("low_on", ahead.low_on),
        amount("line", cash.line),
    )
    if ahead.cause is not None:
        facts += (
            named("cause", ahead.cause.name),
            amount("cause_amount", ahead.cause.minor),
            day("cause_on", ahead.cause.on),
        )
    if days == USUAL_DAYS:
        facts += (percent("chance", chance_percent(ahead.raw_chance)),)
    return facts


def _options(ahead: Outlook, facts: tuple[Fact, ...]) -> tuple[str, ...]:
    options: tuple[str, ...] = ()
    if ahead.cause is not None:
        options = ("forecast_balance.cause",)
    shown = next((one.value for one in facts if one.name == "chance"), Decimal(0))
    if isinstance(shown, Decimal) and shown >= _WORTH_SAYING:
        options += ("forecast_balance.chance",)
    return (*options, "forecast_balance.basis")


class ForecastSpending(Arguments):
    """Which month, and on what."""

    period: str | None = Field(
        None, description="The month, or days in it; this month when left out"
    )
    category: str | None = Field(None, description="Category slug; all spending when left out")


@tool()
def forecast_spending(arguments: ForecastSpending, work: ToolWork) -> Answer:
    """Forecast what this or the next month will cost, with a range that holds 4 times out of 5.

    Says how earlier forecasts did once there are some, and what is missing with too little history.
    """
    calendar, currency = work.preferences.calendar, work.preferences.currency
    month = _month(arguments.period, work)
    wanted = None if arguments.category is None else names.categories(arguments.category)
    charges = work.uow.insights.charges(
        work.user_id, currency=currency, today=work.today, categories=wanted
    )
    spending = work.uow.insights.spending(charges, calendar)
    echo: tuple[Fact, ...] = (span("period", month),)
    if arguments.category is not None:
        echo += (named("category", arguments.category),)
    try:
        told = forecast(spending, month, today=work.today)
    except NotEnoughMonths as error:
        facts = tuple(count(name, int(value)) for name, value in error.fields.items())
        few = isinstance(error, TooFewCharges)
        shape = "too_few" if few else "not_enough"
        return Answer(f"forecast_spending.{shape}", (*facts, *echo))

    def amount(name: str, minor: int) -> Fact:
        return money(name, Money(minor, currency))

    facts = (
        amount("expected", told.middle),
        amount("low", told.low),
        amount("high", told.high),
        amount("spent", told.spent),
        amount("due", told.due),
        day("until", month.last_day),
        *echo,
    )
    options: tuple[str, ...] = ()
    if told.due > 0:
        options = ("forecast_spending.due",)
    kept = record_of(work.uow.foretold.forecasts(work.user_id, currency))
    if kept is not None and arguments.category is None:
        off = Decimal(int(kept.off * 1000)) / 10
        facts += (count("scored", kept.scored), percent("off", off), count("held", kept.held))
        options += ("forecast_spending.record",)
    return Answer(f"forecast_spending.{_stage(month, work.today)}", facts, options=options)


def _stage(month: Period, today: date) -> str:
    """Tell how far a month has come; of its last day there is nothing left to foretell."""
    if today not in month:
        return "ahead"
    return "ends" if today == month.last_day else "begun"


def _month(text: str | None, work: ToolWork) -> Period:
    """Return the month asked about: one that has begun or one of the next three.

    Where none is named it is this one, on its last day the next.
    """
    calendar = work.preferences.calendar
    this = period_of(Grain.MONTH, work.today, calendar)
    if text is None:
        return this.shift(1) if work.today == this.last_day else this
    asked = to_come(names.period(text), this.start)
    month = period_of(Grain.MONTH, asked.last_day, calendar)
    if month.end <= this.start:
        raise NotAhead
    if month.start > this.shift(3).start:
        raise TooFarAhead(days=FURTHEST_DAYS)
    return month
