"""Receipts: what a photo says is put with the payment it belongs to, or added after a yes.

The text is foreign. It can mark one payment of the user's that is there already, or become an
entry that the user has agreed to, and nothing else; both can be undone. What is not sure (no sum
that comes out, no name that fits, several payments that might be it) is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pydantic import Field
from rapidfuzz import fuzz

from core.conversation.plan import Option
from core.errors import FieldValue, FinanceError
from core.facts import Answer, Fact, count, day, money, named
from core.ledger.account import Account, AccountKind, LedgerClass
from core.ledger.entry import Allocation, Flow, JournalEntry, NewEntry, Source, counted
from core.ledger.search import EntryQuery
from core.money import Money, to_decimal
from core.payees.cases import Payment
from core.payees.normalise import normalise
from core.period import Period
from core.statements.dates import DateOrder
from core.statements.receipt import MAX_TEXT, Receipt, read_receipt
from core.statements.receipt_record import FIELD, written
from tools import names
from tools.budgets import UNDO, left_facts
from tools.context import ToolWork
from tools.entries import entry_option
from tools.guessing import Reading, read_words
from tools.outcome import Changed, Inverse, Unclear
from tools.recording import AmountZero, booked_day
from tools.spec import Arguments, Tier, tool
from tools.statement_files import MONTH_FIRST

_NEW, _YES, _NO = "new", "yes", "no"
# A bank books a purchase days after the till did; a statement's day may be a day before, too.
_BEFORE, _AFTER = timedelta(days=2), timedelta(days=7)
# Without a day on the paper only these are looked at.
_RECENT = timedelta(days=45)
_SAME_NAME = 88
_MOST_ASKED = 5
_CASH = "Cash"


class NoReceipt(FinanceError):
    """The text holds no prices."""

    code = "receipt.nothing"


class BookReceipt(Arguments):
    """What the receipt says, and what the user has settled about it."""

    text: str = Field(description="The receipt's text, line by line", max_length=MAX_TEXT)
    amount: str | None = Field(None, description="The right total, without sign")
    booked_date: str | None = Field(None, description="The right day, as ISO date")
    payee: str | None = Field(None, description="The shop, in the user's words")
    category: str | None = Field(None, description="Category slug, when the user named one")
    account: str | None = Field(None, description="Account it was paid from: name or handle")
    note: str | None = Field(None, description="What the user wrote beside the photo")
    entry: str | None = Field(None, description="Handle of its payment; 'new' for none of them")
    agreed: Literal["yes", "no"] | None = Field(None, description="The user's word on adding it")


@dataclass(frozen=True, slots=True)
class _Paper:
    """A receipt with what the user has settled: what would be added, and how sure it is."""

    receipt: Receipt
    total: Money
    on: date
    payee: str
    sure: bool


@tool(tier=Tier.REVERSIBLE, inverse=("void_entry", "receipt", "account_active"))
def book_receipt(arguments: BookReceipt, work: ToolWork) -> Changed:
    """Put a receipt with the payment it belongs to, or add it as an entry once the user agrees."""
    if arguments.agreed == _NO:
        return Changed(Answer("book_receipt.left"), ())
    paper = _paper(arguments, work)
    if arguments.entry is not None and arguments.entry != _NEW:
        return _attached(names.entry(work, arguments.entry), paper, work)
    if arguments.entry is None and arguments.agreed is None:
        found = _candidates(paper, work)
        kept = next((one for one in found if _kept(one, work) == _record(paper)), None)
        if kept is not None:
            return Changed(_known(kept), ())
        free = [one for one in found if not _kept(one, work)]
        fitting = [one for one in free if _same_name(one, paper)]
        if len(fitting) == 1 and paper.sure:
            return _attached(fitting[0], paper, work)
        if free:
            raise _which(fitting or free, paper)
    if arguments.agreed != _YES:
        raise _shall_i(arguments, paper, work)
    return _added(arguments, paper, work)


def _paper(arguments: BookReceipt, work: ToolWork) -> _Paper:
    """Read the text, with the user's own words over what it says."""
    wishes = work.preferences
    order = DateOrder.MONTH_FIRST if wishes.country in MONTH_FIRST else DateOrder.DAY_FIRST
    receipt = read_receipt(arguments.text, currency=wishes.currency, today=work.today, order=order)
    if receipt is None:
        raise NoReceipt
    total = receipt.total
    if arguments.amount is not None:
        currency = total.currency if total is not None else wishes.currency
        total = abs(Money.of(to_decimal(arguments.amount), currency))
    if total is None:
        raise Unclear("amount", phrase="ask.receipt_total")
    if not total:
        raise AmountZero
    said = booked_day(arguments.booked_date, work) if arguments.booked_date else None
    return _Paper(
        receipt=receipt,
        total=total,
        on=said or receipt.day or work.today,
        payee=arguments.payee or receipt.merchant,
        sure=receipt.adds_up and receipt.day_sure and arguments.amount is None,
    )


