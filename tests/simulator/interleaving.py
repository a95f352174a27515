"""Many workers in one thread: they take turns where a seed says, and die where it says.

A worker runs until it comes to a *pause*: before and after each transaction, and wherever a
stand-in for the outside world puts one. There another may go on. Death is an exception that
nothing catches; a transaction that was open rolls back, as it does when a process is gone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent, greenlet
from sqlalchemy import event

from core.failpoints import Point
from core.store.unit_of_work import Database, UnitOfWork

# There are some thirty statements for each of the places that a kill test knows.
_PLACES_ARE_DEADLIER = 40.0


class Death(BaseException):
    """The worker is gone from one instruction to the next."""


@dataclass(slots=True)
class Worker:
    """One run of one job."""

    name: str
    strand: greenlet
    dead: bool = False


@dataclass
class Interleaving:
    """Who is under way. ``chance`` is a `random.Random` with the seed of the play.

    ``deadliness`` is how often a statement or a place is the last one; 0 once all is well.
    """

    chance: random.Random
    deadliness: float = 0.0
    workers: list[Worker] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    died_at: list[Point] = field(default_factory=list)
    kills_all: bool = False

    def start(self, name: str, job: Callable[[], object]) -> None:
        """Begin a job and run it to its first pause."""
        worker = Worker(name, greenlet(job))
        self.workers.append(worker)
        self._switch(worker)

    def go_on(self) -> bool:
        """Let one worker that pauses go on; false when there is none."""
        if not self.workers:
            return False
        self._switch(self.chance.choice(self.workers))
        return True

    def finish(self) -> None:
        """Let everybody come to an end."""
        while self.go_on():
            pass

    def kill(self) -> None:
        """End one worker where it stands, or all of them when they are one process."""
        if self.workers:
            self._die(self.chance.choice(self.workers))

    def pause(self) -> None:
        """Let others go on, unless the caller is no worker."""
        worker = self._current()
        if worker is None:
            return
        if worker.dead:
            raise Death
        worker.strand.parent.switch()

    def reach(self, point: Point) -> None:
        """Come to one of the places of `core.failpoints`, which may be the last."""
        if self._may_die(_PLACES_ARE_DEADLIER):
            self.died_at.append(point)
            raise Death

    def statement(self, *_what: object) -> None:
        """Come to a statement, which may be the last: half a transaction is none."""
        if self._may_die():
            raise Death

    def _may_die(self, times: float = 1.0) -> bool:
        if not self.deadliness or self._current() is None:
            return False
        return self.chance.random() < self.deadliness * times

    def _current(self) -> Worker | None:
        now = getcurrent()
        return next((one for one in self.workers if one.strand is now), None)

    def _switch(self, worker: Worker) -> None:
        try:
            worker.strand.switch()
        except Death:
            self.deaths.append(worker.name)
            self.workers.remove(worker)
            if self.kills_all:
                self._bury_all()
            return
        if worker.strand.dead:
            self.workers.remove(worker)

    def _die(self, worker: Worker) -> None:
        for one in list(self.workers) if self.kills_all else [worker]:
            self._bury(one)

    def _bury_all(self) -> None:
        for one in list(self.workers):
            self._bury(one)

    def _bury(self, worker: Worker) -> None:
        worker.dead = True
        self.deaths.append(worker.name)
        self.workers.remove(worker)
        try:
            worker.strand.throw(Death)
        except Death:
            return
        raise AssertionError(f"{worker.name} outlived its own death")


class SteppingDatabase(Database):
    """The real database, with a pause before and after each transaction."""

    def step_with(self, interleaving: Interleaving) -> None:
        """Pause where ``interleaving`` says."""
        self._interleaving = interleaving

    @contextmanager
    def work(self, *, relaxed: bool = False) -> Iterator[UnitOfWork]:
        self._interleaving.pause()
        with super().work(relaxed=relaxed) as uow:
            yield uow
        self._interleaving.pause()

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        self._interleaving.pause()
        with super().reading() as uow:
            yield uow


@contextmanager
def dying_at_statements(database: Database, interleaving: Interleaving) -> Iterator[None]:
    """Let a statement be a worker's last one."""

    def before(*what: Any) -> None:
        interleaving.statement(*what)

    event.listen(database.engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", before)
