"""What a user has decided, in its order of precedence, before anything is guessed.

1. a case: the user's word on a payment of this very kind (payee, direction, account, about as
   much);
2. a rule, the most particular first;
3. memory: the user's nearest word on the same payee.

So a rule never undoes an earlier correction, and a correction is an exception to an earlier rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from core.payees.cases import Case, Payment, nearest
from core.payees.guess import Guess, Source
from core.payees.rules import MerchantRule, folded, in_order

_CASE, _RULE, _MEMORY = 100, 100, 98


@dataclass(frozen=True, slots=True)
class Candidates:
    """The cases and rules that a text may be decided by; which one, its amount tells."""

    cases: tuple[tuple[Case, ...], ...] = ()
    rules: tuple[MerchantRule, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.cases or self.rules)

    def decide(self, payment: Payment) -> Guess | None:
        """Return what the user decided about such a payment."""
        for cases in self.cases:
            like = [case for case in cases if case.is_like(payment)]
            if like:
                return _by_case(max(like, key=lambda case: case.id), Source.CASE, _CASE)
        for rule in self.rules:
            if rule.conditions.hold(payment):
                return Guess(rule.category, Source.RULE, _RULE, f"rule:{rule.id}")
        for cases in self.cases:
            found = nearest(cases, payment)
            if found is not None:
                return _by_case(found, Source.MEMORY, _MEMORY)
        return None


NO_CANDIDATES = Candidates()


def _by_case(case: Case, source: Source, sure: int) -> Guess:
    return Guess(case.category, source, sure, f"case:{case.id}")


class Decisions:
    """A user's active cases and rules; never changes."""

    def __init__(self, rules: Sequence[MerchantRule] = (), cases: Sequence[Case] = ()) -> None:
        """Put them in order."""
        self.rules = in_order(rule for rule in rules if rule.merchant_key)
        self.cases = tuple(case for case in cases if case.key)
        self._by_key: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            self._by_key[case.key].append(case)

    def about(self, keys: Sequence[str], text: str) -> Candidates:
        """Return what may decide about a text whose payee goes by ``keys``, the likeliest first."""
        if not self.rules and not self.cases:
            return NO_CANDIDATES
        keys = tuple(dict.fromkeys(key for key in keys if key))
        cases = tuple(tuple(self._by_key[key]) for key in keys if key in self._by_key)
        looked_in = folded(" ".join((*keys, text))) if self.rules else ""
        rules = tuple(rule for rule in self.rules if rule.names(keys, looked_in))
        return Candidates(cases, rules) if cases or rules else NO_CANDIDATES

    def like(self, key: str, payment: Payment) -> Case | None:
        """Return the newest case about payments of the very kind, if there is one."""
        found = [case for case in self._by_key.get(key, ()) if case.is_like(payment)]
        return max(found, key=lambda case: case.id, default=None)

    def against(self, rule: MerchantRule) -> tuple[Case, ...]:
        """Return the cases that a rule would file elsewhere, newest first."""
        return tuple(
            case
            for case in sorted(self.cases, key=lambda case: -case.id)
            if case.category != rule.category
            and rule.names((case.key,), folded(f"{case.key} {case.text}"))
            and rule.conditions.hold(case.payment)
        )


NOTHING_DECIDED = Decisions()
