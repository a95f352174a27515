"""May it run now, must it be approved, or is it refused."""

from __future__ import annotations

from dataclasses import replace

from core.approvals.approval import Proposal
from core.approvals.telling import decide_choices
from core.errors import FinanceError
from core.facts import day, named
from core.facts_json import answer_to_json
from core.ids import Ids
from core.store.unit_of_work import UnitOfWork
from tools.context import ToolContext
from tools.outcome import NeedsApproval, Proposed
from tools.spec import ToolSpec


class ScopeMissing(FinanceError):
    """The key or session may not do this."""

    code = "tool.scope_missing"


class NowhereToAsk(FinanceError):
    """An approval is asked in a chat, and this call has none."""

    code = "approval.no_chat"


def check_scopes(spec: ToolSpec, context: ToolContext) -> None:
    """Refuse a caller who lacks one of the tool's scopes."""
    if not spec.scopes <= context.scopes:
        raise ScopeMissing(tool=spec.name)


def propose(
    uow: UnitOfWork, spec: ToolSpec, proposed: Proposed, context: ToolContext, ids: Ids
) -> NeedsApproval:
    """Store what would be done and wait for the user's word; nothing happens here (law 2)."""
    if not context.conversation_id:
        raise NowhereToAsk
    proposal = Proposal(
        user_id=context.user.id,
        conversation_id=context.conversation_id,
        action=proposed.action,
        tier=int(spec.tier),
        payload=proposed.payload,
        shown=answer_to_json(proposed.answer),
    )
    approval = uow.approvals.add(proposal, now=context.now, ids=ids)
    shown = (named("code", approval.code), day("expires", approval.expires_at))
    answer = replace(
        proposed.answer, facts=proposed.answer.facts + shown, choices=decide_choices(approval.code)
    )
    return NeedsApproval(approval.code, answer)
