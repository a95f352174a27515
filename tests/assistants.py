"""People with books that another assistant may read, for tests."""

from __future__ import annotations

from bot.app import App
from core.ledger.account import AccountKind
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.money import Money
from core.users.preferences import Preferences
from core.users.user import User


def person(app: App, email: str, payee: str = "Lidl", entries: int = 2) -> User:
    """Add a user with an account and some entries of one payee."""
    now = app.clock.now()
    with app.database.work() as uow:
        user = uow.users.add(email, Preferences(), now=now, ids=app.ids)
        account = uow.accounts.open(
            user.id, name="Everyday", kind=AccountKind.CHECKING, currency="USD", now=now
        )
        for place in range(entries):
            amount = Money.of(20 + place, "USD")
            entry = NewEntry(
                account_id=account.id,
                booked_date=user.preferences.today(now),
                amount=-amount,
                flow=Flow.SPEND,
                allocations=(Allocation("FOOD_AND_DRINK_GROCERIES", amount, "user"),),
                payee=payee,
                merchant_key=payee.lower(),
                source=Source.MANUAL,
            )
            uow.ledger.book(user.id, entry, now=now)
        uow.commit()
    return user
