"""Subscriptions: what runs, and ending one with the user's approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field
from rapidfuzz import fuzz

from core.approvals.approval import OPEN_STATES, Approval
from core.approvals.telling import named_price
from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, Fact, Line, count, money, named
from core.money import Money, to_decimal, total
from core.subscriptions.cadence import Cadence, monthly_equivalent, yearly_cost
from core.subscriptions.cancelling import ACTION, cancellation_payload
from core.subscriptions.duplicates import duplicates
from core.subscriptions.subscription import Subscription, SubscriptionStatus
from core.subscriptions.telling import (
    is_dearer,
    proposed_cancellation,
    rise_facts,
    subscription_facts,
)
from tools.approvals import REPLACED
from tools.context import ToolWork
from tools.outcome import Proposed, Unclear
from tools.spec import Arguments, Tier, tool

_CLOSE = 80
_LOOK_BACK = 100  # approvals


class NotRunning(FinanceError):
    """The subscription has ended or is ending already."""

    code = "subscription.not_running"


class NameUnknown(FinanceError):
    """No subscription has this name."""

    code = "subscription.name_unknown"


class NotUnder(FinanceError):
    """It costs as much as the user's limit, or more."""

    code = "subscription.not_under"


class AlreadyAsked(FinanceError):
    """A proposal for the same thing waits for the user's word."""

    code = "approval.already_asked"


class ListSubscriptions(Arguments):
    """Which ones."""

    status: Literal["active", "all"] = Field("active", description="Running ones, or ended too")
    subscription: str | None = Field(None, description="Only this one", max_length=80)
    only: Literal["dearer", "trials"] | None = Field(
        None, description="'dearer': those whose price rose; 'trials': free ones, with their end"
    )


@tool()
def list_subscriptions(arguments: ListSubscriptions, work: ToolWork) -> Answer:
    """List subscriptions with price, how often, next charge, and what they cost a month."""
    found = work.uow.subscriptions.of(work.user_id)
    meant = _matching(arguments.subscription, found) if arguments.subscription else ()
    if len(meant) == 1:
        return _one(meant[0])
    if arguments.status == "active" or arguments.only:
        found = tuple(item for item in found if item.live)
    if arguments.only == "dearer":
        return _dearer(found)
    if arguments.only == "trials":
        return _trials(found)
    found = meant or found
    if not found:
        return Answer("list_subscriptions.none")
    lines = tuple(_line(item) for item in found)
    facts: tuple[Fact, ...] = (count("found", len(found)),)
    options: tuple[str, ...] = ()
    twin = next(iter(duplicates(item for item in found if item.live)), None)
    if twin is not None:
        facts += (named("one", twin.one.name), named("other", twin.other.name))
        options = ("list_subscriptions.duplicate",)
    options += ("list_subscriptions.cancel",)
    # A trial has no price yet, so it is in no total.
    live = [item for item in found if item.live and not item.trial]
    if {item.amount.currency for item in live} == {work.preferences.currency}:
        monthly = [monthly_equivalent(item.amount, item.cadence) for item in live]
        whole = Money(sum(amount.minor for amount in monthly), work.preferences.currency)
        facts += (money("monthly", whole),)
        return Answer("list_subscriptions.list", facts, lines, options)
    return Answer("list_subscriptions.mixed", facts, lines, options)


def _dearer(found: Sequence[Subscription]) -> Answer:
    """Tell whose price rose, the newest rise first, and what that makes of a month."""
    raised = [item for item in found if is_dearer(item)]
    if not raised:
        return Answer("list_subscriptions.none_dearer")
    raised.sort(key=lambda item: item.price_changed_on or item.first_date, reverse=True)
    facts: tuple[Fact, ...] = (count("found", len(raised)),)
    currencies = {item.amount.currency for item in raised}
    if len(currencies) == 1:
        each = [
            monthly_equivalent(item.amount - item.previous_amount, item.cadence)
            for item in raised
            if item.previous_amount is not None
        ]
        facts += (money("more", total(each, currencies.pop())),)
    lines = tuple(Line(rise_facts(item), item.handle) for item in raised)
    return Answer("list_subscriptions.dearer", facts, lines)


def _trials(found: Sequence[Subscription]) -> Answer:
    """Tell which trials run and when each of them charges, the next first."""
    trials = sorted((item for item in found if item.trial), key=lambda item: item.next_date)
    if not trials:
        return Answer("list_subscriptions.none_trial")
    lines = tuple(
        Line(subscription_facts(item), item.handle, "list_subscriptions.trial_line")
        for item in trials
    )
    options = ("list_subscriptions.cancel",)
    return Answer("list_subscriptions.trials", (count("found", len(trials)),), lines, options)


def _line(item: Subscription) -> Line:
    return Line(subscription_facts(item), item.handle, f"list_subscriptions.{_state(item)}_line")


def _state(item: Subscription) -> str:
    """Return what is worth telling of it beside its price."""
    if not item.live:
        return "ended"
    if item.status is SubscriptionStatus.CANCEL_REQUESTED:
        return "requested"
    if item.trial:
        return "trial"
    return "raised" if is_dearer(item) else "mixed"


