"""What may be said about a subscription, and about cancelling it: facts, and the proposal."""

from __future__ import annotations

from datetime import date

from core.facts import Answer, Fact, day, money, named
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


def proposed_cancellation(item: Subscription, *, today: date) -> Answer:
    """Return what is shown before a cancellation is approved.

    The service is paid until the next charge. The provider that ships takes no fee, and takes
    a request back until the service ends; afterwards it is a new subscription.
    """
    facts = (*subscription_facts(item), named("provider", "provider_demo"))
    if item.next_date > today:
        facts += (day("ends", item.next_date), day("back", item.next_date))
    options = ("approval.no_fee", "approval.demo")
    return Answer("approval.proposed", facts, options=options, subjects=(item.handle,))
