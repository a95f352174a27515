"""Approvals on a real database: one code, one decision, one claim, one settlement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.approvals.approval import EXECUTE_WITHIN, MAX_TRIES, Approval, ApprovalState, Proposal
from core.approvals.decision import Decision, Said, Verdict, Word
from core.store.approval_store import Settlement
from core.store.conversation_store import Conversation
from core.users.user import User
from tests.fakes.databases import DATABASES, world_on
from tests.fakes.world import World

LEASE = timedelta(seconds=90)
DAY = timedelta(hours=24)


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from world_on(request)


class Bench:
    """A user in a chat with proposals."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.user: User = world.user()
        self.chat: Conversation = world.chat(self.user.id)

    def propose(self, amount: int = 1599, tier: int = 2) -> Approval:
        proposal = Proposal(
            self.user.id,
            self.chat.id,
            "cancel_subscription",
            tier,
            {"subscription": 3, "amount_minor": amount},
            {"shape": "approval.proposed"},
        )
        with self.world.database.work() as uow:
            approval = uow.approvals.add(proposal, now=self.world.now, ids=self.world.ids)
            uow.commit()
        return approval

    def say(self, code: str, word: Word = Word.APPROVE, chat: str = "") -> Decision:
        said = Said(word, self.user.id, chat or self.chat.id, code)
        with self.world.database.work() as uow:
            decision = uow.approvals.decide(said, now=self.world.now)
            uow.commit()
        return decision

    def claim(self) -> Approval | None:
        with self.world.database.work() as uow:
            approval = uow.approvals.claim_approved(now=self.world.now, lease=LEASE)
            uow.commit()
        return approval

    def overdue(self) -> Approval | None:
        with self.world.database.work() as uow:
            approval = uow.approvals.claim_overdue(now=self.world.now, lease=LEASE)
            uow.commit()
        return approval

    def settle(self, held: Approval, state: ApprovalState, **more: object) -> bool:
        settlement = Settlement(state, **more)  # type: ignore[arg-type]  # fields by name
        with self.world.database.work() as uow:
            kept = uow.approvals.settle(held, settlement, now=self.world.now)
            uow.commit()
        return kept

    def state(self, approval: Approval) -> str:
        with self.world.database.reading() as uow:
            found = uow.approvals.get(approval.id)
        assert found is not None
        return found.state.value


@pytest.fixture
def bench(world: World) -> Bench:
    return Bench(world)


class TestAdd:
    def test_keeps_the_payload_and_its_hash(self, bench: Bench) -> None:
        approval = bench.propose()
        assert approval.payload == {"subscription": 3, "amount_minor": 1599}
        assert approval.covers(approval.payload)
        assert approval.expires_at - approval.created_at == DAY

    def test_gives_equal_payloads_different_hashes(self, bench: Bench) -> None:
        assert bench.propose().payload_hash != bench.propose().payload_hash

    def test_never_gives_a_user_a_code_again(self, bench: Bench) -> None:
        codes = ["AAAA", "AAAA", "BBBB"]
        bench.world.ids.code = lambda length=4: codes.pop(0)  # type: ignore[method-assign]
        assert [bench.propose().code for _ in range(2)] == ["AAAA", "BBBB"]

    def test_keeps_the_payload_sealed(self, bench: Bench) -> None:
        bench.propose()
        with bench.world.database.reading() as uow:
            raw = uow.connection.exec_driver_sql("SELECT payload FROM approvals").scalar_one()
        assert b"1599" not in bytes(raw)


class TestDecide:
    def test_approves_once_and_then_tells_how_it_stands(self, bench: Bench) -> None:
        approval = bench.propose()
        assert bench.say(approval.code).verdict is Verdict.APPROVED
        again = bench.say(approval.code)
        assert again.verdict is Verdict.ALREADY
        assert again.state is ApprovalState.APPROVED

    def test_takes_either_word_but_not_both(self, bench: Bench) -> None:
        approval = bench.propose()
        assert bench.say(approval.code, Word.DECLINE).verdict is Verdict.DECLINED
        assert bench.say(approval.code).verdict is Verdict.ALREADY
        assert bench.state(approval) == "declined"

    def test_is_too_late_after_the_end_and_writes_that_down(self, bench: Bench) -> None:
        approval = bench.propose()
        bench.world.clock.advance(DAY)
        assert bench.say(approval.code).verdict is Verdict.EXPIRED
        assert bench.state(approval) == "expired"
        assert bench.claim() is None

    def test_leaves_it_open_when_approved_in_the_wrong_chat(self, bench: Bench) -> None:
        approval = bench.propose()
        assert bench.say(approval.code, chat="conv_other").verdict is Verdict.WRONG_CHAT
        assert bench.state(approval) == "pending"

    def test_does_not_know_another_users_code(self, bench: Bench) -> None:
        approval = bench.propose()
        stranger = bench.world.user("mallory@example.org")
        said = Said(Word.APPROVE, stranger.id, bench.chat.id, approval.code)
        with bench.world.database.work() as uow:
            assert uow.approvals.decide(said, now=bench.world.now).verdict is Verdict.WRONG_CODE
            uow.commit()
        assert bench.state(approval) == "pending"

    def test_voids_everything_open_in_the_chat_at_the_fifth_wrong_code(self, bench: Bench) -> None:
        open_ones = [bench.propose(), bench.propose(1799)]
        verdicts = [bench.say("ZZZZ").verdict for _ in range(MAX_TRIES)]
        assert verdicts == [Verdict.WRONG_CODE] * (MAX_TRIES - 1) + [Verdict.VOID]
        assert [bench.state(one) for one in open_ones] == ["withdrawn", "withdrawn"]
        assert bench.say(open_ones[0].code).verdict is Verdict.VOID


