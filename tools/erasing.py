"""Being forgotten: what would go, what stays and why, and taking it back in time."""

from __future__ import annotations

from core.erasure.erasure import (
    ACTION,
    COOL_OFF,
    ErasureScheduled,
    ErasureState,
    ErasureUnknown,
    erasure_payload,
)
from core.facts import Answer, count, day, named
from core.ledger.search import EntryQuery
from tools.context import ToolWork
from tools.outcome import Proposed
from tools.spec import Arguments, Tier, tool


class EraseData(Arguments):
    """No arguments: everything of the user's own."""


@tool(tier=Tier.MONEY_OUT)
def erase_data(_arguments: EraseData, work: ToolWork) -> Proposed:
    """Propose to destroy everything that is known about the user, after two days to think.

    It says what goes and what stays, and offers a copy first. Nobody can bring it back.
    """
    scheduled = work.uow.erasures.open_for(work.user_id)
    if scheduled is not None:
        raise ErasureScheduled
    facts = (
        named("action", "action_erase_data"),
        count("entries", work.uow.entries.count(work.user_id, EntryQuery())),
        count("accounts", len(work.uow.accounts.of(work.user_id))),
        count("chats", len(work.uow.bindings.of(work.user_id))),
        count("hours", int(COOL_OFF.total_seconds() // 3600)),
    )
    answer = Answer("erase_data.proposed", facts)
    return Proposed(ACTION, erasure_payload(), answer)


class KeepData(Arguments):
    """No arguments: what is scheduled."""


@tool(tier=Tier.REVERSIBLE, irreversible=True)
def keep_data(_arguments: KeepData, work: ToolWork) -> Answer:
    """Take an approved erasure back while there is time; everything stays as it is."""
    scheduled = work.uow.erasures.open_for(work.user_id)
    if scheduled is None or scheduled.state is not ErasureState.SCHEDULED:
        raise ErasureUnknown
    work.uow.erasures.withdraw(work.user_id)
    return Answer("keep_data.kept", (day("due", scheduled.due_at),))
