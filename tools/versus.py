"""Two shops or categories side by side: what each cost over the same days, and the difference."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.categories.scheme import is_known
from core.facts import Answer, Fact, money, named
from core.ledger.search import EntryQuery
from core.money import Money
from tools import names
from tools.context import ToolWork


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two: its name, what to look for (nothing for a shop the books do not know)."""

    name: str
    query: EntryQuery | None


def versus(
    first: str, second: str, query: EntryQuery, echo: tuple[Fact, ...], work: ToolWork
) -> Answer:
    """Hold two shops or categories against each other within ``query``, in the user's currency.

    A shop that the books do not know has cost nothing; raise `MerchantUnknown` when they know
    neither.
    """
    sides = (_side(first, query, work), _side(second, query, work))
    if all(side.query is None for side in sides):
        raise names.MerchantUnknown(merchant=first[:40])
    one, other = (_cost(side, work) for side in sides)
    facts = (
        named("first", sides[0].name),
        replace(one, name="first_spent"),
        named("second", sides[1].name),
        replace(other, name="second_spent"),
        *echo,
    )
    minor, other_minor = _minor(one), _minor(other)
    if minor == other_minor:
        return Answer("show_spending.versus_same", facts)
    winner = sides[0] if minor > other_minor else sides[1]
    more = Money(abs(minor - other_minor), work.preferences.currency)
    facts += (money("difference", more), named("winner", winner.name))
    return Answer("show_spending.versus", facts)


def _side(words: str, query: EntryQuery, work: ToolWork) -> _Side:
    if is_known(words):
        return _Side(words, replace(query, categories=names.categories(words)))
    try:
        key, shown = names.merchant_key(work, words)
    except names.MerchantUnknown:
        return _Side(words[:40], None)
    return _Side(shown, replace(query, merchant_key=key))


def _cost(side: _Side, work: ToolWork) -> Fact:
    """Return what one side cost in the user's currency, with the entries behind it."""
    base = work.preferences.currency
    if side.query is None:
        return money("spent", Money(0, base), row_count=0)
    query = replace(side.query, currency=base)
    total = next(iter(work.uow.entries.totals(work.user_id, query)), None)
    rows = work.uow.entries.rows_behind(work.user_id, query)
    minor, count = (total.minor, total.rows) if total is not None else (0, 0)
    return money("spent", Money(minor, base), rows=tuple(int(row) for row in rows), row_count=count)


def _minor(fact: Fact) -> int:
    assert isinstance(fact.value, Money)
    return fact.value.minor
