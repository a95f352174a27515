"""What may be said about a subscription, and about cancelling it: facts, and the proposal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.facts import Answer, Fact, day, money, named, percent
from core.money import Money
from core.subscriptions.subscription import Subscription


def subscription_facts(item: Subscription) -> tuple[Fact, ...]:
    """Return the facts every phrase about one subscription uses."""
    facts: tuple[Fact, ...] = (
        named("name", item.name),
        money("amount", item.amount, label=item.name),
        named("cadence", f"cadence_{item.cadence.value}"),
        day("last", item.last_date),
        day("since", item.first_date),
    )
    if item.live:
        facts += (day("next", item.next_date),)
    if item.previous_amount is not None:
        facts += (money("old_amount", item.previous_amount),)
    return facts


def is_dearer(item: Subscription) -> bool:
    """Tell whether the last change of its price was a rise."""
    return item.previous_amount is not None and item.previous_amount < item.amount


def rise_facts(item: Subscription) -> tuple[Fact, ...]:
    """Return what it is and was, by which part it rose and since when."""
    facts = subscription_facts(item)
    if item.price_changed_on is not None:
        facts += (day("changed", item.price_changed_on),)
    before = item.previous_amount
    if before is not None and before.minor > 0:
        rise = Decimal((item.amount - before).minor * 100) / Decimal(before.minor)
        facts += (percent("rise", rise.quantize(Decimal("0.1"))),)
    return facts


def proposed_cancellation(item: Subscription, *, today: date, under: Money | None = None) -> Answer:
    """Return what is shown before a cancellation is approved; ``under`` is the user's condition.

    The service is paid until the next charge. The provider that ships takes no fee, and takes
    a request back until the service ends; afterwards it is a new subscription.
    """
    facts = (*subscription_facts(item), named("provider", "provider_demo"))
    if item.next_date > today:
        facts += (day("ends", item.next_date), day("back", item.next_date))
    options: tuple[str, ...] = ("approval.no_fee", "approval.demo")
    if under is not None:
        facts += (money("limit", under),)
        options = ("approval.only_under", *options)
    return Answer("approval.proposed", facts, options=options, subjects=(item.handle,))
