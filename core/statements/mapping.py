"""How one bank's CSV is to be read: found from a file, confirmed once, saved for the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from core.statements.csv_columns import Columns
from core.statements.dates import DateOrder


class Sign(StrEnum):
    """What a printed amount without a minus means."""

    AS_PRINTED = "as_printed"  # money in
    TURNED = "turned"  # money out: a card's export counts spending as positive
    UNMARKED_OUT = "unmarked_out"  # money out, because only money in is marked (CR or plus)


@dataclass(frozen=True, slots=True)
class CsvMapping:
    """Everything needed to read a layout without looking at a single row first.

    ``currency`` is for rows that name none; ``kind`` is the account's, when the layout tells.
    ``negative_columns`` names those of debit and credit that print their amounts with a minus.
    """

    delimiter: str
    header: tuple[str, ...]
    columns: Columns
    date_order: DateOrder
    decimal_mark: str
    sign: Sign
    currency: str
    negative_columns: tuple[str, ...] = ()
    minor_units: bool = False
    kind: str = ""

    @property
    def fingerprint(self) -> str:
        """The layout's identity: a hash of its column names in order."""
        return header_fingerprint(self.header)

    def as_record(self) -> dict[str, Any]:
        """Return plain values for the store."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> CsvMapping:
        """Return the mapping that `as_record` wrote, also after a trip through JSON."""
        columns = dict(record["columns"])
        columns["description"] = tuple(columns["description"])
        return cls(
            **dict(record)
            | {
                "header": tuple(record["header"]),
                "negative_columns": tuple(record["negative_columns"]),
                "columns": Columns(**columns),
                "date_order": DateOrder(record["date_order"]),
                "sign": Sign(record["sign"]),
            }
        )


def header_fingerprint(names: Sequence[str]) -> str:
    """Return the hash by which a saved mapping is found again."""
    return blake2b("\x1f".join(names).encode(), digest_size=16).hexdigest()