class TestWithdraw:
    def test_takes_back_what_waits_and_what_was_not_begun(self, bench: Bench) -> None:
        for approve in (False, True):
            approval = bench.propose()
            if approve:
                bench.say(approval.code)
            with bench.world.database.work() as uow:
                user, code = bench.user.id, approval.code
                assert uow.approvals.withdraw(user, code, reason="by_user", now=bench.world.now)
                uow.commit()
        assert bench.claim() is None

    def test_is_too_late_once_it_is_being_done(self, bench: Bench) -> None:
        approval = bench.propose()
        bench.say(approval.code)
        bench.claim()
        with bench.world.database.work() as uow:
            user, code = bench.user.id, approval.code
            assert uow.approvals.withdraw(user, code, reason="x", now=bench.world.now) is None


class TestClaimApproved:
    def test_hands_an_approved_action_out_once(self, bench: Bench) -> None:
        approval = bench.propose()
        assert bench.claim() is None
        bench.say(approval.code)
        held = bench.claim()
        assert held is not None
        assert held.state is ApprovalState.EXECUTING
        assert bench.claim() is None

    def test_does_not_begin_what_has_waited_too_long(self, bench: Bench) -> None:
        approval = bench.propose()
        bench.say(approval.code)
        bench.world.clock.advance(EXECUTE_WITHIN)
        assert bench.claim() is None
        with bench.world.database.work() as uow:
            (ended,) = uow.approvals.expire_due(now=bench.world.now)
            uow.commit()
        assert (ended.id, ended.reason) == (approval.id, "never_started")


class TestSettle:
    def held(self, bench: Bench) -> Approval:
        bench.say(bench.propose().code)
        held = bench.claim()
        assert held is not None
        return held

    def test_keeps_the_receipt(self, bench: Bench) -> None:
        held = self.held(bench)
        receipt = {"state": "requested"}
        assert bench.settle(held, ApprovalState.EXECUTED, reference="R1", receipt=receipt)
        with bench.world.database.reading() as uow:
            done = uow.approvals.get(held.id)
        assert done is not None
        assert (done.state.value, done.reference, done.receipt) == ("executed", "R1", receipt)

    def test_refuses_an_executor_whose_lease_went_to_another(self, bench: Bench) -> None:
        stale = self.held(bench)
        assert bench.overdue() is None
        bench.world.clock.advance(LEASE)
        present = bench.overdue()
        assert present is not None
        assert not bench.settle(stale, ApprovalState.EXECUTED)
        assert bench.settle(present, ApprovalState.FAILED)
        assert bench.state(stale) == "failed"

    def test_happens_once(self, bench: Bench) -> None:
        held = self.held(bench)
        assert bench.settle(held, ApprovalState.EXECUTED)
        assert not bench.settle(held, ApprovalState.FAILED)

    def test_leaves_an_unknown_outcome_to_be_looked_at_again(self, bench: Bench) -> None:
        held = self.held(bench)
        later = bench.world.now + timedelta(minutes=10)
        assert bench.settle(held, ApprovalState.UNKNOWN, look_again=later)
        assert bench.overdue() is None
        bench.world.clock.advance(timedelta(minutes=10))
        again = bench.overdue()
        assert again is not None
        assert bench.settle(again, ApprovalState.EXECUTED)


class TestExpireDue:
    def test_ends_what_was_not_answered_and_says_which(self, bench: Bench) -> None:
        first = bench.propose()
        bench.world.clock.advance(timedelta(hours=1))
        bench.propose()
        bench.world.clock.advance(timedelta(hours=23))
        with bench.world.database.work() as uow:
            assert [one.id for one in uow.approvals.expire_due(now=bench.world.now)] == [first.id]
            assert uow.approvals.expire_due(now=bench.world.now) == ()
            uow.commit()


class TestLists:
    def test_show_what_is_open_oldest_first_and_the_latest_of_all(self, bench: Bench) -> None:
        first = bench.propose()
        bench.world.clock.advance(timedelta(minutes=1))
        second = bench.propose()
        bench.say(second.code, Word.DECLINE)
        with bench.world.database.reading() as uow:
            waiting = uow.approvals.open_for(bench.user.id, now=bench.world.now)
            newest = uow.approvals.latest_for(bench.user.id)
        assert [one.id for one in waiting] == [first.id]
        assert [one.id for one in newest] == [second.id]
