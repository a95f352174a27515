"""Gathers the rows of a printed statement: each begins with a day and ends with its amounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.statements.headers import fold, phrases, words
from core.statements.page_text import PrintedLine
from core.statements.printed_amounts import PrintedToken, is_amount, tokens_of
from core.statements.printed_dates import PrintedDay, starting_day, years_at

# A text goes over a few lines at most; what comes later belongs to something else on the page.
MAX_ROW_LINES = 6

# From where to where the name of a column stands: money out (-1), money in (+1), balances (0).
Columns = dict[int, tuple[float, float]]


@dataclass(slots=True)
class PrintedRow:
    """One row as printed.

    ``section`` is +1 or -1 under a heading that says so. ``dated`` is false for a row that has no
    day of its own and stands under one that has.
    """

    line: int
    day: PrintedDay
    section: int
    texts: list[str] = field(default_factory=list)
    tokens: list[PrintedToken] = field(default_factory=list)
    columns: Columns = field(default_factory=dict)
    lines: int = 0
    dated: bool = True

    @property
    def text(self) -> str:
        """What the row says, without its amounts."""
        return " ".join(filter(None, self.texts))


@dataclass(slots=True)
class PrintedTable:
    """All rows, in order, and the lines with amounts that no row could take in."""

    rows: list[PrintedRow] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)


def gather_rows(lines: Sequence[PrintedLine], *, undated: bool) -> PrintedTable:
    """Return the rows below the first line of column names, or all when there is none.

    With ``undated``, a line with an amount under a finished row is a row of the same day, as
    British banks print it; else it is part of the text.
    """
    headed = any(is_header(line) for line in lines)
    gatherer = _Gatherer(undated=undated, headed=not headed)
    for line in lines:
        gatherer.take(line)
    gatherer.end()
    return gatherer.table


def is_header(line: PrintedLine) -> bool:
    """Tell whether a line names the columns of a table of rows."""
    names = set(fold(line.text).split())
    if not names & words("table_date") or len(names) > 20:
        return False
    values = names & words("table_value")
    return bool(values) and not any(is_amount(word.text) for word in line.words)


def column_places(line: PrintedLine) -> Columns:
    """Return where the names of money out (-1), money in (+1) and balances (0) stand."""
    found: Columns = {}
    folded = [fold(word.text) for word in line.words]
    for size in (1, 2):
        for at in range(len(folded) - size + 1):
            name = " ".join(folded[at : at + size])
            for side, kind in ((-1, "column_out"), (1, "column_in"), (0, "column_balance")):
                if name in words(kind):
                    found[side] = (line.words[at].x0, line.words[at + size - 1].x1)
    return found if {-1, 1} <= found.keys() else {}


class _Gatherer:
    """Takes line after line and knows in which row and section it is."""

    def __init__(self, *, undated: bool, headed: bool) -> None:
        self.table = PrintedTable()
        self._undated = undated
        self._headed = headed
        self._inside = False
        self._row: PrintedRow | None = None
        self._section = 0
        self._columns: Columns = {}
        self._day: PrintedDay | None = None

    def take(self, line: PrintedLine) -> None:
        if is_header(line):
            self.end()
            self._headed = self._inside = True
            self._columns = column_places(line) or self._columns
            return
        if not line.words or not self._headed:
            self._heading(line)
            self.end()
            return
        day = starting_day(line.text)
        if day is not None:
            self._begin(line, day)
        elif self._heading(line):
            self.end()
            self._day, self._inside = None, True
        elif _ends_rows(line.text):
            self.end()
            self._day, self._inside = None, False
        else:
            self._go_on(line)

    def end(self) -> None:
        """Close the row in hand, if it came to anything."""
        row, self._row = self._row, None
        if row is not None and (row.tokens or any(map(_has_letters, row.texts[:1]))):
            self.table.rows.append(row)

    def _begin(self, line: PrintedLine, day: PrintedDay) -> None:
        self.end()
        self._day, self._inside = day, True
        self._row = PrintedRow(line.number, day, self._section, columns=self._columns)
        self._add(line, day.rest)

    def _go_on(self, line: PrintedLine) -> None:
        row = self._row
        tokens = tokens_of(line)
        if row is None or row.lines >= MAX_ROW_LINES:
            if tokens and self._day is not None:
                self._undated_row(line, tokens)
            elif tokens and self._inside:
                self.table.stray.append(line.number)
            return
        if not row.tokens or not tokens:
            self._add(line, self._year(line.text))
        elif _ends_in_amount(line):
            self._undated_row(line, tokens)
        else:
            self._add(line, line.text, with_tokens=False)

    def _year(self, text: str) -> str:
        """Take the year that a narrow column of dates has put on the next line."""
        row = self._row
        assert row is not None
        if row.day.has_year or row.lines != 1:
            return text
        year, rest = years_at(text)
        if year:
            row.day = PrintedDay(f"{row.day.text} {year}", has_year=True, rest="")
        return rest

    def _undated_row(self, line: PrintedLine, tokens: Sequence[PrintedToken]) -> None:
        if not self._undated or self._day is None:
            self.table.stray.append(line.number)
            if self._row is not None:
                self._add(line, line.text, with_tokens=False)
            return
        self.end()
        self._row = PrintedRow(
            line.number, self._day, self._section, columns=self._columns, dated=False
        )
        del tokens
        self._add(line, line.text)

    def _add(self, line: PrintedLine, text: str, *, with_tokens: bool = True) -> None:
        row = self._row
        assert row is not None
        row.lines += 1
        if with_tokens and not row.tokens:
            row.tokens = tokens_of(line)
            text = _without_amounts(text, row.tokens)
        row.texts.append(text.strip(" |-"))

    def _heading(self, line: PrintedLine) -> bool:
        """Take note of a heading that says which way its rows go."""
        folded = fold(line.text)
        if not folded or any(is_amount(word.text) for word in line.words):
            return False
        for side, kind in ((1, "section_in"), (-1, "section_out")):
            if folded.removesuffix(" continued") in words(kind):
                self._section = side
                self._headed = True
                return True
        return False


def _ends_rows(text: str) -> bool:
    return any(
        (found := phrases(kind).match(fold(text))) is not None and found.start() == 0
        for kind in ("row_end", "closing_balance", "opening_balance", "dated_balance")
    )


def _ends_in_amount(line: PrintedLine) -> bool:
    return any(is_amount(word.text) for word in line.words[-2:])


def _without_amounts(text: str, tokens: Sequence[PrintedToken]) -> str:
    """Take the amounts, and what only marks them, out of a row's text."""
    dropped = {part for token in tokens for part in token.text.split("'")}
    return " ".join(_kept(text.split(), dropped))


def _kept(said: Sequence[str], dropped: set[str]) -> Iterator[str]:
    marks = {"CR", "DR", "Cr", "Dr", "+", "-", "C", "₹", "$", "£", "€", "Rs.", "l"}
    for at, word in enumerate(said):
        near = {*said[at - 1 : at if at else 0], *said[at + 1 : at + 2]}
        if word in dropped or (word in marks and near & (dropped | marks)):
            continue
        yield word


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))
