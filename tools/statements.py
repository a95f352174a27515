"""Bank statements: read a file in full, book what is new, say what was known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.conversation.plan import Option
from core.errors import FieldValue
from core.facts import Answer, Fact, Line, count, money, named, span
from core.ledger.account import Account, AccountKind, LedgerClass
from core.ledger.entry import AccountCurrencyDiffers, Source
from core.money import Money
from core.period import Period
from core.statements.collecting import collecting_later
from core.statements.fingerprint import fingerprints
from core.statements.statement import Statement, StatementLine
from core.store.row_booking import Booked, Row
from tools import names
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Unclear
from tools.spec import Tier, tool
from tools.statement_files import FileMissing, ImportStatement, ReadFile, read_file
from tools.trade_files import ReadTrades, keep_file

_KINDS = {kind.value: kind for kind in AccountKind}


@tool(
    tier=Tier.REVERSIBLE,
    inverse=("import", "account_active", "trades_import", "own_prices"),
    prepare=read_file,
)
def import_statement(arguments: ImportStatement, work: ToolWork) -> Changed:
    """Book a bank statement the user sent: new rows once, known ones never again.

    A CSV file of trades, or of prices of securities, is known by its headings and kept as such.
    """
    kept = work.uow.files.get(arguments.file)
    if kept is not None and kept.user_id != work.user_id:
        raise FileMissing
    if isinstance(work.prepared, ReadTrades):
        return keep_file(work.prepared, arguments.account, work, preview=arguments.preview)
    return _import(work.prepared, arguments, work)


@collecting_later()
def _import(read: ReadFile, arguments: ImportStatement, work: ToolWork) -> Changed:
    """Book every statement of a file."""
    held = tuple(item for item in read.statements if item.lines or item.closing is not None)
    if not held:
        return Changed(_empty(read), ())
    import_id = work.uow.imports.add(
        work.user_id,
        file_hash=read.file_hash,
        file_format=read.statements[0].format.value,
        file_name=read.file_name,
        now=work.now,
        ids=work.ids,
    )
    if read.confirmed is not None:
        # Whether or not anything is new, the next file of this bank is read without asking.
        work.uow.layouts.keep(
            work.user_id, read.layout_key, read.confirmed.as_record(), now=work.now
        )
    booked = [_book(item, arguments.account, import_id, work) for item in held]
    rows = sum(len(item.statement.lines) for item in booked)
    new = sum(item.booked.new + item.booked.settled for item in booked)
    work.uow.imports.count(import_id, rows=rows, new_rows=new)
    work.uow.rows.pair_transfers(work.user_id, now=work.now)
    if new:
        work.find_recurring()
    answer = _answer(arguments, booked, new)
    opened = tuple(
        Inverse("account_active", {"account": int(item.account.id), "active": False})
        for item in booked
        if item.is_new_account
    )
    if arguments.preview or not new:
        return Changed(answer, ())
    return Changed(answer, (Inverse("import", {"imported": import_id}), *opened))


@dataclass(frozen=True, slots=True)
class _Booked:
    statement: Statement
    account: Account
    is_new_account: bool
    booked: Booked
    balance: Money
    differs_by: Money
    doubles: int


def _book(
    statement: Statement, named_account: str | None, import_id: str, work: ToolWork
) -> _Booked:
    account, is_new = _account(statement, named_account, work)
    prints = fingerprints(work.uow.accounts.rows_key(account.id), statement.lines)
    rows = [_row(line, seen) for line, seen in zip(statement.lines, prints, strict=True)]
    booked = work.uow.rows.book(
        work.user_id,
        account.id,
        rows,
        source=Source.IMPORT,
        now=work.now,
        import_id=import_id,
    )
    differs = _tie_to_closing(statement, account, import_id, work)
    balance = next(
        item.posted
        for item in work.uow.accounts.balances(work.user_id)
        if item.account.id == account.id
    )
    doubles = (
        0
        if is_new or not booked.new
        else work.uow.look_alikes.suggest(work.user_id, account.id, import_id, now=work.now)
    )
    return _Booked(statement, account, is_new, booked, balance, differs, doubles)


def _row(line: StatementLine, fingerprint: bytes) -> Row:
    return Row(
        booked_date=line.booked_date,
        amount=line.amount,
        description=line.description,
        payee=line.payee,
        external_id=line.external_id,
        fingerprint=fingerprint,
        pending=line.pending,
    )


def _account(statement: Statement, words: str | None, work: ToolWork) -> tuple[Account, bool]:
    """Find the account a statement belongs to, or open it."""
    currency = statement.account.currency
    number = statement.account.number
    known = work.uow.accounts.by_number(work.user_id, number, currency) if number else None
    if words is not None:
        return _named_account(words, statement, known, work)
    if known is not None:
        return _opened_again(known, work)
    accounts = [
        item
        for item in work.uow.accounts.of(work.user_id)
        if item.currency == currency and _may_be(item, statement)
    ]
    if not number and len(accounts) == 1:
        return accounts[0], False
    if not number and len(accounts) > 1:
        raise _which_account(accounts, statement, work)
    return _open(statement, _free_name(statement, work), work), True


def _which_account(accounts: Sequence[Account], statement: Statement, work: ToolWork) -> Unclear:
    """Ask which account a file belongs to: those it may be of, or a new one of a free name."""
    name = _free_name(statement, work)
    new = Option(name, phrase="choice.open_account", fields={"account": name})
    options = (*names.account_options(accounts), new)
    return Unclear("account", phrase="ask.account", options=options)


def _may_be(account: Account, statement: Statement) -> bool:
    """Tell whether a statement without a number may belong to an account: never across kinds."""
    if account.kind is AccountKind.CASH or account.ledger_class is LedgerClass.AUTHORITATIVE:
        return False
    told = statement.account.kind
    return not told or account.kind.value == told


def _named_account(
    words: str, statement: Statement, known: Account | None, work: ToolWork
) -> tuple[Account, bool]:
    """Find the account the user named; a new name for a number we know opens no second one."""
    accounts = work.uow.accounts.of(work.user_id)
    same = [item for item in accounts if item.name.casefold() == words.casefold()]
    if same or words.startswith("account:"):
        account = same[0] if same else names.account(work, words)
        if account.currency != statement.account.currency:
            raise AccountCurrencyDiffers(currency=account.currency)
        return _opened_again(account, work)
    if known is not None:
        return _opened_again(known, work)
    return _open(statement, words, work), True


def _opened_again(account: Account, work: ToolWork) -> tuple[Account, bool]:
    """Show an account again that an undo has put away; tell whether that was so."""
    names.refuse_own_record(account)
    if not account.active:
        work.uow.accounts.set_active(work.user_id, account.id, active=True)
    return account, not account.active


def _open(statement: Statement, name: str, work: ToolWork) -> Account:
    told = statement.account
    return work.uow.accounts.open(
        work.user_id,
        name=name[:80],
        kind=_KINDS.get(told.kind, AccountKind.CHECKING),
        currency=told.currency,
        institution=told.institution[:80],
        number=told.number,
        now=work.now,
    )


def _free_name(statement: Statement, work: ToolWork) -> str:
    """Name a new account after its bank, else its kind, else the file it came in."""
    told = statement.account
    read: ReadFile = work.prepared
    stem = " ".join(read.file_name.rpartition(".")[0].replace("_", " ").replace("-", " ").split())
    base = told.institution or told.kind.capitalize() or stem[:40].capitalize() or told.currency
    taken = {item.name for item in work.uow.accounts.of(work.user_id)}
    tries = (base, f"{base} {told.last4}".strip(), f"{base} {told.currency}")
    for name in tries:
        if name and name not in taken:
            return name
    return f"{base} {len(taken) + 1}"


def _tie_to_closing(
    statement: Statement, account: Account, import_id: str, work: ToolWork
) -> Money:
    """Make the books agree with the first stated balance; later ones are only compared.

    The opening balance is what the statement's closing one leaves over. Returns by how much
    the books differ from what the statement says.
    """
    zero = Money.zero(account.currency)
    closing = statement.closing
    if closing is None:
        return zero
    as_of = statement.as_of or max((line.booked_date for line in statement.lines), default=None)
    if as_of is None:
        return zero
    first = min((line.booked_date for line in statement.lines), default=as_of)
    computed = work.uow.entries.balance_on(work.user_id, account.id, as_of)
    gap = closing - computed
    work.uow.accounts.assert_closing(account.id, as_of, closing, source=import_id)
    if gap and work.uow.openings.is_needed(account.id, first=first, import_id=import_id):
        work.uow.openings.begin_with(work.user_id, account.id, gap, first, import_id, now=work.now)
        return zero
    return gap


def _answer(arguments: ImportStatement, booked: Sequence[_Booked], new: int) -> Answer:
    first = booked[0]
    facts = _facts(booked, new)
    lines = tuple(_account_line(item) for item in booked) if len(booked) > 1 else ()
    lines += tuple(
        Line(_warning_facts(warning.code, warning.fields), shape=warning.code)
        for item in booked
        for warning in item.statement.warnings
    )
    options = _options(booked, preview=arguments.preview)
    if arguments.preview:
        return Answer("import_statement.preview", facts, lines, options)
    if not new:
        return Answer("import_statement.nothing_new", facts, lines, options)
    subjects = (first.account.handle,)
    return Answer("import_statement.imported", facts, lines, options, UNDO, subjects=subjects)


def _empty(read: ReadFile) -> Answer:
    """Say that a file holds no rows for the books, with what it does hold."""
    first = read.statements[0]
    facts = (
        named("format", first.format.value),
        named("currency", first.account.currency),
        count("rows", 0),
        count("new", 0),
        count("known", 0),
        count("suggested_matches", 0),
        money("total_in", first.total_in),
        money("total_out", first.total_out),
    )
    lines = tuple(
        Line(_warning_facts(warning.code, warning.fields), shape=warning.code)
        for item in read.statements
        for warning in item.warnings
    )
    return Answer("import_statement.empty", facts, lines)


def _facts(booked: Sequence[_Booked], new: int) -> tuple[Fact, ...]:
    first = booked[0]
    lines = [line for item in booked for line in item.statement.lines]
    facts: list[Fact] = [
        named("format", first.statement.format.value),
        named("account", ", ".join(dict.fromkeys(item.account.name for item in booked))),
        named("currency", first.account.currency),
        count("rows", len(lines)),
        count("new", new),
        count("known", sum(item.booked.known for item in booked)),
        count("suggested_matches", sum(item.doubles for item in booked)),
    ]
    told = {
        "repeats": sum(item.booked.known for item in booked),
        "look_alikes": sum(item.doubles for item in booked),
        "uncategorised": sum(item.booked.uncategorised for item in booked),
    }
    facts += [count(name, number) for name, number in told.items() if number]
    if len({item.account.currency for item in booked}) == 1:
        currency = first.account.currency
        total_in = sum(item.statement.total_in.minor for item in booked)
        total_out = sum(item.statement.total_out.minor for item in booked)
        facts += [
            money("total_in", Money(total_in, currency)),
            money("total_out", Money(total_out, currency)),
        ]
    if lines:
        days = [line.booked_date for line in lines]
        facts.append(span("period", _span(min(days), max(days))))
    return tuple(facts + _balance_facts(booked))


def _balance_facts(booked: Sequence[_Booked]) -> list[Fact]:
    if len(booked) != 1:
        return []
    one = booked[0]
    facts = []
    if one.statement.opening is not None:
        facts.append(money("opening", one.statement.opening))
    if one.statement.closing is not None:
        facts += [money("closing", one.statement.closing), money("balance", one.balance)]
        if one.differs_by:
            stated = one.statement.closing
            facts += [money("stated", stated), money("computed", stated - one.differs_by)]
    return facts


def _span(first: date, last: date) -> Period:
    return Period(first, date.fromordinal(last.toordinal() + 1))


def _account_line(item: _Booked) -> Line:
    facts = (
        named("account", item.account.name),
        count("rows", len(item.statement.lines)),
        count("new", item.booked.new + item.booked.settled),
        money("total_in", item.statement.total_in),
        money("total_out", item.statement.total_out),
    )
    return Line(facts, shape="import_statement.account_line")


def _warning_facts(code: str, fields: Mapping[str, FieldValue]) -> tuple[Fact, ...]:
    facts: list[Fact] = [named("warning", code)]
    for name, value in fields.items():
        facts.append(count(name, value) if isinstance(value, int) else named(name, str(value)))
    return tuple(facts)


def _options(booked: Sequence[_Booked], *, preview: bool) -> tuple[str, ...]:
    options: list[str] = []
    if any(item.is_new_account for item in booked):
        told = "would_open" if preview else "new_account"
        options.append(f"import_statement.{told}")
    if any(item.booked.uncategorised for item in booked):
        options.append("import_statement.uncategorised")
    if len(booked) == 1 and booked[0].differs_by:
        options.append("import_statement.balance_differs")
    return tuple(options)
