"""What a user has decided about categories: rules, and corrections kept as cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from core.ids import EntryId, UserId
from core.ledger.entry import IN_THE_BOOKS, Flow
from core.payees.cases import CASE_MOVES, Case, CaseState, Payment
from core.payees.decisions import Decisions
from core.payees.guess import CategoryModel, TeachableModel
from core.payees.knowledge import Knowledge
from core.payees.rules import Conditions, Match, MerchantRule, folded
from core.store.insert_once import insert_once
from core.store.model_store import ModelStore
from core.store.tables import ledger
from core.store.tables.decisions import cases, proposals, rules
from core.store.user_lock import UserLock
from core.store.vault import Vault

_E, _A = ledger.entries, ledger.allocations
# More than anybody corrects; the newest count.
_MOST_CASES = 10_000


class DecisionStore:
    """Keeps the user's word; nothing here is ever deleted, only retired."""

    def __init__(
        self, connection: Connection, vault: Vault, model: TeachableModel | None = None
    ) -> None:
        """Work inside the caller's transaction; ``model`` guesses where nobody has decided."""
        self._connection = connection
        self._model = model
        self._versions = ModelStore(connection, vault)
        self._lock = UserLock(connection)

    def knowledge(self, user_id: UserId) -> Knowledge:
        """Return everything there is to go by: the user's decisions, and the model so taught."""
        return Knowledge(self.decisions(user_id), self._taught_model(user_id))

    def _taught_model(self, user_id: UserId) -> CategoryModel | None:
        serving = self._versions.serving(user_id) if self._model is not None else None
        if self._model is None or serving is None:
            return self._model
        name = f"{user_id}:{serving}"
        return self._model.personal(name, lambda: self._versions.weights(user_id, serving))

    def decisions(self, user_id: UserId) -> Decisions:
        """Return the user's active rules and cases."""
        return Decisions(self.rules(user_id), self.cases(user_id))

    def rules(self, user_id: UserId) -> tuple[MerchantRule, ...]:
        """Return the user's active rules, oldest first."""
        query = select(rules).where(rules.c.user_id == user_id, rules.c.active).order_by(rules.c.id)
        return tuple(_rule(row) for row in self._connection.execute(query).mappings())

    def add_rule(self, user_id: UserId, rule: MerchantRule, *, now: datetime) -> int:
        """Add a rule; an older one for the very same payments steps aside."""
        self._lock.hold(user_id)
        for old in self.rules(user_id):
            if is_same_rule(old, rule):
                self.set_rule_active(user_id, old.id, active=False)
        result = self._connection.execute(
            insert(rules).values(
                user_id=user_id,
                merchant_key=rule.merchant_key,
                merchant=rule.merchant,
                category=rule.category,
                active=True,
                created_at=now,
                match=rule.match.value,
                at_least=rule.conditions.at_least,
                at_most=rule.conditions.at_most,
                currency=rule.conditions.currency,
                account_id=rule.conditions.account_id,
                inflow=rule.conditions.inflow,
            )
        )
        return int(result.inserted_primary_key[0])  # type: ignore[index]

    def set_rule_active(self, user_id: UserId, rule_id: int, *, active: bool) -> None:
        """Switch a rule on or off."""
        self._connection.execute(
            update(rules)
            .where(rules.c.id == rule_id, rules.c.user_id == user_id)
            .values(active=active)
        )

    def cases(self, user_id: UserId) -> tuple[Case, ...]:
        """Return the user's active cases, oldest first."""
        query = (
            select(cases)
            .where(cases.c.user_id == user_id, cases.c.state == CaseState.ACTIVE.value)
            .order_by(cases.c.id.desc())
            .limit(_MOST_CASES)
        )
        found = [_case(row) for row in self._connection.execute(query).mappings()]
        return tuple(reversed(found))

    def memory(self, user_id: UserId) -> dict[str, str]:
        """Return the user's newest word on each payee, by its key."""
        return {case.key: case.category for case in self.cases(user_id)}

    def record(
        self, user_id: UserId, case: Case, *, state: CaseState = CaseState.ACTIVE
    ) -> tuple[int, tuple[int, ...]]:
        """Keep a correction; return its id, and those of older ones that it takes the place of.

        Two words on the very same kind of payment cannot both hold, nor two on one entry.
        """
        self._lock.hold(user_id)
        replaced = tuple(
            old.id
            for old in self.cases(user_id)
            if (old.entry_id is not None and old.entry_id == case.entry_id)
            or (state is CaseState.ACTIVE and old.key == case.key and old.is_like(case.payment))
        )
        self.set_case_states(user_id, replaced, CaseState.RETIRED, now=case.made_at)
        result = self._connection.execute(
            insert(cases).values(
                user_id=user_id,
                entry_id=case.entry_id,
                merchant_key=case.key,
                text=case.text,
                inflow=case.payment.inflow,
                minor=case.payment.minor,
                currency=case.payment.currency,
                account_id=case.payment.account_id,
                category=case.category,
                state=state.value,
                created_at=case.made_at,
            )
        )
        return int(result.inserted_primary_key[0]), replaced  # type: ignore[index]

    def set_case_states(
        self, user_id: UserId, ids: Iterable[int], state: CaseState, *, now: datetime
    ) -> None:
        """Retire cases, or bring them back; one that may not move so stays as it is."""
        wanted = list(ids)
        if not wanted:
            return
        retired_at = now if state is CaseState.RETIRED else None
        sources = [old.value for old, following in CASE_MOVES.items() if state in following]
        self._connection.execute(
            update(cases)
            .where(cases.c.user_id == user_id, cases.c.id.in_(wanted), cases.c.state.in_(sources))
            .values(state=state.value, retired_at=retired_at)
        )

    def filed_by_hand(self, user_id: UserId, key: str, category: str) -> int:
        """Return how many of a payee's entries are under a category by the user's own word."""
        query = (
            select(func.count(func.distinct(_E.c.id)))
            .join(_A, _A.c.entry_id == _E.c.id)
            .where(
                _E.c.user_id == user_id,
                _E.c.merchant_key == key,
                _E.c.state.in_([state.value for state in IN_THE_BOOKS]),
                _A.c.live,
                _A.c.locked,
                _A.c.source == "user",
                _A.c.category == category,
            )
        )
        return int(self._connection.execute(query).scalar_one())

    def propose_once(self, user_id: UserId, key: str, category: str, *, now: datetime) -> bool:
        """Note that a rule is proposed; false when it was before."""
        values = {"user_id": user_id, "merchant_key": key, "category": category}
        return insert_once(self._connection, proposals, {**values, "proposed_at": now})

    def movable(self, user_id: UserId, rule: MerchantRule) -> tuple[EntryId, ...]:
        """Return entries that a rule may move: it fits, the user did not lock them, they differ."""
        query = (
            select(_E)
            .join(_A, _A.c.entry_id == _E.c.id)
            .where(
                _E.c.user_id == user_id,
                _E.c.flow.in_((Flow.SPEND.value, Flow.INCOME.value)),
                _about(rule),
                _A.c.live,
                _A.c.locked.is_(False),
                _A.c.category != rule.category,
            )
            .distinct()
            .order_by(_E.c.id)
        )
        found = self._connection.execute(query).mappings()
        return tuple(EntryId(row["id"]) for row in found if _fits(rule, row))


