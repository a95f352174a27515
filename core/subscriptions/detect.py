"""Find charges that come back: subscriptions, bills and habits, from the ledger alone.

The method: payments are grouped by account, merchant and currency. A group is explained by the
first of these that holds: several prices that each follow the calendar at the same time (two
plans at one seller); the whole group (one price, a price that rose, a bill that varies); and for
a busy merchant, one exact price on one day of the month, then about one price on any cadence.
Nothing depends on the order of the input or on other merchants.

What it cannot see: a yearly charge inside a busy merchant, and a series with fewer than three
charges at a seller that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations

from core.money import Money
from core.subscriptions.cadence import Cadence, length_in_days
from core.subscriptions.charge import (
    Charge,
    groups,
    is_steady,
    is_trial_price,
    without_trials,
    without_twins,
)
from core.subscriptions.charge import bands as price_bands
from core.subscriptions.fit import LATE_DAYS, NEEDED, Fit, best_fit, two_days_fits
from core.subscriptions.grid import hidden_fits
from core.subscriptions.price import PriceChange, price_change
from core.subscriptions.services import (
    is_bill_category,
    is_subscription_category,
    service_of,
    trial_days,
)

_EXPLAINED = 0.8  # of a group's charges, for plans side by side to be the whole story
_IN_A_BAND = 4  # charges of one price among others before it is believed
_PRICE_STEP = 0.4  # how far a price may rise or fall and still be the same subscription
_ENDED_DAYS = 45
_TRIAL_STILL_OPEN = 3  # days after its end in which the first real charge may be on its way

# With a known service two charges are enough, and so they are for a yearly price to the cent.
_NEEDED_KNOWN: Mapping[Cadence, int] = {
    **NEEDED,
    Cadence.MONTHLY: 2,
    Cadence.QUARTERLY: 2,
    Cadence.HALF_YEARLY: 2,
    Cadence.YEARLY: 2,
}
_NEEDED_EXACT: Mapping[Cadence, int] = {**NEEDED, Cadence.HALF_YEARLY: 2, Cadence.YEARLY: 2}


class StreamKind(StrEnum):
    """What a recurring charge is to the user."""

    SUBSCRIPTION = "subscription"  # a service at a steady price, which can be cancelled
    BILL = "bill"  # rent, power, phone, insurance, loans: due, but not for the asking
    HABIT = "habit"  # regular, but bought anew each time
    INCOME = "income"  # wages, pensions, rent received: money in


class Phase(StrEnum):
    """How sure and how alive a stream is."""

    EARLY = "early"  # seen once or twice
    MATURE = "mature"
    LATE = "late"  # the charge that was due has not come
    ENDED = "ended"  # and will not come any more


@dataclass(frozen=True, slots=True)
class Stream:
    """Charges that belong together and come back.

    ``day`` is the day of the month that is meant, 0 where the cadence counts days; ``paid`` are
    the day and the minor units of each charge, oldest first.
    """

    account_id: int
    merchant_key: str
    name: str
    category: str
    kind: StreamKind
    phase: Phase
    cadence: Cadence
    amount: Money
    entry_ids: tuple[int, ...]
    first_date: date
    last_date: date
    next_date: date
    change: PriceChange | None = None
    trial: bool = False
    day: int = 0
    paid: tuple[tuple[date, int], ...] = ()

    @property
    def live(self) -> bool:
        """Whether another charge is to be expected."""
        return self.phase is not Phase.ENDED


def detect(charges: Iterable[Charge], *, today: date) -> tuple[Stream, ...]:
    """Return every stream in the charges as seen on ``today``, by name, account and start.

    Give outflows of all the time there is, at least half a year: bank rows without transfers
    between own accounts. Charges after ``today`` are left out.
    """
    known = (one for one in charges if one.booked_date <= today)
    found = [stream for group in groups(known) for stream in _streams_of(group, today)]
    return tuple(
        sorted(found, key=lambda one: (one.name, one.account_id, one.first_date, one.amount.minor))
    )


def detect_income(receipts: Iterable[Charge], *, today: date) -> tuple[Stream, ...]:
    """Return the streams in money received (``minor`` is what came in), as `detect` does."""
    streams = detect(receipts, today=today)
    return tuple(
        replace(one, kind=StreamKind.INCOME, change=None) for one in streams if not one.trial
    )


def subscriptions_in(streams: Iterable[Stream]) -> tuple[Stream, ...]:
    """Return only what is a subscription."""
    return tuple(one for one in streams if one.kind is StreamKind.SUBSCRIPTION)


def _streams_of(group: Sequence[Charge], today: date) -> Iterator[Stream]:
    real = without_trials(group)
    fits = _explain(without_twins(real))
    for fit in fits:
        yield _stream(fit, today)
    if not fits:
        yield from _trial(group, today)


def _explain(charges: Sequence[Charge]) -> list[Fit]:
    if len(charges) < 2:
        return []
    needed = _needed(charges)
    by_price = [fit for band in price_bands(charges) if (fit := best_fit(band, needed=needed))]
    if _side_by_side(by_price, len(charges)):
        return [fit.with_strays() for fit in by_price]
    whole = best_fit(charges, needed=needed)
    if whole is not None:
        return [whole.with_strays()]
    twice = two_days_fits(charges)
    if twice:
        return twice
    exact = list(hidden_fits(charges))
    taken = {one.entry_id for fit in exact for one in fit.charges}
    rest = price_bands([one for one in charges if one.entry_id not in taken])
    about = [fit for band in rest if len(band) >= _IN_A_BAND and (fit := best_fit(band))]
    return _joined([*exact, *about])


def _needed(charges: Sequence[Charge]) -> Mapping[Cadence, int]:
    if service_of(charges[-1].merchant_key, charges[-1].name):
        return _NEEDED_KNOWN
    alone = len(charges) == 2 and charges[0].minor == charges[1].minor
    steady = is_subscription_category(charges[-1].category) or is_bill_category(
        charges[-1].category
    )
    return _NEEDED_EXACT if alone and steady else NEEDED


def _side_by_side(fits: Sequence[Fit], charges: int) -> bool:
    """Tell whether several plans run at the same time and are nearly all there is."""
    if len(fits) < 2 or sum(len(fit.charges) for fit in fits) < _EXPLAINED * charges:
        return False
    return any(_overlap(one, other) for one, other in combinations(fits, 2))


def _overlap(one: Fit, other: Fit) -> bool:
    starts = max(one.charges[0].booked_date, other.charges[0].booked_date)
    ends = min(one.charges[-1].booked_date, other.charges[-1].booked_date)
    return starts < ends


def _joined(fits: Sequence[Fit]) -> list[Fit]:
    """Join two prices of one stream: the second begins when the first is due again."""
    done: list[Fit] = []
    for fit in sorted(fits, key=lambda one: (one.charges[0].booked_date, one.charges[0].minor)):
        before = next((one for one in done if _continues(one, fit)), None)
        if before is None:
            done.append(fit)
        else:
            done.remove(before)
            done.append(replace(fit, charges=(*before.charges, *fit.charges)))
    return done


def _continues(before: Fit, fit: Fit) -> bool:
    """Tell whether ``fit`` takes up where ``before`` stopped, at a price not far from it."""
    waited = (fit.charges[0].booked_date - before.next_date).days
    old, new = before.charges[-1].minor, fit.charges[0].minor
    return (
        fit.cadence is before.cadence
        and -LATE_DAYS <= waited <= length_in_days(fit.cadence) + LATE_DAYS
        and abs(new - old) <= _PRICE_STEP * old
    )


def _stream(fit: Fit, today: date) -> Stream:
    first, last = fit.charges[0], fit.charges[-1]
    kind = _kind(fit)
    return Stream(
        account_id=last.account_id,
        merchant_key=last.merchant_key,
        name=last.name,
        category=last.category,
        kind=kind,
        phase=_phase(fit, today),
        cadence=fit.cadence,
        amount=Money(last.minor, last.currency),
        entry_ids=tuple(one.entry_id for one in fit.charges),
        first_date=first.booked_date,
        last_date=last.booked_date,
        next_date=fit.next_date,
        change=None if kind is StreamKind.HABIT else price_change(fit.charges),
        day=fit.day,
        paid=tuple((one.booked_date, one.minor) for one in fit.charges),
    )


def _kind(fit: Fit) -> StreamKind:
    """Decide by what the seller is known for, then by category, and by a steady price.

    A bill stays a bill at any price; a service must have a price to be a subscription, so that
    a variable charge at a known seller (films bought, games) is a habit.
    """
    last = fit.charges[-1]
    if service_of(last.merchant_key, last.name):
        return StreamKind.SUBSCRIPTION if is_steady(fit.charges) else StreamKind.HABIT
    if is_bill_category(last.category):
        return StreamKind.BILL
    if is_subscription_category(last.category) and is_steady(fit.charges):
        return StreamKind.SUBSCRIPTION
    return StreamKind.HABIT


def _phase(fit: Fit, today: date) -> Phase:
    overdue = (today - fit.next_date).days
    if overdue > min(max(length_in_days(fit.cadence), LATE_DAYS + 1), _ENDED_DAYS):
        return Phase.ENDED
    if overdue > LATE_DAYS:
        return Phase.LATE
    return Phase.EARLY if len(fit.charges) < NEEDED[Cadence.MONTHLY] else Phase.MATURE


def _trial(group: Sequence[Charge], today: date) -> Iterator[Stream]:
    """Give a stream for a service that has charged nothing but a trial, while that is open."""
    last = group[-1]
    service = service_of(last.merchant_key, last.name)
    if service is None or not all(is_trial_price(one.minor) for one in group):
        return
    ends = last.booked_date + timedelta(days=trial_days(service))
    if (today - ends).days > _TRIAL_STILL_OPEN:
        return
    yield Stream(
        account_id=last.account_id,
        merchant_key=last.merchant_key,
        name=last.name,
        category=last.category,
        kind=StreamKind.SUBSCRIPTION,
        phase=Phase.EARLY,
        cadence=Cadence.MONTHLY,
        amount=Money(last.minor, last.currency),
        entry_ids=tuple(one.entry_id for one in group),
        first_date=group[0].booked_date,
        last_date=last.booked_date,
        next_date=ends,
        trial=True,
        paid=tuple((one.booked_date, one.minor) for one in group),
    )
