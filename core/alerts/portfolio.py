"""A portfolio that moved by much in a day, money that was put in or taken out aside.

The user can look at what moved; nobody advises him to trade.
"""

from __future__ import annotations

from decimal import Decimal

from core.alerts.alert import Alert, AlertKind
from core.facts import day, money, percent
from core.ids import UserId
from core.investments.snapshot import Snapshot

# Per cent of the day before from which on it is news.
NEWS_FROM = 5


def portfolio_alert(user_id: UserId, before: Snapshot, after: Snapshot) -> Alert | None:
    """Return the alert about two days' snapshots, if the second moved by much.

    Days on which holdings lacked a price are compared with nothing: what is missing is no loss.
    """
    comparable = (
        before.value.currency == after.value.currency
        and not before.left_out
        and not after.left_out
        and before.value.minor > 0
    )
    if not comparable:
        return None
    put_in = after.cost - before.cost
    moved = after.value - before.value - put_in
    change = Decimal(moved.minor * 1000 // before.value.minor) / 10
    if abs(change) < NEWS_FROM:
        return None
    return Alert(
        user_id=user_id,
        kind=AlertKind.PORTFOLIO_UP if moved.minor > 0 else AlertKind.PORTFOLIO_DOWN,
        dedupe_key=f"portfolio:{after.on.isoformat()}",
        subject="portfolio",
        facts=(
            money("value", after.value),
            money("moved", moved),
            percent("change", abs(change)),
            day("date", after.on),
        ),
    )
