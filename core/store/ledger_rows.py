"""Ledger records as rows of their tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from core.ids import AccountId, EntryId, UserId
from core.ledger.entry import (
    IN_THE_BOOKS,
    Allocation,
    EntryNotInBooks,
    EntryState,
    Flow,
    NewEntry,
    Posting,
    Source,
    assert_balanced,
)
from core.money import Money
from core.period import month_number

# Turns a value into what the driver takes without a second look.
Write = Callable[[Any], Any]

ENTRY_COLUMNS = (
    "id",
    "user_id",
    "account_id",
    "booked_date",
    "occurred_at",
    "minor",
    "currency",
    "flow",
    "state",
    "source",
    "merchant_key",
    "payee",
    "description",
    "external_id",
    "fingerprint",
    "import_id",
    "created_at",
)
LEG_COLUMNS = ("entry_id", "leg", "account_id", "minor", "currency")
PART_COLUMNS = (
    "entry_id",
    "user_id",
    "booked_date",
    "month",
    "flow",
    "category",
    "minor",
    "currency",
    "source",
    "confidence",
    "locked",
    "live",
    "created_at",
)


def two_legs(account: AccountId, nominal: AccountId, amount: Money) -> tuple[Posting, ...]:
    """Return the two postings that move ``amount`` into ``account``."""
    legs = (Posting(account, amount), Posting(nominal, -amount))
    assert_balanced(legs)
    return legs


def leg_rows(entry_id: EntryId, start: int, postings: Sequence[Posting]) -> list[dict[str, Any]]:
    """Return postings as rows, numbered from ``start``."""
    return [
        {
            "entry_id": entry_id,
            "leg": start + step,
            "account_id": posting.account_id,
            "minor": posting.money.minor,
            "currency": posting.money.currency,
        }
        for step, posting in enumerate(postings)
    ]


class RowWriter:
    """Writes entries as rows of their three tables, and adds up what they do to the balances.

    It is what an import spends most of its time on: everything that many rows share (a day, a
    kind of money) is worked out once, and plain texts are compared, not enumerations.
    """

    def __init__(
        self,
        user_id: UserId,
        nominal: Mapping[tuple[str, str], AccountId],
        *,
        write: Write,
        now: datetime,
    ) -> None:
        """Begin; ``nominal`` gives the account behind each flow and currency."""
        self.entries: list[tuple[Any, ...]] = []
        self.legs: list[tuple[Any, ...]] = []
        self.parts: list[tuple[Any, ...]] = []
        # Of each account what is added to its posted and to its pending balance.
        self.totals: dict[AccountId, list[int]] = defaultdict(lambda: [0, 0])
        self._user_id = user_id
        self._nominal = nominal
        self._write = write
        self._now = write(now)
        self._no, self._yes = map(write, (False, True))
        self._days: dict[date, tuple[Any, int]] = {}

    def add(self, entry_id: EntryId, entry: NewEntry) -> None:
        """Write one entry."""
        account, amount = entry.account_id, entry.amount
        minor, currency = amount.minor, amount.currency
        flow, state, write = str(entry.flow), entry.state, self._write
        day, month = self._days.get(entry.booked_date) or self._day(entry.booked_date)
        occurred, seen = entry.occurred_at, entry.fingerprint
        self.entries.append(
            (
                entry_id,
                self._user_id,
                account,
                day,
                None if occurred is None else write(occurred),
                minor,
                currency,
                flow,
                str(state),
                str(entry.source),
                entry.merchant_key,
                entry.payee,
                entry.description,
                entry.external_id,
                None if seen is None else write(seen),
                entry.import_id,
                self._now,
            )
        )
        # The two legs sum to zero by construction: the same amount, once with each sign.
        other = self._nominal[flow, currency]
        self.legs.append((entry_id, 0, account, minor, currency))
        self.legs.append((entry_id, 1, other, -minor, currency))
        column = 1 if state is EntryState.PENDING else 0
        self.totals[account][column] += minor
        self.totals[other][column] -= minor
        live = state is EntryState.POSTED or state is EntryState.PENDING
        for part in entry.allocations:
            self._add_part(entry_id, (day, month, flow), part, self._yes if live else self._no)

    def _day(self, day: date) -> tuple[Any, int]:
        written = self._days[day] = self._write(day), month_number(day)
        return written

    def _add_part(
        self, entry_id: EntryId, when: tuple[Any, int, str], part: Allocation, live: object
    ) -> None:
        amount = part.amount
        self.parts.append(
            (
                entry_id,
                self._user_id,
                *when,
                part.category,
                amount.minor,
                amount.currency,
                part.source,
                part.confidence,
                self._yes if part.locked else self._no,
                live,
                self._now,
            )
        )


def mirror_of(row: Mapping[Any, Any], parts: Sequence[Mapping[Any, Any]]) -> NewEntry:
    """Return the entry that takes a booked one back: in the same state, on the same day.

    Its allocations take back what was counted, so that spending is as if nothing had happened.
    """
    state = EntryState(row["state"])
    if state not in IN_THE_BOOKS:
        raise EntryNotInBooks
    return NewEntry(
        account_id=AccountId(row["account_id"]),
        booked_date=row["booked_date"],
        amount=Money(-row["minor"], row["currency"]),
        flow=Flow(row["flow"]),
        allocations=tuple(
            Allocation(
                part["category"],
                Money(-part["minor"], part["currency"]),
                part["source"],
                part["confidence"],
                part["locked"],
            )
            for part in parts
        ),
        payee=row["payee"],
        merchant_key=row["merchant_key"],
        description=row["description"],
        state=state,
        source=Source(row["source"]),
    )
