"""One trace from a webhook to the delivery of its answer, and nothing of anybody in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.tracing import Attribute, Span
from tests.e2e.stage import Stage, open_stage, wait_until
from tests.fakes.trace_stand_in import Kept, TraceStandIn

_TOKEN = "a-token-of-the-collector"


@pytest.fixture(scope="module")
def collector() -> Iterator[TraceStandIn]:
    with TraceStandIn() as running:
        yield running


@pytest.fixture(scope="module")
def stage(collector: TraceStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    telemetry = {"endpoint": collector.endpoint, "token": _TOKEN}
    with open_stage(tmp_path_factory.mktemp("tracing"), telemetry=telemetry) as opened:
        yield opened


class TestOneTrace:
    def test_goes_from_the_webhook_over_the_turn_and_its_tool_to_the_delivery(
        self, stage: Stage, collector: TraceStandIn
    ) -> None:
        chat = stage.telegram_chat(stage.person())
        (answer,) = chat.say("zanzibar coffee 4.37")
        assert "4.37" in answer
        wait_until(lambda: collector.named(Span.DELIVERY))
        (delivery,) = collector.named(Span.DELIVERY)
        way = {each.id: each for each in collector.spans if each.trace == delivery.trace}
        assert _above(way, delivery) == [Span.TURN, Span.WEBHOOK]
        (tool,) = [each for each in way.values() if each.name == Span.TOOL]
        assert _above(way, tool) == [Span.TURN, Span.WEBHOOK]
        (send,) = [each for each in way.values() if each.name == Span.SEND]
        assert way[send.parent] is delivery
        assert tool.attributes == {Attribute.TOOL: "add_entry", Attribute.OUTCOME: "done"}
        assert delivery.attributes[Attribute.CHANNEL] == "telegram"
        assert delivery.attributes[Attribute.OUTCOME] in {"accepted", "delivered"}
        assert collector.tokens == {f"Bearer {_TOKEN}"}

    def test_each_message_has_a_trace_of_its_own(
        self, stage: Stage, collector: TraceStandIn
    ) -> None:
        chat = stage.sms_chat(stage.person())
        before = len(collector.named(Span.DELIVERY))
        chat.say("tea 5.21")
        chat.say("balance")
        wait_until(lambda: len(collector.named(Span.DELIVERY)) >= before + 2)
        traces = [each.trace for each in collector.named(Span.DELIVERY)]
        assert len(set(traces)) == len(traces)

    def test_says_nothing_of_a_person(self, stage: Stage, collector: TraceStandIn) -> None:
        user = stage.person()
        chat = stage.whatsapp_chat(user)
        before = len(collector.named(Span.DELIVERY))
        chat.say("quixotic lamp 918.27")
        chat.say("how much did I spend at xylophone shop")
        wait_until(lambda: len(collector.named(Span.DELIVERY)) >= before + 2)
        everything = b"".join(collector.bodies)
        secret = ["quixotic", "xylophone", "918.27", "lamp", "example.org", user.id, "zanzibar"]
        secret.append(chat.address.show().rpartition("+")[2])
        secret += [stage.value(f"SELECT id FROM {table}") for table in ("inbox", "turns", "outbox")]
        for word in secret:
            assert word.encode() not in everything, word
        for kept in collector.spans:
            assert kept.attributes.keys() <= {each.value for each in Attribute}
            assert kept.name in set(Span)


def _above(way: dict[str, Kept], span: Kept) -> list[str]:
    """Return the names of the spans above one, the nearest first."""
    names = []
    while span.parent:
        span = way[span.parent]
        names.append(span.name)
    return names
