"""What waits for the user's word, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from pydantic import Field

from core.approvals.approval import OPEN_STATES, Approval, ApprovalState
from core.approvals.decision import Decision, Verdict
from core.approvals.telling import (
    decide_choices,
    facts_of,
    named_price,
    recorded_state,
    worded,
)
from core.facts import Answer, Fact, Line, count, day, money, named
from core.ids import UserId
from core.money import Money
from core.store.unit_of_work import UnitOfWork
from core.subscriptions.followed import LOOKED_AT_EVERY, FollowedState, followed_facts
from tools.context import ToolWork
from tools.outcome import Changed
from tools.spec import Arguments, Tier, tool


class ListApprovals(Arguments):
    """No arguments."""


@tool()
def list_approvals(_arguments: ListApprovals, work: ToolWork) -> Answer:
    """List the proposals that wait for the user's APPROVE or DECLINE."""
    waiting = work.uow.approvals.open_for(work.user_id, now=work.now)
    if not waiting:
        return Answer("list_approvals.none")
    if len(waiting) == 1:
        shape = worded(waiting[0], "list_approvals.one")
        return Answer(shape, facts_of(waiting[0]), choices=decide_choices(waiting[0].code))
    lines = waiting_lines(waiting)
    return Answer("list_approvals.list", (count("found", len(waiting)),), lines)


class ShowApproval(Arguments):
    """Which one."""

    code: str | None = Field(None, description="Its code; the newest when left out")


@tool()
def show_approval(arguments: ShowApproval, work: ToolWork) -> Answer:
    """Show how a proposal stands, from the record: "did it work?"."""
    if arguments.code is not None:
        approval = work.uow.approvals.by_code(work.user_id, arguments.code)
        if approval is None:
            return Answer("show_approval.unknown_code", (named("code", arguments.code),))
        return _followed(approval, work)
    newest = work.uow.approvals.latest_for(work.user_id)
    return _followed(newest[0], work) if newest else Answer("show_approval.none")


def _followed(approval: Approval, work: ToolWork) -> Answer:
    """Say how an approval stands; of a cancellation also what became of it after it was sent."""
    followed = work.uow.followed.find(approval.id)
    if followed is None:
        return standing(approval)
    if followed.state is FollowedState.SENT:
        answer = standing(approval)
        return replace(answer, facts=(*answer.facts, day("check", work.now + LOOKED_AT_EVERY)))
    known = work.uow.subscriptions.find(work.user_id, followed.subscription_id)
    facts = (*facts_of(approval), *followed_facts(followed, known))
    return Answer(f"cancellation.{followed.state.value}", facts)


class WithdrawApproval(Arguments):
    """Which one."""

    code: str | None = Field(None, description="Its code; the newest open one when left out")


@tool(tier=Tier.REVERSIBLE, irreversible=True)
def withdraw_approval(arguments: WithdrawApproval, work: ToolWork) -> Answer | Changed:
    """Take a proposal back before anything is sent; says so honestly when it is too late."""
    code = arguments.code
    if code is None:
        newest = work.uow.approvals.latest_for(work.user_id)
        code = newest[0].code if newest else ""
    approval = work.uow.approvals.by_code(work.user_id, code) if code else None
    if approval is None:
        return Answer("withdraw_approval.none")
    withdrawn = work.uow.approvals.withdraw(work.user_id, code, reason="by_user", now=work.now)
    if withdrawn is not None:
        return Answer(worded(withdrawn, "approval.withdrawn"), facts_of(withdrawn))
    if approval.state in _SENT:
        return Answer(worded(approval, "approval.too_late"), facts_of(approval))
    return standing(approval)


_SENT = frozenset({ApprovalState.EXECUTING, ApprovalState.EXECUTED, ApprovalState.UNKNOWN})


# Why a proposal was superseded when only a newer one took its place.
REPLACED = "replaced"


def standing(approval: Approval) -> Answer:
    """Say how an approval stands, in the words of its recorded state only (law 7)."""
    is_open = approval.state in OPEN_STATES
    choices = decide_choices(approval.code) if is_open else ()
    facts, shape = facts_of(approval), recorded_state(approval)
    if approval.state is ApprovalState.SUPERSEDED and approval.reason != REPLACED:
        shape = "changed"
        price = named_price(approval)
        if price is not None:
            facts += (money("before", _approved_price(approval)), money("after", price))
    return Answer(worded(approval, f"show_approval.{shape}"), facts, choices=choices)


def waiting_lines(waiting: Iterable[Approval]) -> tuple[Line, ...]:
    """List what waits, each in the words of its action."""
    return tuple(Line(facts_of(one), shape=worded(one, "approval.several_line")) for one in waiting)


def _approved_price(approval: Approval) -> Money:
    minor, currency = approval.payload["amount_minor"], approval.payload["currency"]
    assert isinstance(minor, int)
    return Money(minor, str(currency))


def open_approvals(uow: UnitOfWork, user_id: UserId, *, now: datetime) -> Answer:
    """Answer a bare APPROVE or DECLINE: it always takes the code."""
    waiting = uow.approvals.open_for(user_id, now=now)
    if not waiting:
        return Answer("approval.none")
    if len(waiting) == 1:
        facts = facts_of(waiting[0])
        return Answer("approval.needs_code", facts, choices=decide_choices(waiting[0].code))
    return Answer("approval.several", (), waiting_lines(waiting))


def decision_answer(
    uow: UnitOfWork, user_id: UserId, decision: Decision, code: str, *, now: datetime
) -> Answer:
    """Say what the user's word came to."""
    approval = decision.approval
    if approval is None or decision.verdict in (Verdict.WRONG_CODE, Verdict.VOID):
        return _wrong_code(uow, user_id, decision, code, now=now)
    match decision.verdict:
        case Verdict.APPROVED:
            return Answer(worded(approval, "approval.executing"), facts_of(approval))
        case Verdict.DECLINED:
            return Answer(worded(approval, "approval.declined"), facts_of(approval))
        case Verdict.EXPIRED:
            return Answer(worded(approval, "approval.expired"), facts_of(approval))
        case Verdict.WRONG_CHAT:
            return Answer("approval.wrong_chat", facts_of(approval))
        case Verdict.NOT_YET:
            return Answer("approval.not_yet", facts_of(approval))
        case Verdict.WEAK_PLACE:
            return Answer("approval.weak_place", facts_of(approval))
        case _:
            return standing(approval)


def _wrong_code(
    uow: UnitOfWork, user_id: UserId, decision: Decision, code: str, *, now: datetime
) -> Answer:
    if decision.verdict is Verdict.VOID:
        return Answer("approval.too_many_tries")
    facts: tuple[Fact, ...] = (named("code", code),)
    waiting = uow.approvals.open_for(user_id, now=now)
    if waiting:
        facts += (named("open", ", ".join(item.code for item in waiting)),)
    return Answer("approval.wrong_code", facts)
