"""Booking, correcting and taking back, on both databases."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.ids import AccountId, EntryId
from core.ledger.account import AccountKind
from core.ledger.entry import (
    AccountCurrencyDiffers,
    Allocation,
    EntryAppendOnly,
    EntryNotInBooks,
    EntryState,
    EntryUnknown,
    Flow,
    NotReversible,
    ReversedTwice,
)
from core.ledger.search import EntryQuery
from core.money import Money
from core.period import Period
from core.store.account_store import AccountUnknown
from tests.ledgers import (
    COFFEE,
    DEAR,
    GROCERIES,
    MOVED_OUT,
    assert_sound,
    book,
    changing,
    entry,
    figures,
    look,
    spent,
)
from tests.people import NOW, TODAY, alice, bob, charlie

minors = st.integers(min_value=-(10**9), max_value=10**9).filter(bool)
states = st.sampled_from([EntryState.POSTED, EntryState.PENDING])
flows = st.sampled_from([Flow.SPEND, Flow.INCOME, Flow.MOVE, Flow.OPENING])


class TestAReversal:
    @DEAR
    @given(minor=minors, state=states, flow=flows, others=st.lists(minors, max_size=3))
    def test_restores_every_balance_and_what_was_spent(self, database, minor, state, flow, others):
        person = charlie(database)
        purse = person.accounts["Purse"]
        book(person, *(entry(purse, Money(other, "INR")) for other in others))
        before = figures(look(person)), spent(person)
        (booked,) = book(person, entry(purse, Money(minor, "INR"), flow=flow, state=state))
        with changing(database) as uow:
            uow.ledger.reverse(person.id, booked, now=NOW)
        assert_sound(person)
        assert spent(person) == before[1]
        balances = look(person)["balances"]
        assert [row[1:3] for row in balances] == [
            (Money(sum(others), "INR").plain, "0.00") for _ in balances
        ]

    def test_happens_once(self, database):
        person = charlie(database)
        (booked,) = book(person, entry(person.accounts["Purse"], Money(-100, "INR")))
        with changing(database) as uow:
            uow.ledger.reverse(person.id, booked, now=NOW)
        before = look(person)
        with pytest.raises(ReversedTwice), changing(database) as uow:
            uow.ledger.reverse(person.id, booked, now=NOW)
        assert look(person) == before

    def test_happens_once_even_past_our_own_check(self, database):
        person = charlie(database)
        purse = person.accounts["Purse"]
        first, second, third = book(person, *[entry(purse, Money(-1, "INR"))] * 3)
        sql = "UPDATE journal_entries SET reverses_id = {} WHERE id = {}"
        with changing(database) as uow:
            uow.connection.exec_driver_sql(sql.format(first, second))
        with pytest.raises(IntegrityError), changing(database) as uow:
            uow.connection.exec_driver_sql(sql.format(first, third))

    def test_is_the_only_way_to_correct_what_we_are_the_record_of(self, database):
        person = charlie(database)
        (ours,) = book(person, entry(person.accounts["Purse"], Money(-100, "INR")))
        (theirs,) = book(person, entry(person.accounts["HDFC"], Money(-100, "INR")))
        before = look(person)
        with database.work() as uow:
            for attempt in (
                lambda: uow.ledger.void(person.id, ours, now=NOW),
                lambda: uow.ledger.forget(person.id, ours, now=NOW),
                lambda: uow.ledger.change_date(person.id, ours, TODAY - timedelta(days=1)),
                lambda: uow.ledger.change_amount(person.id, ours, Money(1, "INR"), now=NOW),
            ):
                with pytest.raises(EntryAppendOnly):
                    attempt()
            with pytest.raises(NotReversible):
                uow.ledger.reverse(person.id, theirs, now=NOW)
        assert look(person) == before


class TestAnEntryTakenOut:
    @DEAR
    @given(minor=minors, state=states, flow=flows)
    def test_comes_back_as_it_was(self, database, minor, state, flow):
        person = alice(database)
        checking = person.accounts["Checking"]
        (booked,) = book(person, entry(checking, Money(minor, "USD"), flow=flow, state=state))
        before = look(person)
        with changing(database) as uow:
            was = uow.ledger.void(person.id, booked, now=NOW)
        assert look(person)["entries"] == []
        assert_sound(person)
        with changing(database) as uow:
            uow.ledger.restore(person.id, booked, was, now=NOW)
        assert look(person) == before
        assert_sound(person)

    def test_cannot_be_taken_out_or_changed_again(self, database):
        person = alice(database)
        (booked,) = book(person, entry(person.accounts["Checking"], Money(-1, "USD")))
        with changing(database) as uow:
            uow.ledger.void(person.id, booked, now=NOW)
        with database.work() as uow:
            for attempt in (
                lambda: uow.ledger.void(person.id, booked, now=NOW),
                lambda: uow.ledger.change_amount(person.id, booked, Money(2, "USD"), now=NOW),
                lambda: uow.ledger.change_flow(person.id, booked, Flow.MOVE, now=NOW),
            ):
                with pytest.raises(EntryNotInBooks):
                    attempt()


class TestWhatIsBooked:
    def test_is_in_the_currency_of_its_account(self, database):
        person = bob(database)
        before = look(person)
        wrong = entry(person.accounts["BBVA"], Money(-100, "USD"))
        right = entry(person.accounts["BBVA"], Money(-100, "EUR"))
        with pytest.raises(AccountCurrencyDiffers):
            book(person, right, wrong)
        assert look(person) == before

    def test_takes_the_currency_of_the_account_that_was_named(self, database):
        person = bob(database)
        person.do("add_entry", amount="4", payee="coffee", account="Monzo")
        assert person.entries()[0].amount == Money(-400, "GBP")

    def test_is_on_an_account_of_its_own_user(self, database):
        mine, other = alice(database), bob(database)
        foreign = entry(other.accounts["BBVA"], Money(-100, "EUR"))
        with pytest.raises(AccountUnknown):
            book(mine, foreign)
        with pytest.raises(AccountUnknown):
            book(mine, entry(AccountId(10**9), Money(-100, "EUR")))
        assert look(other)["entries"] == []

    def test_can_be_for_nothing_in_particular_and_then_for_something(self, database):
        person = alice(database)
        opening = entry(person.accounts["Checking"], Money(5, "USD"), flow=Flow.OPENING)
        (booked,) = book(person, opening)
        for parts in ((Allocation(COFFEE, Money(-5, "USD")),), ()):
            with changing(database) as uow:
                uow.categories.allocate(person.id, booked, parts, now=NOW)
                assert uow.entries.get(person.id, booked).allocations == parts

    def test_of_another_user_is_unknown_to_every_change(self, database):
        mine, other = alice(database), bob(database)
        (booked,) = book(other, entry(other.accounts["BBVA"], Money(-100, "EUR")))
        before = look(other)
        part = Allocation(COFFEE, Money(100, "EUR"))
        with database.work() as uow:
            for attempt in (
                lambda: uow.ledger.void(mine.id, booked, now=NOW),
                lambda: uow.ledger.change_amount(mine.id, booked, Money(1, "EUR"), now=NOW),
                lambda: uow.ledger.change_date(mine.id, booked, TODAY),
                lambda: uow.ledger.change_payee(mine.id, booked, "x", "x"),
                lambda: uow.ledger.change_flow(mine.id, booked, Flow.MOVE, now=NOW),
                lambda: uow.ledger.reverse(mine.id, booked, now=NOW),
                lambda: uow.ledger.unsettle(mine.id, booked, now=NOW),
                lambda: uow.categories.allocate(mine.id, booked, (part,), now=NOW),
                lambda: uow.entries.get(mine.id, booked),
            ):
                with pytest.raises(EntryUnknown):
                    attempt()
            assert uow.entries.some(mine.id, (booked, EntryId(10**9))) == ()
        assert look(other) == before


class TestNominalAccounts:
    def test_are_single_by_the_database_itself(self, database):
        person = alice(database)
        book(person, entry(person.accounts["Checking"], Money(-1, "USD")))
        copy = (
            "INSERT INTO accounts (user_id, name, kind, ledger_class, currency, institution, "
            "last4, active, created_at) SELECT user_id, name, kind, ledger_class, currency, "
            "institution, last4, active, created_at FROM accounts WHERE kind = :kind"
        )
        with pytest.raises(IntegrityError), changing(database) as uow:
            uow.connection.execute(text(copy), {"kind": AccountKind.EXPENSE.value})


class TestSpending:
    @DEAR
    @given(
        rows=st.lists(st.tuples(minors, st.integers(0, 90), st.booleans()), max_size=10),
        cuts=st.lists(st.integers(0, 91), max_size=4),
    )
    def test_over_parts_of_a_time_is_spending_over_the_whole(self, database, rows, cuts):
        person = alice(database)
        checking, first = person.accounts["Checking"], TODAY - timedelta(days=90)
        book(
            person,
            *(
                entry(
                    checking,
                    Money(minor, "USD"),
                    day=first + timedelta(days=offset),
                    state=EntryState.PENDING if pending else EntryState.POSTED,
                )
                for minor, offset, pending in rows
            ),
        )
        marks = [first + timedelta(days=cut) for cut in sorted({0, 91, *cuts})]
        parts = [
            spent(person, EntryQuery(flow=Flow.SPEND, period=Period(start, end)))
            for start, end in pairwise(marks)
        ]
        assert sum(parts) == spent(person) == -sum(minor for minor, _, _ in rows)

    @DEAR
    @given(minor=minors, others=st.lists(minors, max_size=3))
    def test_is_nothing_after_a_charge_and_its_refund(self, database, minor, others):
        person = alice(database)
        card = person.accounts["Card"]
        book(person, *(entry(card, Money(other, "USD")) for other in others))
        before = look(person)["spending"], spent(person)
        charge = entry(card, Money(-abs(minor), "USD"), day=TODAY - timedelta(days=40))
        refund = entry(card, Money(abs(minor), "USD"))
        book(person, charge, refund)
        assert spent(person) == before[1]

    @DEAR
    @given(minor=minors, others=st.lists(minors, max_size=3))
    def test_and_income_know_nothing_of_a_transfer(self, database, minor, others):
        person = alice(database)
        checking, savings = person.accounts["Checking"], person.accounts["Savings"]
        book(person, *(entry(checking, Money(other, "USD")) for other in others))
        before = look(person)
        out = entry(checking, Money(-abs(minor), "USD"), flow=Flow.MOVE)
        into = entry(savings, Money(abs(minor), "USD"), flow=Flow.MOVE)
        book(person, out, into)
        with changing(database) as uow:
            assert uow.rows.pair_transfers(person.id, now=NOW) == 1
            assert uow.rows.pair_transfers(person.id, now=NOW) == 0
        after = look(person)
        assert (after["spending"], after["income"]) == (before["spending"], before["income"])

    @DEAR
    @given(minor=minors.map(abs), target=st.sampled_from([COFFEE, "user:cats", MOVED_OUT]))
    def test_moves_in_exactly_the_two_budgets_concerned(self, database, minor, target):
        person = alice(database)
        budgets = (GROCERIES, COFFEE, "user:cats", "TRANSPORTATION")
        for category in budgets:
            person.do("set_budget", category=category, amount="100")
        (booked,) = book(person, entry(person.accounts["Card"], Money(-minor, "USD")))
        before = _standing(person)
        person.do("recategorise_entry", entry=f"entry:{booked}", category=target)
        after = _standing(person)
        moved = {name: after[name] - before[name] for name in budgets}
        expected = dict.fromkeys(budgets, 0) | {GROCERIES: -minor}
        if target in expected:
            expected[target] = minor
        assert moved == expected
        assert_sound(person)


def _standing(person) -> dict[str, int]:
    calendar = person.user.preferences.calendar
    with person.database.reading() as uow:
        found = uow.budgets.of(person.id)
        standing = uow.budgets.standing(found, today=TODAY, calendar=calendar)
    return {item.budget.category: item.spent.minor for item in standing}
