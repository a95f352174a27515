"""Outcomes as JSON values: stored with the call, and what the API answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.conversation.plan import Option
from core.facts_json import answer_from_json, answer_to_json
from core.stored import known
from tools.outcome import Done, Failed, NeedsApproval, NeedsInput, Outcome, Refused


def outcome_name(outcome: Outcome) -> str:
    """Return the outcome's one-word name, as stored and shown in ``--json``."""
    match outcome:
        case Done():
            return "done"
        case NeedsApproval():
            return "needs_approval"
        case NeedsInput():
            return "needs_input"
        case Refused():
            return "refused"
        case Failed():
            return "failed"


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """Write an outcome as plain JSON values."""
    match outcome:
        case Done(answer, change_id):
            return {"answer": answer_to_json(answer), "change_id": change_id}
        case NeedsApproval(code, answer):
            return {"code": code, "answer": answer_to_json(answer)}
        case NeedsInput(slot, phrase, fields, options):
            return {
                "slot": slot,
                "phrase": phrase,
                "fields": dict(fields),
                "options": [
                    {
                        "value": option.value,
                        "phrase": option.phrase,
                        "text": option.text,
                        "fields": dict(option.fields),
                    }
                    for option in options
                ],
            }
        case Refused(code, fields):
            return {"code": code, "fields": dict(fields)}
        case Failed(reference):
            return {"reference": reference}


def outcome_from_json(name: str, data: Mapping[str, Any]) -> Outcome:
    """Read what `outcome_to_json` wrote under its `outcome_name`."""
    match name:
        case "done":
            return Done(answer_from_json(data["answer"]), data["change_id"])
        case "needs_approval":
            return NeedsApproval(data["code"], answer_from_json(data["answer"]))
        case "needs_input":
            options = tuple(Option(**known(Option, option)) for option in data["options"])
            return NeedsInput(data["slot"], data["phrase"], data["fields"], options)
        case "refused":
            return Refused(data["code"], data["fields"])
        case _:
            return Failed(data["reference"])
