"""Spans take words of ours and nothing else, whoever keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from core.tracing import CARRIER, Attribute, Span, carrier, installed, span

_PLACE = f"00-{'a' * 32}-{'b' * 16}-01"


class Notebook:
    """A tracer that writes down what it is told."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, dict[str, str], str]] = []

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, str], parent: str) -> Iterator[Notebook]:
        self.spans.append((name, dict(attributes), parent))
        yield self

    def say(self, name: str, word: str) -> None:
        self.spans[-1][1][name] = word

    def carrier(self) -> str:
        return _PLACE


class TestWithoutATracer:
    def test_nothing_happens(self):
        with span(Span.TURN, {Attribute.CHANNEL: "sms"}) as going:
            going.say(Attribute.OUTCOME, "answered")
            assert carrier() == ""


class TestWords:
    def test_are_kept(self):
        notes = Notebook()
        with installed(notes), span(Span.TURN, {Attribute.CHANNEL: "sms"}) as going:
            going.say(Attribute.OUTCOME, "let_go")
            assert carrier() == _PLACE
        said = {Attribute.CHANNEL.value: "sms", Attribute.OUTCOME.value: "let_go"}
        assert notes.spans == [("turn", said, "")]
        assert carrier() == ""

    @pytest.mark.parametrize(
        "word",
        [
            "coffee 4",
            "12.50",
            "usr_01",
            "+15550100",
            "a@b.org",
            "Maya",
            "",
            "café",
            "x" * 200,
            "a\nb",
        ],
    )
    def test_what_is_none_is_left_out(self, word: str):
        notes = Notebook()
        with installed(notes), span(Span.TOOL, {Attribute.TOOL: word}) as going:
            going.say(Attribute.OUTCOME, word)
        assert notes.spans == [("tool", {}, "")]

    def test_a_route_is_one(self):
        notes = Notebook()
        with installed(notes), span(Span.WEBHOOK, {Attribute.ROUTE: "/hooks/twilio/sms"}):
            pass
        assert notes.spans[0][1] == {Attribute.ROUTE.value: "/hooks/twilio/sms"}


class TestPlaces:
    @pytest.mark.parametrize("parent", ["", "nonsense", _PLACE + "0", _PLACE.upper()])
    def test_what_is_none_is_no_parent(self, parent: str):
        notes = Notebook()
        with installed(notes), span(Span.TURN, parent=parent):
            pass
        assert notes.spans[0][2] == ""

    def test_a_span_goes_on_below_a_row_of_another_process(self):
        notes = Notebook()
        assert CARRIER.fullmatch(_PLACE)
        with installed(notes), span(Span.TURN, parent=_PLACE):
            pass
        assert notes.spans[0][2] == _PLACE
