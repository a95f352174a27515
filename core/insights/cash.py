"""The money to live from: which accounts it is in, what comes back there, and where it leads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.insights.expected import Recurring, recurring
from core.insights.movement import Movement
from core.insights.outlook import HISTORY, Outlook, everyday, look_ahead
from core.ledger.account import AccountKind, Balance
from core.ledger.entry import Flow
from core.ledger.pockets import AT_HAND

LOOK_BACK = timedelta(days=800)
# The low-balance line: this part of what goes out in a usual month.
_LINE_PART = 10


@dataclass(frozen=True, slots=True)
class Cash:
    """Accounts of one currency that everyday life is paid from, with their movements.

    ``savings`` lie beside them, ``owed`` is what cards are owed (not negative), ``line`` is the
    balance below which it gets tight.
    """

    currency: str
    balances: tuple[Balance, ...]
    movements: tuple[Movement, ...]
    recurring: Recurring
    balance: int
    savings: int
    owed: int
    line: int
    today: date

    def rest(self) -> tuple[int, ...]:
        """Return everyday days of the past; raise `TooLittleHistory`."""
        return everyday(self.movements, self.recurring.explained, today=self.today)

    def ahead(self, days: int, *, less: int = 0, line: int | None = None) -> Outlook:
        """Look ``days`` ahead, with ``less`` taken off today; raise `TooLittleHistory`."""
        last = self.today + timedelta(days=days)
        return look_ahead(
            self.balance - less,
            self.rest(),
            self.recurring.dated(self.today, last),
            today=self.today,
            days=days,
            line=self.line if line is None else line,
        )


def cash_of(
    balances: Sequence[Balance],
    pockets: Sequence[Balance],
    movements: Iterable[Movement],
    *,
    currency: str,
    today: date,
) -> Cash:
    """Gather the accounts to live from, ``pockets``, what lies beside them, and their movements."""
    kept = {int(one.account.id) for one in pockets}
    others = [
        one
        for one in balances
        if one.account.currency == currency and int(one.account.id) not in kept
    ]
    rows = [one for one in movements if one.currency == currency and one.account_id in kept]
    return _gathered(pockets, others, rows, today)


def with_savings(cash: Cash, balances: Sequence[Balance], movements: Iterable[Movement]) -> Cash:
    """Return the same with savings accounts taken in: what a household could live from at last."""
    kinds = AT_HAND | {AccountKind.SAVINGS}
    mine = [
        one
        for one in balances
        if one.account.currency == cash.currency and one.account.kind in kinds
    ]
    kept = {int(one.account.id) for one in mine}
    rows = [one for one in movements if one.account_id in kept]
    return _gathered(mine, [], rows, cash.today)


def only(cash: Cash, account_id: int) -> Cash:
    """Return the view of one account alone."""
    mine = [one for one in cash.balances if int(one.account.id) == account_id]
    rows = [one for one in cash.movements if one.account_id == account_id]
    return _gathered(mine, [], rows, cash.today)


def _gathered(
    pockets: Sequence[Balance],
    others: Sequence[Balance],
    rows: Sequence[Movement],
    today: date,
) -> Cash:
    currency = next((one.account.currency for one in (*pockets, *others)), "")
    cards = [one for one in others if one.account.kind is AccountKind.CARD]
    saved = [one for one in others if one.account.kind is AccountKind.SAVINGS]
    return Cash(
        currency=currency,
        balances=tuple(pockets),
        movements=tuple(rows),
        recurring=recurring(rows, today=today),
        balance=sum(one.available.minor for one in pockets),
        savings=sum(one.available.minor for one in saved),
        owed=sum(max(0, -one.available.minor) for one in cards),
        line=_line(rows, today),
        today=today,
    )


def _line(rows: Sequence[Movement], today: date) -> int:
    """Return a tenth of what is spent from these accounts in a usual month."""
    recent = [one for one in rows if (today - one.on).days <= HISTORY]
    if not recent:
        return 0
    days = max(30, (today - min(one.on for one in recent)).days)
    spent = -sum(one.minor for one in recent if one.flow is Flow.SPEND)
    return max(0, spent * 30 // (days * _LINE_PART))
