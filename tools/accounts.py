"""Accounts kept by hand."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Fact, money, named
from core.ids import AccountId
from core.ledger.account import DEBT_KINDS, AccountKind
from core.ledger.entry import Flow, NewEntry, Source
from core.money import Money, exponent, to_decimal
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.spec import Arguments, Tier, tool

_MAX_ACCOUNTS = 40


class AccountNameTaken(FinanceError):
    """The user already has an account of this name."""

    code = "account.name_taken"


class TooManyAccounts(FinanceError):
    """The user has as many accounts as we keep."""

    code = "account.too_many"


class AddAccount(Arguments):
    """What to call it, what it is and what it holds."""

    name: str = Field(description="The user's name for it", min_length=1, max_length=60)
    kind: Literal[
        "checking", "savings", "card", "cash", "loan", "investment", "utility", "wallet"
    ] = Field("checking", description="What kind of account")
    currency: str | None = Field(None, description="ISO code; the user's own when left out")
    balance: str | None = Field(None, description="What it holds now; a debt without sign")


@tool(tier=Tier.REVERSIBLE, inverse=("account_active", "void_entry"))
def add_account(arguments: AddAccount, work: ToolWork) -> Changed:
    """Open an account that is kept by hand, with what it holds now."""
    name = " ".join(arguments.name.split())
    accounts = work.uow.accounts.of(work.user_id)
    if any(item.name.casefold() == name.casefold() for item in accounts):
        raise AccountNameTaken(name=name)
    if len(accounts) >= _MAX_ACCOUNTS:
        raise TooManyAccounts(limit=_MAX_ACCOUNTS)
    currency = (arguments.currency or work.preferences.currency).upper()
    exponent(currency)
    kind = AccountKind(arguments.kind)
    account = work.uow.accounts.open(
        work.user_id, name=name, kind=kind, currency=currency, now=work.now
    )
    closing = Inverse("account_active", {"account": int(account.id), "active": False})
    inverse: tuple[Inverse, ...] = (closing,)
    facts: tuple[Fact, ...] = (
        named("account", account.name),
        named("kind", f"kind_{kind.value}"),
        named("currency", currency),
    )
    if arguments.balance is not None:
        amount = Money.of(to_decimal(arguments.balance), currency)
        amount = -abs(amount) if kind in DEBT_KINDS else amount
        if amount:
            entry = work.uow.ledger.book(
                work.user_id, _opening(account.id, amount, work), now=work.now
            )
            inverse = (Inverse("void_entry", {"entry": int(entry)}), *inverse)
        facts += (money("balance", amount, as_of=work.now),)
    answer = Answer("add_account.added", facts, choices=UNDO, subjects=(account.handle,))
    return Changed(answer, inverse)


def _opening(account_id: AccountId, amount: Money, work: ToolWork) -> NewEntry:
    return NewEntry(
        account_id=account_id,
        booked_date=work.today,
        amount=amount,
        flow=Flow.OPENING,
        allocations=(),
        payee="",
        merchant_key="",
        source=Source.OPENING,
    )
