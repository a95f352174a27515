"""The bars of understanding without a model, on sentences the phrases were not written from."""

from __future__ import annotations

import pytest

from intents import train
from intents.classifier import load
from intents.encoder import NullEncoder, best_encoder
from intents.evaluate import (
    SENTENCES,
    Report,
    far_sentences,
    generated_questions,
    measure,
    understood,
)
from intents.held_out import cases, lines
from tests.understood import MODELS, missed, printed

# It trains for a minute where nobody has trained before.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model() -> str:
    return train.ensure(MODELS)


@pytest.fixture(scope="module")
def report(model: str) -> Report:
    return printed("with vectors", measure(load(MODELS, model, best_encoder())))


@pytest.fixture(scope="module")
def report_without_vectors() -> Report:
    name = train.ensure(MODELS, words_only=True)
    return printed("without vectors", measure(load(MODELS, name, NullEncoder())))


class TestHeldOutSentences:
    def test_there_are_enough_of_every_kind(self) -> None:
        tools = [case.tool for case in cases(SENTENCES / "utterances.toml")]
        assert min(tools.count(tool) for tool in set(tools)) >= 15
        assert len(lines(SENTENCES / "near_oos.toml")) >= 200
        assert len(far_sentences()) >= 100
        assert len(generated_questions()) >= 1000

    def test_reach_every_bar(self, report: Report) -> None:
        assert missed("with_vectors", report) == [], [miss.case.text for miss in report.misses]

    def test_reach_theirs_without_sentence_vectors_too(
        self, report_without_vectors: Report
    ) -> None:
        assert missed("words_only", report_without_vectors) == []


class TestSentencesForTuning:
    def test_are_understood_as_well_as_before(self, model: str) -> None:
        found = understood(load(MODELS, model, best_encoder()), "dev.toml")
        missed = [one.case.text for one in found if not one.slots_right]
        assert 1 - len(missed) / len(found) >= 0.96, missed
