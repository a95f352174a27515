"""Many users at once, each with a chat and a budget that their spending has just used up."""

from __future__ import annotations

from bot.bench.stage import WISHES, Books
from core.budgets.budget import Budget, BudgetState, Cadence
from core.ids import UserId
from core.ledger.account import AccountKind
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.messaging.address import Address, ChannelName
from core.money import Money
from core.store.unit_of_work import UnitOfWork

_AT_ONCE = 500
_CATEGORY = "FOOD_AND_DRINK"
_SPENT, _LIMIT = Money(96_00, "USD"), Money(100_00, "USD")


def add_people(books: Books, number: int) -> None:
    """Add users to whom there is something to say now."""
    for first in range(0, number, _AT_ONCE):
        with books.app.database.work() as uow:
            for place in range(first, min(number, first + _AT_ONCE)):
                _add(books, uow, place)
            uow.commit()


def chat_of(place: int) -> Address:
    """Return the number that a user writes from."""
    return Address(ChannelName.SMS, f"+1555{place:07}")


def link(books: Books, uow: UnitOfWork, user_id: UserId, address: Address) -> None:
    """Link a chat to a user without ceremony."""
    now, ids = books.app.clock.now(), books.app.ids
    uow.bindings.link(user_id, address, now=now, ids=ids)
    uow.conversations.at(address, owner=user_id, now=now, ids=ids)


def _add(books: Books, uow: UnitOfWork, place: int) -> None:
    now, ids = books.app.clock.now(), books.app.ids
    user = uow.users.add(f"{ids.new('bench')}@example.com", WISHES, now=now, ids=ids)
    account = uow.accounts.open(
        user.id, name="Everyday", kind=AccountKind.CHECKING, currency="USD", now=now
    )
    entry = NewEntry(
        account_id=account.id,
        booked_date=books.today,
        amount=-_SPENT,
        flow=Flow.SPEND,
        allocations=(Allocation(f"{_CATEGORY}_GROCERIES", _SPENT),),
        payee="Corner Shop",
        merchant_key="corner shop",
        source=Source.MANUAL,
    )
    uow.ledger.book(user.id, entry, now=now)
    budget = Budget(
        id=0,
        user_id=user.id,
        category=_CATEGORY,
        limit=_LIMIT,
        cadence=Cadence.MONTHLY,
        state=BudgetState.ACTIVE,
        started_on=books.today,
    )
    uow.budgets.add(budget, now=now)
    link(books, uow, user.id, chat_of(place))
