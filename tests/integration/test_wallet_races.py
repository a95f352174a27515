"""Many at once in the same wallets: totals stay, nothing goes below nought, nothing happens twice.

Real threads on both databases; on PostgreSQL it is the locks of the stores that have to hold.
"""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import FinanceError
from core.ids import EntryId
from core.ledger.account import AccountKind, LedgerClass
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.ledger.hold import FundsMissing, HoldClosed, HoldExceeded, HoldState
from core.money import Money
from core.rates.rate import ECB, Rate
from core.wallets.exchange import Quote, QuoteExpired, quoted
from tests.integration.test_store_races import WORKERS, at_once, kinds
from tests.ledgers import GROCERIES, assert_sound, changing
from tests.people import NOW, TODAY, Person, dora

pytestmark = pytest.mark.locking

OPENING = 2_000_00
LATER = NOW + timedelta(days=1)
TO_EURO = Rate("USD", "EUR", Decimal("0.85"), TODAY, frozenset({ECB}))


@pytest.fixture
def person(database):
    """Somebody with a dollar and a euro wallet, the same in each."""
    person = dora(database)
    accounts = {}
    with changing(database) as uow:
        for code in ("USD", "EUR"):
            wallet = uow.accounts.open(
                person.id,
                name=code,
                kind=AccountKind.WALLET,
                ledger_class=LedgerClass.AUTHORITATIVE,
                currency=code,
                now=NOW,
            )
            amount = Money(OPENING, code)
            uow.wallets.top_up(person.id, wallet, amount, key=code, day=TODAY, now=NOW)
            accounts[code] = wallet.id
    return Person(database, person.user, accounts)


def new_quote(person: Person, minor: int, *, back: bool = False) -> Quote:
    rate = TO_EURO.turned() if back else TO_EURO
    wallets = (person.accounts[rate.base], person.accounts[rate.quote])
    owned = (person.ids.new("quote"), person.id)
    quote = quoted(owned, Money(minor, rate.base), rate, wallets, now=NOW)
    with changing(person.database) as uow:
        uow.wallets.add_quote(quote)
    return quote


def exchange(person: Person, quote: Quote, key: str) -> Quote:
    with changing(person.database) as uow:
        return uow.wallets.exchange(person.id, quote.id, key=key, day=TODAY, now=NOW)


def place(person: Person, code: str, minor: int, key: str) -> int:
    with changing(person.database) as uow:
        amount = Money(minor, code)
        hold = uow.holds.place(
            person.id, person.accounts[code], amount, key=key, label="", expires_at=LATER, now=NOW
        )
    return hold.id


def take(person: Person, hold: int, code: str, minor: int, key: str) -> EntryId:
    parts = (Allocation(GROCERIES, Money(minor, code)),)
    entry = NewEntry(
        account_id=person.accounts[code],
        booked_date=TODAY,
        amount=Money(-minor, code),
        flow=Flow.SPEND,
        allocations=parts,
        payee="Shop",
        merchant_key="shop",
        source=Source.CARD,
    )
    with changing(person.database) as uow:
        return uow.holds.capture(person.id, hold, entry, key=key, last=False, now=NOW)


def let_go(person: Person, hold: int) -> None:
    with changing(person.database) as uow:
        uow.holds.void(person.id, hold, now=NOW)


def balances(person: Person) -> dict[str, tuple[int, int]]:
    with person.database.reading() as uow:
        return {
            one.account.currency: (one.posted.minor, one.held.minor)
            for one in uow.accounts.balances(person.id)
        }


