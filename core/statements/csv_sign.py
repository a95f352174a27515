"""Settles what a plain amount means: money in, or, in a card's export, money spent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.errors import FinanceError
from core.payees.categorise import guess_category
from core.payees.guess import Source
from core.statements.amounts import PrintedAmount, take_apart, units_from
from core.statements.balances import tie_out
from core.statements.csv_columns import Columns
from core.statements.csv_marks import mark_of
from core.statements.csv_table import Row
from core.statements.headers import fold, phrases
from core.statements.mapping import Sign

# The habit of a file shows in its first rows.
SAMPLE_ROWS = 500
_PLACES = 4
# So many known shops on the side of money in, and at least this share of all of them, tell; more
# where some rows have a minus, because then they may be refunds.
_SHOPS, _SHOPS_AMID_MINUSES = 2, 5
_SHARE_PERCENT = 80
_NOT_SPENDING = ("TRANSFER_", "LOAN_", "INCOME_")


@dataclass(frozen=True, slots=True)
class SignFinding:
    """What plain amounts mean, and the kind of account this shows (empty when it does not)."""

    sign: Sign
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Sample:
    printed: PrintedAmount
    marked: int
    units: int
    balance: int | None
    fee: int
    text: str

    @property
    def positive(self) -> bool:
        return self.units > 0


def settle_sign(columns: Columns, entries: Sequence[Row], mark: str) -> SignFinding:
    """Return what an amount without a minus means in this file."""
    sample = list(_sample(columns, entries[:SAMPLE_ROWS], mark))
    if columns.amount is None:
        is_card = any(phrases("card_payment").search(row.text) for row in sample)
        return SignFinding(Sign.AS_PRINTED, kind="card" if is_card else "")
    return (
        _from_marks(sample)
        or _from_card_payments(sample)
        or _from_balances(sample)
        or _from_shops(sample)
        or SignFinding(Sign.AS_PRINTED)
    )


def fees_count(columns: Columns, entries: Sequence[Row], mark: str) -> bool:
    """Tell whether the balance goes down by the fee column besides the amount column."""
    if None in (columns.fee, columns.amount, columns.balance):
        return False
    sample = list(_sample(columns, entries[:SAMPLE_ROWS], mark))
    balances = [row.balance for row in sample]
    after_fees = [row.units - row.fee for row in sample]
    return not tie_out([row.units for row in sample], balances) and bool(
        tie_out(after_fees, balances)
    )


def _sample(columns: Columns, entries: Sequence[Row], mark: str) -> Iterator[_Sample]:
    texts = [*columns.description, *([] if columns.payee is None else [columns.payee])]
    for cells in _in_one_currency(columns, entries):
        try:
            printed = _printed_amount(columns, cells)
            units = _signed_units(printed, mark)
            balance = _units_at(columns.balance, cells, mark)
            fee = _units_at(columns.fee, cells, mark) or 0
        except FinanceError:
            continue
        text = fold(" ".join(cells[at] for at in texts))
        yield _Sample(printed, mark_of(printed, columns, cells), units, balance, fee, text)


def _in_one_currency(columns: Columns, entries: Sequence[Row]) -> list[list[str]]:
    """Return the rows of the commonest currency: balances of several do not follow each other."""
    at = columns.currency
    if at is None or not entries:
        return [cells for _, cells in entries]
    (commonest, _), *_ = Counter(cells[at] for _, cells in entries).most_common(1)
    return [cells for _, cells in entries if cells[at] == commonest]


def _printed_amount(columns: Columns, cells: Sequence[str]) -> PrintedAmount:
    places = (columns.amount,) if columns.amount is not None else (columns.credit, columns.debit)
    texts = (cells[at].strip() for at in places if at is not None)
    return take_apart(next(filter(None, texts), ""))


def _signed_units(printed: PrintedAmount, mark: str) -> int:
    units = units_from(printed.digits, mark, places=_PLACES)
    is_minus = printed.marked < 0 if printed.marked else printed.negative
    return -units if is_minus else units


def _units_at(at: int | None, cells: Sequence[str], mark: str) -> int | None:
    text = "" if at is None else cells[at].strip()
    return _signed_units(take_apart(text), mark) if text else None


def _from_marks(sample: Sequence[_Sample]) -> SignFinding | None:
    """CR on some rows and nothing on the others: the others are spending."""
    marks = {row.marked for row in sample}
    if any(row.printed.negative for row in sample) or marks == {0}:
        return None
    if marks == {0, 1}:
        return SignFinding(Sign.UNMARKED_OUT, kind="card")
    return SignFinding(Sign.AS_PRINTED)


def _from_card_payments(sample: Sequence[_Sample]) -> SignFinding | None:
    """The thanks for a payment stands on a row of money in; its sign is the sign of money in."""
    thanked = [row.positive for row in sample if phrases("card_payment").search(row.text)]
    others = [row for row in sample if row.positive not in thanked]
    if not thanked or len(set(thanked)) > 1 or len(others) <= len(thanked):
        return None
    if thanked[0]:
        return SignFinding(Sign.AS_PRINTED, kind="card")
    if any(phrases("income").search(row.text) for row in others):
        return None
    return SignFinding(Sign.TURNED, kind="card")


def _from_balances(sample: Sequence[_Sample]) -> SignFinding | None:
    """A running balance that rises with money in settles it."""
    amounts = [row.units for row in sample]
    balances = [row.balance for row in sample]
    if tie_out(amounts, balances):
        return SignFinding(Sign.AS_PRINTED)
    if tie_out([-amount for amount in amounts], balances):
        return SignFinding(Sign.TURNED)
    return None


def _from_shops(sample: Sequence[_Sample]) -> SignFinding | None:
    """Known shops are where money is spent: most of their rows show the sign of spending."""
    if any(row.positive and phrases("income").search(row.text) for row in sample):
        return None
    shops = [row.positive for row in sample if _is_shop(row.text)]
    spent, positive = sum(shops), sum(row.positive for row in sample)
    enough = _SHOPS if positive == len(sample) else _SHOPS_AMID_MINUSES
    shown = min(spent * len(sample), positive * len(shops)) * 100
    if spent >= enough and shown >= _SHARE_PERCENT * len(shops) * len(sample):
        return SignFinding(Sign.TURNED, kind="card")
    return None


def _is_shop(text: str) -> bool:
    guess = guess_category(text, inflow=False)
    return guess.source is not Source.NONE and not guess.category.startswith(_NOT_SPENDING)
