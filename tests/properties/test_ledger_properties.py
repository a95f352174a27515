"""What holds in the books after anything that can be done to them, on both databases.

A machine does whatever the stores offer, in any order, and keeps books of its own in plain
Python; after every step both must agree and the stored ones must not contradict themselves.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from core.errors import FinanceError
from core.ids import EntryId
from core.ledger.entry import (
    IN_THE_BOOKS,
    Allocation,
    EntryAppendOnly,
    EntryNotInBooks,
    EntryState,
    Flow,
    NewEntry,
    NotReversible,
    ReversedTwice,
    counted,
)
from core.ledger.search import EntryQuery, GroupBy
from core.money import Money
from core.store.row_booking import Row
from core.store.unit_of_work import Database
from tests.ledgers import CATEGORY_OF, COFFEE, GROCERIES, TAXI, breaches, changing, entry, machine
from tests.people import NOW, TODAY, charlie

CURRENCY = "INR"
minors = st.integers(min_value=-100_000, max_value=100_000).filter(bool) | st.sampled_from(
    [1, -1, 10**13, -(10**13)]
)
days = st.integers(min_value=0, max_value=70).map(lambda back: TODAY - timedelta(days=back))
names = st.sampled_from(["HDFC", "Paytm", "Purse"])
flows = st.sampled_from([Flow.SPEND, Flow.SPEND, Flow.INCOME, Flow.MOVE, Flow.OPENING])
states = st.sampled_from([EntryState.POSTED, EntryState.POSTED, EntryState.PENDING])
weights = st.lists(st.integers(min_value=0, max_value=9), min_size=2, max_size=4).filter(any)


@dataclass(frozen=True)
class Known:
    """An entry as the machine's own books have it."""

    account: str
    minor: int
    flow: Flow
    day: date
    state: EntryState
    parts: tuple[tuple[str, int], ...]
    was: tuple[date, EntryState] | None = None  # before it settled
    reversed: bool = False

    @property
    def is_live(self) -> bool:
        return self.state in IN_THE_BOOKS

    @property
    def is_ours(self) -> bool:
        return self.account == "Purse"


