"""What may be said about an approval: from its record, and in the words of its state only."""

from __future__ import annotations

from datetime import datetime

from core.approvals.approval import Approval, ApprovalState
from core.facts import Choice, Fact, day, named
from core.facts_json import answer_from_json
from core.money import Money

# What a provider's receipt may say about itself.
CONFIRMED = "confirmed"


# Actions whose phrases are written for them alone; every other is told in general words.
_OWN_WORDS = frozenset({"cancel_subscription"})


def worded(approval: Approval, shape: str) -> str:
    """Return the phrase for an approval's action: ``approval.declined`` or ``request.declined``."""
    if approval.action in _OWN_WORDS:
        return shape
    table, _, name = shape.partition(".")
    return f"request.show_{name}" if table == "show_approval" else f"request.{name}"


def recorded_state(approval: Approval) -> str:
    """Return the state to be worded: an execution the provider has not confirmed is a request."""
    if approval.state is not ApprovalState.EXECUTED:
        return approval.state.value
    confirmed = (approval.receipt or {}).get("state") == CONFIRMED
    return approval.state.value if confirmed else "requested"


def facts_of(approval: Approval) -> tuple[Fact, ...]:
    """Return what the user was shown, with the code and the times of its present state."""
    shown = answer_from_json(approval.shown)
    facts = [fact for fact in shown.facts if fact.name not in ("code", "expires")]
    at = approval.settled_at or approval.decided_at or approval.created_at
    if approval.state is ApprovalState.EXPIRED:
        at = approval.expires_at
    facts += [
        named("code", approval.code),
        day("expires", approval.expires_at),
        day("at", at),
        *_provider_facts(approval),
    ]
    return tuple(facts)


def decide_choices(code: str) -> tuple[Choice, ...]:
    """Return the two answers to a proposal; each carries its code, buttons too."""
    return (
        Choice(f"APPROVE {code}", "choice.approve"),
        Choice(f"DECLINE {code}", "choice.decline"),
    )


def named_price(approval: Approval) -> Money | None:
    """Return the price the provider named instead of the approved one, if it named one."""
    minor, _, currency = (approval.receipt or {}).get("amount_now", "").partition(" ")
    return Money(int(minor), currency) if minor else None


def _provider_facts(approval: Approval) -> list[Fact]:
    """Return what the provider said, so far as a phrase may show it."""
    receipt = approval.receipt or {}
    facts: list[Fact] = []
    if approval.reference:
        facts.append(named("reference", approval.reference))
    if receipt.get("effective_on"):
        facts.append(day("ends", datetime.fromisoformat(receipt["effective_on"]).date()))
    if receipt.get("quote"):
        facts.append(named("quote", receipt["quote"]))
    if approval.state is ApprovalState.UNKNOWN and approval.lease_until is not None:
        facts.append(day("check", approval.lease_until))
    return facts
