"""Reads a payee in the user's words: its name, its key and its likely category."""

from __future__ import annotations

from dataclasses import dataclass

from core.categories.scheme import UNCATEGORISED, is_known
from core.ledger.entry import Flow
from core.payees.cases import Payment
from core.payees.categorise import guess_for_words, recognise
from core.store.row_booking import entry_flow
from tools import names
from tools.context import ToolWork


@dataclass(frozen=True, slots=True)
class Reading:
    """What a payee was read as."""

    payee: str
    merchant_key: str
    category: str
    source: str
    confidence: int
    flow: Flow

    @property
    def is_known(self) -> bool:
        """Tell whether there is a category at all."""
        return self.category != UNCATEGORISED


def read_words(work: ToolWork, words: str, category: str | None, payment: Payment) -> Reading:
    """Read words like "coffee" or "uber"; a category the user named wins over every guess.

    ``payment`` is what is known beside the words; what the user decided may go by it.
    """
    knowledge = work.uow.decisions.knowledge(work.user_id)
    inflow = payment.inflow
    clean = recognise(words, inflow=inflow, knowledge=knowledge).payee
    guess = guess_for_words(words, inflow=inflow, knowledge=knowledge, payment=payment)
    chosen, source, confidence = guess.category, guess.source.value, guess.confidence
    if category is not None:
        chosen = category if is_known(category) else names.one_category(category)
        source, confidence = "user", 100
    payee = clean.name or words or category_word(chosen)
    flow = entry_flow(chosen, inflow=inflow)
    return Reading(payee[:80], clean.key[:80], chosen, source, confidence, flow)


def category_word(category: str) -> str:
    """Return what stands for the payee when none was named: the category itself."""
    return category if category != UNCATEGORISED else ""