class TestEverythingAtOnce:
    @pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
    def test_conserves_totals_and_never_goes_below_nought(self, person, seed):
        """Property 4: whatever the order, what is there is what the successful ones left."""

        def busy(number: int) -> dict[str, int]:
            """Exchange, hold, take and let go in an order of its own; seeded to come again."""
            chance, done = random.Random(seed * 100 + number), {"USD": 0, "EUR": 0}
            for step in range(6):
                code = chance.choice(["USD", "EUR"])
                minor, key = chance.randrange(1, 60_000), f"{seed}-{number}-{step}"
                try:
                    if chance.random() < 0.5:
                        quote = new_quote(person, minor, back=code == "EUR")
                        exchange(person, quote, key)
                        done[quote.paid.currency] -= quote.cost.minor
                        done[quote.got.currency] += quote.got.minor
                        continue
                    hold = place(person, code, minor, key)
                    if chance.random() < 0.5:
                        take(person, hold, code, minor // 2 + 1, key)
                        done[code] -= minor // 2 + 1
                    let_go(person, hold)
                except FundsMissing:
                    continue
                except HoldClosed:
                    assert minor == 1  # all of it was taken
            return done

        results = at_once(*(lambda n=n: busy(n) for n in range(WORKERS)))
        assert all(isinstance(one, dict) for one in results), results
        wanted = {code: OPENING + sum(one[code] for one in results) for code in ("USD", "EUR")}
        found = balances(person)
        assert found == {code: (minor, 0) for code, minor in wanted.items()}
        assert min(wanted.values()) >= 0
        assert_sound(person)


class TestTheSameThingAtOnce:
    def test_one_quote_is_taken_once_whoever_comes_first(self, person):
        quote = new_quote(person, 10_000)
        results = at_once(
            *(lambda n=n: exchange(person, quote, f"key-{n}") for n in range(WORKERS))
        )
        assert kinds(results) == {"Quote": 1, QuoteExpired.__name__: WORKERS - 1}
        assert balances(person)["EUR"][0] == OPENING + quote.got.minor
        assert_sound(person)

    def test_one_key_exchanges_once_and_everybody_hears_so(self, person):
        quote = new_quote(person, 10_000)
        results = at_once(*(lambda: exchange(person, quote, "key") for _ in range(WORKERS)))
        assert kinds(results) == {"Quote": WORKERS}
        assert balances(person)["USD"][0] == OPENING - quote.cost.minor
        assert_sound(person)

    def test_no_more_is_taken_than_is_held(self, person):
        """Property 6 under threads: eight quarters of a hold, of which four fit."""
        hold = place(person, "USD", 1_000, "hold")
        results = at_once(
            *(lambda n=n: take(person, hold, "USD", 250, f"part-{n}") for n in range(WORKERS))
        )
        refused = [one for one in results if isinstance(one, FinanceError)]
        assert len(refused) == WORKERS - 4
        assert {type(one) for one in refused} <= {HoldClosed, HoldExceeded}
        assert balances(person)["USD"] == (OPENING - 1_000, 0)
        assert_sound(person)

    def test_a_hold_ends_once_when_it_is_taken_and_let_go_together(self, person):
        hold = place(person, "USD", 1_000, "hold")
        jobs = [lambda: take(person, hold, "USD", 1_000, "part"), lambda: let_go(person, hold)] * 3
        results = at_once(*jobs)
        with person.database.reading() as uow:
            ended = uow.holds.get(person.id, hold).state
        taken = OPENING - balances(person)["USD"][0]
        assert (ended, taken) in [(HoldState.CAPTURED, 1_000), (HoldState.VOID, 0)]
        # One let it go, or each repeat of the same part heard that it was taken.
        assert kinds(results)["HoldClosed"] in (3, 5)
        assert balances(person)["USD"][1] == 0
        assert_sound(person)

    def test_two_holds_do_not_fit_where_only_one_does(self, person):
        minor = OPENING // 2 + 1
        results = at_once(
            *(lambda n=n: place(person, "EUR", minor, f"hold-{n}") for n in range(WORKERS))
        )
        assert kinds(results) == {"int": 1, FundsMissing.__name__: WORKERS - 1}
        assert balances(person)["EUR"] == (OPENING, minor)
        assert_sound(person)
