"""Tells bookings from everything else a bank prints in its table: notes, totals, pending rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.statements.csv_columns import Columns
from core.statements.csv_table import Row
from core.statements.headers import fold, phrases, words
from core.statements.refusals import BadRows, RowProblem

MAX_PROBLEMS = 1_000


@dataclass(slots=True)
class SortedRows:
    """The rows of a table by what they are."""

    entries: list[Row] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    pending: int = 0
    declined: int = 0

    def refuse_problems(self) -> None:
        """Raise if any row could not be placed."""
        if self.problems:
            raise BadRows(self.problems)


def sort_rows(columns: Columns, rows: Iterable[Row], *, width: int) -> SortedRows:
    """Return all rows of a table of ``width`` columns in their places."""
    sorter = _Sorter(columns, width)
    found = sorter.found
    for row in rows:
        if sorter.is_plain(row[1]):
            found.entries.append(row)
            continue
        sorter.place(*row)
        if len(found.problems) >= MAX_PROBLEMS:
            break
    return found


class _Sorter:
    """Places each row by its date, its amounts and its words."""

    def __init__(self, columns: Columns, width: int) -> None:
        self.found = SortedRows()
        self._columns = columns
        self._width = width
        self._date = columns.date or 0
        amounts = (columns.amount, columns.debit, columns.credit)
        # The first apart: it settles nearly every row, and this is asked of each.
        self._amount, *self._other_amounts = (at for at in amounts if at is not None)

    def place(self, line: int, cells: list[str]) -> None:
        if len(cells) < self._width:
            cells = cells + [""] * (self._width - len(cells))
        if self._columns.status is not None and self._set_aside(cells[self._columns.status]):
            return
        has_amount = any(_has_digit(cells[at]) for at in (self._amount, *self._other_amounts))
        if not _has_digit(cells[self._date]):
            self._place_undated(line, cells, has_amount=has_amount)
        elif not has_amount:
            self._place_without_amount(line, cells)
        elif len(cells) > self._width and any(cells[self._width :]):
            self.found.problems.append(RowProblem(line, "too_many_cells"))
        else:
            self.found.entries.append((line, cells))

    def is_plain(self, cells: Sequence[str]) -> bool:
        """Tell at a glance that a row is a booking, as nearly every one is."""
        return (
            len(cells) == self._width
            and self._columns.status is None
            and cells[self._date][-1:].isdigit()
            and cells[self._amount][-1:].isdigit()
        )

    def _set_aside(self, status: str) -> bool:
        """Count a row that is not final or never happened, and tell whether this was one."""
        folded = fold(status)
        if folded in words("pending"):
            self.found.pending += 1
        elif folded in words("declined"):
            self.found.declined += 1
        else:
            return False
        return True

    def _place_undated(self, line: int, cells: Sequence[str], *, has_amount: bool) -> None:
        day = cells[self._date].strip()
        if self._set_aside(day):
            return
        if not has_amount:
            self._continue_last(cells)
        elif not _is_summary(cells):
            self.found.problems.append(RowProblem(line, "date_bad" if day else "date_missing"))

    def _continue_last(self, cells: Sequence[str]) -> None:
        """Add the second line of a long text to the row before; drop any other note."""
        filled = [at for at, cell in enumerate(cells) if cell.strip()]
        if self.found.entries and filled and set(filled) <= set(self._columns.description):
            line, last = self.found.entries[-1]
            joined = [
                f"{cell} {cells[at]}" if at in filled else cell for at, cell in enumerate(last)
            ]
            self.found.entries[-1] = (line, joined)

    def _place_without_amount(self, line: int, cells: Sequence[str]) -> None:
        """A dated row without an amount is a balance line, or something we must not lose."""
        if not _is_summary(cells):
            said = any(cells[at].strip() for at in (self._amount, *self._other_amounts))
            reason = "amount_bad" if said else "amount_missing"
            self.found.problems.append(RowProblem(line, reason))


def _has_digit(text: str) -> bool:
    return text[-1:].isdigit() or any(map(str.isdigit, text))


def _is_summary(cells: Sequence[str]) -> bool:
    """Tell whether some cell says that this row is a total or a balance, not a booking."""
    folded = [fold(cell) for cell in cells if cell]
    return any(
        (found := phrases(kind).match(text)) and _ends_or_labels(text, found.end())
        for text in folded
        for kind in ("opening", "summary")
    )


def _ends_or_labels(text: str, end: int) -> bool:
    """Tell whether nothing but a date or "as of" follows the phrase."""
    rest = text[end:].split()
    return not rest or rest[0] in {"as", "at", "on", "per", "zum", "au", "al"} or rest[0].isdigit()