def _candidates(paper: _Paper, work: ToolWork) -> list[JournalEntry]:
    """Return the payments of the very amount around the day, the nearest first."""
    told = paper.receipt.day is not None
    since = paper.on - _BEFORE if told else work.today - _RECENT
    until = paper.on + _AFTER if told else work.today
    query = EntryQuery(
        period=Period(since, until + timedelta(days=1)),
        flow=Flow.SPEND,
        currency=paper.total.currency,
        minimum=paper.total.minor,
        maximum=paper.total.minor,
    )
    found = [one for one in work.uow.entries.find(work.user_id, query) if one.amount.minor < 0]
    return sorted(found, key=lambda one: (abs(one.booked_date - paper.on), -int(one.id)))


def _same_name(entry: JournalEntry, paper: _Paper) -> bool:
    """Tell whether a payment's payee is the shop on the paper."""
    shop, payee = normalise(paper.payee).key, normalise(entry.payee).key
    if not shop or not payee:
        return False
    if shop in (entry.merchant_key, payee):
        return True
    return fuzz.token_set_ratio(shop, payee) >= _SAME_NAME


def _attached(entry: JournalEntry, paper: _Paper, work: ToolWork) -> Changed:
    """Keep what the paper says beside a payment; the payment stays as it is."""
    before = _kept(entry, work)
    _keep(entry, _record(paper), work)
    inverse = Inverse("receipt", {"entry": int(entry.id), "before": before})
    facts = (*_told(entry), named("account", entry.account), *_items(paper))
    answer = Answer("book_receipt.attached", facts, choices=UNDO, subjects=(entry.handle,))
    return Changed(answer, (inverse,))


def _known(entry: JournalEntry) -> Answer:
    return Answer("book_receipt.known", _told(entry), subjects=(entry.handle,))


def _told(entry: JournalEntry) -> tuple[Fact, ...]:
    amount = money("amount", entry.amount, rows=(int(entry.id),), row_count=1)
    return (named("payee", entry.payee or entry.account), amount, day("date", entry.booked_date))


def _items(paper: _Paper) -> tuple[Fact, ...]:
    items = paper.receipt.items
    return (count("items", len(items)),) if items else ()


def _which(entries: Sequence[JournalEntry], paper: _Paper) -> Unclear:
    """Ask which payment it is of, if any."""
    options = tuple(entry_option(one) for one in entries[:_MOST_ASKED])
    none = Option(_NEW, phrase="choice.receipt_new")
    fields = _fields(paper)
    return Unclear("entry", phrase="ask.receipt_entry", options=(*options, none), **fields)


def _shall_i(arguments: BookReceipt, paper: _Paper, work: ToolWork) -> Unclear:
    """Ask before anything is added: what was read, and where it would go."""
    account, _ = _account(arguments, paper, work)
    fields = _fields(paper) | {"account": account.name if account is not None else _CASH}
    reading = _reading(arguments, paper, account, work)
    if paper.payee:
        fields["payee"] = reading.payee
    if reading.is_known:
        fields["category"] = reading.category
    sure = paper.receipt.adds_up or arguments.amount is not None
    options = (
        Option(_YES, phrase="choice.receipt_add"),
        Option(_NO, phrase="choice.receipt_leave"),
    )
    phrase = "ask.receipt_add" if sure else "ask.receipt_unsure"
    return Unclear("agreed", phrase=phrase, options=options, **fields)


