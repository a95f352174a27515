"""The real dialogue, workers and store of one installation, put back to the start for each play.

Only the world outside and the order in which things happen are played; nothing inside is.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.app import App
from bot.channels.courtesy import Courtesy
from bot.dialogue.handler import DialogueHandler
from bot.dialogue.known_names import KnownNames
from core.clock import FixedClock
from core.connect.simulated_cancellation import SimulatedCancellation
from core.failpoints import watched
from core.ids import CountingIds
from core.messaging.address import Address, ChannelName
from core.store.unit_of_work import Database
from core.wake import SilentWake
from prompts.phrasebook import languages
from tests.e2e.killing import subscribe
from tests.e2e.one_process import Life
from tests.fakes.recording_channel import RecordingChannel
from tests.people import NOW, Person, alice, bob
from tests.simulator.interleaving import Interleaving, SteppingDatabase, dying_at_statements
from tests.simulator.outside import AskedCarrier, Carrier, LossyReceipts
from tools.runner import Runner
from workers.cancel import CancelSubscription
from workers.context import JobContext, Limits

SMS, TELEGRAM = ChannelName.SMS, ChannelName.TELEGRAM
# Who writes from where; each has words of his own, which must never reach the other.
CHATS = {
    "alice": (Address(SMS, "+15550101"), Address(TELEGRAM, "7001")),
    "bob": (Address(SMS, "+15550102"), Address(TELEGRAM, "7002")),
}


@dataclass
class Scene:
    """One play's installation: what runs, what is outside, and who lives there."""

    database: Database
    handler: DialogueHandler
    jobs: JobContext
    clock: FixedClock
    ids: CountingIds
    between: Interleaving
    carriers: dict[ChannelName, Carrier]
    receipts: LossyReceipts
    people: dict[str, Person]

    def heal(self) -> None:
        """Let nothing outside fail any more, and nobody die."""
        self.between.deadliness = 0.0
        self.receipts.is_well = True
        for carrier in self.carriers.values():
            carrier.is_well = True


class Theatre:
    """Opens the application once; each `scene` is played on a fresh copy of the same books."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._app = Life(f"sqlite:///{folder / 'books.db'}", folder / "files", NOW).open()
        self._people = {"alice": alice(self._app.database), "bob": bob(self._app.database)}
        for name, person in self._people.items():
            subscribe(person)
            for address in CHATS[name]:
                person.chat(address.show())
        self._app.database.tidy()
        self._app.database.engine.dispose()
        shutil.copyfile(folder / "books.db", folder / "template.db")
        event.listen(self._app.database.engine, "connect", _hurry)

    def close(self) -> None:
        self._app.close()

    @contextmanager
    def scene(self, seed: int, *, one_process: bool) -> Iterator[Scene]:
        """Set the stage for one seed; ``one_process`` says that who dies takes all with it."""
        app = self._app
        app.database.engine.dispose()
        for end in ("-wal", "-shm"):
            (self._folder / f"books.db{end}").unlink(missing_ok=True)
        shutil.copyfile(self._folder / "template.db", self._folder / "books.db")
        between = Interleaving(random.Random(seed), kills_all=one_process)
        database = SteppingDatabase(app.database.engine, app.database.master, None)
        database.step_with(between)
        scene = self._wired(app, database, between)
        with ExitStack() as stack:
            stack.enter_context(watched(between.reach))
            stack.enter_context(dying_at_statements(database, between))
            yield scene

    def _wired(self, app: App, database: Database, between: Interleaving) -> Scene:
        clock, ids = FixedClock(NOW + timedelta(minutes=1)), CountingIds()
        carriers = {SMS: AskedCarrier(SMS, between), TELEGRAM: Carrier(TELEGRAM, between)}
        others = {name: RecordingChannel(name) for name in (ChannelName.WEB, ChannelName.TERMINAL)}
        channels: dict[ChannelName, Any] = {**others, **carriers}
        receipts = LossyReceipts(between)
        kit = app.handler._kit
        runner = Runner(
            app.runner.registry,
            database,
            ids,
            app.objects,
            languages=languages(),
            installation=app.runner.installation,
        )
        handler = DialogueHandler(
            replace(
                kit,
                database=database,
                clock=clock,
                ids=ids,
                runner=runner,
                wake=SilentWake(),
                courtesy=Courtesy(database, channels),
                names=KnownNames(),
            )
        )
        cancel = CancelSubscription(SimulatedCancellation(receipts, {}, clock.now))
        jobs = replace(
            app.jobs,
            database=database,
            clock=clock,
            ids=ids,
            channels=channels,
            wake=SilentWake(),
            handler=handler,
            actions={cancel.name: cancel},
            # One after the other: who goes next is the seed's to say, not the machine's.
            limits=Limits(bulk_senders=1, bulk_batch=3, round_items=3),
        )
        return Scene(database, handler, jobs, clock, ids, between, carriers, receipts, self._people)


def _hurry(connection: Any, _record: Any) -> None:
    """Do not wait for the disk: nobody pulls its plug here."""
    for pragma in ("synchronous=OFF", "wal_autocheckpoint=0"):
        connection.execute(f"PRAGMA {pragma}")
