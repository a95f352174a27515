"""Connecting banks: a page to sign in on, reading now, what is connected, and ending it."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field
from rapidfuzz import fuzz

from core.banks.connection import CLOSING, Connection, ConnectionState, Renewal, Trouble
from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, Choice, Fact, Line, count, day, named
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Proposed, Unclear
from tools.spec import Arguments, Tier, tool

_MOST = 10
_CLOSE = 75
_DEMO = ("bank.demo",)
_CONNECT = (Choice("connect", "choice.connect_bank"),)


class BankOff(FinanceError):
    """Nobody reads banks in this installation."""

    code = "bank.off"


class NoBank(FinanceError):
    """The user has connected none."""

    code = "bank.none"


class TooManyBanks(FinanceError):
    """The user has as many connections as are read."""

    code = "bank.too_many"


class ConnectBank(Arguments):
    """Nothing: which bank it is the user says on the page."""


@tool(tier=Tier.REVERSIBLE, inverse=("bank_offer",))
def connect_bank(_arguments: ConnectBank, work: ToolWork) -> Changed:
    """Give the user a page to sign in at his bank on, or again where the bank wants him back."""
    _must_be_on(work)
    connections = work.uow.banks.of(work.user_id)
    for known in connections:
        if known.state is ConnectionState.SIGN_IN:
            return Changed(_sign_in_again(known, work), ())
    for known in connections:
        # Asked once more while that page is open, another bank is meant.
        if known.renewal and not known.may_be_signed_in_to(work.now):
            return Changed(_renewing(known, work), ())
    if len(connections) >= _MOST:
        raise TooManyBanks
    open_offer = work.uow.banks.open_offer(work.user_id, now=work.now)
    offer = open_offer or work.uow.banks.offer(
        work.user_id,
        provider=work.installation.bank,
        demo=work.installation.bank == "demo",
        conversation_id=work.conversation_id,
        now=work.now,
        ids=work.ids,
    )
    answer = Answer(
        "connect_bank.offered",
        _link_facts(offer, work),
        options=_DEMO if offer.demo else (),
        choices=UNDO,
    )
    inverse = (Inverse("bank_offer", {"connection": offer.id}),)
    return Changed(answer, () if open_offer else inverse)


class ListBanks(Arguments):
    """No arguments."""


@tool()
def list_banks(_arguments: ListBanks, work: ToolWork) -> Answer:
    """List connected banks: when each was read, when it is next, and what is wrong."""
    connections = work.uow.banks.of(work.user_id)
    if not connections:
        shape = "list_banks.none" if work.installation.bank else "list_banks.off"
        return Answer(shape, choices=_CONNECT if work.installation.bank else ())
    accounts = work.uow.banks.accounts_of(work.user_id)
    lines = tuple(
        Line(
            (*_facts(one), count("accounts", len(accounts.get(one.id, ())))),
            f"bank:{one.id}",
            f"list_banks.{_standing(one)}_line",
        )
        for one in connections
    )
    options = _DEMO if any(one.demo for one in connections) else ()
    return Answer("list_banks.list", (count("found", len(lines)),), lines, options)


class SyncBank(Arguments):
    """Which bank."""

    bank: str | None = Field(None, description="Its name; all that are connected when left out")


@tool(tier=Tier.REVERSIBLE, irreversible=True)
def sync_bank(arguments: SyncBank, work: ToolWork) -> Changed:
    """Read connected banks now instead of at the next hour; the news comes in the chat."""
    _must_be_on(work)
    connections = work.uow.banks.of(work.user_id)
    if not connections:
        raise NoBank
    if arguments.bank is not None:
        connections = (_meant(arguments.bank, work),)
    away = [one for one in connections if one.state is ConnectionState.SIGN_IN]
    read = [one for one in connections if one.state is ConnectionState.ACTIVE]
    for one in read:
        work.uow.banks.ask_again(one.id, work.conversation_id, now=work.now)
    if not read:
        return Changed(_sign_in_again(away[0], work), ())
    facts: tuple[Fact, ...] = (named("banks", ", ".join(one.bank or one.provider for one in read)),)
    options = ("sync_bank.some_away",) if away else ()
    facts += (named("away", ", ".join(one.bank for one in away)),) if away else ()
    return Changed(Answer("sync_bank.asked", facts, options=options), ())


class DisconnectBank(Arguments):
    """Which bank."""

    bank: str | None = Field(None, description="Its name; may be left out where there is one")


@tool(tier=Tier.EXTERNAL)
def disconnect_bank(arguments: DisconnectBank, work: ToolWork) -> Proposed:
    """Propose to end a connection: nothing new is read, what is in the books stays."""
    connection = _meant(arguments.bank, work)
    accounts = work.uow.banks.accounts_of(work.user_id).get(connection.id, ())
    bank = connection.bank or connection.provider
    facts = (
        named("action", f"action_{CLOSING}"),
        named("name", bank),
        named("bank", bank),
        count("accounts", len(accounts)),
    )
    options = _DEMO if connection.demo else ()
    answer = Answer("disconnect_bank.propose", facts, options=options)
    return Proposed(CLOSING, connection.payload(), answer)


def withdraw_offer(work: ToolWork, *, connection: str) -> None:
    """Take an offer to connect a bank back."""
    work.uow.banks.withdraw(work.user_id, connection)


def _must_be_on(work: ToolWork) -> None:
    if not work.installation.bank:
        raise BankOff


def _meant(words: str | None, work: ToolWork) -> Connection:
    """Find the one connection that is meant, or ask which."""
    connections = work.uow.banks.of(work.user_id)
    if not connections:
        raise NoBank
    if words is not None:
        wanted = words.removeprefix("bank:")
        connections = tuple(
            one
            for one in connections
            if one.id == wanted or fuzz.WRatio(wanted.casefold(), one.bank.casefold()) >= _CLOSE
        )
        if not connections:
            raise NoBank
    if len(connections) > 1:
        options = tuple(Option(f"bank:{one.id}", text=one.bank) for one in connections)
        raise Unclear("bank", phrase="ask.bank", options=options)
    return connections[0]


def _sign_in_again(connection: Connection, work: ToolWork) -> Answer:
    work.uow.banks.offer_again(connection.id, work.conversation_id, now=work.now)
    again = work.uow.banks.get(work.user_id, connection.id)
    return Answer("connect_bank.again", (*_facts(again), *_link_facts(again, work)))


def _renewing(connection: Connection, work: ToolWork) -> Answer:
    """Offer the page of a bank that is read as ever; to choose accounts it is offered once."""
    answer = _sign_in_again(connection, work)
    if connection.renewal is Renewal.ACCOUNTS:
        work.uow.banks.want_renewed(connection.id, Renewal.NONE)
    return replace(answer, shape=f"connect_bank.{connection.renewal}")


def _link_facts(connection: Connection, work: ToolWork) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (named("link", work.installation.bank_link(connection.id)),)
    if connection.offered_until is not None:
        facts += (day("until", connection.offered_until),)
    return facts


def _facts(connection: Connection) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (named("bank", connection.bank or connection.provider),)
    if connection.synced_at is not None:
        facts += (day("read", connection.synced_at),)
    if connection.next_sync_at is not None:
        facts += (day("next", connection.next_sync_at),)
    if connection.ends_at is not None:
        facts += (day("ends", connection.ends_at),)
    return facts


def _standing(connection: Connection) -> str:
    if connection.state is ConnectionState.SIGN_IN:
        return "sign_in"
    if connection.synced_at is None:
        return "new"
    if connection.renewal is Renewal.ENDS and connection.trouble is Trouble.NONE:
        return "ends"
    return "late" if connection.trouble is Trouble.UNAVAILABLE else "read"
