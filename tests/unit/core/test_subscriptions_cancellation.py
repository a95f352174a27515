from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from core.connect.cancellation import (
    CancellationProvider,
    CancellationRequest,
    CancellationTimeout,
    CancellationUnavailable,
    ReceiptNote,
    ReceiptState,
)
from core.connect.simulated_cancellation import (
    BEHAVIOURS,
    Behaviour,
    CancellationKeyReused,
    SimulatedCancellation,
    StoredReceipt,
)
from core.money import Money

REQUEST = CancellationRequest(
    key="approval_1",
    merchant_key="netflix",
    subscription_name="Netflix",
    amount=Money(1_799, "USD"),
    account_last4="1005",
    requested_on=date(2026, 11, 21),
    paid_until=date(2026, 12, 8),
)


def provider(
    receipts: dict[str, StoredReceipt] | None = None, **behaviours: Behaviour
) -> SimulatedCancellation:
    return SimulatedCancellation(
        receipts={} if receipts is None else receipts,
        behaviours=behaviours or BEHAVIOURS,
    )


class TestSimulatedCancellation:
    def test_is_a_provider_and_says_that_it_is_a_demo(self):
        simulator: CancellationProvider = provider()
        assert simulator.demo
        assert "demo" in simulator.name
        receipt = simulator.submit(REQUEST)
        assert receipt.demo
        assert receipt.reference.startswith("DEMO-")

    def test_accepts_for_the_end_of_the_paid_time_and_claims_no_more(self):
        receipt = provider().submit(REQUEST)
        assert receipt.state is ReceiptState.REQUESTED
        assert receipt.effective_on == date(2026, 12, 8)

    def test_gives_the_same_receipt_for_the_same_key_and_books_it_once(self):
        receipts: dict[str, StoredReceipt] = {}
        first = provider(receipts).submit(REQUEST)
        # A day later, in another process: the same request.
        again = provider(receipts).submit(replace(REQUEST, requested_on=date(2026, 11, 22)))
        assert again == first
        assert len(receipts) == 1
        assert provider().submit(REQUEST) == first

    def test_remembers_through_plain_text(self):
        receipts: dict[str, StoredReceipt] = {}
        first = provider(receipts).submit(REQUEST)
        restored = json.loads(json.dumps(receipts))
        assert provider(restored).lookup("approval_1") == first

    def test_refuses_a_key_that_was_used_for_something_else(self):
        simulator = provider()
        simulator.submit(REQUEST)
        with pytest.raises(CancellationKeyReused):
            simulator.submit(replace(REQUEST, amount=Money(1, "USD")))

    def test_knows_nothing_of_a_request_that_never_came(self):
        assert provider().lookup("approval_9") is None

    def test_gives_different_requests_different_references(self):
        simulator = provider()
        other = replace(REQUEST, key="approval_2")
        assert simulator.submit(REQUEST).reference != simulator.submit(other).reference


class TestItsEndings:
    def test_a_gym_refuses_and_says_why(self):
        receipt = provider().submit(
            replace(REQUEST, merchant_key="planet fitness", subscription_name="Planet Fitness")
        )
        assert receipt.state is ReceiptState.REFUSED
        assert receipt.note is ReceiptNote.IN_PERSON
        assert receipt.effective_on is None

    def test_finds_the_merchant_by_its_name_too(self):
        receipt = provider().submit(
            replace(REQUEST, merchant_key="m42", subscription_name="Cult.fit")
        )
        assert receipt.note is ReceiptNote.IN_PERSON

    def test_a_slow_one_accepts_and_warns(self):
        receipt = provider(netflix=Behaviour.SLOW).submit(REQUEST)
        assert (receipt.state, receipt.note) == (ReceiptState.REQUESTED, ReceiptNote.SLOW)

    def test_a_silent_one_has_the_request_although_no_answer_came(self):
        simulator = provider(netflix=Behaviour.SILENT)
        with pytest.raises(CancellationTimeout):
            simulator.submit(REQUEST)
        found = simulator.lookup("approval_1")
        assert found is not None
        assert found.state is ReceiptState.REQUESTED
        assert simulator.submit(REQUEST) == found

    def test_one_that_is_down_has_nothing(self):
        simulator = provider(netflix=Behaviour.DOWN)
        with pytest.raises(CancellationUnavailable):
            simulator.submit(REQUEST)
        assert simulator.lookup("approval_1") is None
        assert simulator.receipts == {}

    def test_a_dearer_one_refuses_the_old_price_and_accepts_its_own(self):
        simulator = provider(netflix=Behaviour.DEARER)
        refused = simulator.submit(REQUEST)
        assert (refused.state, refused.note) == (ReceiptState.REFUSED, ReceiptNote.PRICE_CHANGED)
        assert refused.amount_now == Money(2_158, "USD")
        assert simulator.lookup("approval_1") == refused
        anew = replace(REQUEST, key="approval_2", amount=refused.amount_now)
        assert simulator.submit(anew).state is ReceiptState.REQUESTED
        still = replace(REQUEST, key="approval_3")
        assert simulator.submit(still).amount_now == Money(2_158, "USD")
