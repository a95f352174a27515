"""Why a statement file is refused: nothing of a refused file is ever booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.errors import FieldValue, FinanceError

# Enough to find the pattern, short enough for a text message.
MAX_LINES_NAMED = 5
# Why a row cannot be read, as far as there are words for it.
TOLD = frozenset(
    {
        *("amount_bad", "amount_missing", "amounts_contradict", "date_bad", "date_missing"),
        *("cells_broken", "quote_unclosed", "tag_broken", "too_many_cells", "opening_missing"),
    }
)


class StatementRefused(FinanceError):
    """The file cannot be read in full, so nothing of it is booked.

    Every refusal carries ``line`` (where, 0 when it is the whole file) and ``reason`` (a stable
    word), so that one sentence can serve a caller that knows no better.
    """

    code = "statement.refused"
    reason: ClassVar[str] = "refused"

    def __init__(self, *, line: int = 0, reason: str = "", **more: FieldValue) -> None:
        """Keep where and why."""
        super().__init__(line=line, reason=reason or self.reason, **more)


class EmptyFile(StatementRefused):
    """There is nothing in the file."""

    code = "statement.empty"
    reason = "empty"


class FileTooLarge(StatementRefused):
    """The file has more bytes than we read (``limit``)."""

    code = "statement.too_large"
    reason = "too_large"


class TooManyRows(StatementRefused):
    """The file has more rows than we read (``limit``)."""

    code = "statement.too_many_rows"
    reason = "too_many_rows"


class FormatNotYet(StatementRefused):
    """We know this format (``format``) and cannot read it yet."""

    code = "statement.format_not_yet"
    reason = "format_not_yet"


class FormatUnknown(StatementRefused):
    """This is not a statement in any format we know."""

    code = "statement.format_unknown"
    reason = "format_unknown"


class FileEncrypted(StatementRefused):
    """The file wants a password."""

    code = "statement.encrypted"
    reason = "encrypted"


class FileIsArchive(StatementRefused):
    """The file is an archive; the statement inside has to be taken out first."""

    code = "statement.archive"
    reason = "archive"


class FileTruncated(StatementRefused):
    """The file ends in the middle, so rows may be missing."""

    code = "statement.truncated"
    reason = "truncated"


class BankSaysError(StatementRefused):
    """The bank's server answered with an error (``message``, its own words, and ``status``)."""

    code = "statement.bank_error"
    reason = "bank_error"


class NoAccount(StatementRefused):
    """The file is well formed and holds no account."""

    code = "statement.no_account"
    reason = "no_account"


class CurrencyUnknown(StatementRefused):
    """Neither the file nor the caller says which currency (``currency`` when it is a bad one)."""

    code = "statement.currency_unknown"
    reason = "currency_unknown"


class HeaderMissing(StatementRefused):
    """The table begins with rows and has no line of column names."""

    code = "statement.no_header"
    reason = "no_header"


class ColumnsUnknown(StatementRefused):
    """A column we need (``missing``) is not in the header (``header``)."""

    code = "statement.columns_unknown"
    reason = "columns_unknown"


class DateAmbiguous(StatementRefused):
    """No row tells whether the day or the month comes first (``example``)."""

    code = "statement.date_ambiguous"
    reason = "date_ambiguous"


class AmountAmbiguous(StatementRefused):
    """No row tells whether comma or point marks the decimals (``example``)."""

    code = "statement.amount_ambiguous"
    reason = "amount_ambiguous"


class BalancesContradict(StatementRefused):
    """Opening balance and movements do not come to the closing balance: a row is lost or wrong."""

    code = "statement.unbalanced"
    reason = "unbalanced"


class DirectionUnknown(StatementRefused):
    """Nothing tells whether a printed amount came in or went out."""

    code = "statement.direction_unknown"
    reason = "direction_unknown"


class NoTextLayer(StatementRefused):
    """The PDF is a picture of a statement: there is no text to read."""

    code = "statement.no_text_layer"
    reason = "no_text_layer"


class MappingMismatch(StatementRefused):
    """The saved column mapping belongs to another layout."""

    code = "statement.mapping_mismatch"
    reason = "mapping_mismatch"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be booked: where it is and a stable word for why."""

    line: int
    reason: str


class BadRows(StatementRefused):
    """Some rows cannot be read (``count``, the first ``lines``, and ``why``), so none is booked."""

    code = "statement.bad_rows"
    reason = "bad_rows"

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        """Name the first lines; all problems stay in ``problems``."""
        first = problems[0]
        named = ", ".join(str(problem.line) for problem in problems[:MAX_LINES_NAMED])
        why = {"why": f"row_{first.reason}"} if first.reason in TOLD else {}
        super().__init__(
            line=first.line, reason=first.reason, count=len(problems), lines=named, **why
        )
        self.problems = tuple(problems)
