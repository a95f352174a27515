"""The bars of understanding without a model, on sentences the phrases were not written from."""

from __future__ import annotations

import sys

import pytest

from intents import train
from intents.classifier import load
from intents.encoder import NullEncoder, best_encoder
from intents.evaluate import CHECKOUT, SENTENCES, Report, far_sentences, measure, table
from intents.held_out import cases, lines

# It trains for half a minute where nobody has trained before.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("understanding")]

# One training serves the product, the dialogues and this file.
MODELS = CHECKOUT / "var" / "understanding"


@pytest.fixture(scope="module")
def model() -> str:
    return train.ensure(MODELS)


@pytest.fixture(scope="module")
def report(model: str) -> Report:
    return _printed("with vectors", measure(load(MODELS, model, best_encoder())))


@pytest.fixture(scope="module")
def report_without_vectors(model: str) -> Report:
    return _printed("without vectors", measure(load(MODELS, model, NullEncoder())))


def _printed(name: str, report: Report) -> Report:
    sys.stdout.write("\n" + table([(name, report)]) + "\n")
    return report


class TestHeldOutSentences:
    def test_there_are_enough_of_every_kind(self) -> None:
        tools = [case.tool for case in cases(SENTENCES / "utterances.toml")]
        assert min(tools.count(tool) for tool in set(tools)) >= 15
        assert len(lines(SENTENCES / "near_oos.toml")) >= 200
        assert len(far_sentences()) >= 100
        assert len(lines(SENTENCES / "questions.toml")) >= 100

    def test_lead_to_the_right_tool_and_slots(self, report: Report) -> None:
        assert report.slots_right >= 0.95, [miss.case.text for miss in report.misses]

    def test_lead_there_without_sentence_vectors_too(self, report_without_vectors: Report) -> None:
        assert report_without_vectors.slots_right >= 0.93

    def test_are_refused_when_out_of_scope(self, report: Report) -> None:
        assert report.near_refused >= 0.85
        assert report.far_refused >= 0.90

    def test_are_refused_without_sentence_vectors_too(self, report_without_vectors: Report) -> None:
        assert report_without_vectors.near_refused >= 0.85
        assert report_without_vectors.far_refused >= 0.85

    def test_never_write_from_a_question(
        self, report: Report, report_without_vectors: Report
    ) -> None:
        assert report.question_writes == 0
        assert report_without_vectors.question_writes == 0

    def test_cost_little_time(self, report: Report) -> None:
        assert report.p95_ms <= 20


class TestSentencesForTuning:
    def test_are_understood_as_well_as_before(self, model: str) -> None:
        report = measure(load(MODELS, model, best_encoder()), "dev.toml")
        assert report.slots_right >= 0.96, [miss.case.text for miss in report.misses]
