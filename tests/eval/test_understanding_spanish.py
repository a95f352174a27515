"""The bars of understanding Spanish, on sentences the phrases were not written from."""

from __future__ import annotations

import pytest

from intents import train
from intents.classifier import load
from intents.encoder import best_encoder
from intents.evaluate import bars_of, generated_questions, measure, sentences_in
from intents.held_out import cases, lines
from tests.understood import MODELS, missed, printed

# It trains for a minute where nobody has trained before.
pytestmark = pytest.mark.slow


class TestSpanish:
    def test_has_enough_sentences_of_every_kind(self) -> None:
        folder = sentences_in("es")
        tools = [case.tool for case in cases(folder / "utterances.toml")]
        assert min(tools.count(tool) for tool in set(tools)) >= 15
        assert len(lines(folder / "near_oos.toml")) >= 200
        assert len(lines(folder / "far_oos.toml")) >= 190
        assert len(generated_questions("es")) >= 1000

    def test_reaches_its_bars(self) -> None:
        name = train.ensure(MODELS, language="es")
        model = load(MODELS, name, best_encoder())
        report = printed("Spanish", measure(model, language="es"))
        assert missed(bars_of("es", "with_vectors"), report) == [], [
            miss.case.text for miss in report.misses
        ]
