"""Reads a bank's CSV: finds or takes a mapping, reads every row by it, or refuses the file."""

from __future__ import annotations

from core.errors import FinanceError
from core.statements.csv_account import own_account_column
from core.statements.csv_build import Groups, build_statements
from core.statements.csv_columns import Columns
from core.statements.csv_marks import settle_columns
from core.statements.csv_reader import RowReader
from core.statements.csv_rows import MAX_PROBLEMS, SortedRows, sort_rows
from core.statements.csv_style import Expectations, propose_mapping
from core.statements.csv_table import Table, read_table
from core.statements.mapping import CsvMapping, Sign, header_fingerprint
from core.statements.refusals import BadRows, EmptyFile, MappingMismatch, RowProblem
from core.statements.statement import Statement, StatementLine, StatementWarning


def find_mapping(text: str, expected: Expectations, *, max_rows: int) -> CsvMapping:
    """Return how the CSV ``text`` would be read: what a user confirms and the store keeps."""
    table = read_table(text, max_rows=max_rows)
    columns = settle_columns(table.header, table.rows)
    return propose_mapping(table, columns, _sorted(table, columns).entries, expected)


def read_csv(text: str, expected: Expectations, *, max_rows: int) -> tuple[Statement, ...]:
    """Read a CSV by what its own header and rows tell."""
    table = read_table(text, max_rows=max_rows)
    columns = settle_columns(table.header, table.rows)
    rows = _sorted(table, columns)
    mapping = propose_mapping(table, columns, rows.entries, expected)
    return _read(table, mapping, rows, expected)


def read_with(
    mapping: CsvMapping, text: str, expected: Expectations, *, max_rows: int
) -> tuple[Statement, ...]:
    """Read a CSV by a mapping found before; a file with other columns is refused."""
    table = read_table(text, max_rows=max_rows)
    if header_fingerprint(table.header.names) != mapping.fingerprint:
        raise MappingMismatch(line=len(table.preamble) + 1)
    return _read(table, mapping, _sorted(table, mapping.columns), expected)


def _sorted(table: Table, columns: Columns) -> SortedRows:
    rows = sort_rows(columns, table.rows, width=len(table.header.names))
    if rows.problems:
        raise BadRows(rows.problems)
    if not (rows.entries or rows.pending or rows.declined):
        raise EmptyFile(line=len(table.preamble) + 1, reason="no_rows")
    return rows


def _read(
    table: Table, mapping: CsvMapping, rows: SortedRows, expected: Expectations
) -> tuple[Statement, ...]:
    column = own_account_column(table, mapping)
    reader = RowReader(mapping, today=expected.today, account_column=column)
    groups = _read_rows(reader, rows)
    warnings = _warnings(mapping, rows, groups, reader.rounded_lines)
    return build_statements(table, mapping, groups, warnings, filename=expected.filename)


def _read_rows(reader: RowReader, rows: SortedRows) -> Groups:
    """Read every row, or refuse the file with all the rows that cannot be read."""
    groups: Groups = {}
    problems: list[RowProblem] = []
    # Nearly all rows of a file are of one account and currency.
    whose, lines = ("", ""), list[StatementLine]()
    for line, cells in rows.entries:
        try:
            found = reader.read(line, cells)
        except FinanceError as error:
            problems.append(RowProblem(line, error.code.rpartition(".")[2]))
            if len(problems) >= MAX_PROBLEMS:
                break
        else:
            same = reader.account(cells), found.amount.currency
            if same != whose:
                whose, lines = same, groups.setdefault(same, [])
            lines.append(found)
    if problems:
        raise BadRows(problems)
    return groups


def _warnings(
    mapping: CsvMapping, rows: SortedRows, groups: Groups, rounded: list[int]
) -> tuple[StatementWarning, ...]:
    """Return what the user should know about the whole file."""
    count = len(rows.entries)
    told = [("pending_skipped", rows.pending), ("declined_skipped", rows.declined)]
    if mapping.sign is Sign.TURNED:
        told.append(("sign_turned", count))
    elif _only_in(mapping, groups):
        told.append(("only_money_in", count))
    warnings = [StatementWarning(f"statement.{code}", {"count": n}) for code, n in told if n]
    if rounded:
        fields = {"count": len(rounded), "line": rounded[0]}
        warnings.append(StatementWarning("statement.amounts_rounded", fields))
    return tuple(warnings)


def _only_in(mapping: CsvMapping, groups: Groups) -> bool:
    """Tell whether a lone amount column has no minus anywhere: perhaps it is all spending."""
    lines = [line for group in groups.values() for line in group]
    lone = mapping.columns.amount is not None and mapping.columns.type is None
    return lone and len(lines) > 1 and all(line.amount.minor > 0 for line in lines)