def _fields(paper: _Paper) -> dict[str, FieldValue]:
    fields: dict[str, FieldValue] = {
        "amount": paper.total.plain,
        "currency": paper.total.currency,
        "date": paper.on.isoformat(),
    }
    return fields | ({"payee": paper.payee} if paper.payee else {})


def _reading(
    arguments: BookReceipt, paper: _Paper, account: Account | None, work: ToolWork
) -> Reading:
    at = int(account.id) if account is not None else 0
    payment = Payment(False, paper.total.minor, paper.total.currency, at)  # noqa: FBT003 (money out)
    return read_words(work, paper.payee, arguments.category, payment)


def _added(arguments: BookReceipt, paper: _Paper, work: ToolWork) -> Changed:
    """Book what the user agreed to, with the paper beside it."""
    account, opened = _account(arguments, paper, work)
    if account is None:
        account, opened = _open_cash(paper.total.currency, work), True
    names.refuse_own_record(account)
    reading = _reading(arguments, paper, account, work)
    part = Allocation(
        reading.category,
        counted(reading.flow, -paper.total),
        reading.source,
        reading.confidence,
        locked=reading.source == "user",
    )
    new = NewEntry(
        account_id=account.id,
        booked_date=paper.on,
        amount=-paper.total,
        flow=reading.flow,
        allocations=(part,),
        payee=reading.payee,
        merchant_key=reading.merchant_key,
        source=Source.MANUAL,
    )
    entry = work.uow.entries.get(
        work.user_id, work.uow.ledger.book(work.user_id, new, now=work.now)
    )
    _keep(entry, _record(paper), work)
    if arguments.note:
        work.uow.categories.annotate(
            work.user_id, entry.id, "note", arguments.note, source="user", now=work.now
        )
    inverse: tuple[Inverse, ...] = (Inverse("void_entry", {"entry": int(entry.id)}),)
    if opened:
        inverse += (Inverse("account_active", {"account": int(account.id), "active": False}),)
    facts = (*_told(entry), named("account", account.name), *_items(paper))
    facts += left_facts(work, reading.category, entry.booked_date)
    if reading.is_known:
        facts += (named("category", reading.category),)
    shape = "added" if reading.is_known else "uncategorised"
    answer = Answer(f"book_receipt.{shape}", facts, choices=UNDO, subjects=(entry.handle,))
    return Changed(answer, inverse)


def _account(arguments: BookReceipt, paper: _Paper, work: ToolWork) -> tuple[Account | None, bool]:
    """Return what it was paid from: the account named, the card on the paper, else cash.

    A card that no account is known by is the only card there is; None: a cash account is opened.
    """
    if arguments.account is not None:
        return names.account(work, arguments.account), False
    currency, receipt = paper.total.currency, paper.receipt
    accounts = [one for one in work.uow.accounts.of(work.user_id) if one.currency == currency]
    theirs = [one for one in accounts if one.ledger_class is not LedgerClass.AUTHORITATIVE]
    by_tail = [one for one in theirs if receipt.tail and one.last4.endswith(receipt.tail)]
    cards = [one for one in theirs if one.kind is AccountKind.CARD]
    cash = [one for one in theirs if one.kind is AccountKind.CASH]
    for found in (by_tail, cards if receipt.by_card and not receipt.in_cash else [], cash):
        if len(found) == 1:
            return found[0], False
    return (cash[0], False) if cash else (None, False)


def _open_cash(currency: str, work: ToolWork) -> Account:
    taken = {one.name for one in work.uow.accounts.of(work.user_id)}
    name = _CASH if _CASH not in taken else f"{_CASH} {currency}"
    return work.uow.accounts.open(
        work.user_id, name=name, kind=AccountKind.CASH, currency=currency, now=work.now
    )


def _record(paper: _Paper) -> str:
    return written(paper.receipt, paper.total)


def _kept(entry: JournalEntry, work: ToolWork) -> str:
    return work.uow.categories.latest_note(work.user_id, entry.id, FIELD)


def _keep(entry: JournalEntry, record: str, work: ToolWork) -> None:
    work.uow.categories.annotate(
        work.user_id, entry.id, FIELD, record, source="receipt", now=work.now
    )
