"""What is worth knowing now: a few things, the weightiest first, each with a key of its own.

The key names the thing and its period, so that what was told or put away is not told again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from core.facts import Fact, day, money, named, percent, span
from core.insights.cash import Cash
from core.insights.contributions import Contribution
from core.insights.milestone import Kept, mark_passed
from core.insights.movement import Movement
from core.insights.outlook import Outlook
from core.insights.unusual import Finding, finding_facts
from core.money import Money
from core.reports.worth import Worth

MOST = 5
_FINDING_DAYS = 14
# A category must have moved by this part and by this part of all spending to be worth a line.
_SPIKE_PART = 4  # a quarter
_SPIKE_OF_ALL = 20  # a twentieth
# Idle: more than so many months of the line (a tenth of a month) lie around untouched.
_IDLE_LINES = 60
# A net worth is told from a usual month's spending on: ten lines.
_MARK_LINES = 10


@dataclass(frozen=True, slots=True)
class Insight:
    """One thing worth knowing: its kind names its phrase, ``weight`` its place."""

    kind: str
    key: str
    weight: int
    facts: tuple[Fact, ...]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the feed is made from; ``charges`` are what was spent, refunds below nothing.

    ``kept`` is what was kept of the last whole month, ``worth`` the net worth a month ago and now.
    """

    cash: Cash
    ahead: Outlook | None
    findings: tuple[Finding, ...]
    changes: tuple[Contribution, ...]
    spent: int
    month: date
    charges: tuple[Movement, ...] = ()
    kept: Kept | None = None
    worth: tuple[Worth, Worth] | None = None


def feed(seen: Seen, *, already: Collection[str] = ()) -> tuple[Insight, ...]:
    """Return what is worth knowing and was not put away, at most `MOST`, weightiest first."""
    found = [
        *_low(seen),
        *_charges(seen.findings, seen.cash.today),
        *_spikes(seen),
        *_passed(seen),
        *_kept(seen),
        *_idle(seen),
    ]
    new = [one for one in found if one.key not in already]
    return tuple(sorted(new, key=lambda one: (-one.weight, one.key))[:MOST])


def low_key(ahead: Outlook) -> str:
    """Return the key of a low balance: once for the month it falls in."""
    return f"low_balance:{ahead.low_on.year}-{ahead.low_on.month:02d}"


def finding_key(one: Finding) -> str:
    """Return the key of a charge that stands out: once for the entry."""
    return f"unusual:{one.movement.entry_id}"


def low_facts(cash: Cash, ahead: Outlook) -> tuple[Fact, ...]:
    """Return the facts every phrase about a low balance ahead uses."""
    facts: tuple[Fact, ...] = (
        money("low", Money(ahead.low, cash.currency)),
        day("low_on", ahead.low_on),
        money("cash", Money(cash.balance, cash.currency)),
    )
    if ahead.cause is not None:
        facts += (
            named("cause", ahead.cause.name),
            money("cause_amount", Money(ahead.cause.minor, cash.currency)),
            day("cause_on", ahead.cause.on),
        )
    return facts


def _low(seen: Seen) -> Iterator[Insight]:
    ahead = seen.ahead
    if ahead is not None and ahead.low < seen.cash.line:
        kind = "short" if ahead.low < 0 else "low"
        yield Insight(kind, low_key(ahead), 100, low_facts(seen.cash, ahead))


def _charges(findings: Iterable[Finding], today: date) -> Iterator[Insight]:
    first = today - timedelta(days=_FINDING_DAYS)
    for one in findings:
        if one.movement.on >= first:
            subject = f"entry:{one.movement.entry_id}"
            yield Insight(one.reason.value, finding_key(one), 80, finding_facts(one), subject)


def _spikes(seen: Seen) -> Iterator[Insight]:
    for part in seen.changes:
        if part.minor <= 0 or part.minor * _SPIKE_OF_ALL < max(1, seen.spent):
            continue
        if part.then.minor <= 0 or part.minor * _SPIKE_PART < part.then.minor:
            continue
        currency = seen.cash.currency
        yield Insight(
            "spike",
            f"spike:{part.key}:{seen.month.isoformat()}",
            40 + min(30, 30 * part.minor // max(1, seen.spent)),
            (
                named("category", part.key),
                money("part", Money(part.minor, currency)),
                money("spent", Money(part.now.minor, currency)),
                money("other_spent", Money(part.then.minor, currency)),
            ),
        )


def _idle(seen: Seen) -> Iterator[Insight]:
    """Tell of money to live from that would do for half a year: it could lie elsewhere."""
    if seen.ahead is None or not seen.cash.line:
        return
    idle = min(seen.ahead.low, seen.cash.balance) - _IDLE_LINES * seen.cash.line // 2
    if seen.ahead.low >= _IDLE_LINES * seen.cash.line and idle > 0:
        yield Insight(
            "idle",
            f"idle:{seen.month.isoformat()}",
            20,
            (money("idle", Money(idle, seen.cash.currency)),),
        )


def _passed(seen: Seen) -> Iterator[Insight]:
    """Tell of a round net worth that was passed in the last month: each mark once for ever."""
    if seen.worth is None:
        return
    then, now = seen.worth
    mark = mark_passed(then, now, least=_MARK_LINES * seen.cash.line)
    if mark is not None:
        facts = (money("net_worth", now.value), money("mark", mark), money("before", then.value))
        yield Insight("milestone", f"net_worth:{mark.currency}:{mark.minor}", 30, facts)


def _kept(seen: Seen) -> Iterator[Insight]:
    """Tell what was kept of the last month's income, where it is not as always."""
    kept = seen.kept
    if kept is None or not kept.kind:
        return
    currency = seen.cash.currency
    facts: tuple[Fact, ...] = (
        span("period", kept.month),
        percent("rate", _whole(kept.rate)),
        money("kept", Money(kept.income - kept.spent, currency)),
        money("income", Money(kept.income, currency)),
    )
    if kept.usual is not None:
        facts += (percent("usual", _whole(kept.usual)),)
    yield Insight(kept.kind, f"saving_rate:{kept.month.start.isoformat()}", 25, facts)


def _whole(share: Fraction) -> Decimal:
    return Decimal(round(share * 100))
