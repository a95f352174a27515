"""A question back lists what the user has, numbered: the first of it, and a name still counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from core.conversation.context import Named, Names, TurnContext
from core.conversation.plan import Ask, Option, Plan, Step

_MOST = 8
_KNOWN: Mapping[str, Callable[[Names], Sequence[Named]]] = {
    "subscription": lambda names: names.subscriptions,
    "account": lambda names: names.accounts,
    "goal": lambda names: names.goals,
    "bill": lambda names: names.bills,
}


def with_choices(context: TurnContext, plan: Plan) -> Plan:
    """Return the plan, its questions with the user's own things to choose from by number."""
    if not any(isinstance(step, Ask) for step in plan.steps):
        return plan
    return replace(plan, steps=tuple(_listed(context, step) for step in plan.steps))


def _listed(context: TurnContext, step: Step) -> Step:
    if not isinstance(step, Ask) or step.options or step.slot not in _KNOWN:
        return step
    known = _KNOWN[step.slot](context.names)
    if len(known) < 2:
        return step
    options = tuple(Option(one.handle, text=one.text) for one in known[:_MOST])
    return replace(step, options=options)
