"""Importing a hundred thousand rows, and questions over them."""

from __future__ import annotations

import csv
import gc
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from bot.bench.books import BankRow, bank_rows, csv_text
from bot.bench.figures import Figure, cpu_seconds, percentile
from bot.bench.stage import WISHES, Books, Stage, opened, put_file
from core.connect.bank_days import bank_days
from core.ids import UserId
from core.ledger.search import EntryQuery, GroupBy
from core.payees.categorise import Categoriser
from core.period import Calendar, Grain, period_of
from core.store.engine import sqlite_driver

_KEY = "upload/bench/large.csv"
# Runs a command and prints the most kilobytes it held. What `wait` tells of a child will not do:
# that has the size of this process in it, from before the child became a program of its own.
_WEIGHED = """
import sys
from bot.cli import run
status = run(sys.argv[1:])
held = open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]
print(held)
sys.exit(status)
"""


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure a first import, the same file again, and the sums a chat asks for."""
    with opened(stage) as books:
        rows = bank_rows(stage.size(100_000, 300), last=books.today - timedelta(days=1))
        base = _prepared(books, stage, rows)
        first = cpu_seconds(lambda: books.run("import_statement", file=_KEY, account="Large"))
        again = cpu_seconds(lambda: books.run("import_statement", file=_KEY, account="Large"))
        yield Figure("import 100k rows with categories", first, "cpu s", 7, baseline=base)
        named, recurring = _named(books, rows), _recurring(books)
        less = first - named - recurring
        yield Figure("of it telling merchants and categories", named, "cpu s", 3, baseline=base)
        yield Figure("of it looking for what recurs", recurring, "cpu s", 5, baseline=base)
        yield Figure("the rest of it: read, known rows, booked", less, "cpu s", 4, baseline=base)
        yield Figure("the same file again", again, "cpu s", 2, baseline=base)
        yield from _questions(books, stage)
        # What the same rows weigh as they stand in the file.
        weight = len(books.app.objects.get(_KEY)) / 1024**2
        yield Figure(
            "memory of a process that imports", _process(books, stage), "MB", 250, baseline=weight
        )


def _process(books: Books, stage: Stage) -> float:
    """Return the most megabytes held by `financemaster import` of such a file."""
    with books.app.database.work() as uow:
        email = f"{books.app.ids.new('bench')}@example.com"
        uow.users.add(email, WISHES, now=books.app.clock.now(), ids=books.app.ids)
        uow.commit()
    path = stage.folder / "large.csv"
    path.write_bytes(books.app.objects.get(_KEY))
    command = [sys.executable, "-c", _WEIGHED, "import", str(path), "--user", email]
    variables = {**os.environ, **stage.variables()}  # noqa: TID251 - handed on
    done = subprocess.run(  # noqa: S603
        command, env=variables, capture_output=True, text=True, check=True
    )
    return float(done.stdout.splitlines()[-1]) / 1024


def _named(books: Books, rows: Sequence[BankRow]) -> float:
    """Return the CPU seconds that the import took to tell who was paid and what for."""
    with books.app.database.reading() as uow:
        categoriser = Categoriser(uow.decisions.knowledge(books.user.id))

    def tell() -> None:
        for row in rows:
            categoriser.recognise(row.text, inflow=row.minor > 0)

    return cpu_seconds(tell)


def _recurring(books: Books) -> float:
    """Return the CPU seconds that a look for subscriptions, bills and pay takes in these books."""
    now, today = books.app.clock.now(), books.today
    is_bank_day = bank_days(books.user.preferences.country)
    with books.app.database.work() as uow:
        return cpu_seconds(
            lambda: uow.recurring.refresh(
                UserId(books.user.id), today=today, now=now, is_bank_day=is_bank_day
            )
        )


def _prepared(books: Books, stage: Stage, rows: list[BankRow]) -> float:
    """Put the file where it is imported from, and return the baseline."""
    text = csv_text(rows)
    put_file(books, _KEY, text)
    return _bare(stage, text)


def _bare(stage: Stage, text: str) -> float:
    """Return the CPU seconds of a bare program: read the CSV, insert under a unique key."""

    def load() -> None:
        connection = sqlite_driver().connect(str(stage.folder / "bare-import.db"))
        connection.execute("CREATE TABLE row (day TEXT, text TEXT, minor TEXT, n INTEGER UNIQUE)")
        rows = [(*row[:3], place) for place, row in enumerate(csv.reader(io.StringIO(text)))]
        connection.executemany("INSERT INTO row VALUES (?, ?, ?, ?)", rows)
        connection.commit()
        connection.close()

    return cpu_seconds(load)


def _questions(books: Books, stage: Stage) -> Iterator[Figure]:
    user_id = UserId(books.user.id)
    month = period_of(Grain.MONTH, books.today - timedelta(days=40), Calendar())
    with books.app.database.reading() as uow:
        # One pass over every entry's amount, as a program without indexes would ask.
        whole = "SELECT sum(minor) FROM journal_entries"
        bare = _p95(lambda: uow.connection.exec_driver_sql(whole).scalar(), stage.size(20, 2))
        asked: dict[str, tuple[float, Callable[[], object]]] = {
            "all balances": (5, lambda: uow.accounts.balances(user_id)),
            "one month by category": (
                20,
                lambda: uow.entries.totals(user_id, EntryQuery(period=month), GroupBy.CATEGORY),
            ),
            "ten years, month by category, per month": (
                50,
                lambda: uow.entries.totals(user_id, EntryQuery(), GroupBy.MONTH),
            ),
            "ten years, month by category, per category": (
                50,
                lambda: uow.entries.totals(user_id, EntryQuery(), GroupBy.CATEGORY),
            ),
            "find by text": (50, lambda: uow.entries.find(user_id, EntryQuery(text="starbucks"))),
        }
        for name, (bar, ask) in asked.items():
            spent = _p95(ask, stage.size(20, 2))
            yield Figure(f"{name}, p95", spent, "cpu ms", bar, baseline=bare)


def _p95(ask: Callable[[], object], times: int) -> float:
    """Return CPU milliseconds: the database is in this process, and no disk is waited for."""
    ask()  # warm: a chat asks of books that were open a moment ago
    gc.collect()  # what the import left behind is not the question's to clear away
    measured = [cpu_seconds(ask) * 1000 for _ in range(times)]
    return percentile(measured, 0.95)
