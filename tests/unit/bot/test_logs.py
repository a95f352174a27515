"""A log line says what happened and where, and never what anybody wrote."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from bot.logs import Form, Lines
from core.tracing import Span, installed, span


def line(message: str, *arguments: object, name: str = "bot.dialogue", **more: Any) -> str:
    form: Form = more.pop("form", "text")
    record = logging.LogRecord(name, logging.WARNING, __file__, 1, message, arguments, None)
    record.__dict__.update(more)
    return Lines(form).format(record)


def told(message: str, *arguments: object, **more: Any) -> dict[str, str]:
    found: dict[str, str] = json.loads(line(message, *arguments, form="json", **more))
    return found


class TestOurEvents:
    def test_have_ids_beside_them(self):
        assert line("turn_failed", turn="trn_1", tries=3).endswith(
            "WARNING bot.dialogue turn_failed turn=trn_1 tries=3"
        )

    def test_are_one_line_of_json_too(self):
        found = told("turn_failed", turn="trn_1", workers=("turns-0:answer", "bulk-0:send"))
        assert found["at"].endswith("Z")
        assert {key: found[key] for key in ("level", "logger", "event", "turn", "workers")} == {
            "level": "WARNING",
            "logger": "bot.dialogue",
            "event": "turn_failed",
            "turn": "trn_1",
            "workers": "turns-0:answer,bulk-0:send",
        }

    @pytest.mark.parametrize("value", ["coffee 4.00 at Joe's", "a@b.org", "x\ny", "", "x" * 200])
    def test_what_is_no_id_is_left_out(self, value: str):
        assert told("turn_failed", said=value)["said"] == "-"


class TestErrors:
    def test_are_told_by_their_kind_and_place_and_never_by_their_words(self):
        try:
            int("zanzibar 918.27")
        except ValueError:
            written = line("job_broke", exc_info=sys.exc_info())
        assert "zanzibar" not in written
        assert "918" not in written
        assert "error=ValueError at_code=test_logs.py:" in written
        assert written.count("\n") == 0


class TestLibraries:
    def test_say_what_stands_in_their_code_and_no_more(self):
        written = line("sent %s to %s", "zanzibar", "+15550100", name="celery.worker")
        assert written.endswith("celery.worker sent %s to %s")

    def test_what_they_filled_in_themselves_is_cut_to_a_line_without_digits(self):
        written = line("Task raised in 12 s\nValueError: zanzibar", name="asyncio")
        assert written.endswith("asyncio Task raised in # s")


class TestTraces:
    def test_a_line_below_a_span_names_its_trace(self):
        class Fixed:
            @contextmanager
            def span(self, name: str, attributes: Mapping[str, str], parent: str) -> Iterator[Any]:
                yield None

            def carrier(self) -> str:
                return f"00-{'a' * 32}-{'b' * 16}-01"

        with installed(Fixed()), span(Span.TURN):
            assert told("turn_failed")["trace"] == "a" * 32
        assert "trace" not in told("turn_failed")
