"""How a budget is doing: spent, left, pace, and what is left for each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from fractions import Fraction

from core.budgets.budget import Budget
from core.money import Money
from core.period import Period

# A pace measured over less than this share of the period is noise: one big shop on the first
# of the month would foretell ten times the budget.
_PACE_NEEDS = Fraction(1, 3)
_TENTH = Decimal("0.1")


class BudgetStatus(StrEnum):
    """How it stands, from calm to alarming."""

    ON_TRACK = "on_track"
    AHEAD = "ahead"  # at this pace the limit will be passed
    NEAR = "near"  # the warning is reached
    OVER = "over"  # more is spent than the limit


@dataclass(frozen=True, slots=True)
class Progress:
    """A budget in one of its periods, as it stands on one day.

    ``percent_used`` is rounded down, so that "80 %" is never shown before it is true.
    ``percent_gone`` counts today as gone; ``days_left`` are the days after today, and
    ``per_day_left`` is what may be spent on each (on the last day: still today). ``projected``
    is the period's total at this pace, nothing while it is too early to say. ``carried`` came
    from the periods before (overspent: below nothing) and counts beside the limit: ``room``.
    """

    budget: Budget
    period: Period
    spent: Money
    left: Money
    percent_used: Decimal
    percent_gone: Decimal
    days_left: int
    per_day_left: Money
    projected: Money | None
    status: BudgetStatus
    carried: Money

    @property
    def room(self) -> Money:
        """What may be spent in the period: its limit and what was carried into it."""
        return self.budget.limit + self.carried


def progress(
    budget: Budget, *, spent: Money, period: Period, today: date, carried: Money | None = None
) -> Progress:
    """Work out how the budget is doing on ``today``, ``spent`` being the whole period's so far."""
    carried = carried or Money.zero(budget.limit.currency)
    room = budget.limit + carried
    left = room - spent
    gone = min(max((today - period.start).days + 1, 0), period.days)
    days_left = period.days - gone
    projected = _projected(spent, gone, period.days)
    return Progress(
        budget=budget,
        period=period,
        spent=spent,
        left=left,
        percent_used=_used(spent, room),
        percent_gone=_percent(gone, period.days),
        days_left=days_left,
        per_day_left=_per_day(left, days_left),
        projected=projected,
        status=_status(budget, spent, room, projected),
        carried=carried,
    )


def reached(room: Money, spent: Money, percent: int) -> bool:
    """Tell whether ``percent`` of the room is spent, exactly: no rounding decides an alert."""
    return spent.minor * 100 >= room.minor * percent


def _used(spent: Money, room: Money) -> Decimal:
    """Return the part spent; of no room at all, everything is spent."""
    return _percent(spent.minor, room.minor) if room.minor > 0 else Decimal("100.0")


def _projected(spent: Money, gone: int, days: int) -> Money | None:
    if not gone or Fraction(gone, days) < _PACE_NEEDS:
        return None
    if spent.minor <= 0:
        return spent
    return spent.times(Fraction(days, gone))


def _per_day(left: Money, days_left: int) -> Money:
    """Share what is left over the days, rounded down so that it really is enough."""
    if left.minor <= 0:
        return Money.zero(left.currency)
    return Money(left.minor // max(days_left, 1), left.currency)


def _percent(part: int, whole: int) -> Decimal:
    return (Decimal(part * 100) / Decimal(whole)).quantize(_TENTH, rounding=ROUND_FLOOR)


def _status(budget: Budget, spent: Money, room: Money, projected: Money | None) -> BudgetStatus:
    if spent.minor > room.minor:
        return BudgetStatus.OVER
    if reached(room, spent, budget.warn_percent):
        return BudgetStatus.NEAR
    if projected is not None and projected.minor > room.minor:
        return BudgetStatus.AHEAD
    return BudgetStatus.ON_TRACK
