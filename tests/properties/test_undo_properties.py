"""Whatever a user does can be taken back, step by step, until everything is as it was.

A machine calls the tools as a chat would, in any order and with any arguments; undo must bring
back exactly the picture there was before each change, and a refusal must change nothing.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.ledger.entry import Flow
from core.money import Money
from core.store.unit_of_work import Database
from tests.ledgers import (
    COFFEE,
    GROCERIES,
    MOVED_OUT,
    ON_BOTH,
    TAXI,
    WAGES,
    assert_sound,
    book,
    entry,
    look,
    machine,
)
from tests.people import TODAY, Person, alice
from tests.statement_files import BankRow, csv_file
from tools.outcome import Done

pytestmark = ON_BOTH

categories = st.sampled_from(
    [COFFEE, GROCERIES, TAXI, WAGES, MOVED_OUT, "TRANSFER_IN_ACCOUNT_TRANSFER", "user:cats"]
)
amounts = st.integers(min_value=1, max_value=99_999).map(lambda minor: Money(minor, "USD").plain)
days = st.integers(min_value=0, max_value=60).map(lambda back: TODAY - timedelta(days=back))
payees = st.sampled_from(["coffee", "uber", "Whole Foods", "rent", "zzz", ""])
picks = st.integers(min_value=0, max_value=50)
bank_rows = st.builds(
    BankRow,
    day=days.map(lambda day: min(day, TODAY - timedelta(days=1))),
    minor=st.integers(min_value=-9_999, max_value=9_999).filter(bool),
    text=st.sampled_from(["STARBUCKS 12", "UBER TRIP", "PAYROLL ACME", "TRANSFER TO SAVINGS"]),
)


class Tools(RuleBasedStateMachine):
    """Remembers what everything looked like before each change."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.person: Person = alice(database)
        self.before: list[dict[str, Any]] = []

    @initialize(found=st.lists(bank_rows, max_size=3))
    def begin(self, found):
        checking, savings = (self.person.accounts[name] for name in ("Checking", "Savings"))
        opening = entry(checking, Money(100_000, "USD"), flow=Flow.OPENING, day=TODAY)
        out = entry(checking, Money(-5_000, "USD"), flow=Flow.MOVE)
        into = entry(savings, Money(5_000, "USD"), flow=Flow.MOVE)
        book(self.person, opening, out, into)
        if found:
            self._send(sorted(found))
            self.before.clear()

    # ------------------------------------------------------------------ what a user can do

    @rule(
        amount=amounts,
        payee=payees,
        category=st.none() | categories,
        account=st.none() | st.sampled_from(["Checking", "Card"]),
        day=days,
        direction=st.sampled_from(["out", "in"]),
        note=st.none() | st.just("a note"),
    )
    def add_entry(self, amount, payee, category, account, day, direction, note):
        self._call(
            "add_entry",
            amount=amount,
            payee=payee or None,
            category=category,
            account=account,
            booked_date=day.isoformat(),
            direction=direction,
            note=note,
        )

    @rule(pick=picks, amount=amounts)
    def edit_amount(self, pick, amount):
        self._call("edit_entry", entry=self._entry(pick), amount=amount)

    @rule(pick=picks, day=days)
    def edit_day(self, pick, day):
        self._call("edit_entry", entry=self._entry(pick), booked_date=day.isoformat())

    @rule(pick=picks, payee=payees)
    def edit_payee(self, pick, payee):
        self._call("edit_entry", entry=self._entry(pick), payee=payee or "x")

    @rule(pick=picks, note=st.sampled_from(["one", "two"]))
    def edit_note(self, pick, note):
        self._call("edit_entry", entry=self._entry(pick), note=note)

    @rule(pick=picks)
    def delete_entry(self, pick):
        self._call("delete_entry", entry=self._entry(pick))

    @rule(pick=picks, category=categories)
    def recategorise_entry(self, pick, category):
        self._call("recategorise_entry", entry=self._entry(pick), category=category)

    @rule(pick=picks, first=amounts, slugs=st.tuples(categories, categories))
    def split_entry(self, pick, first, slugs):
        parts = [{"category": slugs[0], "amount": first}, {"category": slugs[1]}]
        self._call("split_entry", entry=self._entry(pick), parts=parts)

    @rule(pick=picks, category=categories, scope=st.sampled_from(["future", "all", "this"]))
    def add_rule(self, pick, category, scope):
        merchant = self._merchant(pick)
        if merchant:
            self._call("add_rule", merchant=merchant, category=category, scope=scope)

    @rule(pick=picks)
    def remove_rule(self, pick):
        merchant = self._merchant(pick)
        if merchant:
            self._call("remove_rule", merchant=merchant)

    @rule(
        category=categories,
        amount=amounts,
        cadence=st.sampled_from(["weekly", "monthly", "annual"]),
    )
    def set_budget(self, category, amount, cadence):
        self._call("set_budget", category=category, amount=amount, cadence=cadence)

    @rule(
        tool=st.sampled_from(["pause_budget", "resume_budget", "delete_budget"]),
        category=categories,
    )
    def change_budget(self, tool, category):
        self._call(tool, category=category)

    @rule(name=st.sampled_from(["Piggy", "Stash"]), balance=st.none() | amounts)
    def add_account(self, name, balance):
        self._call("add_account", name=name, kind="cash", balance=balance)

    @rule(
        wish=st.sampled_from(
            [("zone", "Europe/Paris"), ("summary_hour", "9"), ("quiet_hours", "22-7")]
        )
    )
    def set_preference(self, wish):
        self._call("set_preference", name=wish[0], value=wish[1])

    @rule(found=st.lists(bank_rows, min_size=1, max_size=4).map(sorted))
    def import_statement(self, found):
        self._send(found)

    # ------------------------------------------------------------------ taking back

    @precondition(lambda self: self.before)
    @rule()
    def undo(self):
        before = self.before.pop()
        self.person.undo()
        assert look(self.person) == before
        assert_sound(self.person)

    def teardown(self):
        while self.before:
            self.undo()

    # ------------------------------------------------------------------ private

    def _send(self, found: list[BankRow]) -> None:
        key = self.person.send_file("a.csv", csv_file(found, opening=0))
        self._call("import_statement", file=key, account="Checking")

    def _call(self, tool: str, **arguments: Any) -> None:
        before = look(self.person)
        outcome = self.person.run(
            tool, **{name: value for name, value in arguments.items() if value is not None}
        )
        if isinstance(outcome, Done) and self._can_be_undone(outcome):
            self.before.append(before)
        elif tool == "import_statement":
            assert {**look(self.person), "assertions": 0} == {**before, "assertions": 0}
        else:
            assert look(self.person) == before, outcome
        assert type(outcome).__name__ != "Failed"
        assert_sound(self.person)

    def _can_be_undone(self, done: Done) -> bool:
        """Tell whether undo would find something to do for this very change."""
        with self.person.database.reading() as uow:
            latest = uow.changes.latest(self.person.id)
        return latest is not None and latest.id == done.change_id and bool(latest.inverse)

    def _entry(self, pick: int) -> str:
        found = self.person.entries()
        return found[pick % len(found)].handle if found else "entry:1"

    def _merchant(self, pick: int) -> str:
        found = self.person.entries()
        return found[pick % len(found)].merchant_key if found else ""


@pytest.mark.slow
class TestUndo:
    def test_brings_back_what_was_after_any_change(self, database):
        run_state_machine_as_test(
            partial(Tools, database),  # type: ignore[arg-type]  # any way to make one will do
            settings=machine(steps=15, share=8),
        )
