"""Ledger records as rows of their tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


def entry_row(
    entry_id: EntryId, user_id: UserId, entry: NewEntry, *, write: Write, now: Any
) -> tuple[Any, ...]:
    """Return an entry as a row of `ENTRY_COLUMNS`; ``now`` is already as the driver wants it."""
    return (
        entry_id,
        user_id,
        entry.account_id,
        write(entry.booked_date),
        write(entry.occurred_at),
        entry.amount.minor,
        entry.amount.currency,
        str(entry.flow),  # three times as fast as .value
        str(entry.state),
        str(entry.source),
        entry.merchant_key,
        entry.payee,
        entry.description,
        entry.external_id,
        write(entry.fingerprint),
        entry.import_id,
        now,
    )


def allocation_row(
    entry_id: EntryId,
    user_id: UserId,
    entry: NewEntry,
    part: Allocation,
    *,
    write: Write,
    now: Any,
) -> tuple[Any, ...]:
    """Return an allocation as a row of `PART_COLUMNS`; ``now`` as the driver wants it."""
    return (
        entry_id,
        user_id,
        write(entry.booked_date),
        month_number(entry.booked_date),
        str(entry.flow),
        part.category,
        part.amount.minor,
        part.amount.currency,
        part.source,
        part.confidence,
        write(part.locked),
        write(entry.state in IN_THE_BOOKS),
        now,
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
