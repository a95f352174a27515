"""What holds in wallets whatever is done to them: holds, exchanges and fees, on both databases.

A machine opens, fills, holds, takes, lets go and exchanges in any order, with books of its own in
plain Python. Properties 3, 6, 7 and 9 of the ledger; the table of all is in
`test_list_of_properties.py`.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from core.ledger.account import AccountKind, LedgerClass
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.ledger.hold import (
    FundsMissing,
    HoldClosed,
    HoldExceeded,
    HoldKeyReused,
    HoldState,
)
from core.money import Money
from core.rates.rate import ECB, Rate
from core.store.unit_of_work import Database
from core.wallets.exchange import QUOTE_LIFE, AmountTooSmall, Quote, QuoteExpired, fee_of, quoted
from tests.ledgers import GROCERIES, ON_BOTH, breaches, changing, machine
from tests.people import NOW, TODAY, dora

pytestmark = pytest.mark.slow

minors = st.integers(min_value=1, max_value=50_000)
currencies = st.sampled_from(["USD", "EUR", "JPY"])
TO_EURO = {"USD": Decimal("1.1702"), "JPY": Decimal("163.45"), "EUR": Decimal(1)}
LATER = NOW + timedelta(days=1)


@dataclass
class Held:
    """A hold as the machine's own books have it."""

    currency: str
    amount: int
    captured: int = 0
    state: HoldState = HoldState.HELD

    @property
    def left(self) -> int:
        return self.amount - self.captured if self.state is HoldState.HELD else 0


def spend(account_id, minor: int, currency: str) -> NewEntry:
    return NewEntry(
        account_id,
        TODAY,
        Money(-minor, currency),
        Flow.SPEND,
        (Allocation(GROCERIES, Money(minor, currency)),),
        "Shop",
        "shop",
        source=Source.CARD,
    )


