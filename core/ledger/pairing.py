"""Finding the two sides of a transfer between own accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# Money is on its way between two banks for at most this long.
WINDOW = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a possible transfer: a row of one own account, negative = out of it."""

    entry_id: int
    account_id: int
    booked_date: date
    minor: int
    currency: str


def pair(
    legs: Iterable[Leg], rejected: Collection[tuple[int, int]] = ()
) -> tuple[tuple[int, int], ...]:
    """Return (out, in) pairs that match exactly and uniquely both ways.

    Opposite amounts of one currency on two accounts within four days; where several would fit,
    the nearest day decides, and a tie pairs nothing. Rejected pairs never return.
    """
    outs: list[Leg] = []
    ins: dict[tuple[str, int], list[Leg]] = defaultdict(list)
    for leg in legs:
        if leg.minor < 0:
            outs.append(leg)
        elif leg.minor > 0:
            ins[leg.currency, leg.minor].append(leg)
    best_in = {
        out.entry_id: _best(out, ins[out.currency, -out.minor], rejected, flip=False)
        for out in outs
    }
    out_by_amount: dict[tuple[str, int], list[Leg]] = defaultdict(list)
    for out in outs:
        out_by_amount[out.currency, -out.minor].append(out)
    pairs = []
    for out in outs:
        into = best_in[out.entry_id]
        if into is None:
            continue
        back = _best(into, out_by_amount[into.currency, into.minor], rejected, flip=True)
        if back == out:
            pairs.append((out.entry_id, into.entry_id))
    return tuple(pairs)


def _best(
    leg: Leg, others: Iterable[Leg], rejected: Collection[tuple[int, int]], *, flip: bool
) -> Leg | None:
    """Return the one nearest counterpart, or nothing when there is none or a tie."""
    fitting = []
    for other in others:
        key = (other.entry_id, leg.entry_id) if flip else (leg.entry_id, other.entry_id)
        distance = abs(other.booked_date - leg.booked_date)
        if other.account_id != leg.account_id and distance <= WINDOW and key not in rejected:
            fitting.append((distance, other))
    if not fitting:
        return None
    nearest = min(distance for distance, _ in fitting)
    winners = [other for distance, other in fitting if distance == nearest]
    return winners[0] if len(winners) == 1 else None
