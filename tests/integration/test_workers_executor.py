"""Execution of approved actions: exactly what was approved, once, whatever breaks in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.approvals.approval import Approval, ApprovalState, Proposal
from core.approvals.decision import Said, Word
from core.connect.cancellation import (
    CancellationReceipt,
    CancellationRequest,
    CancellationTimeout,
    CancellationUnavailable,
)
from core.connect.simulated_cancellation import Behaviour, SimulatedCancellation, StoredReceipt
from core.facts import Answer, money, named
from core.facts_json import answer_to_json
from core.ids import AccountId
from core.ledger.account import AccountKind
from core.messaging.address import ChannelName
from core.money import Money
from core.store.conversation_store import Conversation
from core.subscriptions.cadence import Cadence
from core.subscriptions.cancelling import ACTION, cancellation_payload
from core.subscriptions.subscription import Subscription, SubscriptionStatus
from core.users.user import User
from tests.fakes.databases import DATABASES, world_on
from tests.fakes.recording_channel import RecordingChannel
from tests.fakes.world import World, open_world
from workers.cancel import CancelSubscription
from workers.deliver import deliver_urgent
from workers.executor import execute_approved, recover_executions

NETFLIX = Money(1599, "USD")


@dataclass
class Provider:
    """The simulator, with a count of what it was asked and faults on demand."""

    behaviour: Behaviour = Behaviour.ACCEPTS
    receipts: dict[str, StoredReceipt] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)
    lose_answers: list[BaseException] = field(default_factory=list)
    submitted: list[CancellationRequest] = field(default_factory=list)
    lookups: int = 0
    is_deaf: bool = False
    name: str = "demo provider"
    demo: bool = True

    @property
    def _inner(self) -> SimulatedCancellation:
        behaviours: Mapping[str, Behaviour] = {"netflix": self.behaviour}
        return SimulatedCancellation(self.receipts, behaviours)

    @property
    def effects(self) -> int:
        return len([key for key in self.receipts if not key.startswith("price/")])

    def submit(self, request: CancellationRequest) -> CancellationReceipt:
        self.submitted.append(request)
        if self.faults:
            raise self.faults.pop(0)
        receipt = self._inner.submit(request)
        if self.lose_answers:
            raise self.lose_answers.pop(0)
        return receipt

    def lookup(self, key: str) -> CancellationReceipt | None:
        self.lookups += 1
        if self.is_deaf:
            raise CancellationUnavailable
        return self._inner.lookup(key)


class Bench:
    """A user with a Netflix subscription who wants to get rid of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.provider = Provider()
        action = CancelSubscription(self.provider)
        world.actions[action.name] = action
        self.channel: RecordingChannel = world.channel(ChannelName.WEB)
        self.user: User = world.user()
        self.chat: Conversation = world.chat(self.user.id)
        self.account_id = self._open_account()
        self.save(self._netflix())

    def _open_account(self) -> AccountId:
        with self.world.database.work() as uow:
            account = uow.accounts.open(
                self.user.id,
                name="Chase",
                kind=AccountKind.CARD,
                currency="USD",
                number="4111222233334444",
                now=self.world.now,
            )
            uow.commit()
        return account.id

    def _netflix(self) -> Subscription:
        return Subscription(
            id=0,
            user_id=self.user.id,
            merchant_key="netflix",
            name="Netflix",
            account_id=self.account_id,
            amount=NETFLIX,
            cadence=Cadence.MONTHLY,
            status=SubscriptionStatus.ACTIVE,
            first_date=date(2026, 1, 5),
            last_date=date(2026, 11, 5),
            next_date=date(2026, 12, 5),
        )

    def save(self, subscription: Subscription) -> None:
        with self.world.database.work() as uow:
            uow.subscriptions.save(subscription, now=self.world.now)
            uow.commit()

    @property
    def subscription(self) -> Subscription:
        with self.world.database.reading() as uow:
            return uow.subscriptions.of(self.user.id)[0]

    def approved(self) -> Approval:
        """Propose the cancellation and let the user approve it."""
        subscription = self.subscription
        with self.world.database.work() as uow:
            account = uow.accounts.get(self.user.id, subscription.account_id)
            shown = Answer(
                "approval.proposed",
                (
                    named("name", subscription.name),
                    money("amount", subscription.amount),
                    named("provider", "provider_demo"),
                ),
            )
            payload = cancellation_payload(subscription, account)
            proposal = Proposal(
                self.user.id, self.chat.id, ACTION, 2, payload, answer_to_json(shown)
            )
            approval = uow.approvals.add(proposal, now=self.world.now, ids=self.world.ids)
            said = Said(Word.APPROVE, self.user.id, self.chat.id, approval.code)
            uow.approvals.decide(said, now=self.world.now)
            uow.commit()
        return approval

    def run(self) -> None:
        execute_approved(self.world.context)
        recover_executions(self.world.context)
        deliver_urgent(self.world.context)

    def later(self, **span: float) -> None:
        self.world.clock.advance(timedelta(**span))

    def state(self, approval: Approval) -> ApprovalState:
        with self.world.database.reading() as uow:
            found = uow.approvals.get(approval.id)
        assert found is not None
        return found.state

    def trail(self) -> list[str]:
        with self.world.database.reading() as uow:
            return [event.action for event in reversed(uow.audit.of(self.user.id))]


