"""Checks a statement's running balance against its amounts, oldest or newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Chain:
    """Running balances that tie out: what the account held before and after, in minor units."""

    opening: int
    closing: int


def tie_out(
    amounts: Sequence[int], balances: Sequence[int | None], *, newest_first: bool = False
) -> Chain | None:
    """Return the chain if every printed balance follows from the one before, else None.

    Rows without a balance are bridged. Both list orders are tried, the likelier one first. One
    balance among many rows proves nothing.
    """
    known = sum(balance is not None for balance in balances)
    if known < min(2, len(balances)) or not known:
        return None
    for reverse in (newest_first, not newest_first):
        step = -1 if reverse else 1
        chain = _tie_out_forward(amounts[::step], balances[::step])
        if chain:
            return chain
    return None


def _tie_out_forward(amounts: Sequence[int], balances: Sequence[int | None]) -> Chain | None:
    sums = list(accumulate(amounts))
    openings = {
        balance - moved
        for balance, moved in zip(balances, sums, strict=True)
        if balance is not None
    }
    if len(openings) != 1:
        return None
    (opening,) = openings
    return Chain(opening, opening + sums[-1])