def is_same_rule(one: MerchantRule, other: MerchantRule) -> bool:
    """Tell whether two rules are about the very same payments."""
    return replace(one, id=0, category="", merchant="") == replace(
        other, id=0, category="", merchant=""
    )


def _about(rule: MerchantRule) -> ColumnElement[bool]:
    """Return a wide condition for a rule's payee; what it finds is looked at again."""
    key = rule.merchant_key
    if rule.match is Match.IS:
        return _E.c.merchant_key == key
    if rule.match is Match.BEGINS:
        return or_(_E.c.merchant_key == key, _E.c.merchant_key.startswith(f"{key} "))
    columns = (_E.c.merchant_key, func.lower(_E.c.description), func.lower(_E.c.payee))
    word = key.split(maxsplit=1)[0]
    return or_(*(column.contains(word, autoescape=True) for column in columns))


def _fits(rule: MerchantRule, row: Mapping[Any, Any]) -> bool:
    payment = Payment(row["minor"] > 0, abs(row["minor"]), row["currency"], row["account_id"])
    key = row["merchant_key"]
    text = folded(f"{key} {row['payee']} {row['description']}")
    return rule.names((key,), text) and rule.conditions.hold(payment)


def _rule(row: Mapping[Any, Any]) -> MerchantRule:
    return MerchantRule(
        id=row["id"],
        merchant_key=row["merchant_key"],
        category=row["category"],
        match=Match(row["match"]),
        conditions=Conditions(
            row["at_least"], row["at_most"], row["currency"], row["account_id"], row["inflow"]
        ),
        merchant=row["merchant"],
    )


def _case(row: Mapping[Any, Any]) -> Case:
    return Case(
        id=row["id"],
        key=row["merchant_key"],
        text=row["text"],
        payment=Payment(row["inflow"], row["minor"], row["currency"], row["account_id"]),
        category=row["category"],
        made_at=row["created_at"],
        entry_id=row["entry_id"],
    )