@pytest.fixture
def bench() -> Iterator[Bench]:
    world = open_world()
    yield Bench(world)
    world.database.close()


@pytest.fixture
def side_by_side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """The same on a database that several may use at once."""
    for world in world_on(request, f"sqlite:///{tmp_path}/books.db"):
        yield Bench(world)


class TestExecuteApproved:
    def test_does_nothing_without_the_users_word(self, bench: Bench) -> None:
        bench.run()
        assert bench.provider.submitted == []

    def test_asks_the_provider_for_exactly_what_was_approved(self, bench: Bench) -> None:
        approval = bench.approved()
        bench.run()
        (request,) = bench.provider.submitted
        assert request.key == approval.id
        assert (request.amount, request.account_last4) == (NETFLIX, "4444")
        assert bench.state(approval) is ApprovalState.EXECUTED

    def test_says_requested_and_never_cancelled(self, bench: Bench) -> None:
        bench.approved()
        bench.run()
        (text,) = bench.channel.texts()
        assert "not confirmed yet" in text
        assert "Demo" in text
        assert "is cancelled" not in text
        assert bench.subscription.status is SubscriptionStatus.CANCEL_REQUESTED

    def test_happens_once_however_often_it_runs(self, bench: Bench) -> None:
        bench.approved()
        for _ in range(5):
            bench.run()
            bench.later(hours=1)
        assert len(bench.provider.submitted) == 1
        assert len(bench.channel.sent) == 1
        assert bench.trail() == ["cancel_subscription.executed"]

    def test_refuses_a_payload_that_was_changed_behind_the_users_back(self, bench: Bench) -> None:
        approval = bench.approved()
        with bench.world.database.work() as uow:
            forged = "UPDATE approvals SET payload_hash = 'f' WHERE id = '" + approval.id + "'"
            uow.connection.exec_driver_sql(forged)
            uow.commit()
        bench.run()
        assert bench.provider.submitted == []
        assert bench.state(approval) is ApprovalState.FAILED
        assert bench.trail() == ["cancel_subscription.failed"]

    def test_says_that_it_failed_when_the_provider_refuses(self, bench: Bench) -> None:
        bench.provider.behaviour = Behaviour.REFUSES
        approval = bench.approved()
        bench.run()
        assert bench.state(approval) is ApprovalState.FAILED
        assert "NOT cancelled" in bench.channel.texts()[0]
        assert bench.subscription.status is SubscriptionStatus.ACTIVE

    def test_fails_cleanly_without_such_an_action(self, bench: Bench) -> None:
        approval = bench.approved()
        bench.world.actions.clear()
        bench.run()
        assert bench.state(approval) is ApprovalState.FAILED


class TestPreconditions:
    def test_stop_it_when_the_price_has_changed_and_tell_both_prices(self, bench: Bench) -> None:
        approval = bench.approved()
        dearer = replace(bench.subscription, amount=Money(1799, "USD"))
        bench.save(dearer)
        bench.run()
        assert bench.provider.submitted == []
        assert bench.state(approval) is ApprovalState.SUPERSEDED
        (text,) = bench.channel.texts()
        assert "$15.99" in text
        assert "$17.99" in text

    def test_stop_it_when_the_provider_names_another_price(self, bench: Bench) -> None:
        bench.provider.behaviour = Behaviour.DEARER
        approval = bench.approved()
        bench.run()
        assert bench.state(approval) is ApprovalState.SUPERSEDED
        assert bench.subscription.status is SubscriptionStatus.ACTIVE
        assert "$19.18" in bench.channel.texts()[0]

    def test_stop_it_when_it_has_ended_by_itself(self, bench: Bench) -> None:
        approval = bench.approved()
        bench.save(replace(bench.subscription, status=SubscriptionStatus.ENDED))
        bench.run()
        assert bench.provider.submitted == []
        assert bench.state(approval) is ApprovalState.SUPERSEDED

    def test_stop_the_second_of_two_approvals_of_one_thing(self, bench: Bench) -> None:
        first, second = bench.approved(), bench.approved()
        bench.run()
        assert bench.state(first) is ApprovalState.EXECUTED
        assert bench.state(second) is ApprovalState.SUPERSEDED
        assert bench.provider.effects == 1


