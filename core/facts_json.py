"""Facts and answers as JSON values: for the record, the API and replay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.facts import Answer, Choice, Fact, FactKind, FactValue, Line, Paper
from core.money import Money
from core.period import Period, parse_canonical


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Write an answer as plain JSON values; amounts are decimal strings, never floats."""
    return {
        "shape": answer.shape,
        "facts": [fact_to_json(fact) for fact in answer.facts],
        "lines": [
            {
                "facts": [fact_to_json(fact) for fact in line.facts],
                "subject": line.subject,
                "shape": line.shape,
            }
            for line in answer.lines
        ],
        "options": list(answer.options),
        "choices": [
            {
                "send": choice.send,
                "phrase": choice.phrase,
                "text": choice.text,
                "fields": [list(pair) for pair in choice.fields],
            }
            for choice in answer.choices
        ],
        "attachments": list(answer.attachments),
        "subjects": list(answer.subjects),
        "papers": [{"kind": one.kind, "wanted": dict(one.wanted)} for one in answer.papers],
    }


def answer_from_json(data: Mapping[str, Any]) -> Answer:
    """Read what `answer_to_json` wrote."""
    return Answer(
        shape=data["shape"],
        facts=tuple(fact_from_json(fact) for fact in data["facts"]),
        lines=tuple(
            Line(
                tuple(fact_from_json(fact) for fact in line["facts"]),
                line["subject"],
                line["shape"],
            )
            for line in data["lines"]
        ),
        options=tuple(data["options"]),
        choices=tuple(
            Choice(
                choice["send"],
                choice["phrase"],
                choice["text"],
                tuple((name, value) for name, value in choice["fields"]),
            )
            for choice in data["choices"]
        ),
        attachments=tuple(data["attachments"]),
        subjects=tuple(data["subjects"]),
        papers=tuple(Paper(one["kind"], one["wanted"]) for one in data.get("papers", ())),
    )


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """Write one fact; ``value`` is a string or an integer, ``currency`` is set for money."""
    value, currency, type_name = _value_to_json(fact.value)
    return {
        "id": fact.id,
        "name": fact.name,
        "kind": fact.kind.value,
        "value": value,
        "type": type_name,
        "currency": currency,
        "label": fact.label,
        "as_of": fact.as_of.isoformat() if fact.as_of else None,
        "rows": list(fact.rows),
        "row_count": fact.row_count,
        "is_guess": fact.is_guess,
    }


def fact_from_json(data: Mapping[str, Any]) -> Fact:
    """Read what `fact_to_json` wrote."""
    return Fact(
        name=data["name"],
        kind=FactKind(data["kind"]),
        value=_value_from_json(data["value"], data["currency"], data["type"]),
        label=data["label"],
        as_of=datetime.fromisoformat(data["as_of"]) if data["as_of"] else None,
        rows=tuple(data["rows"]),
        row_count=data["row_count"],
        id=data["id"],
        is_guess=data.get("is_guess", False),
    )


def _value_to_json(value: FactValue) -> tuple[str | int, str | None, str]:
    match value:
        case Money():
            return value.plain, value.currency, "money"
        case Decimal():
            return f"{value:f}", None, "decimal"
        case bool() | int():
            return int(value), None, "int"
        case datetime():
            return value.isoformat(), None, "moment"
        case date():
            return value.isoformat(), None, "date"
        case Period():
            return value.canonical(), None, "period"
        case _:
            return value, None, "str"


def _value_from_json(value: str | int, currency: str | None, type_name: str) -> FactValue:
    match type_name:
        case "money":
            return Money.of(str(value), currency or "")
        case "decimal":
            return Decimal(value)
        case "int":
            return int(value)
        case "moment":
            return datetime.fromisoformat(str(value))
        case "date":
            return date.fromisoformat(str(value))
        case "period":
            return parse_canonical(str(value))
        case _:
            return str(value)
