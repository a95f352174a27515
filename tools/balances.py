"""What the accounts hold: balances and net worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from core.facts import Answer, Fact, Line, count, money, named
from core.investments.portfolio import Portfolio
from core.ledger.account import DEBT_KINDS, Balance
from core.money import Money, total
from tools import names
from tools.context import ToolWork
from tools.outcome import Unclear
from tools.portfolio import source_facts
from tools.rates import rate_facts
from tools.spec import Arguments, tool


class ShowBalances(Arguments):
    """Which account, or all of them."""

    account: str | None = Field(
        None, description="Name or handle of one account; all when left out"
    )
    kind: Literal["card", "loan", "savings"] | None = Field(
        None, description="Only accounts of a kind: what is owed on cards or loans, what is saved"
    )


@tool()
def show_balances(arguments: ShowBalances, work: ToolWork) -> Answer:
    """Show what accounts hold, posted and available, with the time the data is from."""
    balances = work.uow.accounts.balances(work.user_id)
    if not balances:
        return Answer("show_balances.none")
    balances = _of_account(balances, arguments, work)
    if arguments.kind is not None:
        balances = tuple(item for item in balances if item.account.kind == arguments.kind)
        if not balances:
            return Answer(f"show_balances.no_{arguments.kind}")
        if all(map(_is_debt, balances)):
            return _owed(balances, work)
    if len(balances) == 1:
        return Answer(
            "show_balances.one", _facts(balances[0]), subjects=(balances[0].account.handle,)
        )
    currencies = {item.account.currency for item in balances}
    if len(currencies) > 1:
        return _valued_balances(balances, work)
    lines = tuple(Line(_facts(item), item.account.handle) for item in balances)
    whole = total((item.posted for item in balances), currencies.pop())
    fact = money("total", whole, as_of=oldest(balances))
    return Answer("show_balances.many", (fact,), lines=lines)


def _of_account(
    balances: tuple[Balance, ...], arguments: ShowBalances, work: ToolWork
) -> tuple[Balance, ...]:
    """Return the balance of the account that is named; "my cards" names a kind and not one."""
    if arguments.account is None:
        return balances
    try:
        wanted = names.account(work, arguments.account)
    except Unclear:
        if arguments.kind is None:
            raise
        return balances
    return tuple(item for item in balances if item.account.id == wanted.id)


def _owed(balances: Sequence[Balance], work: ToolWork) -> Answer:
    """Say what is owed on cards or loans, as a figure without a sign."""
    currencies = {item.account.currency for item in balances}
    if len(currencies) > 1:
        return _valued_balances(balances, work)
    owed = -total((item.posted for item in balances), currencies.pop())
    facts: tuple[Fact, ...] = (money("owed", owed, as_of=oldest(balances)),)
    if len(balances) > 1:
        lines = tuple(Line(_facts(item), item.account.handle) for item in balances)
        return Answer("show_balances.owed_many", facts, lines=lines)
    account = balances[0].account
    shape = "owed" if owed.minor > 0 else "owed_nothing"
    facts += (named("account", account.name),)
    return Answer(f"show_balances.{shape}", facts, subjects=(account.handle,))


def _valued_balances(balances: Sequence[Balance], work: ToolWork) -> Answer:
    """List balances of several currencies, with a total in the user's own as far as rates go."""
    valued = _valued(balances, work)
    lines = tuple(
        Line(one.facts, one.balance.account.handle, _shape("show_balances", one)) for one in valued
    )
    missing = [one for one in valued if one.value is None]
    if len(valued) - len(missing) < 2:
        # A sum of one account would be no total.
        return Answer("show_balances.currencies", _age(balances), lines=lines)
    whole = total((one.value for one in valued if one.value), work.preferences.currency)
    facts: tuple[Fact, ...] = (money("total", whole, as_of=oldest(balances)),)
    if not missing:
        return Answer("show_balances.converted", facts, lines=lines)
    facts += (count("missing", len(missing)),)
    return Answer("show_balances.partly_converted", facts, lines=lines)


def whole_of(balances: Sequence[Balance], work: ToolWork) -> tuple[Money, int]:
    """Return what accounts hold together, and how many are not in it for want of a rate.

    The total that `show_balances` tells: in the one currency of all, or in the user's own.
    """
    currencies = {item.account.currency for item in balances}
    if len(currencies) == 1:
        return total((item.posted for item in balances), currencies.pop()), 0
    valued = _valued(balances, work)
    counted = [one.value for one in valued if one.value is not None]
    return total(counted, work.preferences.currency), len(valued) - len(counted)