class Killed(BaseException):
    """As close to a kill as one process can come: nothing catches it."""


class TestKilledExecutor:
    def test_before_the_request_left_asks_once_under_the_same_key(self, bench: Bench) -> None:
        approval = bench.approved()
        with bench.world.database.work() as uow:
            lease = bench.world.context.limits.execute_lease
            uow.approvals.claim_approved(now=bench.world.now, lease=lease)
            uow.commit()
        bench.run()
        assert bench.provider.submitted == []
        bench.later(minutes=2)
        bench.run()
        assert bench.provider.lookups == 1
        assert [request.key for request in bench.provider.submitted] == [approval.id]
        assert bench.state(approval) is ApprovalState.EXECUTED

    def test_after_the_provider_took_it_finds_the_receipt(self, bench: Bench) -> None:
        approval = bench.approved()
        bench.provider.lose_answers = [Killed()]
        with pytest.raises(Killed):
            bench.run()
        assert bench.state(approval) is ApprovalState.EXECUTING
        bench.later(minutes=2)
        bench.run()
        assert bench.state(approval) is ApprovalState.EXECUTED
        assert (len(bench.provider.submitted), bench.provider.effects) == (1, 1)
        assert len(bench.channel.sent) == 1


class TestLostAnswer:
    def test_is_said_to_be_unknown_and_found_out_later(self, bench: Bench) -> None:
        bench.provider.behaviour = Behaviour.SILENT
        approval = bench.approved()
        bench.run()
        assert bench.state(approval) is ApprovalState.UNKNOWN
        assert "don't know yet" in bench.channel.texts()[0]
        bench.run()
        assert len(bench.channel.sent) == 1
        bench.later(minutes=10)
        bench.run()
        assert bench.state(approval) is ApprovalState.EXECUTED
        assert len(bench.provider.submitted) == 1
        assert "not confirmed yet" in bench.channel.texts()[1]

    @pytest.mark.slow
    def test_of_a_provider_that_cannot_be_asked_stays_unknown(self, bench: Bench) -> None:
        approval = bench.approved()
        bench.provider.faults = [CancellationTimeout()]

        bench.provider.is_deaf = True
        for _ in range(200):
            bench.run()
            bench.later(minutes=11)
        assert bench.state(approval) is ApprovalState.UNKNOWN
        assert len(bench.provider.submitted) == 1


class TestUnreachableProvider:
    def test_is_asked_again_until_it_can_be_reached(self, bench: Bench) -> None:
        approval = bench.approved()
        bench.provider.faults = [CancellationUnavailable()] * 3
        for _ in range(5):
            bench.run()
            bench.later(minutes=2)
        assert bench.state(approval) is ApprovalState.EXECUTED
        assert bench.provider.effects == 1
        assert len(bench.channel.sent) == 1

    @pytest.mark.slow
    def test_is_given_up_after_a_day_with_nothing_done(self, bench: Bench) -> None:
        approval = bench.approved()
        bench.provider.faults = [CancellationUnavailable()] * 1000
        for _ in range(30):
            bench.run()
            bench.later(hours=1)
        assert bench.state(approval) is ApprovalState.FAILED
        assert bench.provider.effects == 0
        assert "NOT cancelled" in bench.channel.texts()[-1]


class TestBesideTheLedger:
    @pytest.mark.locking
    @pytest.mark.slow
    @pytest.mark.parametrize("side_by_side", DATABASES, indirect=True)
    def test_what_it_records_is_not_overwritten_by_who_read_before(
        self, side_by_side: Bench
    ) -> None:
        """Somebody looks for subscriptions, the executor acts, and then the first one saves."""
        bench, world = side_by_side, side_by_side.world
        bench.approved()
        acts = threading.Thread(target=execute_approved, args=(world.context,))
        with world.database.work() as uow:
            uow.recurring.refresh(
                bench.user.id, today=world.now.date(), now=world.now, is_bank_day=lambda _: True
            )
            read = uow.subscriptions.of(bench.user.id)[0]
            acts.start()
            acts.join(0.7)
            assert acts.is_alive()  # it waits for who holds this user's books
            uow.subscriptions.save(replace(read, lead_days=(5,)), now=world.now)
            uow.commit()
        acts.join(20)
        kept = bench.subscription
        assert (kept.status, kept.lead_days) == (SubscriptionStatus.CANCEL_REQUESTED, (5,))
