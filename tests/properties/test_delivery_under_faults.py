"""Delivery under faults: many workers, a provider that lies, and kills at every step.

One process plays several workers by turns, with a clock of its own; a seed chooses who goes next
and what breaks, so a failing case is played again by its number.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from core.messaging.address import Address, ChannelName
from core.messaging.channel import Ambiguous, Reason, Receipt, Rejected, RetryLater
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import StatusUpdate
from core.messaging.outbound import MessageClass, OutboundMessage
from tests.fakes.recording_channel import RecordingChannel
from tests.fakes.world import World, open_world
from workers.context import JobContext
from workers.deliver import deliver_bulk, deliver_urgent
from workers.retry import reconcile, release_overdue

pytestmark = pytest.mark.slow

MESSAGES = 40
CHATS = 5
_ENDED = {"accepted", "delivered", "failed", "suppressed"}


class Killed(BaseException):
    """The worker is gone from one instruction to the next."""


class LyingChannel(RecordingChannel):
    """Accepts and drops the answer, accepts and says 500, stalls, refuses, or kills its caller."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(ChannelName.SMS)
        self._chance = chance
        self.is_well = False
        self.reports: list[StatusUpdate] = []

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:
        draw = 1.0 if self.is_well else self._chance.random()
        if draw < 0.06:
            raise Killed  # before a byte left
        if draw < 0.14:
            raise RetryLater(Reason.RATE_LIMITED)
        if draw < 0.18:
            raise Rejected(Reason.REFUSED)
        receipt = super().send(message, address, key=key)
        if self._chance.random() < 0.5:
            sid = receipt.provider_message_ids[0]
            self.reports.append(StatusUpdate(sid, key, DeliveryState.DELIVERED))
        if draw < 0.26:
            raise Ambiguous(Reason.CONNECTION_LOST)
        if draw < 0.32:
            raise Ambiguous(Reason.SERVER_ERROR)
        if draw < 0.40:
            raise Killed  # after the provider has it, before anything is written down
        return receipt


class Play:
    """One seed's story."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.world: World = open_world()
        self.channel = LyingChannel(self.chance)
        self.world.channels[ChannelName.SMS] = self.channel
        user = self.world.user().id
        chats = [self.world.chat(user, f"sms:+1555010{number}") for number in range(CHATS)]
        self.classes: dict[str, MessageClass] = {}
        for number in range(MESSAGES):
            kind = self.chance.choice(list(MessageClass))
            chat = self.chance.choice(chats)
            self.classes[self.world.queue(chat, f"message {number}", kind)] = kind

    def run(self) -> None:
        for step in range(200):
            self.channel.is_well = step > 120
            self.world.clock.advance(timedelta(seconds=self.chance.choice((1, 5, 30, 90))))
            self._one_worker()
            self._one_report()

    def _one_worker(self) -> None:
        context: JobContext = self.world.context
        limits = replace(context.limits, round_items=self.chance.randint(1, 6))
        context = replace(context, limits=limits)
        job = self.chance.choice((deliver_urgent, deliver_bulk, release_overdue, reconcile))
        try:
            job(context)
        except Killed:
            return

    def _one_report(self) -> None:
        """Deliver a callback, late, out of order and sometimes twice."""
        if not self.channel.reports or self.chance.random() < 0.5:
            return
        report = self.chance.choice(self.channel.reports)
        with self.world.database.work() as uow:
            uow.outbox.statuses.apply(ChannelName.SMS, report, now=self.world.now)
            uow.commit()

    def states(self) -> dict[str, str]:
        return {outbox_id: self.world.state(outbox_id) for outbox_id in self.classes}


_QUICK = 1
_SEEDS = [
    *range(_QUICK),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(_QUICK, 30)),
]


@pytest.mark.parametrize("seed", _SEEDS)
def test_once_is_once_and_nothing_is_lost(seed: int) -> None:
    play = Play(seed)
    play.run()
    accepted = Counter(play.channel.keys())
    states = play.states()
    for outbox_id, kind in play.classes.items():
        if kind in (MessageClass.ALERT, MessageClass.SUMMARY, MessageClass.REPORT):
            assert states[outbox_id] in _ENDED, (outbox_id, kind)
            assert accepted[outbox_id] >= 1 or states[outbox_id] == "failed"
        else:
            assert accepted[outbox_id] <= 1, (outbox_id, kind)
            assert states[outbox_id] in {*_ENDED, "unknown"}
        if states[outbox_id] in ("accepted", "delivered"):
            assert accepted[outbox_id] >= 1, "recorded as sent but never was"
    play.world.database.close()
