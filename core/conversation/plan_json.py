"""Plans as JSON values, for the row of their turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.conversation.plan import (
    Ask,
    Continue,
    Decide,
    Draft,
    Plan,
    PlannerName,
    Say,
    Step,
    ToolCall,
)
from core.conversation.state import ask_from_json, ask_to_json, call_from_json, call_to_json


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Write a plan as plain JSON values."""
    return {
        "planner": plan.planner.value,
        "steps": [_step_to_json(step) for step in plan.steps],
        "understood": plan.understood,
        "confidence": plan.confidence,
        "ignored": list(plan.ignored),
    }


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """Read what `plan_to_json` wrote."""
    return Plan(
        planner=PlannerName(data["planner"]),
        steps=tuple(_step_from_json(step) for step in data["steps"]),
        understood=data["understood"],
        confidence=data["confidence"],
        ignored=tuple(data["ignored"]),
    )


def _step_to_json(step: Step) -> dict[str, Any]:
    match step:
        case ToolCall():
            return {"call": call_to_json(step)}
        case Say():
            return {"say": step.phrase, "fields": dict(step.fields)}
        case Ask():
            return {"ask": ask_to_json(step)}
        case Decide():
            return {"decide": step.word, "code": step.code}
        case Continue():
            return {"continue": True}
        case Draft():
            sums = {name: [how, list(of)] for name, (how, of) in step.sums.items()}
            return {"draft": step.text, "values": dict(step.values), "sums": sums}


def _step_from_json(data: Mapping[str, Any]) -> Step:
    if "call" in data:
        return call_from_json(data["call"])
    if "say" in data:
        return Say(data["say"], dict(data["fields"]))
    if "decide" in data:
        return Decide(data["decide"], data["code"])
    if "continue" in data:
        return Continue()
    if "draft" in data:
        sums = {name: (how, tuple(of)) for name, (how, of) in data["sums"].items()}
        return Draft(data["draft"], dict(data["values"]), sums)
    return ask_from_json(data["ask"])
