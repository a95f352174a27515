"""A period in figures: everything its report and its message may show, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from core.money import Money
from core.period import Period
from core.rates.rate import Rate

_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Share:
    """One category or merchant: ``name`` is a category's slug or a merchant's shown name."""

    name: str
    amount: Money
    rows: int


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One budget at the end of the month, or as it stands today."""

    category: str
    limit: Money
    spent: Money
    carried: Money

    @property
    def left(self) -> Money:
        """What is left, negative when it is overspent."""
        return self.limit + self.carried - self.spent


@dataclass(frozen=True, slots=True)
class Change:
    """What one category came to, and what it did in the period before."""

    category: str
    now: Money
    before: Money

    @property
    def difference(self) -> Money:
        """More is positive."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Foreign:
    """An amount in another currency, and what it is in the user's own: nothing without a rate.

    ``rates`` are those it was valued by: one for a balance, one for each day of a sum.
    """

    amount: Money
    value: Money | None
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account as it stands when the report is made; ``foreign`` when it is not in the base."""

    name: str
    balance: Money
    as_of: datetime | None
    foreign: Foreign | None = None


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One savings goal."""

    name: str
    saved: Money
    target: Money
    percent: Decimal
    by: date | None


@dataclass(frozen=True, slots=True)
class BillLine:
    """One payment to come."""

    name: str
    amount: Money
    on: date


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand when a report is made, beside what happened in its period.

    ``uncounted`` accounts are not in the net worth, for want of a rate, and ``unpriced`` holdings
    for want of a price or a rate; the others are ``invested`` in together, at prices of the day
    ``priced_on`` that came from ``priced_by``. ``bills`` are those to be paid up to
    ``bills_until``.
    """

    accounts: tuple[AccountLine, ...] = ()
    invested: Money | None = None
    priced_on: date | None = None
    priced_by: frozenset[str] = frozenset()
    net_worth: Money | None = None
    uncounted: int = 0
    unpriced: int = 0
    goals: tuple[GoalLine, ...] = ()
    bills: tuple[BillLine, ...] = ()
    bills_until: date | None = None


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """The figures of ``period`` in ``currency``.

    ``spent`` and ``income`` are positive; a refund has already reduced ``spent``. ``by_category``
    and ``top_merchants`` come largest first. ``previous_spent`` is the period before, nothing when
    there is no entry in it. ``newest`` is the last day any entry was booked on, ``as_of`` when the
    figures were read. ``elsewhere`` is spending in other currencies, which is not added in, and
    ``by_month`` what each month of a longer period came to (named ``2026-04``).
    """

    period: Period
    currency: str
    spent: Money
    income: Money
    by_category: tuple[Share, ...]
    top_merchants: tuple[Share, ...]
    budgets: tuple[BudgetLine, ...]
    as_of: datetime
    newest: date | None
    rows: int
    uncategorised: int = 0
    previous_spent: Money | None = None
    elsewhere: tuple[Foreign, ...] = ()
    by_month: tuple[Share, ...] = ()
    changes: tuple[Change, ...] = ()
    standing: Standing = Standing()
    is_over: bool = True

    @property
    def saved(self) -> Money:
        """What came in and did not go out."""
        return self.income - self.spent

    @property
    def is_empty(self) -> bool:
        """Tell whether there is anything to report."""
        return self.rows == 0

    @property
    def uncategorised_share(self) -> Decimal:
        """Which part of the rows has no category, in per cent."""
        if not self.rows:
            return Decimal(0)
        return percent_of(self.uncategorised, self.rows)


def percent_of(part: int, whole: int) -> Decimal:
    """Return ``part`` of ``whole`` in per cent with one decimal; of nothing it is nothing."""
    if whole == 0:
        return Decimal(0)
    return (Decimal(part * 100) / Decimal(whole)).quantize(_TENTH, rounding=ROUND_HALF_EVEN)


def leading(shares: tuple[Share, ...], count: int) -> tuple[tuple[Share, ...], Share | None]:
    """Return the ``count`` largest shares and the rest as one, without a name."""
    if len(shares) <= count:
        return shares, None
    head, tail = shares[: count - 1], shares[count - 1 :]
    currency = tail[0].amount.currency
    amount = Money(sum(share.amount.minor for share in tail), currency)
    return head, Share("", amount, sum(share.rows for share in tail))


def changed(now: tuple[Share, ...], before: tuple[Share, ...], most: int) -> tuple[Change, ...]:
    """Return the categories that changed most against the period before, largest change first."""
    then = {share.name: share.amount for share in before}
    here = {share.name: share.amount for share in now}
    both = {**then, **here}
    found = []
    for name, amount in both.items():
        nothing = Money.zero(amount.currency)
        found.append(Change(name, here.get(name, nothing), then.get(name, nothing)))
    moved = [change for change in found if change.difference]
    moved.sort(key=lambda change: (-abs(change.difference.minor), change.category))
    return tuple(moved[:most])
