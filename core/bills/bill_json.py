"""Bills as JSON values, for what an undo goes back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from core.bills.bill import Bill
from core.money import Money
from core.schedules.banking import Roll
from core.subscriptions.cadence import Cadence

# What the user can change about a bill; all else stays as the books or the states have it.
_CHANGED = ("name", "source", "varies", "day")


def terms_to_json(bill: Bill) -> dict[str, Any]:
    """Write down what a change by the user may touch."""
    values = asdict(bill)
    return {name: values[name] for name in _CHANGED} | {
        "minor": bill.amount.minor,
        "currency": bill.amount.currency,
        "cadence": bill.cadence.value,
        "anchor": bill.anchor.isoformat(),
        "roll": bill.roll.value,
        "category": bill.category,
    }


def with_terms(bill: Bill, terms: Mapping[str, Any]) -> Bill:
    """Return the bill with the terms that `terms_to_json` wrote down."""
    return replace(
        bill,
        **{name: terms[name] for name in _CHANGED if name != "source"},
        source=type(bill.source)(terms["source"]),
        amount=Money(terms["minor"], terms["currency"]),
        cadence=Cadence(terms["cadence"]),
        anchor=date.fromisoformat(terms["anchor"]),
        roll=Roll(terms["roll"]),
        category=terms["category"],
    )
