"""Many at once on both databases: one word counts, one executor acts, one sender sends."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.approvals.approval import Proposal
from core.approvals.decision import Said, Verdict, Word
from core.messaging.outbound import MessageClass
from tests.fakes.databases import DATABASES, world_on
from tests.fakes.world import World
from workers.deliver import deliver_bulk, deliver_urgent

THREADS = 8
LEASE = timedelta(seconds=60)


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    yield from world_on(request, f"sqlite:///{tmp_path}/races.db")


def at_once(work: Callable[[int], None]) -> None:
    """Let all threads begin at the same moment, and fail if any of them did."""
    barrier = threading.Barrier(THREADS)
    broken: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:  # told to the test below
            broken.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []


class TestApproval:
    def test_is_decided_by_one_word_and_executed_by_one_worker(self, world: World) -> None:
        user = world.user()
        chat = world.chat(user.id)
        for _ in range(10):
            proposal = Proposal(user.id, chat.id, "cancel_subscription", 2, {"n": 1}, {})
            with world.database.work() as uow:
                approval = uow.approvals.add(proposal, now=world.now, ids=world.ids)
                uow.commit()
            verdicts: list[Verdict] = []
            claimed: list[str] = []

            def say(
                number: int, code: str = approval.code, heard: list[Verdict] = verdicts
            ) -> None:
                word = Word.APPROVE if number % 2 else Word.DECLINE
                said = Said(word, user.id, chat.id, code)
                with world.database.work() as uow:
                    heard.append(uow.approvals.decide(said, now=world.now).verdict)
                    uow.commit()

            def execute(_number: int, taken: list[str] = claimed) -> None:
                with world.database.work() as uow:
                    held = uow.approvals.claim_approved(now=world.now, lease=LEASE)
                    uow.commit()
                if held is not None:
                    taken.append(held.id)

            at_once(say)
            counts = Counter(verdicts)
            assert counts[Verdict.APPROVED] + counts[Verdict.DECLINED] == 1
            assert counts[Verdict.ALREADY] == THREADS - 1
            at_once(execute)
            assert claimed == ([approval.id] if counts[Verdict.APPROVED] else [])


class TestDelivery:
    @pytest.mark.slow
    def test_sends_each_message_once_with_many_senders(self, world: World) -> None:
        channel = world.channel()
        user = world.user()
        ids = [
            world.queue(world.chat(user.id, f"web:{number % 10}"), message_class=kind)
            for number in range(60)
            for kind in [MessageClass.ALERT if number % 2 else MessageClass.REPLY]
        ]

        def send(number: int) -> None:
            for _ in range(10):
                (deliver_bulk if number % 2 else deliver_urgent)(world.context)

        at_once(send)
        for _ in range(10):
            deliver_urgent(world.context)
        assert Counter(channel.keys()) == Counter(ids)
        assert {world.state(outbox_id) for outbox_id in ids} == {"accepted"}

    @pytest.mark.slow
    def test_keeps_a_conversation_in_order_with_many_senders(self, world: World) -> None:
        channel = world.channel()
        chat = world.chat(world.user().id)
        for number in range(20):
            world.queue(chat, str(number), position=number)

        def send(_number: int) -> None:
            for _ in range(30):
                deliver_urgent(world.context)

        at_once(send)
        assert channel.texts() == [str(number) for number in range(len(channel.texts()))]
        assert len(channel.texts()) == 20
