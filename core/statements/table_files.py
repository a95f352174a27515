"""Reads tables of banks as their user confirmed them, by a saved layout or by answers.

What no row settles is not guessed: the caller is told which of three questions has to be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.errors import FinanceError
from core.statements import csv_lines
from core.statements.csv_style import Expectations
from core.statements.csv_table import header_of
from core.statements.dates import DateOrder
from core.statements.mapping import CsvMapping, Sign, header_fingerprint
from core.statements.refusals import AmountAmbiguous, DateAmbiguous
from core.statements.statement import Statement

_ONLY_IN = "statement.only_money_in"
# Where the month comes first; everywhere else it is the day.
_MONTH_FIRST = frozenset({"USD", "PHP"})


@dataclass(frozen=True, slots=True)
class Answers:
    """What the user said of a file; None is what nobody asked or answered.

    ``plain_is_out`` is true when amounts without a minus are money spent.
    """

    date_order: DateOrder | None = None
    decimal_mark: str | None = None
    plain_is_out: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was said."""
        return self == Answers()


class DirectionAmbiguous(FinanceError):
    """No amount of the table has a sign, so all may be money out or all money in (``example``)."""

    code = "statement.direction_ambiguous"


QUESTIONS: Mapping[type[FinanceError], str] = {
    DateAmbiguous: "date_order",
    AmountAmbiguous: "decimals",
    DirectionAmbiguous: "plain_amounts",
}


@dataclass(frozen=True, slots=True)
class TableRead:
    """The statements of a table, and how it is read if the user has just confirmed that.

    ``layout_key`` finds the layout again: the names of its columns and their currency.
    """

    statements: tuple[Statement, ...]
    layout_key: str = ""
    confirmed: CsvMapping | None = None


def read_table_text(
    text: str,
    expected: Expectations,
    answers: Answers,
    saved: Mapping[str, Mapping[str, Any]],
    *,
    max_rows: int,
) -> TableRead:
    """Read a table by its rows, the user's answers, or the layout confirmed for an earlier file.

    Raises `DateAmbiguous`, `AmountAmbiguous` or `DirectionAmbiguous` when a question is open.
    """
    if not answers.is_empty:
        return _read_answered(text, expected, answers, max_rows)
    try:
        return TableRead(_with_directions(_read_unasked(text, expected, max_rows)))
    except tuple(QUESTIONS):
        # What the file itself tells always comes first: two banks may name their columns alike.
        record = saved.get(_layout_key(text))
        if record is None:
            raise
    mapping = CsvMapping.from_record(record)
    found = csv_lines.read_with(mapping, text, expected, max_rows=max_rows)
    return TableRead(tuple(map(_confirmed, found)))


def _layout_key(text: str) -> str:
    header = header_of(text)
    return header_fingerprint((*header.names, header.currency))


def _with_directions(found: tuple[Statement, ...]) -> tuple[Statement, ...]:
    if any(one.code == _ONLY_IN for statement in found for one in statement.warnings):
        raise DirectionAmbiguous(example=found[0].lines[0].amount.plain)
    return found


def _read_unasked(text: str, expected: Expectations, max_rows: int) -> tuple[Statement, ...]:
    """Read by the rows alone; the user's country settles the days only of its own currency."""
    try:
        return csv_lines.read_csv(text, replace(expected, date_order=None), max_rows=max_rows)
    except DateAmbiguous:
        mapping = csv_lines.find_mapping(text, expected, max_rows=max_rows)
        usual = DateOrder.MONTH_FIRST if mapping.currency in _MONTH_FIRST else DateOrder.DAY_FIRST
        if expected.date_order is not usual and mapping.currency != expected.currency:
            raise
        return csv_lines.read_csv(text, expected, max_rows=max_rows)


def _read_answered(text: str, expected: Expectations, answers: Answers, max_rows: int) -> TableRead:
    told = replace(
        expected,
        date_order=answers.date_order or expected.date_order,
        decimal_mark=answers.decimal_mark,
    )
    mapping = csv_lines.find_mapping(text, told, max_rows=max_rows)
    if answers.plain_is_out is not None:
        sign = Sign.TURNED if answers.plain_is_out else Sign.AS_PRINTED
        mapping = replace(mapping, sign=sign)
    found = csv_lines.read_with(mapping, text, told, max_rows=max_rows)
    if answers.plain_is_out is None:
        _with_directions(found)
    return TableRead(tuple(map(_confirmed, found)), _layout_key(text), mapping)


def _confirmed(statement: Statement) -> Statement:
    """Leave out the doubts that the user has settled."""
    doubts = {_ONLY_IN, "statement.sign_turned"}
    kept = tuple(one for one in statement.warnings if one.code not in doubts)
    return replace(statement, warnings=kept)
