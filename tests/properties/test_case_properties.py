"""What a user said of a payment holds, whatever rules, corrections and statements come after it.

A machine corrects, sorts, makes and drops rules of every kind, imports and undoes; a case may only
end by the user's word, and what the user filed by hand is never filed anew.
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
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.learning.personal import lessons, train
from core.learning.sleeping_model import SleepingModel
from core.payees.categorise import recognise
from core.payees.guess import Source
from core.store.decision_store import DecisionStore
from core.store.unit_of_work import Database
from tests.ledgers import COFFEE, GROCERIES, ON_BOTH, TAXI, machine
from tests.people import NOW, TODAY, Person, alice
from tests.statement_files import BankRow, csv_file
from tools.outcome import Done

pytestmark = ON_BOTH
MODEL = SleepingModel()

categories = st.sampled_from([COFFEE, GROCERIES, TAXI, "user:cats"])
picks = st.integers(min_value=0, max_value=50)
bounds = st.none() | st.integers(min_value=1, max_value=90).map(str)
texts = ["STARBUCKS 12", "UBER TRIP", "ZXQ WORKS", "CORNER SHOP EASTGATE"]
bank_rows = st.builds(
    BankRow,
    day=st.integers(min_value=1, max_value=40).map(lambda back: TODAY - timedelta(days=back)),
    minor=st.integers(min_value=-9_999, max_value=9_999).filter(bool),
    text=st.sampled_from(texts),
)


class Decisions(RuleBasedStateMachine):
    """Remembers what the user said of each entry, until the user takes it back."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.person: Person = alice(database)
        self.said: dict[int, str] = {}
        self.before: list[dict[int, str]] = []

    @initialize(found=st.lists(bank_rows, min_size=2, max_size=5).map(sorted))
    def begin(self, found):
        self._send(found, "Checking")
        self.before.clear()

    @rule(found=st.lists(bank_rows, min_size=1, max_size=4).map(sorted))
    def bring_a_statement(self, found):
        self._send(found, "Card")

    @rule(pick=picks, category=categories, next_time=st.none() | st.sampled_from(["new", "old"]))
    def correct(self, pick, category, next_time):
        entry = self._entry(pick)
        arguments = {"entry": entry.handle, "category": category, "next_time": next_time}
        self._call("recategorise_entry", {int(entry.id): category}, arguments)

    @rule(pick=picks, category=categories)
    def sort_one(self, pick, category):
        entry = self._entry(pick)
        filings = [{"entry": entry.handle, "category": category}]
        self._call("file_entries", {int(entry.id): category}, {"filings": filings})

    @rule(
        pick=picks,
        category=categories,
        match=st.sampled_from(["begins", "is", "contains"]),
        bound=bounds,
        account=st.none() | st.sampled_from(["Checking", "Card"]),
        told=st.tuples(
            st.none() | st.sampled_from(["keep", "replace", "stop"]),
            st.none() | st.sampled_from(["future", "all", "this"]),
        ),
    )
    def make_a_rule(self, pick, category, match, bound, account, told):
        arguments = {
            "merchant": self._entry(pick).merchant_key,
            "category": category,
            "match": match,
            "minimum": bound,
            "account": account,
            "cases": told[0],
            "scope": told[1],
        }
        self._call("add_rule", {}, arguments)

    @rule(pick=picks)
    def drop_a_rule(self, pick):
        self._call("remove_rule", {}, {"merchant": self._entry(pick).merchant_key})

    @rule()
    def learn_at_night(self):
        """Let a new version serve whatever it is worth: not even a bad one may undo a case."""
        with self.person.database.work() as uow:
            taught = lessons(uow.decisions.decisions(self.person.id))
            if taught:
                weights = train(MODEL.awake(), taught).to_bytes()
                uow.models.keep(self.person.id, weights, taught_by="", figures={}, now=NOW)
                uow.commit()

    @precondition(lambda self: self.before)
    @rule()
    def take_back(self):
        self.person.undo()
        self.said = self.before.pop()

    @invariant()
    def every_case_decides_payments_of_its_kind(self):
        with self.person.database.reading() as uow:
            decisions = DecisionStore(uow.connection, uow.vault, MODEL)
            knowledge = decisions.knowledge(self.person.id)
        for case in knowledge.decisions.cases:
            guess = recognise(
                case.text,
                inflow=case.payment.inflow,
                knowledge=knowledge,
                payment=case.payment,
            ).guess
            assert (guess.category, guess.source) == (case.category, Source.CASE), case

    @invariant()
    def what_the_user_filed_stays_there(self):
        present = {int(entry.id): entry.category for entry in self.person.entries()}
        assert {number: present[number] for number in self.said} == self.said

    def _entry(self, pick: int):
        found = self.person.entries()
        return found[pick % len(found)]

    def _send(self, found: list[BankRow], account: str) -> None:
        key = self.person.send_file("a.csv", csv_file(found))
        self._call("import_statement", {}, {"file": key, "account": account})

    def _call(self, tool: str, said: dict[int, str], arguments: dict[str, Any]) -> None:
        given = {name: value for name, value in arguments.items() if value is not None}
        outcome = self.person.run(tool, **given)
        assert type(outcome).__name__ != "Failed"
        if isinstance(outcome, Done):
            if self._can_be_undone(outcome):
                self.before.append(dict(self.said))
            self.said |= said

    def _can_be_undone(self, done: Done) -> bool:
        with self.person.database.reading() as uow:
            latest = uow.changes.latest(self.person.id)
        return latest is not None and latest.id == done.change_id and bool(latest.inverse)


class TestCases:
    @pytest.mark.slow
    def test_hold_after_anything_else(self, database):
        run_state_machine_as_test(
            partial(Decisions, database),  # type: ignore[arg-type]  # any way to make one will do
            settings=machine(steps=12, share=12),
        )