class Books(RuleBasedStateMachine):
    """Books, changes, takes out, brings back, splits, settles, reverses and pairs."""

    entries = Bundle("entries")

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.person = charlie(database)
        self.known: dict[EntryId, Known] = {}

    # ------------------------------------------------------------------ booking

    @rule(target=entries, name=names, minor=minors, flow=flows, day=days, state=states)
    def book(self, name, minor, flow, day, state):
        new = self._entry(name, minor, flow, day, state)
        with changing(self.person.database) as uow:
            booked = uow.ledger.book(self.person.id, new, now=NOW)
        return self._learn(booked, name, new)

    @rule(
        target=entries,
        rows=st.lists(st.tuples(names, minors, flows, days, states), max_size=5),
    )
    def book_many(self, rows):
        new = [self._entry(*row) for row in rows]
        with changing(self.person.database) as uow:
            booked = uow.ledger.book_many(self.person.id, new, now=NOW)
        known = zip(booked, rows, new, strict=True)
        return multiple(*(self._learn(at, row[0], one) for at, row, one in known))

    @rule(target=entries, minor=minors, first=days, second=days)
    def move_between_own_accounts(self, minor, first, second):
        out = self._entry("HDFC", -abs(minor), Flow.MOVE, first, EntryState.POSTED)
        into = self._entry("Paytm", abs(minor), Flow.MOVE, second, EntryState.POSTED)
        with changing(self.person.database) as uow:
            booked = uow.ledger.book_many(self.person.id, (out, into), now=NOW)
            uow.rows.pair_transfers(self.person.id, now=NOW)
        return multiple(self._learn(booked[0], "HDFC", out), self._learn(booked[1], "Paytm", into))

    # ------------------------------------------------------------------ changing

    @rule(at=entries)
    def take_out(self, at):
        known = self.known[at]
        with self._expecting(_objection(known)), changing(self.person.database) as uow:
            assert uow.ledger.void(self.person.id, at, now=NOW) is known.state
            self.known[at] = replace(known, state=EntryState.VOID)

    @rule(at=entries, state=states)
    def bring_back(self, at, state):
        known = self.known[at]
        refused = EntryNotInBooks if known.state is not EntryState.VOID else None
        with self._expecting(refused), changing(self.person.database) as uow:
            uow.ledger.restore(self.person.id, at, state, now=NOW)
            self.known[at] = replace(known, state=state)

    @rule(at=entries, minor=minors)
    def change_amount(self, at, minor):
        known = self.known[at]
        amount = Money(minor, CURRENCY)
        with self._expecting(_objection(known)), changing(self.person.database) as uow:
            uow.ledger.change_amount(self.person.id, at, amount, now=NOW)
            parts = _whole(known.flow, minor)
            self._allocate(uow, at, parts)
            self.known[at] = replace(known, minor=minor, parts=parts)

    @rule(at=entries, day=days)
    def change_day(self, at, day):
        known = self.known[at]
        refused = EntryAppendOnly if known.is_ours else None
        with self._expecting(refused), changing(self.person.database) as uow:
            assert uow.ledger.change_date(self.person.id, at, day) == known.day
            self.known[at] = replace(known, day=day)

    @rule(at=entries, flow=st.sampled_from([Flow.SPEND, Flow.INCOME, Flow.MOVE]))
    def file_under_another_flow(self, at, flow):
        known = self.known[at]
        refused = EntryNotInBooks if flow is not known.flow and not known.is_live else None
        with self._expecting(refused), changing(self.person.database) as uow:
            uow.ledger.change_flow(self.person.id, at, flow, now=NOW)
            parts = _whole(flow, known.minor)
            self._allocate(uow, at, parts)
            self.known[at] = replace(known, flow=flow, parts=parts)

    @rule(at=entries, shares=weights)
    def split(self, at, shares):
        known = self.known[at]
        whole = counted(known.flow, Money(known.minor, CURRENCY))
        slugs = (GROCERIES, COFFEE, TAXI, GROCERIES)
        parts = tuple(
            (slug, part.minor) for slug, part in zip(slugs, whole.split(shares), strict=False)
        )
        if known.flow is Flow.OPENING:
            return
        with changing(self.person.database) as uow:
            self._allocate(uow, at, parts)
        self.known[at] = replace(known, parts=parts)

    @rule(at=entries, later=st.integers(min_value=0, max_value=5))
    def settle(self, at, later):
        known = self.known[at]
        day = known.day + timedelta(days=later)
        refused = EntryNotInBooks if known.state is not EntryState.PENDING else None
        with self._expecting(refused), changing(self.person.database) as uow:
            row = Row(day, Money(known.minor, CURRENCY), "as posted")
            uow.ledger.settle(self.person.id, at, row, import_id="import_1", now=NOW)
            was = (known.day, known.state)
            self.known[at] = replace(known, state=EntryState.POSTED, day=day, was=was)

    @rule(at=entries)
    def take_back_its_settlement(self, at):
        known = self.known[at]
        refused = EntryNotInBooks if known.was is None else None
        with self._expecting(refused), changing(self.person.database) as uow:
            uow.ledger.unsettle(self.person.id, at, now=NOW)
            assert known.was is not None
            state = known.was[1] if known.is_live else known.state
            self.known[at] = replace(known, day=known.was[0], state=state, was=None)

    @rule(target=entries, at=entries)
    def reverse(self, at):
        known = self.known[at]
        refused: type[FinanceError] | None = None
        if not known.is_ours:
            refused = NotReversible
        elif known.reversed:
            refused = ReversedTwice
        with self._expecting(refused), changing(self.person.database) as uow:
            mirror = uow.ledger.reverse(self.person.id, at, now=NOW)
            self.known[at] = replace(known, reversed=True)
            parts = tuple((slug, -minor) for slug, minor in known.parts)
            self.known[mirror] = replace(
                known, minor=-known.minor, parts=parts, was=None, reversed=False
            )
        return multiple() if refused else mirror

    @rule()
    def pair_transfers(self):
        with changing(self.person.database) as uow:
            uow.rows.pair_transfers(self.person.id, now=NOW)

    @rule(at=consumes(entries))
    def break_off(self, at):
        """A change that is not kept leaves nothing behind."""
        with self.person.database.work() as uow:
            if _objection(self.known[at]) is None:
                uow.ledger.void(self.person.id, at, now=NOW)

    # ------------------------------------------------------------------ what must hold

    @invariant()
    def the_books_do_not_contradict_themselves(self):
        with self.person.database.reading() as uow:
            assert breaches(uow, self.person.id) == []

    @invariant()
    def balances_are_what_was_booked(self):
        with self.person.database.reading() as uow:
            found = {
                item.account.name: (item.posted.minor, item.pending.minor)
                for item in uow.accounts.balances(self.person.id)
            }
        wanted = dict.fromkeys(found, (0, 0))
        for known in self.known.values():
            if known.is_live:
                posted, pending = wanted[known.account]
                is_pending = known.state is EntryState.PENDING
                wanted[known.account] = (
                    posted + known.minor * (not is_pending),
                    pending + known.minor * is_pending,
                )
        assert found == wanted

    @invariant()
    def spending_and_income_are_what_was_filed(self):
        for flow in (Flow.SPEND, Flow.INCOME):
            wanted: dict[str, int] = {}
            for known in self.known.values():
                if known.is_live and known.flow is flow:
                    for slug, minor in known.parts:
                        wanted[slug] = wanted.get(slug, 0) + minor
            with self.person.database.reading() as uow:
                query = EntryQuery(flow=flow)
                sums = uow.entries.totals(self.person.id, query, GroupBy.CATEGORY)
                months = uow.entries.totals(self.person.id, query, GroupBy.MONTH)
            assert {item.key: item.minor for item in sums} == wanted
            assert sum(item.minor for item in months) == sum(wanted.values())

    # ------------------------------------------------------------------ private

    def _entry(self, name: str, minor: int, flow: Flow, day: date, state: EntryState) -> NewEntry:
        amount = Money(minor, CURRENCY)
        return entry(self.person.accounts[name], amount, flow=flow, day=day, state=state)

    def _learn(self, booked: EntryId, name: str, new: NewEntry) -> EntryId:
        parts = tuple((part.category, part.amount.minor) for part in new.allocations)
        self.known[booked] = Known(
            name, new.amount.minor, new.flow, new.booked_date, new.state, parts
        )
        return booked

    def _allocate(self, uow, at, parts):
        allocations = [Allocation(slug, Money(minor, CURRENCY)) for slug, minor in parts]
        uow.categories.allocate(self.person.id, at, allocations, now=NOW)

    def _expecting(self, refused: type[FinanceError] | None):
        return pytest.raises(refused) if refused else nullcontext()


def _objection(known: Known) -> type[FinanceError] | None:
    """Return why an amount cannot be changed, or an entry taken out."""
    if known.is_ours:
        return EntryAppendOnly
    return None if known.is_live else EntryNotInBooks


def _whole(flow: Flow, minor: int) -> tuple[tuple[str, int], ...]:
    if flow is Flow.OPENING:
        return ()
    return ((CATEGORY_OF[flow], counted(flow, Money(minor, CURRENCY)).minor),)


@pytest.mark.slow
class TestAnyBooks:
    def test_stay_whole_whatever_is_done_to_them(self, database):
        run_state_machine_as_test(
            partial(Books, database),  # type: ignore[arg-type]  # any way to make one will do
            settings=machine(steps=25, share=6),
        )
