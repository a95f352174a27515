"""Lead times: how many days before its day something is told, each once."""

from __future__ import annotations

from collections.abc import Iterable

from core.errors import FinanceError

LONGEST_LEAD = 60
MOST_LEADS = 5
# What nobody has changed.
USUAL_LEADS = (7, 3, 1)


class LeadOutOfRange(FinanceError):
    """A reminder comes on the day itself or a whole number of days before, up to ``high``."""

    code = "reminders.out_of_range"


class TooManyLeads(FinanceError):
    """More reminders of one bill than anybody reads."""

    code = "reminders.too_many"


def lead_days(days: Iterable[int]) -> tuple[int, ...]:
    """Return lead times as they are kept: each once, the longest first; raise when one is unfit."""
    kept = tuple(sorted(set(days), reverse=True))
    if any(not 0 <= one <= LONGEST_LEAD for one in kept):
        raise LeadOutOfRange(low=0, high=LONGEST_LEAD)
    if len(kept) > MOST_LEADS:
        raise TooManyLeads(limit=MOST_LEADS)
    return kept


def leads_to_text(days: tuple[int, ...] | None) -> str | None:
    """Write lead times for a column: empty for none of them, nothing where the usual ones hold."""
    return None if days is None else ",".join(map(str, days))


def leads_from_text(text: str | None) -> tuple[int, ...] | None:
    """Read what `leads_to_text` wrote."""
    return None if text is None else tuple(int(part) for part in text.split(",") if part)
