"""Households of a dialogue's own: a few accounts and entries whose sums can be done by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.app import App
from core.budgets.budget import Budget, BudgetState, Cadence
from core.categories.cover import flow_of
from core.ids import UserId
from core.ledger.account import Account, AccountKind
from core.ledger.entry import Allocation, Flow, NewEntry, Source, counted
from core.money import Money
from core.payees.categorise import recognise
from core.schedules.banking import every_day
from core.store.row_booking import Row
from core.store.unit_of_work import UnitOfWork
from core.users.preferences import Preferences
from tests.dialogue.script import Dialogue

EMAIL = "ana@example.org"


def open_own(app: App, dialogue: Dialogue) -> str:
    """Make a user of the dialogue's own and return the id."""
    with app.database.work() as uow:
        wished = Preferences(**dialogue.preferences)
        user = uow.users.add(EMAIL, wished, now=app.clock.now(), ids=app.ids, given_name="Ana")
        if dialogue.pin:
            uow.users.set_pin(user.id, dialogue.pin)
        uow.commit()
    return str(user.id)


def book_own(app: App, owner: UserId, dialogue: Dialogue) -> None:
    """Book what the dialogue names: accounts, entries by hand, rows of a bank, budgets."""
    if not (dialogue.accounts or dialogue.entries or dialogue.rows or dialogue.budgets):
        return
    with app.database.work() as uow:
        now = app.clock.now()
        user = uow.users.get(owner)
        today = user.preferences.today(now)
        for one in dialogue.accounts:
            account = uow.accounts.open(
                owner,
                name=one["name"],
                kind=AccountKind(one.get("kind", "checking")),
                currency=one.get("currency", user.preferences.currency),
                institution=one.get("institution", ""),
                number=one.get("number", ""),
                now=now,
            )
            if "opening" in one:
                uow.ledger.book(owner, _opening(one["opening"], account), now=now)
        accounts = {item.name: item for item in uow.accounts.of(owner)}
        made = [_entry(entry, accounts) for entry in dialogue.entries]
        uow.ledger.book_many(owner, made, now=now)
        for row in dialogue.rows:
            _book_row(uow, owner, row, accounts, now)
        for budget in dialogue.budgets:
            uow.budgets.add(_budget(budget, owner, user.preferences.currency, today), now=now)
        uow.recurring.refresh(owner, today=today, now=now, is_bank_day=every_day)
        uow.commit()


def _opening(amount: str, account: Account) -> NewEntry:
    return NewEntry(
        account_id=account.id,
        booked_date=date(2026, 1, 1),
        amount=Money.of(amount, account.currency),
        flow=Flow.OPENING,
        allocations=(),
        payee="",
        merchant_key="",
        source=Source.OPENING,
    )


def _entry(one: Any, accounts: dict[str, Account]) -> NewEntry:
    """Read an entry typed in by hand; ``amount`` has the account's sign: out is negative."""
    account = accounts[one["account"]]
    amount = Money.of(one["amount"], account.currency)
    flow = flow_of(one["category"])
    return NewEntry(
        account_id=account.id,
        booked_date=date.fromisoformat(one["date"]),
        amount=amount,
        flow=flow,
        allocations=(Allocation(one["category"], counted(flow, amount), "user"),),
        payee=one["payee"],
        merchant_key=recognise(one["payee"], inflow=amount.minor > 0).payee.key,
        source=Source.MANUAL,
    )


def _book_row(
    uow: UnitOfWork, owner: UserId, row: Any, accounts: dict[str, Account], now: Any
) -> None:
    account = accounts[row["account"]]
    amount = Money.of(row["amount"], account.currency)
    booked = Row(
        date.fromisoformat(row["date"]),
        amount,
        row["description"],
        pending=row.get("pending", "") == "yes",
    )
    uow.rows.book(owner, account.id, [booked], source=Source.IMPORT, now=now)


def _budget(one: Any, owner: UserId, currency: str, today: date) -> Budget:
    return Budget(
        id=0,
        user_id=owner,
        category=one["category"],
        limit=Money.of(one["limit"], currency),
        cadence=Cadence(one.get("cadence", "monthly")),
        state=BudgetState.ACTIVE,
        started_on=today,
    )
