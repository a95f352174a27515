"""What is owned less what is owed, on one day after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.ids import AccountId
from core.money import Money
from core.rates.rate import RateBook


@dataclass(frozen=True, slots=True)
class Worth:
    """Net worth at the end of a day, of it ``invested`` in what is traded.

    ``missing`` accounts are not in it for want of a rate, ``unpriced`` holdings for want of a
    price or a rate.
    """

    on: date
    value: Money
    missing: int
    invested: Money | None = None
    unpriced: int = 0

    def with_holdings(self, value: Money, unpriced: int) -> Worth:
        """Return the same with what the holdings of the day are worth."""
        return replace(self, value=self.value + value, invested=value, unpriced=unpriced)


@dataclass(frozen=True, slots=True)
class Move:
    """What one day changed in one account."""

    account_id: AccountId
    on: date
    minor: int


def worth_over(
    days: Sequence[date],
    moves: Iterable[Move],
    currencies: Mapping[AccountId, str],
    rates: RateBook,
    base: str,
) -> tuple[Worth, ...]:
    """Return the net worth in ``base`` at the end of each of ``days``, which are in order."""
    waiting = sorted(moves, key=lambda move: move.on, reverse=True)
    held = dict.fromkeys(currencies, 0)
    found = []
    for day in days:
        while waiting and waiting[-1].on <= day:
            move = waiting.pop()
            held[move.account_id] += move.minor
        amounts = [Money(minor, currencies[one]) for one, minor in held.items() if minor]
        found.append(_worth(day, amounts, rates, base))
    return tuple(found)


def _worth(day: date, amounts: Iterable[Money], rates: RateBook, base: str) -> Worth:
    whole, missing = Money.zero(base), 0
    for amount in amounts:
        if amount.currency == base:
            whole += amount
            continue
        valued = rates.value(amount, base, day)
        if valued is None:
            missing += 1
        else:
            whole += valued[0]
    return Worth(day, whole, missing)
