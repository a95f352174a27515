"""Alerts about the days ahead and about charges that stand out.

Against a low balance the user can move money or put a purchase off; a charge he does not know he
can take up with his bank.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from core.alerts.alert import Alert, AlertKind
from core.facts import percent
from core.ids import UserId
from core.insights.calibration import chance_percent
from core.insights.feed import Seen, finding_key, low_facts, low_key
from core.insights.outlook import Outlook
from core.insights.unusual import Reason, finding_facts

# A charge that was booked longer ago is no news.
_CHARGE_NEWS = timedelta(days=10)
# Only when it comes true more often than not (in per cent, calibrated) is it worth a message.
_LIKELY = 50


def ahead_alerts(seen: Seen, *, user_id: UserId, already: Collection[str]) -> tuple[Alert, ...]:
    """Return what the days ahead and the last charges are worth saying, each once."""
    found = (*_low(seen, user_id), *_charges(seen, user_id))
    return tuple(alert for alert in found if alert.dedupe_key not in already)


def _low(seen: Seen, user_id: UserId) -> Iterator[Alert]:
    ahead = seen.ahead
    if ahead is None or ahead.low >= 0 or not _is_likely(ahead):
        return
    yield Alert(
        user_id=user_id,
        kind=AlertKind.LOW_BALANCE,
        dedupe_key=low_key(ahead),
        subject=seen.cash.balances[0].account.handle,
        facts=(*low_facts(seen.cash, ahead), percent("chance", chance_percent(ahead.raw_chance))),
    )


def _is_likely(ahead: Outlook) -> bool:
    return chance_percent(ahead.raw_chance) >= _LIKELY


def _charges(seen: Seen, user_id: UserId) -> Iterator[Alert]:
    for one in seen.findings:
        if seen.cash.today - one.movement.on > _CHARGE_NEWS:
            continue
        yield Alert(
            user_id=user_id,
            kind=_KINDS[one.reason],
            dedupe_key=finding_key(one),
            subject=f"entry:{one.movement.entry_id}",
            facts=finding_facts(one),
        )


_KINDS = {
    Reason.TWICE: AlertKind.CHARGED_TWICE,
    Reason.HIGH_AT_MERCHANT: AlertKind.HIGH_CHARGE,
    Reason.HIGH_IN_CATEGORY: AlertKind.HIGH_CHARGE,
    Reason.HIGH_IN_ALL: AlertKind.HIGH_CHARGE,
    Reason.FIRST_AND_LARGE: AlertKind.LARGE_FIRST_CHARGE,
}
