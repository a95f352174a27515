"""Many requests, one commit, and nobody is left waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from bot.channels.accept import AcceptLimits, GroupAccept, NotAccepted
from core.messaging.address import Address
from core.messaging.inbound import Accepted, Duplicate, InboundKind, InboundMessage, Stored

BOB = Address.parse("telegram:5")


class MemoryInbox:
    """Stores in memory the way a database would: all of a batch or nothing."""

    def __init__(self) -> None:
        self.rows: dict[str, InboundMessage] = {}
        self.batches: list[int] = []
        self.poison: set[str] = set()
        self.down = False
        self.gate = threading.Event()
        self.gate.set()

    def store_batch(self, batch: Sequence[InboundMessage]) -> list[Stored]:
        self.gate.wait(10)
        self.batches.append(len(batch))
        if self.down or any(message.text in self.poison for message in batch):
            raise ConnectionError
        results: list[Stored] = []
        for message in batch:
            new = message.provider_event_id not in self.rows
            self.rows.setdefault(message.provider_event_id, message)
            results.append(Accepted(message.provider_event_id) if new else Duplicate())
        return results


def message(number: int, text: str = "hi") -> InboundMessage:
    return InboundMessage(str(number), BOB, InboundKind.TEXT, text)


def was_taken(group: GroupAccept, one: InboundMessage) -> bool:
    try:
        group.submit(one)
    except NotAccepted:
        return False
    return True


class TestGroupAccept:
    def test_stores_a_message_and_says_so(self):
        inbox = MemoryInbox()
        with GroupAccept(inbox.store_batch) as group:
            assert group.accept(message(1)) == Accepted("1")
            assert group.accept(message(1)) == Duplicate()
            assert group.is_open
        assert list(inbox.rows) == ["1"]

    def test_puts_what_waits_together_into_one_commit(self):
        inbox = MemoryInbox()
        inbox.gate.clear()
        with GroupAccept(inbox.store_batch) as group:
            futures = [group.submit(message(number)) for number in range(40)]
            inbox.gate.set()
            wait(futures, 10)
        assert [future.result() for future in futures] == [Accepted(str(n)) for n in range(40)]
        assert len(inbox.batches) <= 3

    def test_keeps_nobody_waiting_for_company_who_comes_alone(self):
        limits = AcceptLimits(linger_seconds=5.0)
        with GroupAccept(MemoryInbox().store_batch, limits=limits) as group:
            began = time.monotonic()
            for number in range(3):
                group.accept(message(number))
            assert time.monotonic() - began < 2.0

    def test_gathers_a_moment_longer_while_several_come_at_once(self):
        inbox = MemoryInbox()
        inbox.gate.clear()
        with GroupAccept(inbox.store_batch, limits=AcceptLimits(linger_seconds=0.4)) as group:
            futures = [group.submit(message(0))]
            time.sleep(0.05)  # the writer has it, so that the others come together
            futures += [group.submit(message(number)) for number in (1, 2)]
            inbox.gate.set()
            wait(futures, 10)
            futures += [group.submit(message(3))]
            time.sleep(0.05)
            futures += [group.submit(message(4))]
            wait(futures, 10)
        assert inbox.batches[-1] == 2

    def test_never_takes_more_than_a_batch_at_once(self):
        inbox = MemoryInbox()
        with GroupAccept(inbox.store_batch, limits=AcceptLimits(batch=8)) as group:
            wait([group.submit(message(number)) for number in range(50)], 10)
        assert max(inbox.batches) <= 8
        assert len(inbox.rows) == 50

    def test_tells_the_first_from_its_repeat_in_one_batch(self):
        inbox = MemoryInbox()
        inbox.gate.clear()
        with GroupAccept(inbox.store_batch) as group:
            futures = [group.submit(message(1)) for _ in range(10)]
            inbox.gate.set()
            results = [future.result(10) for future in futures]
        assert (
            sorted(type(result).__name__ for result in results) == ["Accepted"] + ["Duplicate"] * 9
        )

    def test_one_bad_message_harms_no_other(self):
        inbox = MemoryInbox()
        inbox.poison = {"bad"}
        inbox.gate.clear()
        with GroupAccept(inbox.store_batch, limits=AcceptLimits(linger_seconds=0.2)) as group:
            texts = ["hi", "bad", "hi", "hi"]
            futures = [group.submit(message(n, text)) for n, text in enumerate(texts)]
            inbox.gate.set()
            wait(futures, 10)
        assert isinstance(futures[1].exception(), ConnectionError)
        assert [futures[n].result() for n in (0, 2, 3)] == [Accepted(n) for n in ("0", "2", "3")]

    def test_does_not_try_every_message_when_the_store_is_down(self):
        inbox = MemoryInbox()
        inbox.down = True
        inbox.gate.clear()
        with GroupAccept(inbox.store_batch, limits=AcceptLimits(linger_seconds=0.2)) as group:
            futures = [group.submit(message(number)) for number in range(30)]
            inbox.gate.set()
            wait(futures, 10)
            assert all(isinstance(future.exception(), ConnectionError) for future in futures)
            # Two batches, whoever came first and the rest, and three of each tried alone.
            assert sum(inbox.batches) <= 30 + 2 * 3
            inbox.down = False
            assert group.accept(message(99)) == Accepted("99")

    def test_a_store_that_answers_for_too_few_has_not_stored(self):
        with GroupAccept(lambda _batch: []) as group, pytest.raises(NotAccepted):
            group.accept(message(1))

    def test_refuses_more_than_may_wait(self):
        inbox = MemoryInbox()
        inbox.gate.clear()
        limits = AcceptLimits(waiting=5, batch=1)
        with GroupAccept(inbox.store_batch, limits=limits) as group:
            taken = 0
            while taken < 20 and was_taken(group, message(taken)):
                taken += 1
            inbox.gate.set()
        assert 5 <= taken <= 6

    def test_gives_up_on_a_store_that_hangs(self):
        inbox = MemoryInbox()
        inbox.gate.clear()
        limits = AcceptLimits(timeout_seconds=0.05, batch=1)
        group = GroupAccept(inbox.store_batch, limits=limits)
        with pytest.raises(NotAccepted):
            group.accept(message(1))
        with pytest.raises(NotAccepted):
            group.accept(message(2))
        inbox.gate.set()
        group.close()
        # The second had not been taken yet, so it was withdrawn; the first is a duplicate later.
        assert "2" not in inbox.rows

    def test_stores_what_waits_before_it_closes_and_takes_nothing_after(self):
        inbox = MemoryInbox()
        inbox.gate.clear()
        group = GroupAccept(inbox.store_batch)
        futures = [group.submit(message(number)) for number in range(100)]
        opener = threading.Timer(0.05, inbox.gate.set)
        opener.start()
        group.close()
        opener.join()
        assert all(future.done() for future in futures)
        assert len(inbox.rows) == 100
        with pytest.raises(NotAccepted):
            group.accept(message(101))

    def test_rings_once_for_a_commit_that_held_something_new(self):
        inbox = MemoryInbox()
        rings: list[int] = []
        with GroupAccept(inbox.store_batch, after_commit=lambda: rings.append(1)) as group:
            group.accept(message(1))
            group.accept(message(1))
        assert len(rings) == 1

    def test_a_broken_bell_does_not_unstore_anything(self):
        def ring() -> None:
            raise RuntimeError

        with GroupAccept(MemoryInbox().store_batch, after_commit=ring) as group:
            assert group.accept(message(1)) == Accepted("1")

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    def test_leaves_nobody_waiting_when_the_writer_dies(self):
        all_came = threading.Event()

        def die(_batch: Sequence[InboundMessage]) -> list[Stored]:
            all_came.wait(5)
            raise SystemExit

        group = GroupAccept(die, limits=AcceptLimits(timeout_seconds=5))
        futures = [group.submit(message(number)) for number in range(3)]
        all_came.set()
        done, left = wait(futures, 3)
        assert not left
        assert all(isinstance(future.exception(), NotAccepted) for future in done)
        with pytest.raises(NotAccepted):
            group.accept(message(9))
        assert not group.is_open
        group.close()

    def test_every_caller_gets_his_own_answer_under_load(self):
        inbox = MemoryInbox()
        with GroupAccept(inbox.store_batch) as group, ThreadPoolExecutor(16) as pool:
            results = list(pool.map(lambda n: group.accept(message(n % 300)), range(600)))
        assert len(inbox.rows) == 300
        assert sum(isinstance(result, Accepted) for result in results) == 300
        assert all(
            result == Accepted(str(n % 300))
            for n, result in enumerate(results)
            if isinstance(result, Accepted)
        )
