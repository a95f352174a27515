"""Sending money to people: saved payees only, each told by its last signs, nobody by default."""

from __future__ import annotations

from pydantic import Field

from core.conversation.plan import Option
from core.facts import Answer, Fact, Line, count, day, money, named
from core.ledger.account import Account
from core.ledger.hold import FundsMissing
from core.money import Money, to_decimal
from core.payments import contact as contacts
from core.payments.contact import (
    MOST,
    Contact,
    ContactTooNew,
    ContactUnfit,
    ContactUnknown,
    meant,
    tidy_number,
)
from core.payments.payment import ACTION, NoRail, check_day, payment_payload
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Proposed, Unclear
from tools.recording import AmountZero
from tools.spec import Arguments, Tier, tool
from tools.wallets import wallet_meant

_LONGEST_NAME = 60


class SendMoney(Arguments):
    """How much, to whom, from where."""

    amount: str = Field(description="How much, plain decimal")
    person: str | None = Field(None, description="Name or handle of a payee the user saved")
    currency: str | None = Field(None, description="ISO code, when one was said")
    account: str | None = Field(None, description="The wallet's name or handle")


@tool(tier=Tier.MONEY_OUT)
def send_money(arguments: SendMoney, work: ToolWork) -> Proposed:
    """Propose to send money from a wallet to a saved payee; done only after a second yes.

    There is no payee by default: a name that nobody was saved under is refused, and of two
    with one name the user chooses.
    """
    if not work.installation.pays:
        raise NoRail
    to = _payee(arguments.person, work)
    if to.usable_at > work.now:
        raise ContactTooNew(name=to.shown)
    wallet = wallet_meant(work, arguments.account, arguments.currency)
    amount = Money.of(to_decimal(arguments.amount), wallet.currency)
    if amount.minor <= 0:
        raise AmountZero
    available = _available(work, wallet)
    if available < amount:
        raise FundsMissing(available=available.plain, account=wallet.name)
    check_day(work.uow.payments.sent_on(work.user_id, work.today, wallet.currency), amount)
    facts = (
        named("action", "action_send_money"),
        named("name", to.shown),
        money("amount", amount),
        named("account", wallet.name),
        money("left", available - amount),
    )
    answer = Answer(
        "send_money.proposed",
        facts,
        options=("request.demo",),
        subjects=(wallet.handle,),
    )
    return Proposed(ACTION, payment_payload(to, wallet.id, amount), answer)


class AddContact(Arguments):
    """Who, and where the money goes."""

    name: str = Field(description="What the user calls the payee", min_length=1, max_length=60)
    number: str = Field(
        description="Where money goes: the account or phone as the user typed it", max_length=60
    )


@tool(tier=Tier.MONEY_OUT)
def add_contact(arguments: AddContact, work: ToolWork) -> Proposed:
    """Propose to save a payee by the number the user typed; it can be paid a day later."""
    name = " ".join(arguments.name.split())
    number = tidy_number(arguments.number)
    if not name or len(work.uow.payments.contacts(work.user_id)) >= MOST:
        raise ContactUnfit
    facts: tuple[Fact, ...] = (
        named("action", "action_add_contact"),
        named("name", f"{name} *{number[-4:]}"),
    )
    payload = {"name": name, "number": number}
    return Proposed(contacts.ACTION, payload, Answer("add_contact.proposed", facts))


class ListContacts(Arguments):
    """No arguments."""


@tool()
def list_contacts(_arguments: ListContacts, work: ToolWork) -> Answer:
    """List the payees the user saved, each by its last signs."""
    found = work.uow.payments.contacts(work.user_id)
    if not found:
        return Answer("list_contacts.none")
    lines = tuple(Line((named("name", one.shown), day("since", one.created_at))) for one in found)
    return Answer("list_contacts.list", (count("found", len(found)),), lines)


class RemoveContact(Arguments):
    """Which one."""

    person: str | None = Field(None, description="Name or handle of the payee")


@tool(tier=Tier.REVERSIBLE, inverse=("contact_active",))
def remove_contact(arguments: RemoveContact, work: ToolWork) -> Changed:
    """Take a payee off the list: nothing is sent there any more."""
    gone = _payee(arguments.person, work)
    work.uow.payments.set_active(work.user_id, gone.id, active=False)
    answer = Answer("remove_contact.removed", (named("name", gone.shown),), choices=UNDO)
    return Changed(answer, (Inverse("contact_active", {"contact": gone.id}),))


def restore_contact(work: ToolWork, *, contact: int) -> None:
    """Put a payee back on the list."""
    work.uow.payments.set_active(work.user_id, contact, active=True)


def _payee(words: str | None, work: ToolWork) -> Contact:
    """Return the payee meant; of several, or of nobody named, the user chooses."""
    saved = work.uow.payments.contacts(work.user_id)
    if words is not None and words.startswith("contact:"):
        found = tuple(one for one in saved if one.handle == words)
    else:
        found = meant(words, saved) if words else saved
    if not found or not saved:
        raise ContactUnknown(name=(words or "")[:_LONGEST_NAME])
    if len(found) == 1 and words:
        return found[0]
    options = tuple(Option(one.handle, text=one.shown) for one in found)
    raise Unclear("person", phrase="ask.payee_of_money", options=options)


def _available(work: ToolWork, wallet: Account) -> Money:
    balances = work.uow.accounts.balances(work.user_id)
    return next(item.available for item in balances if item.account.id == wallet.id)
