"""Many people at once in one process: nobody is ever told a word of anybody else's.

They write in chats that a few threads answer, ask over HTTP, and hang up in the middle, over one
pool of connections. Each has a word of his own in his name, his account and his payees; whatever
reaches somebody is looked through for the words of all others.
"""

from __future__ import annotations

import logging
import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import text

from bot.app import App, store_batch
from core.ids import AccountId
from core.ledger.account import AccountKind
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.messaging.address import Address
from core.messaging.inbound import InboundKind, InboundMessage
from core.money import Money
from core.store.outbox_tracking import OutboxTracking
from core.users.user import User
from tests.fakes.web_server import Site, listening
from tests.fakes.world import MASTER

_THREADS, _BATCH = 4, 480
_ASKS = ("balance", "last 5 transactions", "coffee {n} at {word}", "spent at {word}", "my name")
_TOOLS = ("show_balances", "find_entries", "show_spending")
_WORD = re.compile(r"[Qq]uetzal\w{4}")


@dataclass(frozen=True)
class Wanted:
    """So many turns; beside them requests over HTTP, and some that hang up."""

    turns: int
    seed: int = 31
    people: int = 96  # so many that none of them writes more than a chat is answered


@dataclass
class Came:
    """What it came to; ``wrong`` is empty when nobody was told of anybody else."""

    turns: int = 0
    requests: int = 0
    hung_up: int = 0
    own_words: int = 0
    seconds: float = 0.0
    answers: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Somebody:
    """A person with a word that stands in nobody else's books."""

    user: User
    word: str
    address: Address
    key: dict[str, str]


def cross(wanted: Wanted, url: str, folder: Path) -> Came:
    """Run so many turns on a database."""
    wishes: dict[str, Any] = {
        "database": {"url": url},
        "security": {"master_key": MASTER},
        "web": {"inline_workers": False},
        "demo": {"enabled": False},
    }
    with _listened() as lines, listening(folder, **wishes) as site:
        run = _Run(wanted, site)
        began = time.monotonic()
        run.go()
        run.came.seconds = round(time.monotonic() - began, 1)
        run.judge_books()
        run.came.wrong += [f"logged: {line[:80]}" for line in lines if _WORD.search(line)]
    return run.came


