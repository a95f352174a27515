"""Can I afford it: cash, bills, budget and goals judged before the money is spent."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from core.budgets.figures import carried_facts
from core.errors import FinanceError
from core.facts import Answer, Fact, count, day, money, named
from core.insights.afford import Affordability, afford
from core.insights.cash import Cash
from core.money import Money, to_decimal
from core.payees.cases import Payment
from tools.context import ToolWork
from tools.guessing import read_words
from tools.paying import reckoned
from tools.spec import Arguments, tool


class PriceNotPositive(FinanceError):
    """A price has to be more than nothing to be judged."""

    code = "insight.price_not_positive"


class CheckAffordability(Arguments):
    """What it would cost, and what it is."""

    amount: str = Field(description="The price as a plain decimal, like '120' or '45.50'")
    payee: str | None = Field(None, description="What it is or where, like 'shoes' or 'IKEA'")
    category: str | None = Field(None, description="Category slug, if the user named one")
    currency: str | None = Field(None, description="ISO code if it is not the main currency")


@tool()
def check_affordability(arguments: CheckAffordability, work: ToolWork) -> Answer:
    """Judge whether the user can afford a price: cash, bills before payday, budget and goals.

    Gives one verdict with its trade-off. It writes nothing: it is no purchase.
    """
    currency = arguments.currency or work.preferences.currency
    price = positive(arguments.amount, currency)
    cash = work.uow.insights.cash(work.user_id, currency=currency, today=work.today)
    if not cash.balances:
        return Answer("check_affordability.no_account", (named("currency", currency),))
    wanted = read_words(work, arguments.payee or "", arguments.category, Payment(inflow=False))
    category = wanted.category if wanted.is_known else None
    budget = None
    if category is not None:
        budget = work.uow.budgets.covering(work.user_id, category, work.today)
    standing = None
    if budget is not None and budget.limit.currency == currency:
        calendar = work.preferences.calendar
        standing = work.uow.budgets.standing([budget], today=work.today, calendar=calendar)[0]
    safe = reckoned(work, currency=currency)
    aside = work.uow.safe.set_aside(work.user_id, safe.balances, currency)
    judged = afford(price.minor, safe, cash, standing, None if aside is None else aside.minor)
    facts = _judged_facts(judged, cash, arguments.payee)
    if standing is not None:
        facts += (
            named("category", standing.budget.category),
            money("limit", standing.budget.limit),
            money("budget_left", Money(judged.budget_left or 0, currency)),
            *carried_facts(standing),
        )
    elif category is not None:
        facts += (named("category", category),)
    # Without a bill it is everyday spending that the money would be short of.
    verdict = "no_bills" if judged.verdict == "no" and not judged.bill_count else judged.verdict
    return Answer(f"check_affordability.{verdict}", facts, options=_judgements(judged))


def _judged_facts(judged: Affordability, cash: Cash, payee: str | None) -> tuple[Fact, ...]:
    def amount(name: str, minor: int) -> Fact:
        return money(name, Money(minor, cash.currency))

    known = [one.as_of for one in cash.balances if one.as_of is not None]
    facts: tuple[Fact, ...] = (
        amount("amount", judged.price),
        replace(amount("cash", judged.cash), as_of=min(known) if known else None),
        amount("bills", judged.bills),
        count("bill_count", judged.bill_count),
        amount("after", judged.after),
        amount("owed", judged.owed),
        day("until", judged.until),
    )
    if payee:
        facts += (named("payee", payee),)
    if judged.payday is not None:
        facts += (day("payday", judged.payday),)
    if judged.low is not None and judged.low_on is not None:
        facts += (amount("low", judged.low), day("low_on", judged.low_on))
    if judged.set_aside is not None:
        facts += (amount("aside", judged.set_aside), amount("from_goals", judged.from_goals or 0))
    if judged.after < 0:
        facts += (amount("missing", judged.after), amount("savings", judged.savings))
    return facts


def _judgements(judged: Affordability) -> tuple[str, ...]:
    """Return the four judgements, each in its own words: cash, bills, budget, goals."""
    bills = "bills" if judged.bill_count else "bills_none"
    if judged.payday is None:
        bills += "_no_payday"
    budget = "budget_none"
    if judged.budget_left is not None:
        budget = "budget_fits" if judged.budget_left >= 0 else "budget_over"
    goals = "goals_none"
    if judged.from_goals is not None:
        goals = "goals_touched" if judged.from_goals else "goals_kept"
    low = ("check_affordability.low",) if judged.low is not None else ()
    return (
        "check_affordability.cash",
        f"check_affordability.{bills}",
        *low,
        f"check_affordability.{budget}",
        f"check_affordability.{goals}",
    )


def positive(amount: str, currency: str) -> Money:
    """Read an amount that has to be more than nothing; raise `PriceNotPositive`."""
    price = Money.of(to_decimal(amount), currency)
    if price.minor <= 0:
        raise PriceNotPositive
    return price