class Wallets(RuleBasedStateMachine):
    """Three wallets of one person."""

    holds = Bundle("holds")
    quotes = Bundle("quotes")

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.person = dora(database)
        self.posted = dict.fromkeys(TO_EURO, 0)
        self.held: dict[int, Held] = {}
        self.quoted: dict[str, Quote] = {}
        self.used: set[str] = set()
        self.number = 0
        with changing(database) as uow:
            self.wallets = {
                code: uow.accounts.open(
                    self.person.id,
                    name=f"{code} wallet",
                    kind=AccountKind.WALLET,
                    ledger_class=LedgerClass.AUTHORITATIVE,
                    currency=code,
                    now=NOW,
                )
                for code in TO_EURO
            }

    def _key(self) -> str:
        self.number += 1
        return f"key-{self.number}"

    def _available(self, code: str) -> int:
        return self.posted[code] - sum(
            one.left for one in self.held.values() if one.currency == code
        )

    def _expect(self, error: type[Exception] | None):
        return pytest.raises(error) if error else nullcontext()

    @rule(code=currencies, minor=minors)
    def top_up(self, code, minor):
        with changing(self.person.database) as uow:
            wallet, amount = self.wallets[code], Money(minor, code)
            uow.wallets.top_up(self.person.id, wallet, amount, key=self._key(), day=TODAY, now=NOW)
        self.posted[code] += minor

    @rule(target=holds, code=currencies, minor=minors)
    def hold(self, code, minor):
        short = self._available(code) < minor
        key, amount = self._key(), Money(minor, code)
        wanted = partial(
            self._place, self.wallets[code].id, amount, key=key, label="Shop", expires_at=LATER
        )
        with self._expect(FundsMissing if short else None):
            hold = wanted()
        if short:
            return multiple()
        assert wanted() == hold  # the same key is the same hold
        with pytest.raises(HoldKeyReused):
            self._place(
                self.wallets[code].id, amount + Money(1, code), key=key, label="", expires_at=LATER
            )
        self.held[hold.id] = Held(code, minor)
        return hold.id

    @rule(at=holds, minor=minors, last=st.booleans())
    def take(self, at, minor, last):
        held = self.held[at]
        refused: type[Exception] | None = None
        if held.state is not HoldState.HELD:
            refused = HoldClosed
        elif minor > held.left:
            refused = HoldExceeded
        key = self._key()
        with self._expect(refused):
            first = self._take(at, held.currency, minor, key=key, last=last)
        if refused:
            return
        assert self._take(at, held.currency, minor, key=key, last=last) == first
        held.captured += minor
        self.posted[held.currency] -= minor
        if last or held.captured == held.amount:
            held.state = HoldState.CAPTURED

    @rule(at=holds)
    def let_go(self, at):
        held = self.held[at]
        with (
            self._expect(HoldClosed if held.state is not HoldState.HELD else None),
            changing(self.person.database) as uow,
        ):
            uow.holds.void(self.person.id, at, now=NOW)
        if held.state is HoldState.HELD:
            held.state = HoldState.VOID

    @rule(at=holds, more=minors)
    def hold_more(self, at, more):
        held = self.held[at]
        amount = Money(held.amount + more, held.currency)
        refused: type[Exception] | None = None
        if held.state is not HoldState.HELD:
            refused = HoldClosed
        elif self._available(held.currency) < more:
            refused = FundsMissing
        with self._expect(refused), changing(self.person.database) as uow:
            uow.holds.raise_to(self.person.id, at, amount)
        if refused is None:
            held.amount += more

    @rule()
    def time_runs_out(self):
        with changing(self.person.database) as uow:
            uow.holds.expire_due(now=LATER, limit=10_000)
        for held in self.held.values():
            if held.state is HoldState.HELD:
                held.state = HoldState.EXPIRED

    @rule(target=quotes, base=currencies, wanted=currencies, minor=minors)
    def ask_for_a_quote(self, base, wanted, minor):
        if base == wanted:
            return multiple()
        value = TO_EURO[wanted] / TO_EURO[base]
        rate = Rate(base, wanted, value, TODAY, frozenset({ECB}))
        wallets = (self.wallets[base].id, self.wallets[wanted].id)
        owned = (self.person.ids.new("quote"), self.person.id)
        try:
            quote = quoted(owned, Money(minor, base), rate, wallets, now=NOW)
        except AmountTooSmall:
            assert minor * value * (100 if wanted != "JPY" else 1) < 200  # next to nothing
            return multiple()
        with changing(self.person.database) as uow:
            uow.wallets.add_quote(quote)
        self.quoted[quote.id] = quote
        return quote.id

    @rule(at=quotes, late=st.booleans())
    def exchange(self, at, late):
        quote = self.quoted[at]
        base, wanted = quote.paid.currency, quote.got.currency
        refused: type[Exception] | None = None
        if at in self.used or late:
            refused = QuoteExpired
        elif self._available(base) < quote.cost.minor:
            refused = FundsMissing
        now = NOW + QUOTE_LIFE if late else NOW
        key = self._key()
        with self._expect(refused):
            self._exchange(at, key=key, now=now)
        if refused:
            return
        self._exchange(at, key=key, now=now)  # the same key does nothing more
        self.used.add(at)
        self.posted[base] -= quote.cost.minor
        self.posted[wanted] += quote.got.minor

    # ------------------------------------------------------------------ what must hold

    @invariant()
    def the_books_do_not_contradict_themselves(self):
        with self.person.database.reading() as uow:
            assert breaches(uow, self.person.id) == []
            assert uow.accounts.mismatches(self.person.id) == ()

    @invariant()
    def balances_are_what_was_done_and_never_below_nought(self):
        with self.person.database.reading() as uow:
            found = {
                item.account.currency: (item.posted.minor, item.available.minor)
                for item in uow.accounts.balances(self.person.id)
            }
        assert found == {code: (self.posted[code], self._available(code)) for code in TO_EURO}
        assert all(available >= 0 for _, available in found.values())

    # ------------------------------------------------------------------ private

    def _place(self, account_id, amount, **more):
        with changing(self.person.database) as uow:
            return uow.holds.place(self.person.id, account_id, amount, now=NOW, **more)

    def _take(self, at, code, minor, *, key, last):
        with changing(self.person.database) as uow:
            entry = spend(self.wallets[code].id, minor, code)
            return uow.holds.capture(self.person.id, at, entry, key=key, last=last, now=NOW)

    def _exchange(self, at, *, key, now):
        with changing(self.person.database) as uow:
            uow.wallets.exchange(self.person.id, at, key=key, day=TODAY, now=now)


@ON_BOTH
class TestAnyWallets:
    def test_stay_whole_whatever_is_done_to_them(self, database):
        run_state_machine_as_test(
            partial(Wallets, database),  # type: ignore[arg-type]  # any way to make one will do
            settings=machine(steps=25, share=10),
        )


class TestAnExchange:
    @pytest.mark.parametrize("minor", [1, 99, 100, 12_345, 10**12])
    def test_tells_its_fee_apart_and_never_rounds_it_down(self, minor):
        fee = fee_of(Money(minor, "USD"))
        assert fee.minor * 200 >= minor > (fee.minor - 1) * 200

    def test_has_four_legs_and_the_fee_in_its_own_currencies(self, database):
        books = Wallets(database)
        person = books.person
        books.top_up("USD", 50_000)
        at = str(books.ask_for_a_quote("USD", "EUR", 10_000))
        books.exchange(at, late=False)
        with database.reading() as uow:
            rows = uow.connection.exec_driver_sql(
                "SELECT a.kind, p.currency, p.minor FROM postings p"
                " JOIN accounts a ON a.id = p.account_id"
                " JOIN journal_entries e ON e.id = p.entry_id"
                f" WHERE a.user_id = '{person.id}' AND e.source = 'wallet' AND e.flow <> 'move'"
            ).all()
        quote = books.quoted[at]
        assert sorted(map(tuple, rows)) == sorted(
            [
                ("wallet", "USD", -10_000),
                ("exchange", "USD", 10_000),
                ("exchange", "EUR", -quote.got.minor),
                ("wallet", "EUR", quote.got.minor),
                ("wallet", "USD", -50),
                ("expense", "USD", 50),
            ]
        )
