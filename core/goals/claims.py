"""Who claims which money: an account is one goal's only, envelopes share what is left.

No unit is counted twice: all envelopes together never hold more than there is in the accounts
that no goal follows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from core.errors import FinanceError
from core.goals.goal import Goal
from core.ledger.account import AccountKind, Balance
from core.money import Money, total

_SAVED_IN = frozenset(
    {AccountKind.CHECKING, AccountKind.SAVINGS, AccountKind.CASH, AccountKind.WALLET}
)


class AccountTaken(FinanceError):
    """Another goal counts this account already."""

    code = "goal.account_taken"


class NotEnoughFree(FinanceError):
    """More would be put aside than there is."""

    code = "goal.not_enough_free"


class NotEnoughSaved(FinanceError):
    """More would be taken out than was put aside."""

    code = "goal.not_enough_saved"


def check_account(goal: Goal, others: Collection[Goal]) -> None:
    """Raise `AccountTaken` when another goal follows the same account."""
    if goal.account_id is None:
        return
    for other in others:
        if other.id != goal.id and other.account_id == goal.account_id:
            raise AccountTaken(name=other.name)


def free(
    goals: Sequence[Goal], saved: Mapping[int, Money], balances: Sequence[Balance], currency: str
) -> Money:
    """Return what may still be put into envelopes: never below nothing."""
    there = total((one.available for one in _unclaimed(goals, balances, currency)), currency)
    aside = envelopes(goals, saved, currency)
    return Money(max(there.minor - aside.minor, 0), currency)


def envelopes(goals: Sequence[Goal], saved: Mapping[int, Money], currency: str) -> Money:
    """Return what all envelopes of a currency hold together."""
    mine = [goal for goal in goals if not goal.follows and goal.target.currency == currency]
    return total((saved[goal.id] for goal in mine if goal.id in saved), currency)


def held_from_cash(
    goals: Sequence[Goal],
    saved: Mapping[int, Money],
    balances: Sequence[Balance],
    at_hand: Collection[int],
    currency: str,
) -> Money:
    """Return how much of the accounts ``at_hand`` goals claim.

    An account that a goal follows is claimed whole. Envelopes are first thought of as lying in
    the other savings; only what does not fit there is held back from the money for every day.
    """
    followed = {int(goal.account_id) for goal in goals if goal.account_id is not None}
    whole = [
        one.available
        for one in balances
        if int(one.account.id) in followed & set(at_hand) and one.available.currency == currency
    ]
    aside = envelopes(goals, saved, currency)
    elsewhere = [
        one.available
        for one in _unclaimed(goals, balances, currency)
        if int(one.account.id) not in at_hand
    ]
    left = max(aside.minor - total(elsewhere, currency).minor, 0)
    return total(whole, currency) + Money(left, currency)


def check_room(amount: Money, room: Money) -> None:
    """Raise `NotEnoughFree` when ``amount`` is more than there is room for."""
    if amount.minor > room.minor:
        raise NotEnoughFree(free=room.plain, currency=room.currency)


def check_saved(amount: Money, saved: Money) -> None:
    """Raise `NotEnoughSaved` when ``amount`` is more than the goal holds."""
    if amount.minor > saved.minor:
        raise NotEnoughSaved(saved=saved.plain, currency=saved.currency)


def _unclaimed(goals: Sequence[Goal], balances: Sequence[Balance], currency: str) -> list[Balance]:
    """Return the accounts that money can lie in and that no goal follows; debts are none."""
    followed = {goal.account_id for goal in goals if goal.account_id is not None}
    return [
        one
        for one in balances
        if one.account.kind in _SAVED_IN
        and one.account.currency == currency
        and one.account.id not in followed
        and one.available.minor > 0
    ]