class ShowNetWorth(Arguments):
    """No arguments: net worth is over all accounts."""


@tool()
def show_net_worth(_arguments: ShowNetWorth, work: ToolWork) -> Answer:
    """Show what is owned minus what is owed, in the user's main currency.

    Other currencies count at the newest rate, which is told with its day and source; an account
    without a rate is listed as not counted: nothing is guessed.
    """
    balances = work.uow.accounts.balances(work.user_id)
    if not balances and not work.uow.trades.of(work.user_id):
        return Answer("show_net_worth.none")
    base = work.preferences.currency
    valued = _valued(balances, work)
    counted = [(one.balance, one.value) for one in valued if one.value is not None]
    missing = len(valued) - len(counted)
    held = work.uow.portfolios.portfolio(work.user, work.today)
    assets = total((value for item, value in counted if not _is_debt(item)), base) + held.value
    debts = total((value for item, value in counted if _is_debt(item)), base)
    as_of = oldest(item for item, _ in counted)
    facts: tuple[Fact, ...] = (
        money("net_worth", assets + debts, as_of=as_of),
        money("assets", assets, as_of=as_of),
        money("debts", debts, as_of=as_of),
    )
    lines = tuple(Line(one.facts, shape=_shape("show_net_worth", one)) for one in valued)
    # What is not counted comes first, then what was reckoned: a short message cuts its list.
    lines = (*lines[:missing], *_investments(held), *lines[missing:])
    uncounted = len(held.held) - len(held.covered)
    facts += (count("uncounted", uncounted),) if uncounted else ()
    options = ("show_net_worth.uncounted",) if uncounted else ()
    if not missing:
        return Answer("show_net_worth.total", facts, lines=lines, options=options)
    facts += (count("missing", missing),)
    return Answer("show_net_worth.partial", facts, lines=lines, options=options)


def _investments(held: Portfolio) -> tuple[Line, ...]:
    """Return one line for all investments that have a value, at the age of their oldest price."""
    if not held.covered:
        return ()
    value = money("balance", held.value, as_of=held.oldest_price)
    return (Line((value, *source_facts(held)), shape="show_net_worth.investments_line"),)


@dataclass(frozen=True, slots=True)
class _Valued:
    """A balance and what it is in the user's own currency: nothing without a rate."""

    balance: Balance
    value: Money | None
    facts: tuple[Fact, ...]


def _valued(balances: Sequence[Balance], work: ToolWork) -> list[_Valued]:
    """Value balances at the newest rates.

    What is not counted comes first and what was converted next: a short message cuts its list,
    and neither may be missed.
    """
    base = work.preferences.currency
    currencies = {item.account.currency for item in balances}
    book = work.uow.rates.book(work.user_id, {base, *currencies}, work.today, work.today)
    found = []
    for item in balances:
        facts = _facts(item)
        if item.account.currency == base:
            found.append(_Valued(item, item.posted, facts))
            continue
        valued = book.value(item.posted, base, work.today)
        if valued is None:
            facts += (named("currency", item.account.currency),)
            found.append(_Valued(item, None, facts))
            continue
        value, rate = valued
        facts += (money("value", value, label=item.account.name), *rate_facts(rate))
        found.append(_Valued(item, value, facts))
    return sorted(
        found, key=lambda one: (one.value is not None, one.balance.account.currency == base)
    )


def _shape(tool_name: str, one: _Valued) -> str:
    """Return how a balance is listed: as it is, with its value, or as not counted."""
    if one.value is None:
        return f"{tool_name}.uncounted_line"
    own = one.balance.account.currency == one.value.currency
    return f"{tool_name}.own_line" if own else f"{tool_name}.converted_line"


def _facts(item: Balance) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (
        named("account", item.account.name),
        money("balance", item.posted, label=item.account.name, as_of=item.as_of),
    )
    if item.held:
        facts += (money("held", item.held),)
    if item.pending or item.held:
        facts += (money("available", item.available, label=item.account.name, as_of=item.as_of),)
    return facts


def _is_debt(item: Balance) -> bool:
    return item.account.kind in DEBT_KINDS or item.posted.minor < 0


def oldest(balances: Iterable[Balance]) -> datetime | None:
    """Return the time from which all of these balances are known."""
    known = [item.as_of for item in balances if item.as_of is not None]
    return min(known) if known else None


def _age(balances: Sequence[Balance]) -> tuple[Fact, ...]:
    """Return a fact that only carries how old the oldest of the figures is."""
    return (count("accounts", len(balances), as_of=oldest(balances)),)
