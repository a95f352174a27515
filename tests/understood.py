"""Measures a trained model on the held-out sentences, for the tests of each language."""

from __future__ import annotations

import sys

from intents.bars import held
from intents.evaluate import CHECKOUT, SENTENCES, Report, table

# One training serves the product, the dialogues and these tests.
MODELS = CHECKOUT / "var" / "understanding"


def printed(name: str, report: Report) -> Report:
    """Print what was measured, for whoever reads the run, and return it."""
    sys.stdout.write("\n" + table([(name, report)]) + "\n")
    return report


def missed(table: str, report: Report) -> list[str]:
    """Return the bars that were missed, but for times: they hold on a quiet machine.

    Other test processes share this one; `make eval` judges the times too.
    """
    bars = held(SENTENCES / "bars.toml", table, report.figures())
    return [bar.line() for bar in bars if not bar.reached and "CPU ms" not in bar.line()]
