"""So many sends with so many kills: nothing lost, nothing doubled that must not be."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.app import App, store_batch
from core.messaging.address import Address
from core.messaging.delivery import DeliveryState, ResendRule, resend_rule
from core.messaging.inbound import InboundKind, InboundMessage, StatusUpdate
from core.messaging.outbound import MessageClass, OutboundMessage
from core.messaging.outbox import Outgoing
from core.store.sweep.rule import Asked
from core.store.sweep.sweep import PATIENCE, sweep
from core.store.unit_of_work import StoreUnavailable
from tests.chaos.crowd import Crew, LyingTwilio, Shift, at_work, key_of, shift_on
from tests.fakes.world import open_world
from tests.people import NOW, Person, alice, bob

_CHATS = 8
_WORKERS = 3
_OPEN = "('ready', 'sending')"
_ALERTS = (MessageClass.ALERT, MessageClass.SUMMARY, MessageClass.SECURITY)


@dataclass(frozen=True)
class Wanted:
    """How much of what: ``seconds`` bounds the whole run."""

    seed: int
    sends: int = 600
    kills: int = 50
    seconds: float = 240.0


@dataclass
class Came:
    """What it came to; ``wrong`` is empty when all is as it must be."""

    sends: int = 0
    kills: int = 0
    in_doubt: int = 0
    drained_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def play(wanted: Wanted, url: str, folder: Path) -> Came:
    """Run one seed on a database and return what it came to."""
    chance = random.Random(wanted.seed)
    world = open_world(url)
    people = [alice(world.database), bob(world.database)]
    numbers = [f"sms:+155501{place:02}0" for place in range(2 * _CHATS)]
    for place, number in enumerate(numbers):
        people[place % 2].chat(number)
    world.database.close()
    with LyingTwilio(chance) as carrier:
        shift = shift_on(url, folder, carrier.base_url, NOW)
        run = _Run(wanted, chance, carrier, shift, numbers)
        try:
            with at_work(shift, _WORKERS) as crew:
                run.talk_and_kill(crew)
                run.drain()
            run.judge(people)
        finally:
            run.app.close()
    run.came.kills = crew.killed
    if crew.killed < wanted.kills:
        run.came.wrong.append(f"only {crew.killed} kills")
    return run.came


class _Run:
    def __init__(
        self,
        wanted: Wanted,
        chance: random.Random,
        carrier: LyingTwilio,
        shift: Shift,
        numbers: list[str],
    ) -> None:
        self._wanted = wanted
        self._chance = chance
        self._carrier = carrier
        self._numbers = numbers
        self._amounts: list[int] = []
        self._reported = 0
        self._end = time.monotonic() + wanted.seconds
        self.app: App = shift.open()
        self.came = Came()

    def talk_and_kill(self, crew: Crew) -> None:
        """Write messages and alerts, report deliveries, and kill somebody every now and then."""
        left, number = self._wanted.sends, 0
        while left > 0 or crew.killed < self._wanted.kills:
            for _ in range(min(left, self._chance.randint(2, 12))):
                left, number = left - 1, number + 1
                self._message(number) if number % 2 else self._alert(number)
            self._report()
            time.sleep(self._chance.uniform(0.05, 0.5))
            if crew.killed < self._wanted.kills:
                crew.kill_one(self._chance)
            if time.monotonic() > self._end:
                self.came.wrong.append(f"not done in time, {left} messages left")
                return
        self._carrier.is_well = True

    def drain(self) -> None:
        """Wait until nothing is under way: leases end, what is in doubt is looked up."""
        began = time.monotonic()
        while self._busy():
            self._report()
            time.sleep(0.1)
            if time.monotonic() > self._end:
                self.came.wrong.append(f"not drained: {self._busy()}")
                break
        self.came.drained_seconds = time.monotonic() - began

    def judge(self, people: list[Person]) -> None:
        """Compare what the carrier took with what the database says, and sweep it."""
        taken = self._carrier.keys()
        rows = self._rows("SELECT id, message_class, state FROM outbox")
        self.came.sends = sum(taken.values())
        self.came.in_doubt = sum(state == "unknown" for _, _, state in rows)
        for outbox_id, kind, state in rows:
            self.came.wrong += _of_one(outbox_id, MessageClass(kind), state, taken[outbox_id])
        booked = Counter(abs(minor) for (minor,) in self._rows("SELECT minor FROM journal_entries"))
        lost = [amount for amount in self._amounts if booked[amount * 100 + 50] != 1]
        self.came.wrong += [
            f"{amount} is booked {booked[amount * 100 + 50]} times: {self._became(amount)}"
            for amount in lost
        ]
        known = {outbox_id for outbox_id, _, _ in rows}
        self.came.wrong += [f"nobody wrote {key}" for key in taken.keys() - known]
        with self.app.database.work() as uow:
            uow.audit.seal_pending(now=self.app.clock.now())
            asked = Asked(uow.connection, uow.vault, self.app.clock.now(), PATIENCE)
            self.came.wrong += [f"{one.invariant} {one.rule} {one.subject}" for one in sweep(asked)]
        if len(rows) < self._wanted.sends:
            self.came.wrong.append(f"only {len(rows)} of {self._wanted.sends} were written")

    def _became(self, number: int) -> list[Any]:
        """Return what became of a message: how it ended, and what its turn did."""
        return self._rows(
            "SELECT inbox.state, inbox.attempts, inbox.reason, turns.state, turns.epoch,"
            " turns.planner, tool_calls.tool, tool_calls.outcome FROM inbox"
            " LEFT JOIN turns ON turns.inbound_id = inbox.id"
            " LEFT JOIN tool_calls ON tool_calls.turn_id = turns.id"
            f" WHERE inbox.provider_event_id = 'e{number}'"
        )

    def _message(self, number: int) -> None:
        self._amounts.append(number)
        where = Address.parse(self._numbers[number % len(self._numbers)])
        words = f"lunch {number}.50"  # "529" alone is a savings plan, and "365" a year
        message = InboundMessage(f"e{number}", where, InboundKind.TEXT, words)
        app = self.app
        for _ in range(self._chance.choice((1, 1, 2))):  # a provider repeats itself
            _until_kept(partial(store_batch, app.database, app.clock, app.ids, [message]))

    def _alert(self, number: int) -> None:
        _until_kept(partial(self._store_alert, number))

    def _store_alert(self, number: int) -> None:
        app, where = self.app, Address.parse(self._numbers[number % len(self._numbers)])
        now, kind = app.clock.now(), self._chance.choice(_ALERTS)
        with app.database.work() as uow:
            talk = uow.conversations.find(where)
            assert talk is not None
            words = OutboundMessage(f"Alert number {number}", message_class=kind)
            key = f"alert:{number}"
            going = Outgoing(talk.owner, talk.id, where, words, key, due_at=now)
            for _ in range(2):
                uow.outbox.enqueue(going, now=now, ids=app.ids)
            uow.commit()

    def _report(self) -> None:
        """Call back about some of what was taken, as the carrier does."""
        journal = list(self._carrier.journal)
        for sent in journal[self._reported :]:
            if self._chance.random() < 0.5:
                status = StatusUpdate(sent.sid, key_of(sent), DeliveryState.DELIVERED)
                _until_kept(partial(self.app.record_status, status))
        self._reported = len(journal)

    def _busy(self) -> list[Any]:
        """Tell what is not over: an answer in doubt is, for it is never sent again."""
        safe = [kind.value for kind in MessageClass if resend_rule(kind) is ResendRule.SAFE]
        doubt = f"(state = 'unknown' AND message_class IN {tuple(safe)})"
        queries = (
            "SELECT 'in', id FROM inbox WHERE state = 'received'",
            f"SELECT state, id FROM outbox WHERE state IN {_OPEN} OR {doubt}",
        )
        return [row for query in queries for row in self._rows(query)]

    def _rows(self, query: str) -> list[Any]:
        with self.app.database.reading() as uow:
            return [tuple(row) for row in uow.connection.execute(text(query))]


def _until_kept(do: Callable[[], object]) -> None:
    """Do it again while the database is too busy, as a provider posts again after a 503."""
    while True:
        try:
            do()
        except StoreUnavailable:
            time.sleep(0.1)
        else:
            return


def _of_one(outbox_id: str, kind: MessageClass, state: str, times: int) -> list[str]:
    if state in ("accepted", "delivered") and not times:
        return [f"{kind} {outbox_id} is {state} and was never sent"]
    if times > 1:  # the carrier can be asked, so not even what may repeat is doubled
        return [f"{kind} {outbox_id} was sent {times} times"]
    is_safe = resend_rule(kind) is ResendRule.SAFE
    if is_safe and not times and state not in ("failed", "suppressed"):
        return [f"{kind} {outbox_id} was lost: {state}"]
    return []


def play_in_a_folder(wanted: Wanted) -> Came:
    """Run one seed on an SQLite file of its own."""
    with tempfile.TemporaryDirectory(prefix="fm-chaos-") as folder:
        return play(wanted, f"sqlite:///{folder}/books.db", Path(folder))