class _Run:
    def __init__(self, wanted: Wanted, site: Site) -> None:
        self._wanted = wanted
        self._site = site
        self._app: App = site.app
        self._chance = random.Random(wanted.seed)
        self._numbers = count(1)
        self._coffees: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._stop = threading.Event()
        self.came = Came()
        self._people = [self._somebody(number) for number in range(wanted.people)]
        self._owner = {one.user.id: one for one in self._people}

    def go(self) -> None:
        """Write and answer in batches, with others asking and hanging up all the while."""
        with self._beside(self._ask), self._beside(self._hang_up), self._beside(self._hang_up):
            while self.came.turns < self._wanted.turns:
                self._write(min(_BATCH, self._wanted.turns - self.came.turns))
                self._answer()
                self._judge_answers()

    def judge_books(self) -> None:
        """See that what each said is in his books, and nothing else."""
        for one in self._people:
            with self._app.database.reading() as uow:
                rows = uow.connection.execute(
                    text("SELECT payee, description FROM journal_entries WHERE user_id = :user"),
                    {"user": one.user.id},
                ).all()
            foreign = [row for row in rows if self._foreign(one, " ".join(map(str, row)))]
            if foreign or len(rows) != self._coffees[one.user.id] + 1:
                self.came.wrong.append(
                    f"{one.word}: {len(rows)} entries for {self._coffees[one.user.id]} coffees, "
                    f"{len(foreign)} of somebody else"
                )

    def _somebody(self, number: int) -> Somebody:
        app, word = self._app, "Quetzal" + "".join(self._chance.choices("bcdfghjklm", k=4))
        email, now = f"{word.lower()}.{number}@example.org", app.clock.now()
        user = self._site.user(email, currency="USD")
        address = Address.parse(f"terminal:{user.id}")
        with app.database.work() as uow:
            account = uow.accounts.open(
                user.id, name=f"{word} bank", kind=AccountKind.CHECKING, currency="USD", now=now
            )
            uow.bindings.link(user.id, address, now=now, ids=app.ids)
            uow.conversations.at(address, owner=user.id, now=now, ids=app.ids)
            uow.ledger.book(
                user.id, _bought(account.id, word, user.preferences.today(now)), now=now
            )
            uow.commit()
        return Somebody(user, word, address, self._site.key(email, "read"))

    def _write(self, size: int) -> None:
        """Store a batch from everybody, in any order."""
        batch = []
        for _ in range(size):
            one, number = self._chance.choice(self._people), next(self._numbers)
            words = self._chance.choice(_ASKS).format(n=number % 90 + 1, word=one.word)
            self._coffees[one.user.id] += words.startswith("coffee")
            batch.append(InboundMessage(f"e{number}", one.address, InboundKind.TEXT, words))
        store_batch(self._app.database, self._app.clock, self._app.ids, batch)
        self.came.turns += size

    def _answer(self) -> None:
        """Have a few threads answer everything that waits."""

        def work() -> None:
            while self._waits():
                self._app.handler.handle_next()

        threads = [threading.Thread(target=work) for _ in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _waits(self) -> bool:
        with self._app.database.reading() as uow:
            query = text("SELECT 1 FROM inbox WHERE state = 'received' LIMIT 1")
            return uow.connection.execute(query).first() is not None

    def _judge_answers(self) -> None:
        """Look through what goes out to each, and take it off the line."""
        with self._app.database.work(relaxed=True) as uow:
            query = text("SELECT id, owner FROM outbox WHERE state = 'ready'")
            tracking: OutboxTracking = uow.outbox.tracking
            for outbox_id, owner in uow.connection.execute(query).all():
                item = tracking.get(outbox_id)
                assert item is not None
                one = self._owner[owner]
                self._look(one, item.message.text)
                self.came.own_words += one.word.casefold() in item.message.text.casefold()
            uow.connection.execute(
                text("UPDATE outbox SET state = 'accepted' WHERE state = 'ready'")
            )
            uow.commit()

    def _look(self, one: Somebody, told: str) -> None:
        foreign = self._foreign(one, told)
        with self._counting:
            self.came.wrong += [f"{one.word} was told of {word}" for word in foreign]

    @staticmethod
    def _foreign(one: Somebody, told: str) -> set[str]:
        return {word for word in _WORD.findall(told) if word.casefold() != one.word.casefold()}

    def _ask(self, client: httpx.Client, chance: random.Random) -> None:
        """Ask over HTTP for one's own."""
        one = chance.choice(self._people)
        answer = client.post(f"/api/v1/tools/{chance.choice(_TOOLS)}", json={}, headers=one.key)
        with self._counting:
            self.came.requests += 1
            times = self.came.answers.get(answer.status_code, 0)
            self.came.answers[answer.status_code] = times + 1
        self._look(one, answer.text)

    def _hang_up(self, _client: httpx.Client, chance: random.Random) -> None:
        """Ask, and be gone at any moment: before it is read, while it is done, while it is told."""
        one, place = chance.choice(self._people), urlsplit(self._site.address)
        head = (
            f"POST /api/v1/tools/{chance.choice(_TOOLS)} HTTP/1.1\r\nHost: {place.netloc}\r\n"
            f"Authorization: {one.key['Authorization']}\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\n\r\n{}"
        ).encode()
        with socket.create_connection((place.hostname, place.port), timeout=10) as line:
            line.sendall(head[: chance.choice((len(head), len(head), len(head) // 2))])
            time.sleep(chance.uniform(0, 0.03))
            # A reset and no goodbye.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with self._counting:
            self.came.hung_up += 1

    @contextmanager
    def _beside(self, do: Callable[[httpx.Client, random.Random], None]) -> Iterator[None]:
        """Do something again and again in a thread of its own."""
        chance = random.Random(self._chance.random())
        broken: list[BaseException] = []
        stop = threading.Event()

        def run() -> None:
            try:
                with httpx.Client(base_url=self._site.address, timeout=30) as client:
                    while not stop.wait(0.15):
                        do(client, chance)
            except BaseException as error:  # told below
                broken.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(40)
        self.came.wrong += [f"{type(error).__name__}: {error}" for error in broken]


def _bought(account_id: AccountId, word: str, day: date) -> NewEntry:
    money = Money.of("12.50", "USD")
    return NewEntry(
        account_id=account_id,
        booked_date=day,
        amount=-money,
        flow=Flow.SPEND,
        allocations=(Allocation("FOOD_AND_DRINK_GROCERIES", money, "user"),),
        payee=f"{word} Market",
        merchant_key=f"{word.lower()} market",
        source=Source.MANUAL,
    )


@contextmanager
def _listened() -> Iterator[Sequence[str]]:
    """Keep everything that is logged meanwhile."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    ear, root = Ear(logging.INFO), logging.getLogger()
    root.addHandler(ear)
    try:
        yield lines
    finally:
        root.removeHandler(ear)
