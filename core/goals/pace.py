"""How a goal is doing: what is saved, what it needs a month, and what is really saved a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from statistics import median

from core.goals.goal import Goal
from core.money import Money
from core.period import month_number, months_later

MILESTONES = (25, 50, 75, 100)
MONTHS_LOOKED_AT = 6
_TENTH = Decimal("0.1")
# A goal is no forecast: beyond this a date says nothing.
_FARTHEST_MONTHS = 600


class GoalStatus(StrEnum):
    """How it stands."""

    REACHED = "reached"
    MISSED = "missed"  # its day has gone
    ON_PACE = "on_pace"
    BEHIND = "behind"
    OPEN = "open"  # no day, or nothing saved yet to measure by


@dataclass(frozen=True, slots=True)
class GoalProgress:
    """A goal as it stands on one day.

    ``needed`` is what has to be saved in each month left so that it is there in time, rounded
    up; ``usual`` is the median of what was saved in the last full months, nothing when there is
    no full month yet. ``ready_by`` is when it is reached at that pace.
    """

    goal: Goal
    saved: Money
    left: Money
    percent: Decimal
    months_left: int
    needed: Money | None
    usual: Money | None
    ready_by: date | None
    status: GoalStatus


def goal_progress(
    goal: Goal, *, saved: Money, by_month: Sequence[Money], today: date
) -> GoalProgress:
    """Work out how a goal is doing; ``by_month`` is what each full month since its start added.

    Give at most the last six months, oldest first.
    """
    left = Money(max(goal.target.minor - saved.minor, 0), saved.currency)
    months = _months_left(goal, today)
    usual = _usual(by_month, saved.currency)
    needed = Money(-(-left.minor // months), saved.currency) if goal.by and left else None
    return GoalProgress(
        goal=goal,
        saved=saved,
        left=left,
        percent=_percent(saved, goal.target),
        months_left=months,
        needed=needed,
        usual=usual,
        ready_by=_ready_by(left, usual, today),
        status=_status(goal, left, needed, usual, today),
    )


def milestones(progress: GoalProgress) -> tuple[int, ...]:
    """Return the marks that are reached, lowest first: no rounding decides."""
    saved, target = progress.saved.minor, progress.goal.target.minor
    return tuple(mark for mark in MILESTONES if saved * 100 >= target * mark)


def _months_left(goal: Goal, today: date) -> int:
    """Return in how many months something can still be saved: this one counts as one."""
    if goal.by is None:
        return 0
    return max(month_number(goal.by) - month_number(today), 1)


def _usual(by_month: Sequence[Money], currency: str) -> Money | None:
    if not by_month:
        return None
    return Money(int(median(one.minor for one in by_month)), currency)


def _ready_by(left: Money, usual: Money | None, today: date) -> date | None:
    if not left or usual is None or usual.minor <= 0:
        return None
    months = -(-left.minor // usual.minor)
    return months_later(today, months) if months <= _FARTHEST_MONTHS else None


def _status(
    goal: Goal, left: Money, needed: Money | None, usual: Money | None, today: date
) -> GoalStatus:
    if not left:
        return GoalStatus.REACHED
    if goal.by is not None and goal.by < today:
        return GoalStatus.MISSED
    if needed is None or usual is None:
        return GoalStatus.OPEN
    return GoalStatus.ON_PACE if usual.minor >= needed.minor else GoalStatus.BEHIND


def _percent(part: Money, whole: Money) -> Decimal:
    share = Decimal(part.minor * 100) / Decimal(whole.minor)
    return share.quantize(_TENTH, rounding=ROUND_FLOOR)
