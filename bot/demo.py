"""Sample households: a private copy of invented books for whoever wants to try."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from core.budgets.budget import Budget, BudgetState, Cadence
from core.clock import Clock
from core.connect.bank_days import bank_days
from core.connect.households.build import household
from core.connect.households.household import Household, HouseholdAccount, HouseholdRow
from core.connect.households.payees import PAYEES
from core.connect.simulated_prices import SimulatedPrices
from core.errors import FinanceError
from core.ids import AccountId, Ids, UserId
from core.investments.known import known_securities
from core.investments.price import DEMO
from core.investments.trade import Trade, TradeSource
from core.ledger.account import AccountKind
from core.ledger.entry import Flow, NewEntry, Source
from core.payments.contact import Contact
from core.store.row_booking import Row
from core.store.unit_of_work import Database, UnitOfWork
from core.users.preferences import Preferences
from core.users.user import EmailTaken, User, UserKind, UserUnknown


class DemoFull(FinanceError):
    """There are as many copies of sample households as we keep."""

    code = "demo.full"


# Returns are told from a day before the first trade on; a year is what risk is reckoned from.
_PRICES_BEFORE = timedelta(days=400)

HOUSEHOLDS = ("maya", "arjun")
_DOMAIN = "demo.financemaster.app"


class DemoBooks:
    """Opens sample households in the database."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, max_copies: int) -> None:
        """Keep at most ``max_copies`` private copies."""
        self._database = database
        self._clock = clock
        self._ids = ids
        self._max_copies = max_copies

    def load(self, name: str) -> User:
        """Return the shared sample household, booking it when it is not there yet."""
        email = f"{name}@{_DOMAIN}"
        with self._database.reading() as uow:
            try:
                return uow.users.by_email(email)
            except UserUnknown:
                pass
        try:
            return self._book(household(name, today=self._today(name)), email)
        except EmailTaken:  # another process was quicker
            with self._database.reading() as uow:
                return uow.users.by_email(email)

    def open_copy(self, name: str) -> str:
        """Book a private copy for one visitor and return its user id; raise `DemoFull`."""
        with self._database.reading() as uow:
            if uow.users.count() > self._max_copies:
                raise DemoFull
        tag = self._ids.new("copy").rpartition("_")[2]
        sample = household(name, today=self._today(name))
        return self._book(sample, f"{name}+{tag}@{_DOMAIN}").id

    def _today(self, name: str) -> date:
        zone = "Europe/Madrid" if name == "maya" else "Asia/Kolkata"
        return Preferences(zone=zone).today(self._clock.now())

    def _book(self, sample: Household, email: str) -> User:
        now = self._clock.now()
        facts = sample.user
        preferences = Preferences(
            locale=facts.locale, zone=facts.zone, currency=facts.currency, country=facts.country
        )
        with self._database.work() as uow:
            user = uow.users.add(
                email,
                preferences,
                now=now,
                ids=self._ids,
                given_name=facts.given_name,
                kind=UserKind.DEMO,
            )
            accounts = {
                item.key: self._open(uow, user.id, item, sample) for item in sample.accounts
            }
            _book_rows(uow, user.id, sample, accounts, self._clock)
            today = preferences.today(now)
            for budget in sample.budgets:
                uow.budgets.add(
                    Budget(
                        0,
                        user.id,
                        budget.category,
                        budget.limit,
                        Cadence(budget.cadence),
                        BudgetState.ACTIVE,
                        today,
                    ),
                    now=now,
                )
            _keep_payees(uow, user.id, sample.name, now)
            uow.schedules.arrange(user.id, preferences, now=now)
            uow.rows.pair_transfers(user.id, now=now)
            _keep_trades(uow, user.id, sample, preferences.today(now), now)
            uow.recurring.refresh(
                user.id, today=today, now=now, is_bank_day=bank_days(facts.country)
            )
            uow.commit()
        return user

    def _open(
        self, uow: UnitOfWork, user_id: UserId, item: HouseholdAccount, sample: Household
    ) -> AccountId:
        now = self._clock.now()
        account = uow.accounts.open(
            user_id,
            name=item.name,
            kind=AccountKind(item.kind),
            currency=item.currency,
            institution=item.institution,
            number=item.number,
            now=now,
        )
        first = min(
            (row.booked_date for row in sample.rows if row.account == item.key),
            default=now.date(),
        )
        if item.opening:
            opening = NewEntry(
                account_id=account.id,
                booked_date=first,
                amount=item.opening,
                flow=Flow.OPENING,
                allocations=(),
                payee="",
                merchant_key="",
                source=Source.OPENING,
            )
            uow.ledger.book(user_id, opening, now=now)
        return account.id


def _book_rows(
    uow: UnitOfWork,
    user_id: UserId,
    sample: Household,
    accounts: Mapping[str, AccountId],
    clock: Clock,
) -> None:
    for key, account_id in accounts.items():
        rows = [_row(row) for row in sample.rows if row.account == key]
        uow.rows.book(user_id, account_id, rows, source=Source.DEMO, now=clock.now())


def _keep_trades(
    uow: UnitOfWork, user_id: UserId, sample: Household, today: date, now: datetime
) -> None:
    """Keep the household's trades, and the simulator's prices of all days from the first on."""
    first: dict[str, date] = {}
    for done in sample.trades:
        known = known_securities()[done.symbol]
        security = uow.trades.add_security(known.of(user_id), now=now)
        first.setdefault(done.symbol, done.on - _PRICES_BEFORE)
        trade = Trade(
            id=0,
            user_id=user_id,
            security_id=security.id,
            kind=done.kind,
            traded_on=done.on,
            quantity=done.quantity,
            amount=done.amount,
            fee=done.fee,
            source=TradeSource.DEMO,
        )
        uow.trades.add(trade, now=now)
    told = uow.prices.newest(DEMO)
    since = {
        symbol: told[symbol] + timedelta(days=1) if symbol in told else day
        for symbol, day in first.items()
    }
    uow.prices.add_history(SimulatedPrices().history(since, today - timedelta(days=1)))


def _row(row: HouseholdRow) -> Row:
    return Row(
        booked_date=row.booked_date,
        amount=row.amount,
        description=row.description,
        external_id=row.external_id,
        pending=row.pending,
    )


def _keep_payees(uow: UnitOfWork, user_id: UserId, name: str, now: datetime) -> None:
    """Save whom the household has been paying for long: nobody has to wait for them."""
    for payee, number in PAYEES.get(name, ()):
        contact = Contact(0, user_id, payee, number, now, now)
        uow.payments.add_contact(contact, key=f"demo:{user_id}:{number}")
