"""What there is to go by beside a payment's text: one user's decisions, and the learned model."""

from __future__ import annotations

from dataclasses import dataclass

from core.payees.decisions import NOTHING_DECIDED, Decisions
from core.payees.guess import CategoryModel


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What one user has decided, and the model that guesses where nobody has, if one is wired."""

    decisions: Decisions = NOTHING_DECIDED
    model: CategoryModel | None = None


NOTHING_KNOWN = Knowledge()
