"""What one user's corrections add to the shipped model: bounded, repeatable, never worse."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.learning.category_model import load
from core.learning.personal import (
    FEWEST_LESSONS,
    MOST_LESSONS,
    Lesson,
    PersonalModel,
    PersonalWeights,
    Trial,
    compare,
    lessons,
    train,
)
from core.payees.cases import Case, Payment
from core.payees.decisions import Decisions
from core.payees.guess import CategoryModel
from core.payees.rules import Conditions, Match, MerchantRule

BASE = load()
OWN, TAXI = "user:climbing", "TRANSPORTATION_TAXIS_AND_RIDE_SHARES"
WALLS = (
    "boulder wall north",
    "boulder barn",
    "the boulder works",
    "boulder loft",
    "kletter boulder",
)
CABS = ("zed cabline", "yan cabline", "kol cabline", "mir cabline", "pex cabline", "lum cabline")
TAUGHT = [*(Lesson(key, OWN) for key in WALLS), *(Lesson(key, TAXI) for key in CABS)]


def case(number: int, key: str, category: str, *, inflow: bool = False) -> Case:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return Case(number, key, key, Payment(inflow, 100, "USD", 1), category, made)


def guessed(model: CategoryModel, key: str) -> tuple[str, int]:
    found = model.guess(key)
    assert found is not None
    return found


class TestLayer:
    LAYER = train(BASE, TAUGHT)
    MODEL = PersonalModel(BASE, LAYER)

    def test_carries_over_to_names_alike_even_into_a_category_of_ones_own(self):
        assert guessed(self.MODEL, "boulder hall south")[0] == OWN
        assert guessed(BASE, "boulder hall south")[0] != OWN

    def test_shows_what_only_it_says_as_a_guess(self):
        assert guessed(self.MODEL, "boulder hall south")[1] < 90

    @pytest.mark.parametrize("key", ["hillside family pharmacy", "brightwater hotel"])
    def test_leaves_other_names_to_the_shipped_model(self, key):
        assert self.MODEL.guess(key) == BASE.guess(key)

    def test_is_the_same_for_the_same_lessons(self):
        assert train(BASE, TAUGHT).to_bytes() == self.LAYER.to_bytes()

    def test_reads_back_what_it_wrote(self):
        again = PersonalModel(BASE, PersonalWeights.from_bytes(self.LAYER.to_bytes()))
        names = [*WALLS, "boulder hall south", "anything else"]
        assert [again.guess(name) for name in names] == [self.MODEL.guess(name) for name in names]

    def test_stays_small_however_much_was_said(self):
        many = [Lesson(f"shop {at * 7919} of {at}", TAXI if at % 2 else OWN) for at in range(2_000)]
        cases = [case(at, one.key, one.category) for at, one in enumerate(many)]
        kept = lessons(Decisions((), cases))
        assert (len(kept), kept[-1]) == (MOST_LESSONS, many[-1])
        assert len(train(BASE, kept).to_bytes()) < 300_000

    def test_is_worth_it_only_from_some_corrections_on(self):
        assert len(TAUGHT) >= FEWEST_LESSONS


class TestLessons:
    def test_are_the_newest_word_on_each_payee_that_was_paid(self):
        cases = [case(1, "a", TAXI), case(2, "b", TAXI, inflow=True), case(3, "a", OWN)]
        assert lessons(Decisions((), cases)) == (Lesson("a", OWN),)

    def test_hold_plain_rules_but_none_that_look_at_more_than_the_name(self):
        rules = [
            MerchantRule(1, "plain", OWN),
            MerchantRule(2, "rich", OWN, conditions=Conditions(5, None, "USD")),
            MerchantRule(3, "word", OWN, Match.CONTAINS),
        ]
        assert lessons(Decisions(rules)) == (Lesson("plain", OWN),)


class Fixed:
    """Says the same of every name but a few."""

    def __init__(self, category: str, **others: str) -> None:
        self._category, self._others = category, others

    def guess(self, key: str) -> tuple[str, int]:
        return self._others.get(key, self._category), 80


class TestTrial:
    TAUGHT = (Lesson("one", OWN), Lesson("two", TAXI), Lesson("three", TAXI))

    def test_counts_what_would_be_lost(self):
        trial = compare(Fixed(TAXI), Fixed(OWN), self.TAUGHT)
        assert (trial.right_before, trial.right_after, trial.lost) == (2, 1, 2)
        assert not trial.is_better

    def test_that_loses_one_is_no_better_however_many_it_wins(self):
        before, after = Fixed(TAXI, two=OWN, one=OWN, three="x"), Fixed(TAXI)
        trial = compare(before, after, self.TAUGHT)
        assert (trial.right_before, trial.right_after, trial.lost) == (1, 2, 1)
        assert not trial.is_better

    def test_that_wins_something_and_loses_nothing_is_better(self):
        assert compare(Fixed(TAXI), Fixed(TAXI, one=OWN), self.TAUGHT).is_better

    def test_that_changes_nothing_is_no_better(self):
        assert not compare(Fixed(TAXI), Fixed(TAXI), self.TAUGHT).is_better

    def test_that_is_worse_on_what_never_taught_it_is_no_better(self):
        trial = Trial(9, 3, 4, 6, held_out_before=2, held_out_after=1, lost=0)
        assert not trial.is_better
