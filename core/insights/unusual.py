"""Charges out of the ordinary: far above what is usual there, a large first one, charged twice.

A charge is compared with those before it at the same merchant, else in the same category, else
with all. Sizes are compared by their logarithms around the median, so that neither the currency
nor one earlier outlier changes the verdict. There is a budget: a charge is said only when forty
rows have paid for it, and at most three may come together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from math import log
from statistics import median

from core.facts import Fact, day, money, named
from core.insights.movement import Movement, in_order
from core.money import Money

# What is compared needs so many earlier points; fewer are chance.
POINTS = 5
ROWS_EACH = 40
_MOST_AT_ONCE = 3
_TWIN_DAYS = 3
_UNUSUAL_Z = 5.0
# A narrow stream would make a few cents unusual: spreads below this count as this.
_LEAST_SPREAD = 0.18
_AT_LEAST_TIMES = 1.6  # the largest that was paid there before
_FIRST_SHARE = 0.95
_FIRST_POINTS = 30
# A charge below this part of the median one is not worth a message, however odd.
_SMALL = 0.5
_PER_SIDE = 0.1


class Reason(StrEnum):
    """Why a charge stands out; the value is the key of its words."""

    HIGH_AT_MERCHANT = "high_at_merchant"
    HIGH_IN_CATEGORY = "high_in_category"
    HIGH_IN_ALL = "high_in_all"
    FIRST_AND_LARGE = "first_and_large"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Finding:
    """A charge that stands out, and what would have been usual: ``low`` to ``high``.

    For a charge made twice, ``twin`` is the earlier entry. ``score`` only ranks.
    """

    movement: Movement
    reason: Reason
    low: int
    high: int
    score: float
    twin: Movement | None = None


@dataclass(slots=True)
class _Memory:
    """What was seen so far: sizes by stream, and recent charges by merchant."""

    merchant: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    category: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    all: list[int] = field(default_factory=list)
    recent: dict[str, list[Movement]] = field(default_factory=lambda: defaultdict(list))

    def keep(self, one: Movement) -> None:
        """Remember a charge."""
        self.merchant[one.merchant_key].append(one.minor)
        self.category[one.category].append(one.minor)
        self.all.append(one.minor)
        self.recent[one.merchant_key].append(one)


def unusual(
    charges: Iterable[Movement], *, explained: frozenset[int] = frozenset()
) -> tuple[Finding, ...]:
    """Return the charges of one currency that stand out, oldest first, within the budget.

    ``explained`` are entries that come back by the calendar: they are neither twins nor large.
    What is said of a charge does not change with the charges that come after it.
    """
    memory = _Memory()
    credit = 1.0
    found: list[Finding] = []
    for one in in_order(charges):
        if one.minor <= 0:
            continue
        credit = min(_MOST_AT_ONCE, credit + 1 / ROWS_EACH)
        finding = None if one.entry_id in explained else _judge(one, memory)
        if finding is not None and credit >= 1:
            credit -= 1
            found.append(finding)
        memory.keep(one)
    return tuple(found)


def since(findings: Iterable[Finding], first: date) -> tuple[Finding, ...]:
    """Return the findings from ``first`` on, newest first."""
    kept = [one for one in findings if one.movement.on >= first]
    return tuple(sorted(kept, key=lambda one: (one.movement.on, one.movement.entry_id))[::-1])


def finding_facts(one: Finding) -> tuple[Fact, ...]:
    """Return the facts every phrase about a charge that stands out uses."""
    currency = one.movement.currency
    rows = (one.movement.entry_id,)
    facts: tuple[Fact, ...] = (
        named("payee", one.movement.payee),
        money("amount", Money(one.movement.minor, currency), rows=rows, row_count=1),
        day("date", one.movement.on),
    )
    if one.reason is Reason.TWICE and one.twin is not None:
        return (*facts, day("earlier", one.twin.on))
    facts += (
        money("low", Money(one.low, currency)),
        money("high", Money(one.high, currency)),
        named("category", one.movement.category),
    )
    return facts


def _judge(one: Movement, memory: _Memory) -> Finding | None:
    return _twin(one, memory) or _first(one, memory) or _high(one, memory)


def _twin(one: Movement, memory: _Memory) -> Finding | None:
    """Tell of the same charge within three days, unless that is usual at this merchant."""
    before = memory.recent[one.merchant_key]
    twin = next(
        (
            other
            for other in reversed(before)
            if other.minor == one.minor
            and other.account_id == one.account_id
            and other.entry_id != one.entry_id
            and (one.on - other.on).days <= _TWIN_DAYS
        ),
        None,
    )
    if twin is None or not one.merchant_key or _is_habit(one, before, twin):
        return None
    if len(memory.all) >= POINTS and one.minor < _SMALL * median(memory.all):
        return None
    return Finding(one, Reason.TWICE, one.minor, one.minor, _UNUSUAL_Z, twin)


def _is_habit(one: Movement, before: Sequence[Movement], twin: Movement) -> bool:
    """Tell whether this price is often paid here at such short distance: a bus, a daily coffee."""
    same = [other for other in before if other.minor == one.minor and other is not twin]
    if len(same) >= 2:
        return True
    visits = [*before[-POINTS:], one]
    gaps = [(b.on - a.on).days for a, b in pairwise(visits)]
    return len(gaps) >= POINTS - 1 and median(gaps) <= _TWIN_DAYS


def _first(one: Movement, memory: _Memory) -> Finding | None:
    """Tell of a merchant never seen that takes more than nearly all charges ever did."""
    if memory.merchant[one.merchant_key] or len(memory.all) < _FIRST_POINTS:
        return None
    ordered = sorted(memory.all)
    bound = ordered[int(len(ordered) * _FIRST_SHARE)]
    usual = memory.category[one.category]
    if one.minor <= bound or (len(usual) >= POINTS and one.minor <= max(usual)):
        return None
    low, high = _range(ordered)
    return Finding(one, Reason.FIRST_AND_LARGE, low, high, one.minor / max(1, bound))


def _high(one: Movement, memory: _Memory) -> Finding | None:
    paid_there = max(memory.merchant[one.merchant_key][-12:], default=0) if one.merchant_key else 0
    if one.minor < _AT_LEAST_TIMES * paid_there:
        return None
    for reason, sizes in _streams(one, memory):
        if len(sizes) < POINTS:
            continue
        score = robust_z(one.minor, sizes)
        if score < _UNUSUAL_Z or one.minor < _AT_LEAST_TIMES * max(sizes[-12:]):
            return None
        if one.minor < _SMALL * median(memory.all):
            return None
        low, high = _range(sorted(sizes))
        return Finding(one, reason, low, high, score)
    return None


def _streams(one: Movement, memory: _Memory) -> Iterator[tuple[Reason, list[int]]]:
    if one.merchant_key:
        yield Reason.HIGH_AT_MERCHANT, memory.merchant[one.merchant_key]
    yield Reason.HIGH_IN_CATEGORY, memory.category[one.category]
    yield Reason.HIGH_IN_ALL, memory.all


def robust_z(minor: int, sizes: Sequence[int]) -> float:
    """Return how far a size is from the median, in spreads of the logarithms."""
    logs = [log(size) for size in sizes]
    middle = median(logs)
    spread = 1.4826 * median(abs(size - middle) for size in logs)
    return (log(minor) - middle) / max(spread, _LEAST_SPREAD)


def _range(ordered: Sequence[int]) -> tuple[int, int]:
    """Return the usual range: all but a tenth on each side."""
    cut = int(len(ordered) * _PER_SIDE)
    return ordered[cut], ordered[-1 - cut]
