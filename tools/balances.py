"""What the accounts hold: balances and net worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import Field

from core.facts import Answer, Fact, Line, count, money, named
from core.ledger.account import DEBT_KINDS, Balance
from core.money import total
from tools import names
from tools.context import ToolWork
from tools.spec import Arguments, tool


class ShowBalances(Arguments):
    """Which account, or all of them."""

    account: str | None = Field(
        None, description="Name or handle of one account; all when left out"
    )


@tool()
def show_balances(arguments: ShowBalances, work: ToolWork) -> Answer:
    """Show what accounts hold, posted and available, with the time the data is from."""
    balances = work.uow.accounts.balances(work.user_id)
    if not balances:
        return Answer("show_balances.none")
    if arguments.account is not None:
        wanted = names.account(work, arguments.account)
        balances = tuple(item for item in balances if item.account.id == wanted.id)
    if len(balances) == 1:
        return Answer(
            "show_balances.one", _facts(balances[0]), subjects=(balances[0].account.handle,)
        )
    lines = tuple(Line(_facts(item), item.account.handle) for item in balances)
    currencies = {item.account.currency for item in balances}
    if len(currencies) > 1:
        return Answer("show_balances.currencies", _oldest(balances), lines=lines)
    whole = total((item.posted for item in balances), currencies.pop())
    fact = money("total", whole, as_of=_as_of(balances))
    return Answer("show_balances.many", (fact,), lines=lines)


class ShowNetWorth(Arguments):
    """No arguments: net worth is over all accounts."""


@tool()
def show_net_worth(_arguments: ShowNetWorth, work: ToolWork) -> Answer:
    """Show what is owned minus what is owed, in the user's main currency.

    Accounts in other currencies are listed as not counted: without a rate nothing is guessed.
    """
    balances = work.uow.accounts.balances(work.user_id)
    if not balances:
        return Answer("show_net_worth.none")
    base = work.preferences.currency
    counted = [item for item in balances if item.account.currency == base]
    others = [item for item in balances if item.account.currency != base]
    assets = total((b.posted for b in counted if not _is_debt(b)), base)
    debts = total((b.posted for b in counted if _is_debt(b)), base)
    as_of = _as_of(counted)
    facts: tuple[Fact, ...] = (
        money("net_worth", assets + debts, as_of=as_of),
        money("assets", assets, as_of=as_of),
        money("debts", debts, as_of=as_of),
    )
    lines = tuple(Line(_facts(item)) for item in counted)
    if not others:
        return Answer("show_net_worth.total", facts, lines=lines)
    lines += tuple(
        Line(
            (*_facts(item), named("currency", item.account.currency)),
            shape="show_net_worth.uncounted_line",
        )
        for item in others
    )
    facts += (count("missing", len(others)),)
    return Answer("show_net_worth.partial", facts, lines=lines)


def _facts(item: Balance) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (
        named("account", item.account.name),
        money("balance", item.posted, label=item.account.name, as_of=item.as_of),
    )
    if item.pending:
        facts += (money("available", item.available, label=item.account.name, as_of=item.as_of),)
    return facts


def _is_debt(item: Balance) -> bool:
    return item.account.kind in DEBT_KINDS or item.posted.minor < 0


def _as_of(balances: Iterable[Balance]) -> datetime | None:
    known = [item.as_of for item in balances if item.as_of is not None]
    return min(known) if known else None


def _oldest(balances: Sequence[Balance]) -> tuple[Fact, ...]:
    """Return a fact that only carries how old the oldest of the figures is."""
    return (count("accounts", len(balances), as_of=_as_of(balances)),)
