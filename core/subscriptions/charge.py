"""A charge as the detector sees it: one payment to one merchant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from statistics import fmean, median, pstdev

# Up to this share two prices are the same price (rates of exchange, taxes); above, it changed.
_SAME_PRICE = 0.05
_STEADY = 0.75
# A trial costs nothing, or at most two units of money and a fifth of the real price.
_TRIAL_MINOR = 200
_TRIAL_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Charge:
    """One payment: ``minor`` units of ``currency`` that went out; a refund is negative.

    ``merchant_key`` is the merchant as the payee rules see it, ``name`` what is shown.
    """

    entry_id: int
    account_id: int
    merchant_key: str
    name: str
    booked_date: date
    minor: int
    currency: str
    category: str


def in_order(charges: Iterable[Charge]) -> list[Charge]:
    """Return the charges oldest first, in one order whatever order they came in."""
    return sorted(charges, key=lambda one: (one.booked_date, one.minor, one.entry_id))


def groups(charges: Iterable[Charge]) -> list[list[Charge]]:
    """Return the payments of each account, merchant and currency, oldest first."""

    def whose(one: Charge) -> tuple[int, str, str]:
        return one.account_id, one.merchant_key, one.currency

    paid = [one for one in in_order(charges) if one.minor >= 0]
    return [list(group) for _, group in groupby(sorted(paid, key=whose), key=whose)]


def without_twins(charges: Sequence[Charge]) -> list[Charge]:
    """Leave out a second charge of the same amount on the same day: it is not a new period."""
    seen: set[tuple[date, int]] = set()
    kept = []
    for one in charges:
        if (one.booked_date, one.minor) not in seen:
            seen.add((one.booked_date, one.minor))
            kept.append(one)
    return kept


def without_trials(charges: Sequence[Charge]) -> list[Charge]:
    """Leave out what was charged for a trial; what is left are real prices."""
    if not charges:
        return []
    usual = median(one.minor for one in charges)
    return [one for one in charges if one.minor > _TRIAL_MINOR or one.minor > usual * _TRIAL_SHARE]


def is_trial_price(minor: int) -> bool:
    """Tell whether an amount is so small that it can only be a trial (or a card check)."""
    return minor <= _TRIAL_MINOR // 2


def variation(charges: Sequence[Charge]) -> float:
    """Return how much the amounts vary: their standard deviation over their mean."""
    amounts = [one.minor for one in charges]
    return pstdev(amounts) / fmean(amounts) if any(amounts) else 0.0


def same_price(one: int, other: int, within: float = _SAME_PRICE) -> bool:
    """Tell whether two amounts are the same price."""
    return abs(one - other) <= within * min(one, other)


def is_steady(charges: Sequence[Charge]) -> bool:
    """Tell whether the price rarely moves from one charge to the next (a rise or two may)."""
    return is_steady_amounts([one.minor for one in charges])


def is_steady_amounts(minors: Sequence[int]) -> bool:
    """Tell the same of amounts alone."""
    steps = [same_price(one, other) for one, other in pairwise(minors)]
    return not steps or sum(steps) >= _STEADY * len(steps)


def bands(charges: Sequence[Charge]) -> list[list[Charge]]:
    """Cut the charges into bands of one price each, lowest first; in a band, oldest first."""
    found: list[list[Charge]] = []
    for one in sorted(charges, key=lambda one: (one.minor, one.booked_date, one.entry_id)):
        if found and same_price(found[-1][0].minor, one.minor):
            found[-1].append(one)
        else:
            found.append([one])
    return [in_order(band) for band in found]
