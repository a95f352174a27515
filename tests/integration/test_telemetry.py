"""The tracer that sends to a collector: what an error tells, sampling, and no collector at all."""

from __future__ import annotations

import time

import pytest
from pydantic import SecretStr

from bot.telemetry import sending
from core.settings import Telemetry
from core.tracing import Span, carrier, span
from tests.fakes.trace_stand_in import TraceStandIn

pytestmark = pytest.mark.slow


class TestErrors:
    def test_are_told_by_their_kind_and_never_by_their_words(self):
        with TraceStandIn() as collector:
            settings = Telemetry(endpoint=collector.endpoint, token=SecretStr("t"))
            with sending(settings), pytest.raises(ValueError, match="zanzibar"), span(Span.TURN):
                raise ValueError("zanzibar 918.27")
            (turn,) = collector.named("turn")
        assert not turn.ok
        assert turn.attributes == {"error.type": "ValueError"}
        assert b"zanzibar" not in b"".join(collector.bodies)


class TestShare:
    def test_what_is_not_followed_is_not_sent_and_its_rows_say_so(self):
        with TraceStandIn() as collector:
            with sending(Telemetry(endpoint=collector.endpoint, share=0.0)), span(Span.TURN):
                place = carrier()
            assert collector.spans == []
        assert int(place[-2:], 16) % 2 == 0  # the flag that says "followed"


class TestNoCollector:
    def test_costs_nothing_and_ends_in_time(self):
        with TraceStandIn() as gone:
            endpoint = gone.endpoint
        began = time.monotonic()
        with sending(Telemetry(endpoint=endpoint)):
            for _ in range(50):
                with span(Span.TURN):
                    pass
            assert time.monotonic() - began < 1
        assert time.monotonic() - began < 10
