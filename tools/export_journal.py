"""Books as plain-text journals, for hledger and for beancount; both add up to our balances."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from core.ids import AccountId
from core.ledger.account import Account, AccountKind
from core.ledger.entry import EntryState, Flow, JournalEntry

_OWED = frozenset({AccountKind.CARD, AccountKind.LOAN})
_OTHER_SIDE = {
    Flow.SPEND: "expenses",
    Flow.INCOME: "income",
    Flow.MOVE: "equity:transfers",
    Flow.EXCHANGE: "equity:exchange",
    Flow.INVEST: "equity:securities",
    Flow.OPENING: "equity:opening",
}
# Beancount: a part of a name begins with a capital or a figure, then letters, figures, dashes.
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9]+")


def hledger_journal(entries: Iterable[JournalEntry], accounts: Sequence[Account]) -> str:
    """Return a journal in which every transaction balances to the last minor unit."""
    names = _names(accounts)
    parts = []
    for entry in _in_order(entries):
        mark = "!" if entry.state is EntryState.PENDING else "*"
        title = _plain(entry.payee) or _plain(entry.source.value)
        lines = [f"{entry.booked_date.isoformat()} {mark} {title}"]
        lines += [
            f"    {account}  {amount} {entry.amount.currency}"
            for account, amount in _legs(entry, names[entry.account_id])
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def beancount_journal(entries: Iterable[JournalEntry], accounts: Sequence[Account]) -> str:
    """Return a beancount file: every account is opened on the day it is first used."""
    names = _names(accounts)
    first: dict[str, date] = {}
    parts = []
    for entry in _in_order(entries):
        mark = "!" if entry.state is EntryState.PENDING else "*"
        title = _quoted(entry.payee or entry.source.value)
        lines = [f"{entry.booked_date.isoformat()} {mark} {title}"]
        for account, amount in _legs(entry, names[entry.account_id]):
            name = _as_beancount(account)
            first.setdefault(name, entry.booked_date)
            lines.append(f"  {name}  {amount} {entry.amount.currency}")
        parts.append("\n".join(lines))
    opened = [f"{day.isoformat()} open {name}" for name, day in sorted(first.items())]
    return "\n\n".join(["\n".join(opened), *parts]) + "\n"


def _in_order(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    return sorted(entries, key=lambda item: (item.booked_date, item.id))


def _legs(entry: JournalEntry, account: str) -> list[tuple[str, str]]:
    """Return all legs of an entry, the account's own first; they sum to zero."""
    legs = [(account, entry.amount.plain)]
    side = _OTHER_SIDE[entry.flow]
    sign = -1 if entry.flow is Flow.INCOME else 1
    legs += [
        (f"{side}:{_plain(part.category) or 'none'}", part.amount.times(sign).plain)
        for part in entry.allocations
    ]
    if not entry.allocations:
        legs.append((side, (-entry.amount).plain))
    return legs


def _names(accounts: Sequence[Account]) -> Mapping[AccountId, str]:
    """Give every account a name of its own: two of one name must not become one."""
    taken: set[str] = set()
    names: dict[AccountId, str] = {}
    for account in accounts:
        side = "liabilities" if account.kind in _OWED else "assets"
        name = f"{side}:{_plain(account.name) or 'account'}"
        if _as_beancount(name) in taken:
            name = f"{name} {account.id}"
        taken.add(_as_beancount(name))
        names[account.id] = name
    return names


def _plain(text: str) -> str:
    """Leave out what would mean something else in a journal."""
    kept = "".join(char if char.isalnum() or char in "_-.&'" else " " for char in text)
    return " ".join(kept.split())


def _quoted(text: str) -> str:
    return '"' + " ".join(text.replace("\\", " ").replace('"', "'").split()) + '"'


def _as_beancount(name: str) -> str:
    """Write ``assets:chase checking`` as ``Assets:Chase-checking``."""
    parts = []
    for part in name.split(":"):
        ascii_part = _NOT_IN_NAME.sub("-", part).strip("-") or "X"
        parts.append(ascii_part[0].upper() + ascii_part[1:])
    return ":".join(parts)
