"""Reads a printed statement: rows and balances off the page, proven against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import FinanceError
from core.money import Money
from core.statements.amounts import AmountNotUnderstood, decimal_mark, money_from
from core.statements.csv_style import Expectations
from core.statements.headers import fold, phrases
from core.statements.masking import without_cards
from core.statements.page_text import PrintedLine, lines_of_text
from core.statements.pdf_pages import pdf_lines
from core.statements.printed_amounts import PrintedToken, is_amount, tokens_of
from core.statements.printed_dates import DayReader, starting_day
from core.statements.printed_facts import (
    Stated,
    account_of,
    currency_of,
    is_card,
    stated_balances,
)
from core.statements.printed_rows import PrintedRow, PrintedTable, gather_rows
from core.statements.printed_solve import Solved, Step, solve
from core.statements.refusals import (
    BadRows,
    DirectionUnknown,
    FormatUnknown,
    RowProblem,
    StatementRefused,
    TooManyRows,
)
from core.statements.statement import (
    MAX_DESCRIPTION,
    Statement,
    StatementFormat,
    StatementLine,
    StatementWarning,
)

# A figure stands under the name of its column or at most so far beside it.
_NEAR = 12.0


def looks_printed(text: str) -> bool:
    """Tell whether a text without a table has rows that begin with a day and hold an amount."""
    days = [day for line in lines_of_text(text) if (day := starting_day(line.text))]
    is_spaced = any(day.rest and day.rest[0] not in ",;" for day in days)
    return is_spaced and any(is_amount(word) for word in text.split())


def read_pdf(data: bytes, expected: Expectations, *, max_rows: int) -> tuple[Statement, ...]:
    """Read the statement that a PDF with a text layer prints, or refuse it."""
    return _read(pdf_lines(data), expected, max_rows)


def read_printed(text: str, expected: Expectations, *, max_rows: int) -> tuple[Statement, ...]:
    """Read the text layer of a PDF that somebody saved as text, or refuse it."""
    return _read(lines_of_text(text), expected, max_rows)


def _read(
    lines: Sequence[PrintedLine], expected: Expectations, max_rows: int
) -> tuple[Statement, ...]:
    """Try the page with a day on every row, then with days shared by several rows.

    The second is believed only if the balances prove it.
    """
    try:
        return (_statement(lines, expected, max_rows, undated=False),)
    except StatementRefused as why:
        try:
            return (_statement(lines, expected, max_rows, undated=True),)
        except StatementRefused:
            raise why from None


@dataclass(frozen=True, slots=True)
class _Page:
    """What was found on the page, before any figure is believed."""

    table: PrintedTable
    stated: Stated
    card: bool
    currency: str
    mark: str

    @property
    def begin(self) -> int:
        """The line that the table begins on; the page's first when there is none."""
        return self.table.rows[0].line if self.table.rows else 1

    def minor(self, token: PrintedToken, line: int) -> int:
        """Return a figure of a line in minor units; raise `BadRows` when it is no amount."""
        try:
            money, _ = money_from(token.digits, self.mark, self.currency)
        except AmountNotUnderstood as error:
            raise BadRows([RowProblem(line, error.code.rpartition(".")[2])]) from error
        return money.minor


def _statement(
    lines: Sequence[PrintedLine], expected: Expectations, max_rows: int, *, undated: bool
) -> Statement:
    page = _page(lines, expected, undated=undated)
    rows, opening, closing = _without_balances(page)
    if not rows:
        _refuse_empty(page.table)
    if len(rows) > max_rows:
        raise TooManyRows(line=rows[max_rows].line, limit=max_rows)
    days = _days(rows, lines, expected)
    solved = _solved(page, rows, opening, closing)
    if not solved.proven and (undated or page.table.stray):
        line = page.table.stray[0] if page.table.stray else rows[0].line
        raise BadRows([RowProblem(line, "date_missing")])
    account = account_of(lines, page.currency, card=page.card)
    found = [
        _line(row, day, Money(minor, page.currency))
        for row, day, minor in zip(rows, days, solved.amounts, strict=True)
        if minor
    ]
    return Statement(
        format=StatementFormat.PDF,
        account=account,
        lines=tuple(found),
        opening=_money(solved.opening, page.currency),
        closing=_money(solved.closing, page.currency),
        as_of=max(days) if solved.closing is not None else None,
        warnings=tuple(_warnings(solved)),
    )


def _page(lines: Sequence[PrintedLine], expected: Expectations, *, undated: bool) -> _Page:
    table = gather_rows(lines, undated=undated)
    stated = stated_balances(lines)
    tokens = [token for row in table.rows for token in row.tokens]
    tokens += [token for token in (stated.opening, stated.closing) if token]
    everywhere = [token for line in lines for token in tokens_of(line)]
    currency = currency_of(lines, [*tokens, *everywhere], expected)
    mark = decimal_mark({token.digits for token in tokens}, decimals=2)
    return _Page(table, stated, is_card(lines), currency, mark)


def _refuse_empty(table: PrintedTable) -> None:
    """Say why there is no row: amounts without a day are not booked on an invented one."""
    if table.stray:
        raise BadRows([RowProblem(line, "date_missing") for line in table.stray])
    raise FormatUnknown(reason="no_table")


