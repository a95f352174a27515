"""Which accounts a household lives from: what is there to spend, bills to be paid from it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from core.ledger.account import AccountKind, Balance

# Half a year: how far back it is looked what a savings account is used for.
USE_DAYS = 182
# A savings account that so many purchases were paid from in that time is lived from.
LIVED_FROM = 12
AT_HAND = frozenset({AccountKind.CHECKING, AccountKind.CASH, AccountKind.WALLET})


def pockets(
    balances: Sequence[Balance], lived_from: Collection[int], currency: str
) -> tuple[Balance, ...]:
    """Return the accounts of ``currency`` that everyday life is paid from.

    These are current accounts, cash and wallets, and the savings accounts ``lived_from``: in some
    countries pay comes to one, and all is paid from there. Who has none but savings lives from
    them. Other currencies are left out, for want of a rate.
    """
    mine = [one for one in balances if one.account.currency == currency]
    found = tuple(
        one for one in mine if one.account.kind in AT_HAND or int(one.account.id) in lived_from
    )
    return found or tuple(one for one in mine if one.account.kind is AccountKind.SAVINGS)
