"""Money to people, in both databases: held and counted together, sent once, booked once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.approvals.approval import Approval, ApprovalState
from core.approvals.payload import payload_hash
from core.clock import FixedClock
from core.connect.payment_rail import PaymentOrder, RailTimeout, RailUnavailable
from core.connect.simulated_rail import OrderKeyReused, SimulatedRail
from core.conversation.plan import ToolCall
from core.ledger.hold import FundsMissing
from core.money import Money
from core.payments.contact import Contact, ContactUnfit, ContactUnknown, meant, tidy_number
from core.payments.payment import (
    DAY_LIMIT,
    PAYMENT_MOVES,
    DayLimitReached,
    Payment,
    PaymentState,
    payment_payload,
)
from core.store.unit_of_work import Database
from tests.ledgers import assert_sound, changing
from tests.people import NOW, TODAY, Person, alice, bob
from tools.context import Installation, ToolContext
from tools.outcome import NeedsApproval, NeedsInput, Refused
from tools.runner import Runner
from workers.actions import Ready, Stale
from workers.pay import SendMoney


def dollars(amount: str) -> Money:
    return Money.of(amount, "USD")


@pytest.fixture
def person(database: Database) -> Person:
    """Alice with 800 dollars in a wallet, and two payees called Ana."""
    someone = alice(database)
    someone.do("open_wallet", currency="USD", name="Purse")
    someone.do("top_up_wallet", amount="800", currency="USD")
    for name, number in (("Ana García", "ES00DEMO4412"), ("Ana Lopes", "PT00DEMO0938")):
        with changing(database) as uow:
            contact = Contact(0, someone.id, name, number, NOW, NOW)
            uow.payments.add_contact(contact, key=someone.ids.new("payee"))
    return someone


def payee(person: Person, name: str = "Ana Lopes") -> Contact:
    with person.database.reading() as uow:
        return next(one for one in uow.payments.contacts(person.id) if one.name == name)


def wallet(person: Person) -> Any:
    with person.database.reading() as uow:
        return uow.wallets.of(person.id)[-1]


def available(person: Person) -> Money:
    with person.database.reading() as uow:
        balances = uow.accounts.balances(person.id)
    return next(one.available for one in balances if one.account.id == wallet(person).id)


def payment(person: Person, key: str, amount: str = "20") -> Payment:
    return Payment(
        key,
        person.id,
        payee(person).id,
        wallet(person).id,
        dollars(amount),
        PaymentState.RESERVED,
        0,
        NOW,
    )


def reserve(person: Person, key: str, amount: str = "20") -> Payment:
    with changing(person.database) as uow:
        return uow.payments.reserve(payment(person, key, amount), payee(person), day=TODAY, now=NOW)


def settle(person: Person, key: str, state: PaymentState) -> bool:
    with changing(person.database) as uow:
        return uow.payments.settle(key, state, reference="R", day=TODAY, now=NOW)


@pytest.mark.locking
class TestAPayment:
    def test_holds_the_money_and_books_it_once_it_arrived(self, person):
        key = person.ids.new("appr")
        reserve(person, key)
        assert available(person) == dollars("780")
        assert settle(person, key, PaymentState.ACCEPTED)
        assert not settle(person, key, PaymentState.ACCEPTED)
        assert available(person) == dollars("780")
        assert [one.amount for one in person.entries()][-1] == dollars("-20")
        assert_sound(person)

    def test_lets_the_money_go_when_it_failed(self, person):
        key = person.ids.new("appr")
        reserve(person, key)
        settle(person, key, PaymentState.FAILED)
        assert available(person) == dollars("800")
        assert_sound(person)

    def test_keeps_it_held_while_nobody_knows(self, person):
        key = person.ids.new("appr")
        reserve(person, key)
        settle(person, key, PaymentState.UNKNOWN)
        assert available(person) == dollars("780")

    def test_is_reserved_once_for_each_key(self, person):
        key = person.ids.new("appr")
        assert reserve(person, key) == reserve(person, key)
        assert available(person) == dollars("780")

    def test_is_refused_without_the_money_and_keeps_nothing(self, person):
        reserve(person, person.ids.new("appr"), "450")
        with changing(person.database) as uow:
            uow.holds.place(
                person.id,
                wallet(person).id,
                dollars("330"),
                key=person.ids.new("hold"),
                label="shop",
                expires_at=NOW + timedelta(days=1),
                now=NOW,
            )
        key = person.ids.new("appr")
        with pytest.raises(FundsMissing):
            reserve(person, key, "20.01")
        with person.database.reading() as uow:
            assert uow.payments.find(key) is None

    def test_counts_a_days_payments_until_the_limit_and_not_those_that_failed(self, person):
        first = person.ids.new("appr")
        reserve(person, first, str(DAY_LIMIT))
        with pytest.raises(DayLimitReached):
            reserve(person, person.ids.new("appr"), "0.01")
        settle(person, first, PaymentState.FAILED)
        assert reserve(person, person.ids.new("appr"), "1").state is PaymentState.RESERVED

    def test_at_the_same_moment_as_another_cannot_pass_the_limit_twice(self, person):
        done: list[str] = []

        def try_it(key: str) -> None:
            try:
                reserve(person, key, "300")
            except DayLimitReached:
                return
            done.append(key)

        threads = [
            threading.Thread(target=try_it, args=(person.ids.new("appr"),)) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == 1
        assert available(person) == dollars("500")

    def test_of_one_user_cannot_use_anothers_payee(self, database, person):
        other = bob(database)
        with database.reading() as uow, pytest.raises(ContactUnknown):
            uow.payments.contact(other.id, payee(person).id)


class TestStates:
    @given(st.lists(st.sampled_from(list(PaymentState)[1:]), max_size=5))
    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_move_as_the_table_allows_and_the_books_stay_sound(self, person, states):
        key = person.ids.new("appr")
        state = PaymentState.RESERVED
        with person.database.work() as uow:  # rolled back: each example starts afresh
            uow.payments.reserve(payment(person, key, "1"), payee(person), day=TODAY, now=NOW)
            for wanted in states:
                done = uow.payments.settle(key, wanted, reference="", day=TODAY, now=NOW)
                assert done == (wanted in PAYMENT_MOVES[state])
                state = wanted if done else state
            assert uow.accounts.mismatches(person.id) == ()


class TestTheTool:
    def test_asks_which_of_two_and_has_nobody_by_default(self, person):
        for words in ({"person": "ana"}, {}):
            outcome = person.run("send_money", amount="20", chat=person.chat(), **words)
            assert isinstance(outcome, NeedsInput)
            assert [one.text for one in outcome.options] == ["Ana García *4412", "Ana Lopes *0938"]

    def test_proposes_and_moves_nothing(self, person):
        outcome = person.run("send_money", amount="20", person="ana lopes", chat=person.chat())
        assert isinstance(outcome, NeedsApproval)
        assert available(person) == dollars("800")

    def test_refuses_where_nobody_carries_money(self, person):
        quiet = Installation(pays=False)
        runner = Runner(
            person.runner.registry, person.database, person.ids, person.objects, installation=quiet
        )
        outcome = _run(runner, person, "send_money", amount="20", person="ana lopes")
        assert outcome == Refused("payment.no_rail", {})

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ({"person": "xavier", "amount": "20"}, "contact.unknown"),
            ({"person": "ana lopes", "amount": "900"}, "wallet.funds_missing"),
            ({"person": "ana lopes", "amount": "501"}, "payment.day_limit"),
            ({"person": "ana lopes", "amount": "0"}, "money.zero"),
            ({"person": "contact:999999", "amount": "5"}, "contact.unknown"),
        ],
    )
    def test_refuses_with_a_reason(self, person, words, code):
        outcome = person.run("send_money", chat=person.chat(), **words)
        assert isinstance(outcome, Refused)
        assert outcome.code == code


def _run(runner: Runner, who: Person, tool: str, **arguments: Any) -> Any:
    context = ToolContext(
        user=who.user, now=NOW, key=who.ids.new("key"), conversation_id=who.chat()
    )
    return runner.run(ToolCall(tool, arguments), context)


class TestTheExecutor:
    def approval(self, person: Person, key: str, amount: str = "20") -> Approval:
        terms = payment_payload(payee(person), wallet(person).id, dollars(amount))
        ends = NOW + timedelta(minutes=10)
        hashed = payload_hash(
            terms, user_id=person.id, action="send_money", nonce=key, expires_at=ends
        )
        return Approval(
            key,
            person.id,
            "conv",
            "K7QM",
            "send_money",
            3,
            terms,
            hashed,
            ApprovalState.EXECUTING,
            NOW,
            ends,
        )

    def action(self, person: Person, receipts: dict[str, Any]) -> SendMoney:
        clock = FixedClock(NOW)
        return SendMoney(person.database, clock, SimulatedRail(receipts, clock.now))

    def test_sends_exactly_what_was_approved_and_once(self, person):
        receipts: dict[str, Any] = {}
        action, key = self.action(person, receipts), person.ids.new("appr")
        approval = self.approval(person, key)
        with person.database.reading() as uow:
            ready = action.prepare(uow, approval, now=NOW)
        assert isinstance(ready, Ready)
        assert approval.covers(ready.payload)
        for _ in range(3):
            assert action.perform(ready, key=key).state is ApprovalState.EXECUTED
        assert len(receipts) == 1
        assert available(person) == dollars("780")

    def test_stops_when_the_payee_is_gone(self, person):
        action, approval = self.action(person, {}), self.approval(person, person.ids.new("appr"))
        with changing(person.database) as uow:
            uow.payments.set_active(person.id, payee(person).id, active=False)
        with person.database.reading() as uow:
            stale = action.prepare(uow, approval, now=NOW)
        assert isinstance(stale, Stale)
        assert stale.reason == "payee_gone"

    def test_does_not_cover_another_amount_or_number(self, person):
        approval = self.approval(person, person.ids.new("appr"))
        other = payment_payload(payee(person), wallet(person).id, dollars("21"))
        assert not approval.covers(other)
        moved = replace(payee(person), number="XX99")
        assert not approval.covers(payment_payload(moved, wallet(person).id, dollars("20")))

    def test_fails_without_asking_anybody_when_the_money_is_gone(self, person):
        receipts: dict[str, Any] = {}
        action, key = self.action(person, receipts), person.ids.new("appr")
        approval = self.approval(person, key, "450")
        with person.database.reading() as uow:
            ready = action.prepare(uow, approval, now=NOW)
        assert isinstance(ready, Ready)
        reserve(person, person.ids.new("appr"), "400")
        performed = action.perform(ready, key=key)
        assert (performed.state, performed.reason) == (ApprovalState.FAILED, "day_limit")
        assert receipts == {}


class TestTheDemoRail:
    def rail(self, receipts: dict[str, Any]) -> SimulatedRail:
        return SimulatedRail(receipts, lambda: NOW)

    def order(self, number: str, key: str = "appr_1") -> PaymentOrder:
        return PaymentOrder(key, "Ana", number, dollars("20"))

    def test_keeps_one_receipt_for_a_key_and_refuses_another_order_under_it(self):
        rail = self.rail({})
        assert rail.submit(self.order("X0")) == rail.submit(self.order("X0"))
        with pytest.raises(OrderKeyReused):
            rail.submit(self.order("X2"))

    def test_remembers_what_it_never_answered_and_nothing_of_what_never_came(self):
        receipts: dict[str, Any] = {}
        rail = self.rail(receipts)
        with pytest.raises(RailTimeout):
            rail.submit(self.order("X5"))
        assert rail.lookup("appr_1") is not None
        with pytest.raises(RailUnavailable):
            rail.submit(self.order("X9", "appr_2"))
        assert rail.lookup("appr_2") is None


class TestNames:
    @pytest.mark.parametrize(
        ("words", "found"),
        [("ana", 2), ("Ana Lopes", 1), ("ana l", 0), ("*0938", 1), ("4412", 1), ("", 0), ("bo", 0)],
    )
    def test_are_whole_or_first_words_or_last_signs(self, person, words, found):
        with person.database.reading() as uow:
            saved = uow.payments.contacts(person.id)
        assert len(meant(words, saved)) == found

    @pytest.mark.parametrize("text", ["", "abc", "12345", "x" * 41, "abcdef"])
    def test_and_numbers_that_cannot_be_one_are_refused(self, text):
        with pytest.raises(ContactUnfit):
            tidy_number(text)
