"""Days on which banks are closed, and where a payment goes that falls on one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

IsBankDay = Callable[[date], bool]
# No country closes its banks for longer; a calendar that never opens must not hang us.
_LONGEST_CLOSED = 14


class Roll(StrEnum):
    """What happens to a payment whose day is no banking day."""

    NONE = "none"  # it is booked all the same
    BEFORE = "before"  # salaries, and whatever must have arrived by its day
    AFTER = "after"  # most direct debits


def every_day(_day: date) -> bool:
    """Tell that banks are open: the calendar of whoever has none."""
    return True


def rolled(day: date, roll: Roll, is_bank_day: IsBankDay) -> date:
    """Return the banking day to which a payment due on ``day`` moves."""
    if roll is Roll.NONE:
        return day
    step = timedelta(days=-1 if roll is Roll.BEFORE else 1)
    moved = day
    for _ in range(_LONGEST_CLOSED):
        if is_bank_day(moved):
            return moved
        moved += step
    return day
