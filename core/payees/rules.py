"""A user's rules: which payee, what amount, from where, and the category that follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.payees.cases import Payment
from core.payees.normalise import MAX_TEXT
from core.payees.words import fold_words


class Match(StrEnum):
    """How a rule's words are compared with a payee."""

    IS = "is"
    BEGINS = "begins"
    CONTAINS = "contains"


# The closer the look, the earlier a rule is asked.
_CLOSENESS = {Match.IS: 2, Match.BEGINS: 1, Match.CONTAINS: 0}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold beside the payee; what is None does not matter. Amounts carry no sign."""

    at_least: int | None = None
    at_most: int | None = None
    currency: str = ""
    account_id: int | None = None
    inflow: bool | None = None

    def hold(self, payment: Payment) -> bool:
        """Tell whether a payment fulfils them; an unknown amount fulfils no bound."""
        if self.inflow is not None and self.inflow != payment.inflow:
            return False
        if self.account_id is not None and self.account_id != payment.account_id:
            return False
        return not self._is_bounded or self._is_within(payment)

    @property
    def how_many(self) -> int:
        """Return how many conditions there are."""
        given = (self._is_bounded or None, self.account_id, self.inflow)
        return sum(one is not None for one in given)

    @property
    def _is_bounded(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    def _is_within(self, payment: Payment) -> bool:
        if payment.minor is None or payment.currency != self.currency:
            return False
        above = self.at_least is None or payment.minor >= self.at_least
        return above and (self.at_most is None or payment.minor <= self.at_most)


ANY = Conditions()


@dataclass(frozen=True, slots=True)
class MerchantRule:
    """A user's own decision: payments like this belong to this category."""

    id: int
    merchant_key: str
    category: str
    match: Match = Match.BEGINS
    conditions: Conditions = ANY
    merchant: str = ""

    def names(self, keys: Iterable[str], text: str) -> bool:
        """Tell whether the rule is about this payee; ``text`` is folded, with a blank around it."""
        if self.match is Match.CONTAINS:
            return f" {self.merchant_key}" in text
        if self.match is Match.IS:
            return self.merchant_key in keys
        return any(f"{key} ".startswith(f"{self.merchant_key} ") for key in keys)


def in_order(rules: Iterable[MerchantRule]) -> tuple[MerchantRule, ...]:
    """Return rules as they are asked: most conditions first, then the closest look, the longest
    name, the newest.
    """
    return tuple(
        sorted(
            rules,
            key=lambda rule: (
                rule.conditions.how_many,
                _CLOSENESS[rule.match],
                len(rule.merchant_key),
                rule.id,
            ),
            reverse=True,
        )
    )


def folded(text: str) -> str:
    """Return a text as rules that look inside it compare it."""
    return f" {' '.join(fold_words(text[:MAX_TEXT]))} "