def _one(item: Subscription) -> Answer:
    """Tell about one: what it costs, in a month and in a year, and when it charges next."""
    state = _state(item)
    facts: tuple[Fact, ...] = subscription_facts(item)
    if state in ("ended", "trial"):  # neither has a price to count on
        return Answer(f"list_subscriptions.{state}_line", facts, subjects=(item.handle,))
    facts += (
        money("monthly", monthly_equivalent(item.amount, item.cadence)),
        money("yearly", yearly_cost(item.amount, item.cadence)),
    )
    told_by = {Cadence.MONTHLY: "yearly", Cadence.YEARLY: "monthly"}
    options = (f"list_subscriptions.{told_by.get(item.cadence, 'both')}",)
    shape = {"mixed": "one", "raised": "one_raised"}.get(state, f"{state}_line")
    return Answer(f"list_subscriptions.{shape}", facts, options=options, subjects=(item.handle,))


class CancelSubscription(Arguments):
    """Which one."""

    subscription: str = Field(description="Its name or handle, like 'subscription:3'")
    under: str | None = Field(None, description="Only where it costs less than this, plain decimal")


@tool(tier=Tier.EXTERNAL)
def cancel_subscription(arguments: CancelSubscription, work: ToolWork) -> Proposed:
    """Propose to cancel a subscription; nothing is sent before the user approves its code."""
    subscription = _chosen(arguments.subscription, work)
    if not subscription.live or subscription.status is SubscriptionStatus.CANCEL_REQUESTED:
        raise NotRunning(name=subscription.name)
    subscription = _at_named_price(subscription, work)
    limit = _limit(arguments, subscription)
    account = work.uow.accounts.get(work.user_id, subscription.account_id)
    payload = cancellation_payload(subscription, account)
    _void_older(subscription, work)
    shown = proposed_cancellation(subscription, today=work.today, under=limit)
    return Proposed(ACTION, payload, shown)


def _limit(arguments: CancelSubscription, subscription: Subscription) -> Money | None:
    """Return the price under which it is wanted; one that it has reached is refused.

    The approval itself holds at exactly the price that is shown, so a limit needs no second check.
    """
    if arguments.under is None:
        return None
    limit = Money.of(to_decimal(arguments.under), subscription.amount.currency)
    if subscription.amount.minor >= limit.minor:
        raise NotUnder(name=subscription.name)
    return limit


def _chosen(words: str, work: ToolWork) -> Subscription:
    """Find the subscription meant; several of one name are asked back, never guessed."""
    if words.startswith("subscription:"):
        number = words.partition(":")[2]
        return work.uow.subscriptions.get(work.user_id, int(number) if number.isdigit() else 0)
    matches = _matching(words, work.uow.subscriptions.of(work.user_id))
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise NameUnknown(name=words[:40])
    options = tuple(
        Option(item.handle, "choice.subscription", fields=_option_fields(item)) for item in matches
    )
    raise Unclear("subscription", phrase="clarify.which_subscription", options=options)


def _matching(words: str, found: Sequence[Subscription]) -> tuple[Subscription, ...]:
    """Return what a name or handle may mean, the running ones first of all."""
    if words.startswith("subscription:"):
        return tuple(item for item in found if item.handle == words)
    live = [item for item in found if item.live] or list(found)
    wanted = words.casefold().strip()
    exact = [item for item in live if item.name.casefold() == wanted]
    close = [
        item
        for item in live
        if f" {wanted} " in f" {item.name.casefold()} "
        or fuzz.ratio(item.name.casefold(), wanted) >= _CLOSE
    ]
    return tuple(exact if len(exact) == 1 and len(close) == 1 else (close or exact))


def _option_fields(item: Subscription) -> dict[str, str]:
    return {"name": item.name, "amount": item.amount.plain, "currency": item.amount.currency}


def _at_named_price(subscription: Subscription, work: ToolWork) -> Subscription:
    """Take the price over that the provider named when it stopped the last request.

    The ledger learns of it with the next charge only; without this every new proposal would be
    stopped for the same reason.
    """
    last = next(iter(_requests_for(subscription, work)), None)
    price = named_price(last) if last is not None else None
    if last is None or price is None or last.settled_at is None:
        return subscription
    if last.settled_at.date() < subscription.last_date or price == subscription.amount:
        return subscription
    known = replace(subscription, amount=price, previous_amount=subscription.amount)
    work.uow.subscriptions.save(known, now=work.now)
    return known


def _void_older(subscription: Subscription, work: ToolWork) -> None:
    """Replace open proposals for the same subscription: only the newest may be approved."""
    for approval in _requests_for(subscription, work):
        if approval.state in OPEN_STATES:
            work.uow.approvals.supersede(approval.id, reason=REPLACED, now=work.now)


def _requests_for(subscription: Subscription, work: ToolWork) -> list[Approval]:
    """Return the requests there were to cancel a subscription, newest first."""
    return [
        one
        for one in work.uow.approvals.latest_for(work.user_id, _LOOK_BACK)
        if one.action == ACTION and one.payload["subscription"] == subscription.id
    ]
