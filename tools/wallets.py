"""Wallets: opened, filled for trying, and exchanged between by a quote that is approved."""

from __future__ import annotations

from pydantic import Field

from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, money, named
from core.ids import EntryId
from core.ledger.account import Account, AccountKind, LedgerClass
from core.ledger.hold import FundsMissing
from core.money import Money, exponent, to_decimal
from core.rates.rate import SameCurrency
from core.wallets.exchange import ACTION, quoted
from tools import names
from tools.accounts import AccountNameTaken, TooManyAccounts
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Proposed, Unclear
from tools.recording import AmountZero
from tools.spec import Arguments, Tier, tool

_MOST_WALLETS = 20
_MOST_TOP_UP = 10_000  # in whole units of the currency: enough for trying


class WalletMissing(FinanceError):
    """The user has no wallet in this currency yet."""

    code = "wallet.none_in"


class TopUpTooLarge(FinanceError):
    """The demo gives up to so much at once."""

    code = "wallet.top_up_limit"


class WalletNotEmpty(FinanceError):
    """There is money in it, or some of it is held."""

    code = "wallet.not_empty"


class OpenWallet(Arguments):
    """In which currency, and what to call it."""

    currency: str | None = Field(None, description="ISO code; the user's own when left out")
    name: str | None = Field(
        None, description="The user's name for it", min_length=1, max_length=60
    )


@tool(tier=Tier.REVERSIBLE, inverse=("wallet_active",))
def open_wallet(arguments: OpenWallet, work: ToolWork) -> Changed:
    """Open a wallet in one currency: money that we keep the record of, empty at first."""
    currency = (arguments.currency or work.preferences.currency).upper()
    exponent(currency)
    accounts = work.uow.accounts.of(work.user_id)
    if len(work.uow.wallets.of(work.user_id)) >= _MOST_WALLETS:
        raise TooManyAccounts(limit=_MOST_WALLETS)
    name = " ".join((arguments.name or f"{currency} wallet").split())
    if any(item.name.casefold() == name.casefold() for item in accounts):
        raise AccountNameTaken(name=name)
    wallet = work.uow.accounts.open(
        work.user_id,
        name=name,
        kind=AccountKind.WALLET,
        currency=currency,
        ledger_class=LedgerClass.AUTHORITATIVE,
        now=work.now,
    )
    facts = (named("account", wallet.name), money("balance", Money.zero(currency)))
    answer = Answer("open_wallet.opened", facts, choices=UNDO, subjects=(wallet.handle,))
    return Changed(answer, (Inverse("wallet_active", {"account": int(wallet.id)}),))


class TopUpWallet(Arguments):
    """How much, into which wallet."""

    amount: str = Field(description="How much comes in, plain decimal")
    currency: str | None = Field(None, description="ISO code of the amount, if it was said")
    account: str | None = Field(None, description="The wallet's name or handle")


@tool(tier=Tier.REVERSIBLE, inverse=("wallet_entry",))
def top_up_wallet(arguments: TopUpWallet, work: ToolWork) -> Changed:
    """Fill a wallet with demo money from the demo provider; nobody's bank is charged."""
    wallet = wallet_meant(work, arguments.account, arguments.currency)
    amount = _positive(arguments.amount, wallet.currency)
    if amount > Money.of(_MOST_TOP_UP, wallet.currency):
        raise TopUpTooLarge(limit=_MOST_TOP_UP, currency=wallet.currency)
    entry = work.uow.wallets.top_up(
        work.user_id, wallet, amount, key=work.ids.new("topup"), day=work.today, now=work.now
    )
    balance = _available(work, wallet)
    facts = (named("account", wallet.name), money("amount", amount), money("available", balance))
    answer = Answer("top_up_wallet.done", facts, choices=UNDO, subjects=(wallet.handle,))
    return Changed(answer, (Inverse("wallet_entry", {"entry": int(entry)}),))


class ExchangeMoney(Arguments):
    """How much of which currency becomes which other."""

    amount: str = Field(description="How much to give, plain decimal")
    base: str | None = Field(None, description="ISO code of what is given; else the user's own")
    quote: str = Field(description="ISO code of what is wanted")
    source: str | None = Field(None, description="Name or handle of the wallet that gives")
    target: str | None = Field(None, description="Name or handle of the wallet that gets")


@tool(tier=Tier.EXTERNAL)
def exchange_money(arguments: ExchangeMoney, work: ToolWork) -> Proposed:
    """Quote an exchange between the user's own wallets; done only if its code is approved in time.

    Rate and fee are told apart. It cannot be undone, only exchanged back at the rate of then.
    """
    base = (arguments.base or work.preferences.currency).upper()
    wanted = arguments.quote.upper()
    exponent(base)
    exponent(wanted)
    if base == wanted:
        raise SameCurrency(currency=base)
    source = wallet_meant(work, arguments.source, base, slot="source")
    target = wallet_meant(work, arguments.target, wanted, slot="target")
    paid = _positive(arguments.amount, base)
    rate = work.uow.rates.book(work.user_id, {base, wanted}, work.today, work.today).find(
        base, wanted, work.today
    )
    owned = (work.ids.new("quote"), work.user_id)
    quote = quoted(owned, paid, rate, (source.id, target.id), now=work.now)
    available = _available(work, source)
    if available < quote.cost:
        raise FundsMissing(available=available.plain, account=source.name)
    work.uow.wallets.add_quote(quote)
    answer = Answer(
        "exchange_money.proposed",
        (named("action", "action_exchange_money"), *quote.facts()),
        options=("request.final", "request.demo"),
        subjects=(source.handle, target.handle),
    )
    return Proposed(ACTION, quote.payload(), answer)


def close_empty(work: ToolWork, *, account: int) -> None:
    """Take an opened wallet back; what is in it must be taken out first."""
    wallet = next(
        (one for one in work.uow.wallets.of(work.user_id) if int(one.id) == account), None
    )
    if wallet is None:
        return
    if _available(work, wallet):
        raise WalletNotEmpty(account=wallet.name)
    work.uow.accounts.set_active(work.user_id, wallet.id, active=False)


def take_back(work: ToolWork, *, entry: int) -> None:
    """Reverse a top-up, if its money is still there."""
    work.uow.wallets.take_back(work.user_id, EntryId(entry), now=work.now)


def wallet_meant(
    work: ToolWork, words: str | None, currency: str | None, *, slot: str = "account"
) -> Account:
    """Return the wallet meant; of several in one currency the user chooses."""
    wallets = work.uow.wallets.of(work.user_id)
    if words is not None:
        named_one = names.account(work, words)
        wallets = tuple(one for one in wallets if one.id == named_one.id)
    if currency is not None:
        wallets = tuple(one for one in wallets if one.currency == currency.upper())
    if not wallets:
        raise WalletMissing(currency=currency or work.preferences.currency)
    if len(wallets) > 1 and currency is None and words is None:
        own = tuple(one for one in wallets if one.currency == work.preferences.currency)
        wallets = own or wallets
    if len(wallets) > 1:
        options = tuple(Option(one.handle, text=one.name) for one in wallets)
        raise Unclear(slot, phrase="ask.account", options=options)
    return wallets[0]


def _available(work: ToolWork, wallet: Account) -> Money:
    balances = work.uow.accounts.balances(work.user_id)
    return next(item.available for item in balances if item.account.id == wallet.id)


def _positive(text: str, currency: str) -> Money:
    amount = Money.of(to_decimal(text), currency)
    if amount.minor <= 0:
        raise AmountZero
    return amount
