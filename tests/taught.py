"""What a user has taught, in a line: rules, and corrections of payments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from core.payees.cases import Case, Payment
from core.payees.decisions import Decisions
from core.payees.guess import CategoryModel
from core.payees.knowledge import Knowledge
from core.payees.rules import MerchantRule

LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)


def taught(
    *rules: MerchantRule,
    memory: Mapping[str, str] | None = None,
    model: CategoryModel | None = None,
) -> Knowledge:
    """Return what there is to go by; ``memory`` is the user's word by payee, of any amount."""
    said = enumerate((memory or {}).items(), start=1)
    cases = [a_case(at, key, category) for at, (key, category) in said]
    return Knowledge(Decisions(rules, cases), model)


def a_case(number: int, key: str, category: str, payment: Payment | None = None) -> Case:
    """Return a correction."""
    return Case(number, key, key, payment or Payment(inflow=False), category, LONG_AGO)
