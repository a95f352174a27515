"""A watched price that has crossed its mark; told once each time it does."""

from __future__ import annotations

from core.alerts.alert import Alert, AlertKind
from core.facts import day, money, named
from core.investments.price import Price
from core.investments.watch import Watch
from core.money import Money


def price_mark_alert(watch: Watch, price: Price) -> Alert:
    """Return the alert about a watched price; the user can stop watching or set another mark."""
    return Alert(
        user_id=watch.user_id,
        kind=AlertKind.PRICE_MARK,
        dedupe_key=f"{watch.handle}:{watch.passes}",
        subject=watch.handle,
        facts=(
            named("name", watch.name),
            named("direction", f"direction_{watch.direction}"),
            money("target", Money.rounded(watch.target, watch.currency)),
            money("price", Money.rounded(price.value, price.currency), as_of=price.at),
            day("quoted", price.on),
            named("source", f"price_{price.source}"),
        ),
    )
