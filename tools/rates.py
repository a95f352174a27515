"""What currencies are worth in each other: asked, and told by the user."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from core.facts import Answer, Fact, day, money, named
from core.money import Money, exponent, to_decimal
from core.rates.rate import Rate, RateMissing, SameCurrency, per_unit, user_rate
from tools import names
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.spec import Arguments, Tier, tool


class ShowRate(Arguments):
    """Which currencies, how much, and when."""

    base: str | None = Field(None, description="ISO code of the currency to value; else the user's")
    quote: str | None = Field(None, description="ISO code to value it in; else the user's own")
    amount: str | None = Field(None, description="How much of the base, plain decimal; one if not")
    period: str | None = Field(None, description="A day in the past, as '2026-10-01..2026-10-01'")


@tool()
def show_rate(arguments: ShowRate, work: ToolWork) -> Answer:
    """Value an amount of one currency in another, with the rate, its day and who published it."""
    own = work.preferences.currency
    quote = (arguments.quote or own).upper()
    base = (arguments.base or own).upper()
    exponent(base)
    exponent(quote)
    if base == quote:
        raise SameCurrency(currency=base)
    on = names.period(arguments.period).last_day if arguments.period else work.today
    on = min(on, work.today)
    book = work.uow.rates.book(work.user_id, {base, quote}, on, on)
    try:
        rate = book.find(base, quote, on)
    except RateMissing:
        raise RateMissing(currency=f"{base}/{quote}") from None
    if arguments.amount is None:
        return Answer("show_rate.rate", rate_facts(rate))
    amount = Money.of(to_decimal(arguments.amount), base)
    facts = (money("amount", amount), money("value", rate.of(amount)), *rate_facts(rate))
    return Answer("show_rate.value", facts)


class SetRate(Arguments):
    """So many units of the base are so much of the quote."""

    base: str = Field(description="ISO code of the currency that one unit is of")
    quote: str | None = Field(None, description="ISO code the rate is in; the user's if left out")
    rate: str = Field(description="How much the units of the base are together, plain decimal")
    units: str = Field("1", description="How many units of the base the rate is for")


@tool(tier=Tier.REVERSIBLE, inverse=("rate",))
def set_rate(arguments: SetRate, work: ToolWork) -> Changed:
    """Note the user's own rate of today, for currencies that no source of ours quotes."""
    base = arguments.base.upper()
    quote = (arguments.quote or work.preferences.currency).upper()
    value = per_unit(to_decimal(arguments.rate), to_decimal(arguments.units))
    rate = user_rate(base, quote, value, work.today)
    old = work.uow.rates.keep(work.user_id, rate)
    inverse = Inverse(
        "rate",
        {
            "base": base,
            "quote": quote,
            "day": rate.on.isoformat(),
            "value": f"{old:f}" if old is not None else "",
        },
    )
    return Changed(Answer("set_rate.set", rate_facts(rate), choices=UNDO), (inverse,))


def restore_rate(work: ToolWork, *, base: str, quote: str, day: str, value: str) -> None:
    """Put the user's rate of a day back to what it was, which may be none."""
    on = date.fromisoformat(day)
    if value:
        work.uow.rates.keep(work.user_id, user_rate(base, quote, to_decimal(value), on))
    else:
        work.uow.rates.forget(work.user_id, base, quote, on)


def rate_facts(rate: Rate) -> tuple[Fact, ...]:
    """Return what is always said with a rate: itself, its day and its source."""
    return (
        named("rate", rate.told),
        day("rate_date", rate.on),
        named("source", rate.source),
    )
