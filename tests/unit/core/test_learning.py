"""The learned guess: it speaks only where nobody knows better, and says how sure it is."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

from core.categories.scheme import is_known
from core.learning import samples
from core.learning.category_model import SHIPPED, ModelUnreadable, load
from core.learning.evaluate import Judged, calibration_error, figures, written
from core.learning.features import BUCKETS, buckets
from core.learning.samples import Part
from core.learning.sleeping_model import SleepingModel
from core.payees.categorise import ASK_BELOW, recognise, suggest
from core.payees.dictionary import dictionary
from core.payees.guess import UNCATEGORISED, Guess, Source
from core.payees.knowledge import Knowledge
from core.payees.normalise import normalise
from core.payees.rules import MerchantRule
from tests.taught import taught


@dataclass
class FakeModel:
    """Answers what it is told to and remembers what it was asked."""

    category: str = "TRAVEL_LODGING"
    chance: int = 95
    beside: int | None = 88
    asked: list[str] = field(default_factory=list)

    def guess(self, key: str) -> tuple[str, int] | None:
        self.asked.append(key)
        return self.category, self.chance

    def second(self, key: str, told: str) -> int | None:
        self.asked.append(key)
        return self.beside


class TestShippedModel:
    MODEL = load()

    def test_is_small_and_knows_our_categories_only(self):
        assert SHIPPED.stat().st_size < 4_000_000
        assert [slug for slug in self.MODEL._weights.labels if not is_known(slug)] == []

    @pytest.mark.parametrize(
        ("key", "slug"),
        [
            ("hillside family pharmacy", "MEDICAL_PHARMACIES_AND_SUPPLEMENTS"),
            ("brightwater hotel", "TRAVEL_LODGING"),
            ("kanzashi sushi", "FOOD_AND_DRINK_RESTAURANT"),
        ],
    )
    def test_reads_names_it_has_never_met(self, key, slug):
        found = self.MODEL.guess(key)
        assert found is not None
        assert found[0] == slug

    def test_gives_probabilities(self):
        found = self.MODEL.probabilities("some shop")
        assert found.min() >= 0
        assert abs(float(found.sum()) - 1) < 1e-5

    def test_is_surer_with_a_telling_name(self):
        telling, blank = self.MODEL.guess("hilltop pharmacy"), self.MODEL.guess("zorvex")
        assert telling is not None
        assert blank is not None
        assert telling[1] > blank[1]

    def test_has_no_opinion_on_what_it_never_learned(self):
        assert self.MODEL.second("overdraft fee", "BANK_FEES_OVERDRAFT_FEES") is None

    def test_wakes_up_with_the_first_question(self):
        assert SleepingModel().guess("brightwater hotel") == self.MODEL.guess("brightwater hotel")

    def test_is_served_without_the_library_that_trained_it(self):
        code = "import sys; from core.learning.category_model import load; load().guess('x y');"
        code += "sys.exit(any(name.startswith(('sklearn', 'scipy')) for name in sys.modules))"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_that_cannot_be_read_is_refused(self, tmp_path):
        broken = tmp_path / "broken.npz"
        np.savez(broken, labels=np.asarray(["A"]))
        with pytest.raises(ModelUnreadable):
            load(broken)


class TestTraders:
    NAMES: ClassVar[dict[str, str]] = {one.merchant: one.category for one in samples.traders()}

    def test_are_many_and_of_categories_that_can_be_learned(self):
        assert len(self.NAMES) >= 100
        assert set(self.NAMES.values()) <= set(samples.labels())

    def test_are_nobodys_brands(self):
        known = [name for name in self.NAMES if dictionary().find(normalise(name))]
        assert known == []

    def test_are_not_among_the_texts_that_measure(self):
        measured = " ".join(one.text.casefold() for one in written())
        assert [name for name in self.NAMES if name.casefold() in measured] == []

    def test_print_the_same_texts_each_time(self):
        assert list(samples.traders()) == list(samples.traders())


class TestInTheCascade:
    def test_answers_where_nobody_knows_the_merchant(self):
        found = recognise("ZXQ WORKS", inflow=False, knowledge=Knowledge(model=FakeModel()))
        assert found.guess == Guess("TRAVEL_LODGING", Source.MODEL, 95, "zxq works")

    def test_is_not_asked_about_a_known_merchant(self):
        model = FakeModel()
        found = recognise("STARBUCKS 1234", inflow=False, knowledge=Knowledge(model=model))
        assert found.guess.category == "FOOD_AND_DRINK_COFFEE"
        assert model.asked == []

    def test_never_overrules_the_user(self):
        known = taught(
            MerchantRule(1, "zxq", "user:office"),
            memory={"qxz works": "FOOD_AND_DRINK_COFFEE"},
            model=FakeModel(),
        )
        assert recognise("ZXQ WORKS", inflow=False, knowledge=known).guess.source is Source.RULE
        assert recognise("QXZ WORKS", inflow=False, knowledge=known).guess.source is Source.MEMORY

    def test_that_is_unsure_is_asked_about_but_still_suggested(self):
        known = Knowledge(model=FakeModel(chance=ASK_BELOW - 1))
        found = recognise("ZXQ WORKS", inflow=False, knowledge=known)
        assert (found.guess.category, found.payee.name) == (UNCATEGORISED, "Zxq Works")
        assert suggest("ZXQ WORKS", inflow=False, knowledge=known).guess.category == (
            "TRAVEL_LODGING"
        )

    def test_sets_how_sure_the_words_of_a_name_are(self):
        known = Knowledge(model=FakeModel(chance=70, beside=93))
        guess = recognise("ZXQ PHARMACY", inflow=False, knowledge=known).guess
        assert (guess.source, guess.confidence) == (Source.KEYWORD, 93)
        surer = Knowledge(model=FakeModel(chance=95, beside=45))
        assert recognise("ZXQ PHARMACY", inflow=False, knowledge=surer).guess.source is (
            Source.MODEL
        )
        unknown = Knowledge(model=FakeModel(beside=None))
        assert recognise("ATM FEE", inflow=False, knowledge=unknown).guess.confidence == 85

    def test_has_no_say_in_money_that_comes_in(self):
        model = FakeModel()
        recognise("ZXQ WORKS", inflow=True, knowledge=Knowledge(model=model))
        assert model.asked == []


class TestSamples:
    def test_keep_merchants_that_begin_alike_together(self):
        parts = {part: {one.key.split()[0] for one in samples.of(part)} for part in Part}
        assert not parts[Part.LEARN] & parts[Part.TEST]
        assert not parts[Part.LEARN] & parts[Part.CALIBRATE]
        assert not parts[Part.CALIBRATE] & parts[Part.TEST]

    def test_are_the_same_in_every_run(self):
        first = list(samples.texts(Part.TEST))[:50]
        assert first == list(samples.texts(Part.TEST))[:50]

    def test_features_fit_the_table(self):
        assert buckets("corner shop") == sorted(set(buckets("corner shop")))
        assert max(buckets("corner shop")) < BUCKETS


class TestFigures:
    RIGHT = Judged(Guess("TRAVEL_LODGING", Source.MODEL, 90), "TRAVEL_LODGING")
    WRONG = Judged(Guess("TRAVEL_LODGING", Source.MODEL, 90), "TRAVEL_FLIGHTS")

    def test_measure_the_gap_between_saying_and_being(self):
        assert calibration_error([self.RIGHT] * 9 + [self.WRONG]) == pytest.approx(0)
        assert calibration_error([self.RIGHT, self.WRONG]) == pytest.approx(0.4)

    def test_count_the_heading_apart_from_the_category(self):
        found = figures([self.RIGHT, self.WRONG])
        assert (found.right, found.near, found.sure_right) == (0.5, 1.0, 0.5)

    def test_of_texts_written_by_hand_hold(self):
        known = Knowledge(model=load())
        judged = [
            Judged(suggest(one.text, inflow=False, knowledge=known).guess, one.category)
            for one in written()
        ]
        found = figures(judged)
        assert found.right >= 0.93
        assert found.sure_right >= 0.95
