"""One play: people write, workers work and die, carriers lie, and in the end all is well."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bot.app import store_batch
from core.messaging.address import Address, ChannelName
from core.messaging.inbound import InboundKind, InboundMessage, StatusUpdate
from core.messaging.opt_out import classify_keyword
from core.messaging.outbound import MessageClass, OutboundMessage
from core.messaging.outbox import Outgoing
from tests.simulator.stage import CHATS, Scene
from workers.context import JobContext
from workers.deliver import deliver_bulk, deliver_urgent
from workers.executor import execute_approved, recover_executions
from workers.housekeeping import expire_approvals, seal_audit
from workers.reported import take_report
from workers.retry import reconcile, release_overdue
from workers.turns import answer_waiting

JOBS: tuple[Callable[[JobContext], int], ...] = (
    answer_waiting,
    deliver_urgent,
    execute_approved,
    deliver_bulk,
    release_overdue,
    reconcile,
    recover_executions,
    expire_approvals,
    seal_audit,
)
_WORDS = {"alice": "lunch", "bob": "parking"}
_ALERTS = (MessageClass.ALERT, MessageClass.SUMMARY, MessageClass.SECURITY)
_AT_ONCE = 5
_STEPS = 300
# So many steps after the last thing was said, what is left over is for the healing.
_AFTERWARDS = 60
# How long is waited for what was interrupted, once all is well: leases, then looks, then tries.
_PATIENCE = (40, 95, 130, 660, 660)


@dataclass
class Said:
    """One message of a user: what he wrote (a code is filled in when he sends it), and when."""

    who: str
    address: Address
    event: str
    words: str
    stored: bool = False


@dataclass
class Play:
    """What happens in one scene. ``alerts`` are the keys of what was to be told unasked.

    ``jobs`` are who works; ``deadliness`` is how often somebody dies, the seed's to say if unset.
    """

    scene: Scene
    jobs: Sequence[Callable[[JobContext], int]] = JOBS
    deadliness: float | None = None
    said: list[Said] = field(default_factory=list)
    alerts: dict[str, MessageClass] = field(default_factory=dict)
    silent_from: dict[Address, int] = field(default_factory=dict)
    talked_over_stop: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._waiting: dict[Address, deque[Said]] = {}
        self._to_alert: deque[tuple[str, MessageClass]] = deque()
        self._write()

    @property
    def chance(self) -> random.Random:
        return self.scene.between.chance

    def run(self) -> None:
        """Play until everything was said and done, or for so many steps; then let it heal."""
        between = self.scene.between
        drawn = self.chance.choice((0.0, 0.0005, 0.002, 0.005))
        between.deadliness = drawn if self.deadliness is None else self.deadliness
        left = _STEPS
        while left:
            left -= 1
            if not (self._waiting or self._to_alert):
                left = min(left, _AFTERWARDS)
            self._step()
            self._listen()
        self._heal()

    def _write(self) -> None:
        """Think up what everybody is going to say, and what is to be told unasked."""
        number = 0
        for who, addresses in CHATS.items():
            for _ in range(self.chance.randint(2, 3)):
                number += 1
                address = self.chance.choice(addresses)
                said = Said(who, address, f"e{number}", self._words(who, address, number))
                self.said.append(said)
                self._waiting.setdefault(address, deque()).append(said)
        for place in range(self.chance.randint(1, 3)):
            self._to_alert.append((f"alert:{place}", self.chance.choice(_ALERTS)))

    def _words(self, who: str, address: Address, number: int) -> str:
        spend = f"{_WORDS[who]} {10 + number}"
        choices = [spend, spend, spend, "undo", "balance", "cancel netflix", "APPROVE", "APPROVE"]
        if address.channel is ChannelName.SMS:
            choices += ["STOP", "START"]
        return self.chance.choice(choices)

    def _step(self) -> None:
        between, draw = self.scene.between, self.chance.random()
        leap = draw < 0.02
        seconds = self.chance.uniform(25, 95) if leap else self.chance.uniform(0, 0.4)
        self.scene.clock.advance(timedelta(seconds=seconds))
        if draw > 0.985:
            between.kill()
        elif draw > 0.40 and between.workers:
            between.go_on()
        elif len(between.workers) < _AT_ONCE:
            name, job = self._next_job()
            between.start(name, job)

    def _next_job(self) -> tuple[str, Callable[[], object]]:
        """Choose between the world outside, which wants something, and the workers' own clocks."""
        draw = self.chance.random()
        if draw < 0.25 and self._waiting:
            said = self._waiting[self.chance.choice(list(self._waiting))][0]
            return "accept", partial(self._accept, said)
        if draw < 0.35 and self._to_alert:
            key, kind = self._to_alert[0]
            return "alert", partial(self._alert, key, kind)
        if draw < 0.50:
            carrier = self.chance.choice(list(self.scene.carriers.values()))
            report = carrier.report()
            if report is not None:
                return "report", partial(self._report, report)
        # Three of four times somebody for whom there is often something to do.
        busy = self.jobs if self.chance.random() < 0.3 else self.jobs[:4]
        job = self.chance.choice(busy)
        return job.__name__, partial(job, self.scene.jobs)

    def _accept(self, said: Said) -> None:
        """Post a webhook; without an answer it is posted again, and with one now and then too."""
        scene, words = self.scene, said.words
        if words == "APPROVE":
            said.words = words = self._approval(said)
        keyword = classify_keyword(words) if said.address.channel is ChannelName.SMS else None
        message = InboundMessage(said.event, said.address, InboundKind.TEXT, words, keyword=keyword)
        store_batch(scene.database, scene.clock, scene.ids, [message])
        said.stored = True
        line = self._waiting.get(said.address)
        if line and line[0] is said and self.chance.random() < 0.8:
            line.popleft()
            if not line:
                del self._waiting[said.address]

    def _approval(self, said: Said) -> str:
        person = self.scene.people[said.who]
        with self.scene.database.reading() as uow:
            newest = uow.approvals.latest_for(person.id)
        return f"APPROVE {newest[0].code}" if newest else "balance"

    def _alert(self, key: str, kind: MessageClass) -> None:
        scene = self.scene
        who = self.chance.choice(list(CHATS))
        address = self.chance.choice(CHATS[who])
        with scene.database.work() as uow:
            talk = uow.conversations.find(address)
            assert talk is not None
            # Of two in doubt with the same words to the same phone nobody could say which arrived.
            text = f"Your {_WORDS[who]} {key}"
            outgoing = Outgoing(
                owner=talk.owner,
                conversation_id=talk.id,
                address=address,
                message=OutboundMessage(text, message_class=kind),
                dedupe_key=key,
                due_at=scene.clock.now(),
            )
            uow.outbox.enqueue(outgoing, now=scene.clock.now(), ids=scene.ids)
            uow.commit()
        self.alerts[key] = kind
        if self._to_alert and self._to_alert[0][0] == key:
            self._to_alert.popleft()

    def _report(self, report: StatusUpdate) -> None:
        with self.scene.database.work() as uow:
            take_report(self.scene.jobs, uow, report, now=self.scene.clock.now())
            uow.commit()

    def _listen(self) -> None:
        """See that nothing goes to whoever has said STOP, from that commit on."""
        if not any(one.words == "STOP" and one.stored for one in self.said):
            return
        carrier = self.scene.carriers[ChannelName.SMS]
        with self.scene.database.reading() as uow:
            for address in (chats[0] for chats in CHATS.values()):
                if not uow.bindings.is_opted_out(address):
                    self.silent_from.pop(address, None)
                    continue
                since = self.silent_from.setdefault(address, len(carrier.taken))
                late = [one for one in carrier.taken[since:] if one.address == address]
                self.talked_over_stop += [one.key for one in late]

    def _heal(self) -> None:
        """Let everybody finish, deliver what was not, and wait for what was interrupted."""
        scene = self.scene
        scene.heal()
        scene.between.finish()
        while self._waiting:
            self._accept(next(iter(self._waiting.values()))[0])
        for seconds in _PATIENCE:
            scene.clock.advance(timedelta(seconds=seconds))
            while sum(job(scene.jobs) for job in self.jobs):
                scene.clock.advance(timedelta(seconds=1))
        seal_audit(scene.jobs)
