"""A yes with a condition: "yes, but only if it's under 15".

A code stands for exact terms, and a condition is none of them: the open request is void, and a
new one with the condition in it waits for a code of its own, or none where the price it has
already fails it. Its approval holds at just the price that is shown (`core.subscriptions`).
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from core.approvals.approval import Approval
from core.conversation.context import TurnContext
from core.conversation.plan import Plan, PlannerName, Say, ToolCall
from core.money import Money
from core.subscriptions.cancelling import ACTION
from intents.text import fold

_PLACE = Path(__file__).with_suffix(".toml")
_LIMIT = r"\s+\D?(?P<limit>\d+(?:[.,]\d{1,2})?)\b"


def conditioned(kit: DialogueKit, arrival: Arrival, context: TurnContext) -> Plan | None:
    """Return the plan of a yes with a price for its condition, nothing for any other message."""
    said = fold(context.text.casefold()).replace("\u2019", "'").strip(" .!")
    found = limit_in(said)
    if found is None:
        return None
    waiting = _waiting(kit, arrival)
    if len(waiting) != 1 or waiting[0].action != ACTION:
        return None
    payload = waiting[0].payload
    price = Money(int(str(payload["amount_minor"])), str(payload["currency"]))
    limit = Money.of(Decimal(found), price.currency)
    if price.minor >= limit.minor:
        steps = (
            ToolCall("withdraw_approval", {"code": waiting[0].code}),
            Say("approval.condition_fails"),
        )
        return Plan(PlannerName.PENDING, steps, f"only under {limit.plain}")
    handle = f"subscription:{payload['subscription']}"
    call = ToolCall(ACTION, {"subscription": handle, "under": limit.plain})
    return Plan(PlannerName.PENDING, (call,), f"only under {limit.plain}")


def limit_in(said: str) -> str | None:
    """Return the price, as a plain figure, under which a yes holds; nothing for any other words.

    ``said`` is in small letters without accents.
    """
    yes, condition = _patterns()
    found = condition.search(said)
    if found is None or not yes.match(said) or "?" in said:
        return None
    return found["limit"].replace(",", ".")


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    tables = tomllib.loads(_PLACE.read_text(encoding="utf-8")).values()

    def words(kind: str) -> str:
        return "|".join(re.escape(word) for table in tables for word in table[kind])

    condition = rf"\b(?:{words('conditions')})\b.{{0,40}}?\b(?:{words('below')}){_LIMIT}"
    return re.compile(rf"(?:{words('yes')})\b"), re.compile(condition)


def _waiting(kit: DialogueKit, arrival: Arrival) -> tuple[Approval, ...]:
    if arrival.user is None:
        return ()
    with kit.database.reading() as uow:
        waiting = uow.approvals.open_for(arrival.user.id, now=arrival.now)
    return tuple(one for one in waiting if one.conversation_id == arrival.talk.id)