def _without_balances(page: _Page) -> tuple[list[PrintedRow], int | None, int | None]:
    """Take the rows that only state a balance out; return the rest with the stated balances."""
    stated = page.stated
    opening = page.minor(stated.opening, page.begin) if stated.opening else None
    closing = page.minor(stated.closing, page.begin) if stated.closing else None
    rows: list[PrintedRow] = []
    problems: list[RowProblem] = []
    for row in page.table.rows:
        said = fold(row.text)
        if not row.tokens:
            problems.append(RowProblem(row.line, "amount_missing"))
        elif phrases("opening_balance").match(said):
            opening = _signed(page, row) if opening is None else opening
        elif phrases("closing_balance").match(said):
            closing = _signed(page, row)
        else:
            rows.append(row)
    if problems and rows:
        raise BadRows(problems)
    opening = _with_mark(opening, stated.opening)
    closing = _with_mark(closing, stated.closing)
    return rows, opening, closing


def _signed(page: _Page, row: PrintedRow) -> int:
    token = row.tokens[-1]
    return page.minor(token, row.line) * (token.mark or 1)


def _with_mark(minor: int | None, token: PrintedToken | None) -> int | None:
    """Return a balance below zero where its own mark says so."""
    if minor is None or token is None or minor < 0:
        return minor
    side = token.mark or (token.hint if token.hint < 0 else 0)
    return -minor if side < 0 else minor


def _days(
    rows: Sequence[PrintedRow], lines: Sequence[PrintedLine], expected: Expectations
) -> list[date]:
    reader = DayReader([row.day for row in rows], lines, expected)
    days: list[date] = []
    problems: list[RowProblem] = []
    for row in rows:
        try:
            days.append(reader.read(row.day))
        except FinanceError as error:
            problems.append(RowProblem(row.line, error.code.rpartition(".")[2]))
    if problems:
        raise BadRows(problems)
    return days


def _solved(
    page: _Page, rows: Sequence[PrintedRow], opening: int | None, closing: int | None
) -> Solved:
    """Try the ways a page can be meant; the first that its balances prove is it."""
    why: StatementRefused | None = None
    unproven: Solved | None = None
    for with_balance in (True, False):
        for owed in (False, True):
            steps = _steps(page, rows, with_balance=with_balance, owed=owed)
            if steps is None:
                continue
            ends = (opening, closing) if not owed else (_turned(opening), _turned(closing))
            try:
                solved = solve(steps, *ends)
            except StatementRefused as error:
                why = why or error
                continue
            if solved.proven:
                return solved
            unproven = unproven or solved
    if unproven is None or (why is not None and not isinstance(why, DirectionUnknown)):
        raise why or DirectionUnknown(line=rows[0].line)
    return unproven


def _turned(minor: int | None) -> int | None:
    return None if minor is None else -minor


def _steps(
    page: _Page, rows: Sequence[PrintedRow], *, with_balance: bool, owed: bool
) -> list[Step] | None:
    """Return the rows as steps, the last of several amounts being the balance or not.

    ``owed`` reads balances as debts. Nothing when this cannot be how the page is meant.
    """
    has_balance = any(len(row.tokens) > 1 for row in rows)
    if with_balance is not has_balance and not (has_balance and page.card):
        return None
    if owed and not page.card:
        return None
    return [_step(page, row, with_balance=with_balance, owed=owed) for row in rows]


def _step(page: _Page, row: PrintedRow, *, with_balance: bool, owed: bool) -> Step:
    tokens = list(row.tokens)
    balance = None
    if with_balance and len(tokens) > 1:
        last = tokens.pop()
        balance = page.minor(last, row.line) * (-1 if last.mark < 0 or owed else 1)
    token = next((one for one in reversed(tokens) if one.digits.strip("0.,")), tokens[-1])
    return Step(
        line=row.line,
        amount=page.minor(token, row.line),
        balance=balance,
        mark=_mark(page, token, row),
        hint=_hint(page, token, row),
    )


def _mark(page: _Page, token: PrintedToken, row: PrintedRow) -> int:
    """Return what the print says of the direction beyond doubt.

    A card's plus or CR is a payment or refund, its minus as well.
    """
    if not page.card:
        return token.mark or row.section
    if token.mark:
        return 1
    return 1 if token.hint > 0 else 0


def _hint(page: _Page, token: PrintedToken, row: PrintedRow) -> int:
    if page.card:
        return row.section or -1
    said = fold(row.text)
    for side, kind in ((1, "text_in"), (-1, "text_out")):
        if phrases(kind).match(said):
            return side
    return _column(token, row) or token.hint


def _column(token: PrintedToken, row: PrintedRow) -> int:
    """Return the side under whose column name an amount stands; a balance's is neither."""
    gaps = {side: max(x0 - token.x1, token.x0 - x1, 0.0) for side, (x0, x1) in row.columns.items()}
    near = [side for side, gap in gaps.items() if gap <= _NEAR and gap == min(gaps.values())]
    return near[0] if len(near) == 1 else 0


def _line(row: PrintedRow, day: date, amount: Money) -> StatementLine:
    return StatementLine(
        booked_date=day,
        amount=amount,
        description=without_cards(row.text)[:MAX_DESCRIPTION],
        line_number=row.line,
    )


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def _warnings(solved: Solved) -> Iterator[StatementWarning]:
    if solved.excerpt:
        yield StatementWarning("statement.balances_do_not_tie")
    elif not solved.proven:
        yield StatementWarning("statement.not_reconciled")
