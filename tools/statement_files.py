"""What a statement file says, read before any transaction is open; what is in doubt is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from core.connect.objects import ObjectMissing
from core.conversation.plan import Option
from core.errors import FinanceError
from core.statements.csv_style import Expectations
from core.statements.dates import DateOrder
from core.statements.fingerprint import file_key
from core.statements.mapping import CsvMapping
from core.statements.reading import read_confirmed
from core.statements.statement import Statement
from core.statements.table_files import QUESTIONS, Answers
from tools.context import Before
from tools.outcome import Unclear
from tools.spec import Arguments
from tools.trade_files import ReadTrades, read_if_trades

_CHOICES = {
    "date_order": ("day_first", "month_first"),
    "decimals": ("point", "comma"),
    "plain_amounts": ("out", "in"),
}
# Where an all-number date begins with the month.
MONTH_FIRST = frozenset({"US", "PH", "PR"})


class FileMissing(FinanceError):
    """The file is not there any more."""

    code = "file.missing"


class ImportStatement(Arguments):
    """Which file, and whose account it is."""

    file: str = Field(description="Key of the uploaded file")
    account: str | None = Field(None, description="Account's name or handle")
    preview: bool = Field(default=False, description="Read it and book nothing")
    date_order: Literal["day_first", "month_first"] | None = Field(
        None, description="What comes first in its dates, when the file leaves it open"
    )
    decimals: Literal["point", "comma"] | None = Field(
        None, description="What marks its decimals, when the file leaves it open"
    )
    plain_amounts: Literal["in", "out"] | None = Field(
        None, description="What its amounts without a sign are, when the file leaves it open"
    )


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read in full, before any transaction was opened."""

    file_hash: str
    file_name: str
    statements: tuple[Statement, ...]
    layout_key: str = ""
    confirmed: CsvMapping | None = None


def read_file(arguments: ImportStatement, before: Before) -> ReadFile | ReadTrades:
    """Fetch and read the file while nothing is locked; raises why it cannot be read."""
    try:
        data = before.objects.get(arguments.file)
    except ObjectMissing:
        raise FileMissing from None
    name = arguments.file.rpartition("/")[2]
    trades = read_if_trades(data, name)
    if trades is not None:
        return trades
    preferences = before.user.preferences
    order = DateOrder.MONTH_FIRST if preferences.country in MONTH_FIRST else DateOrder.DAY_FIRST
    expected = Expectations(before.today, preferences.currency, order, name)
    try:
        read = read_confirmed(data, expected, _answers(arguments), before.layouts())
    except tuple(QUESTIONS) as doubt:
        raise _question(doubt) from None
    return ReadFile(file_key(data), name, read.statements, read.layout_key, read.confirmed)


def _answers(arguments: ImportStatement) -> Answers:
    marks = {"point": ".", "comma": ",", None: None}
    return Answers(
        date_order=DateOrder(arguments.date_order) if arguments.date_order else None,
        decimal_mark=marks[arguments.decimals],
        plain_is_out=None if arguments.plain_amounts is None else arguments.plain_amounts == "out",
    )


def _question(doubt: FinanceError) -> Unclear:
    """Ask what no row of the file settles, with the answers there are."""
    slot = QUESTIONS[type(doubt)]
    options = tuple(Option(value, phrase=f"choice.{slot}_{value}") for value in _CHOICES[slot])
    example = str(doubt.fields.get("example", ""))[:20]
    return Unclear(slot, phrase=f"ask.{slot}", options=options, example=example)
