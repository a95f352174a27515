"""The same ten years in hledger, ledger and beancount: first the same totals, then the times.

The programs are no part of the product: each one that is installed is measured, the others are
skipped. They read our own export of the books, so that all of them sum the very same postings.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from bot.bench.books import bank_rows, csv_text
from bot.bench.figures import Figure, cpu_seconds, percentile
from bot.bench.stage import Books, Stage, opened, put_file
from core.ids import UserId
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery, GroupBy
from core.money import exponent
from tools.outcome import Done

# Sums per month (2026-05) and account name, in units of the currency; nothing that is zero.
Sums = Mapping[tuple[str, str], Decimal]
_BAR_TIMES_FASTER = 20
_ROWS_A_FILE = 100_000
_OPENING = 2_500_000_00
_LETTERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Peer:
    """A program: how it is asked for spending by month and account, and what it then prints."""

    program: str
    form: str
    command: tuple[str, ...]
    read: Callable[[str], Iterator[tuple[str, str, str]]]


def measure(stage: Stage) -> Iterator[Figure]:
    """Import a stream, ask for ten years by month and category, and ask the others the same."""
    small, large = stage.size(100_000, 300), stage.size(1_000_000, 3000)
    with opened(stage) as books:
        imported = _import(books, small)
        ours, warm = _our_sums(books), _warm(books, stage)
        # With categories and what recurs, which the others do not look for.
        yield Figure(f"import of {small:,} rows", imported, "cpu s", 7)
        yield Figure("ten years by month and category, warm", warm * 1000, "cpu ms", 50)
        fastest = None
        for peer in _PEERS:
            cold = _cold(peer, books, stage, ours)
            if cold is None:
                yield Figure(f"{peer.program} is not here", 0, "skipped")
                continue
            yield Figure(f"{peer.program}: same totals, cold", cold, "cpu s")
            fastest = cold if fastest is None else min(fastest, cold)
        if fastest is not None:
            faster = fastest / warm
            yield Figure(
                "faster than the fastest", faster, "times", _BAR_TIMES_FASTER, at_least=True
            )
    yield from _growth(stage, large, imported / small, warm / small)


def _growth(stage: Stage, rows: int, before: float, warm_before: float) -> Iterator[Figure]:
    """Measure ten times the rows: what a row costs must not grow with their number."""
    folder = stage.folder / "large"
    folder.mkdir()
    with opened(Stage(folder, stage.tiny)) as books:
        imported, warm = _import(books, rows), _warm(books, stage)
        yield Figure(f"import of {rows:,} rows", imported, "cpu s")
        yield Figure("a row's cost then", imported / rows / before, "times", 1.5)
        yield Figure("ten years by month and category then", warm * 1000, "cpu ms")
        yield Figure("a row's share of it then", warm / rows / warm_before, "times", 1.5)


def _import(books: Books, rows: int) -> float:
    """Import a stream, in files no larger than a user may send; return the CPU seconds."""
    stream = bank_rows(rows, last=books.today - timedelta(days=1))
    opening, spent = _OPENING, 0.0
    for place, start in enumerate(range(0, rows, _ROWS_A_FILE)):
        part = stream[start : start + _ROWS_A_FILE]
        key = f"upload/bench/{rows}-{place}.csv"
        put_file(books, key, csv_text(part, opening=opening))
        opening += sum(row.minor for row in part)
        spent += cpu_seconds(partial(_import_file, books, key))
    return spent


def _import_file(books: Books, key: str) -> None:
    _booked(books.run("import_statement", file=key, account="Peers"))


def _booked(outcome: object) -> None:
    if not isinstance(outcome, Done):
        raise TypeError(f"the bench's own statement was not booked: {outcome}")


def _warm(books: Books, stage: Stage) -> float:
    user_id = UserId(books.user.id)
    with books.app.database.reading() as uow:

        def ask() -> object:
            return uow.entries.totals(user_id, EntryQuery(flow=Flow.SPEND), GroupBy.CATEGORY)

        ask()
        return percentile([cpu_seconds(ask) for _ in range(stage.size(20, 2))], 0.95)


def _our_sums(books: Books) -> Sums:
    user_id = UserId(books.user.id)
    sums: dict[tuple[str, str], Decimal] = {}
    with books.app.database.reading() as uow:
        spent = EntryQuery(flow=Flow.SPEND)
        for total in uow.entries.totals(user_id, spent, GroupBy.CATEGORY):
            slug = frozenset({total.key})
            of_category = EntryQuery(flow=Flow.SPEND, categories=slug)
            for month in uow.entries.totals(user_id, of_category, GroupBy.MONTH):
                amount = Decimal(month.minor).scaleb(-exponent(month.currency))
                sums[month.key, _bare(total.key)] = amount
    return {key: value for key, value in sums.items() if value}


def _cold(peer: Peer, books: Books, stage: Stage, ours: Sums) -> float | None:
    """Return the CPU seconds of one run, nothing where the program is missing.

    A program that comes to other totals is an error: its time would be that of another question.
    """
    program = shutil.which(peer.program)
    if program is None:
        return None
    path = _exported(books, stage, peer.form)
    before = os.times()
    command = [program, *(part.replace("FILE", str(path)) for part in peer.command)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    after = os.times()
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for month, account, amount in peer.read(said.stdout):
        sums[month, _bare(account)] += Decimal(amount)
    theirs = {key: value for key, value in sums.items() if value}
    if theirs != ours:
        different = {key for key in theirs.keys() | ours.keys() if theirs.get(key) != ours.get(key)}
        raise ValueError(f"{peer.program} differs in {len(different)}: {sorted(different)[:3]}")
    spent = after.children_user + after.children_system
    return spent - before.children_user - before.children_system


def _exported(books: Books, stage: Stage, form: str) -> Path:
    path = stage.folder / f"books.{form}"
    if not path.exists():
        outcome = books.run("export_books", what="all", form=form)
        if not isinstance(outcome, Done):
            raise TypeError(f"the books were not exported: {outcome}")
        path.write_bytes(books.app.objects.get(outcome.answer.attachments[0]))
    return path


def _bare(account: str) -> str:
    """Return the name of a category whatever a program writes around it."""
    return _LETTERS.sub("", account.lower().removeprefix("expenses:"))


def _hledger(said: str) -> Iterator[tuple[str, str, str]]:
    head, *rows = csv.reader(said.splitlines())
    for account, *cells in rows:
        for month, cell in zip(head[1:], cells, strict=True):
            yield month[:7], account, cell.split()[0].replace(",", "")


def _ledger(said: str) -> Iterator[tuple[str, str, str]]:
    for line in said.splitlines():
        month, account, amount = line.split("\t")
        yield month, account, amount.split()[0].replace(",", "")


def _beancount(said: str) -> Iterator[tuple[str, str, str]]:
    for year, month, account, amount in list(csv.reader(said.splitlines()))[1:]:
        yield f"{int(year)}-{int(month):02d}", account.strip(), amount.strip()


_LEDGER_LINE = r"%(format_date(date, '%Y-%m'))\t%(account)\t%(display_amount)\n"
_BEANCOUNT_QUERY = (
    "SELECT year, month, account, sum(number) WHERE account ~ '^Expenses' "
    "GROUP BY year, month, account"
)
_PEERS = (
    Peer(
        "hledger",
        "hledger",
        ("-f", "FILE", "balance", "expenses", "-M", "-O", "csv", "-N", "--no-elide"),
        _hledger,
    ),
    Peer(
        "ledger",
        "hledger",
        ("-f", "FILE", "register", "^expenses", "-M", "--format", _LEDGER_LINE),
        _ledger,
    ),
    Peer("bean-query", "beancount", ("-f", "csv", "FILE", _BEANCOUNT_QUERY), _beancount),
)
