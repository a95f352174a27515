"""Runs every rule over a database and says which rows break which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice

from core.store.sweep import books, effects, messages, owners, speech
from core.store.sweep.rule import Asked, Breach, Invariant, Rule

# How long something may wait or be under way before it counts as forgotten: the longest lease and
# the look for the truth after it.
PATIENCE = timedelta(minutes=5)
# A thousand rows that break a rule tell no more than the first of them.
_SHOWN = 20

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*messages.RULES, *effects.RULES, *books.RULES, *owners.RULES, *speech.RULES),
        key=lambda rule: (int(rule.invariant.value[1:]), rule.name),
    )
)


def sweep(asked: Asked, only: Iterable[Invariant] = tuple(Invariant)) -> tuple[Breach, ...]:
    """Return what breaks a rule, at most 20 rows for each; an empty answer is how it must be.

    Reads only. It may run beside everything else: what is under way for less than the patience
    it was asked with is no breach.
    """
    wanted = frozenset(only)
    return tuple(
        Breach(rule.invariant, rule.name, subject)
        for rule in RULES
        if rule.invariant in wanted
        for subject in islice(_broken(rule, asked), _SHOWN)
    )


def _broken(rule: Rule, asked: Asked) -> Iterator[str]:
    if callable(rule.look):
        yield from rule.look(asked)
        return
    found = asked.connection.execute(rule.look, {"long_ago": asked.long_ago})
    for row in found.fetchmany(_SHOWN):
        yield str(row[0])
