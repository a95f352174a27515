"""What the calls of one turn found: facts by their ids, and the rows they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from core.conversation.plan import ToolCall
from core.facts import Answer, Fact, FactKind
from core.facts_json import fact_to_json
from core.money import Money
from tools.outcome import Done, Outcome

_HUNDRED = Decimal(100)
_SHARE_DIGITS = Decimal("0.01")


class NotCalculable(Exception):
    """These facts cannot be put together so: other kinds, other currencies, or nothing to share."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure that code worked out of others: what to do with which facts."""

    operation: str
    of: tuple[str, ...]


@dataclass(slots=True)
class Trail:
    """Grows while a turn's calls run; the facts are numbered through."""

    calls: list[ToolCall] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    sums: dict[str, Sum] = field(default_factory=dict)

    @property
    def next_fact(self) -> int:
        """The number of the next fact."""
        return 1 + sum(1 for _ in all_facts(self.answers))

    def add(self, call: ToolCall, outcome: Outcome) -> None:
        """Keep a call that was answered."""
        if isinstance(outcome, Done):
            self.calls.append(call)
            self.answers.append(outcome.answer)

    def facts(self) -> dict[str, Fact]:
        """Return every fact by its id, worked-out ones included."""
        return with_sums(self.answers, self.sums)


def all_facts(answers: Iterable[Answer]) -> Iterable[Fact]:
    """Give all facts of answers in reading order."""
    for answer in answers:
        yield from answer.facts
        for line in answer.lines:
            yield from line.facts


def with_sums(answers: Iterable[Answer], sums: Mapping[str, Sum]) -> dict[str, Fact]:
    """Return facts by id together with those that are worked out of them, in order."""
    facts = {fact.id: fact for fact in all_facts(answers)}
    for identity, one in sums.items():
        facts[identity] = worked_out(identity, one, facts)
    return facts


def worked_out(identity: str, one: Sum, facts: Mapping[str, Fact]) -> Fact:
    """Work a figure out; raise `NotCalculable` when the facts do not go together."""
    try:
        parts = [facts[name] for name in one.of]
    except KeyError:
        raise NotCalculable from None
    rows = tuple(dict.fromkeys(row for part in parts for row in part.rows))[:50]
    moments = [part.as_of for part in parts if part.as_of is not None]
    value = _value(one.operation, [part.value for part in parts])
    kind = FactKind.PERCENT if isinstance(value, Decimal) else FactKind.MONEY
    if isinstance(value, int):
        kind = FactKind.COUNT
    as_of = min(moments, default=None)
    return Fact("worked_out", kind, value, as_of=as_of, rows=rows, row_count=len(rows), id=identity)


def _value(operation: str, values: Sequence[object]) -> Money | Decimal | int:
    if len(values) < 2:
        raise NotCalculable
    if all(isinstance(value, Money) for value in values):
        return _of_money(operation, [value for value in values if isinstance(value, Money)])
    whole = [value for value in values if isinstance(value, int)]
    if len(whole) == len(values) and operation in {"sum", "difference"}:
        return sum(whole) if operation == "sum" else whole[0] - sum(whole[1:])
    raise NotCalculable


def _of_money(operation: str, values: Sequence[Money]) -> Money | Decimal:
    if len({value.currency for value in values}) > 1:
        raise NotCalculable
    currency, plain = values[0].currency, [value.decimal for value in values]
    if operation == "sum":
        return Money.of(sum(plain, Decimal(0)), currency)
    if operation == "difference":
        return Money.of(plain[0] - sum(plain[1:], Decimal(0)), currency)
    if operation == "average":
        return Money.rounded(sum(plain, Decimal(0)) / len(plain), currency)
    if operation == "share" and len(plain) == 2 and plain[1]:
        return (abs(plain[0]) / abs(plain[1]) * _HUNDRED).quantize(_SHARE_DIGITS)
    raise NotCalculable


def signature(fact: Fact) -> str:
    """Return what a fact says, to be compared when the same call has run again."""
    data = fact_to_json(fact)
    return f"{data['name']}={data['value']}{data['currency'] or ''}"
