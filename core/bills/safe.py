"""Safe to spend: what is there, less what has to be paid with it before the next pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.bills.standing import Due, DueState
from core.ledger.account import Balance
from core.money import Money, total

# A pay that comes so near the day the user named is that pay.
_NEAR_PAY = timedelta(days=5)
# Who has no pay that we know of looks this far ahead.
_WITHOUT_PAY = timedelta(days=30)
_MAIN_PAY = 2  # a pay counts when it is at least one in so many parts of the largest
_STILL_COMING = 14  # days after which an unpaid bill is no longer held back


@dataclass(frozen=True, slots=True)
class Safe:
    """What may be spent from ``today`` until the day before ``until``.

    ``cash`` is in the accounts named, ``held`` the payments kept back for, soonest first, and
    ``set_aside`` what goals claim. ``left`` may be negative: then money is short. ``lowest`` is
    what will be there on the worst day, ``lowest_on``, if nothing else is spent. ``paid_on`` is the
    next pay day if it ends there, and ``payday`` the pay that is seen to come then.
    """

    today: date
    until: date
    cash: Money
    balances: tuple[Balance, ...]
    held: tuple[Due, ...]
    set_aside: Money
    paid_on: date | None
    payday: Due | None
    lowest: Money
    lowest_on: date

    @property
    def held_total(self) -> Money:
        """What is kept back for payments."""
        return total((one.amount for one in self.held), self.cash.currency)

    @property
    def left(self) -> Money:
        """What may be spent; negative when it is short."""
        return self.cash - self.held_total - self.set_aside

    @property
    def days(self) -> int:
        """How many days it has to last, today included."""
        return max((self.until - self.today).days, 1)

    @property
    def per_day(self) -> Money:
        """What may be spent on each of the days, rounded down; nothing when it is short."""
        return Money(max(self.left.minor, 0) // self.days, self.cash.currency)


def next_payday(dues: Iterable[Due], *, today: date) -> Due | None:
    """Return the next day on which a main pay comes in; interest and the like are none.

    A pay that is late counts as coming, unless its next one is here first.
    """
    coming = [one for one in dues if one.expected.inflow and one.open and one.on >= today]
    if not coming:
        return None
    most = max(one.amount.minor for one in coming)
    main = [one for one in coming if one.amount.minor * _MAIN_PAY >= most]
    return min(main, key=lambda one: (one.on, -one.amount.minor))


def told_payday(dues: Iterable[Due], on: date, *, today: date) -> Due | None:
    """Return the pay that the user means by a pay day ``on``, if one is seen to come near it."""
    pay = next_payday(dues, today=today)
    return pay if pay is not None and abs(pay.on - on) <= _NEAR_PAY else None


def safe_to_spend(
    balances: Sequence[Balance],
    dues: Sequence[Due],
    *,
    today: date,
    until: date | None,
    set_aside: Money,
    pay_on: date | None = None,
) -> Safe:
    """Work out what may be spent of ``balances`` until ``until`` (the next pay day when left out).

    ``pay_on`` is the next pay day by the user's own word, which goes before what the books show.

    All is in the currency of ``set_aside``. Payments by card count like all others: they have to
    be paid from the same money in the end.
    """
    currency = set_aside.currency
    mine = [one for one in dues if one.amount.currency == currency]
    payday = next_payday(mine, today=today)
    if pay_on is not None:
        payday = told_payday(mine, pay_on, today=today)
    paid_on = None if until else pay_on or (payday.on if payday else None)
    end = until or paid_on or today + _WITHOUT_PAY
    cash = total((one.available for one in balances), currency)
    held = tuple(one for one in mine if _is_held(one, today, end))
    lowest, lowest_on = _lowest(cash, held, today)
    return Safe(
        today=today,
        until=end,
        cash=cash,
        balances=tuple(balances),
        held=held,
        set_aside=set_aside,
        paid_on=paid_on,
        payday=payday if paid_on is not None else None,
        lowest=lowest,
        lowest_on=lowest_on,
    )


def _is_held(one: Due, today: date, end: date) -> bool:
    if one.expected.inflow or not one.open or one.expected.trial:
        return False
    if one.state is DueState.LATE:
        return (today - one.on).days <= _STILL_COMING
    return one.on < end


def _lowest(cash: Money, held: Sequence[Due], today: date) -> tuple[Money, date]:
    """Return the lowest balance on the way and its day; what is late is as good as due today."""
    lowest, lowest_on, there = cash, today, cash
    for one in sorted(held, key=lambda due: (max(due.on, today), due.key)):
        there -= one.amount
        if there < lowest:
            lowest, lowest_on = there, max(one.on, today)
    return lowest, lowest_on
