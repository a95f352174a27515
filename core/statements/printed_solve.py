"""Settles which way each printed row goes, and proves it by the balances around the rows.

Banks print the direction as a sign, as CR or DR, as a heading, as the column an amount stands in,
or only through the running balance. Whatever it is, the balances have the last word: the figures
are believed only if opening + movements = closing, or if no balance is there to contradict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.statements.refusals import BalancesContradict, DirectionUnknown

# So many rows between two balances can be tried in every combination.
MAX_FREE = 16


@dataclass(frozen=True, slots=True)
class Step:
    """One row: its amount, its balance if printed, and what is said of its direction.

    ``mark`` is certain (+1, -1, 0), ``hint`` is likely.
    """

    line: int
    amount: int
    balance: int | None
    mark: int
    hint: int


@dataclass(frozen=True, slots=True)
class Solved:
    """The signed amounts, what the account held before and after, and whether that is proven."""

    amounts: tuple[int, ...]
    opening: int | None
    closing: int | None
    proven: bool
    excerpt: bool = False


def solve(steps: Sequence[Step], opening: int | None, closing: int | None) -> Solved:
    """Return all directions; raise when a balance contradicts or nothing tells a direction."""
    if any(step.balance is not None for step in steps):
        return _by_running_balance(steps, opening, closing)
    amounts = _by_marks(steps)
    if opening is None or closing is None:
        return Solved(amounts, None, None, proven=False)
    if opening + sum(amounts) != closing:
        raise BalancesContradict(line=steps[-1].line)
    return Solved(amounts, opening, closing, proven=True)


def _by_marks(steps: Sequence[Step]) -> tuple[int, ...]:
    amounts = []
    for step in steps:
        side = step.mark or step.hint
        if not side:
            raise DirectionUnknown(line=step.line)
        amounts.append(side * step.amount)
    return tuple(amounts)


def _by_running_balance(steps: Sequence[Step], opening: int | None, closing: int | None) -> Solved:
    """Walk from balance to balance, oldest first or newest first."""
    tries: list[BalancesContradict | DirectionUnknown] = []
    for order in (1, -1):
        try:
            solved = _walk(steps[::order], opening, closing)
        except (BalancesContradict, DirectionUnknown) as why:
            tries.append(why)
        else:
            return Solved(solved.amounts[::order], solved.opening, solved.closing, proven=True)
    if opening is None and closing is None and _is_excerpt(steps):
        return Solved(_by_marks(steps), None, None, proven=False, excerpt=True)
    raise tries[0]


def _walk(steps: Sequence[Step], opening: int | None, closing: int | None) -> Solved:
    amounts: list[int] = []
    waiting: list[Step] = []
    balance, first = opening, opening
    for step in steps:
        waiting.append(step)
        if step.balance is None:
            continue
        signed = _between(waiting, balance, step.balance)
        if first is None:
            first = step.balance - sum(signed)
        amounts += signed
        balance, waiting = step.balance, []
    if waiting:
        signed = _between(waiting, balance, closing)
        amounts += signed
        balance = (balance or 0) + sum(signed)
    if closing is not None and balance != closing:
        raise BalancesContradict(line=steps[-1].line)
    return Solved(tuple(amounts), first, balance, proven=True)


def _between(steps: Sequence[Step], before: int | None, after: int | None) -> list[int]:
    """Return the signed amounts that lead from one balance to the next, if only one way does."""
    if before is None or after is None:
        return list(_by_marks(steps))
    likely = [(step.mark or step.hint) * step.amount for step in steps]
    if all(likely) and before + sum(likely) == after:
        return likely
    found = _combinations(steps, after - before)
    if not found:
        raise BalancesContradict(line=steps[-1].line)
    if len(found) > 1:
        raise DirectionUnknown(line=steps[0].line)
    return found[0]


def _combinations(steps: Sequence[Step], wanted: int) -> list[list[int]]:
    """Return up to two different ways to sign the amounts so that they sum to ``wanted``."""
    free = sum(not step.mark for step in steps)
    if free > MAX_FREE:
        raise DirectionUnknown(line=steps[0].line)
    ways: dict[int, set[tuple[int, ...]]] = {0: {()}}
    for step in steps:
        sides = (step.mark,) if step.mark else (1, -1)
        longer: dict[int, set[tuple[int, ...]]] = {}
        for reached, some in ways.items():
            for side in sides:
                new = longer.setdefault(reached + side * step.amount, set())
                # Two are enough to know that there is not just one.
                new.update([(*one, side * step.amount) for one in some][: 2 - len(new)])
        ways = longer
    return [list(way) for way in ways.get(wanted, set())][:2]


def _is_excerpt(steps: Sequence[Step]) -> bool:
    """Tell whether no row follows from the one before it: rows picked out, not a list with a hole.

    Where at least one balance follows, the rows are a list, and a break in it is a lost row.
    """
    if len(steps) < 3 or any(step.balance is None for step in steps):
        return False
    return not any(
        abs(after.balance - before.balance) == after.amount  # type: ignore[operator]
        for before, after in pairwise(steps)
    )
