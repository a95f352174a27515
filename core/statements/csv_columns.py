"""Finds out what each column of a bank's table holds, from its header words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from core.currencies import EXPONENTS, RETIRED
from core.statements.amounts import unit_currency
from core.statements.headers import fold, lexicon, words

_SIGN = re.compile(r"[£€₹¥$]|\bR[sS]\b\.?")
_CODE = re.compile(r"\b[A-Z]{3}\b")
# Currency codes that are words of their own in a header.
_WORDS_TOO = frozenset({"ALL", "TOP", "TRY", "CUP"}) | RETIRED
# Roles that are one column, most telling first: a column that could be two is the earlier one.
_SINGLE = (
    "date", "amount", "debit", "credit", "type", "payee", "balance", "currency", "id", "status",
    "account", "fee",
)  # fmt: skip
# Roles found by a looser match when no header says them exactly.
_LOOSE = ("date", "amount", "debit", "credit", "balance")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand in each row: the index of a column, None when there is none."""

    date: int | None = None
    amount: int | None = None
    debit: int | None = None
    credit: int | None = None
    type: int | None = None
    payee: int | None = None
    balance: int | None = None
    currency: int | None = None
    id: int | None = None
    status: int | None = None
    account: int | None = None
    fee: int | None = None
    description: tuple[int, ...] = ()

    @property
    def has_amounts(self) -> bool:
        """Tell whether the columns say how much each row is."""
        return self.amount is not None or None not in (self.debit, self.credit)

    @property
    def missing(self) -> str:
        """Name the first role that a statement cannot do without and that was not found."""
        if self.date is None:
            return "date"
        return "" if self.has_amounts else "amount"


@dataclass(frozen=True, slots=True)
class Header:
    """A line of column names that we understood.

    ``continental`` is set when its words belong to a language whose dates put the day first.
    """

    names: tuple[str, ...]
    columns: Columns
    currency: str
    continental: bool

    @property
    def score(self) -> int:
        """How many columns were recognised: the best line is the header."""
        found = (getattr(self.columns, role) for role in _SINGLE)
        return sum(at is not None for at in found) + len(self.columns.description)


@dataclass(frozen=True, slots=True)
class _Name:
    role: str
    rank: int
    english: bool


@cache
def _known_names() -> Mapping[str, tuple[_Name, ...]]:
    found: dict[str, list[_Name]] = {}
    for role, languages in lexicon()["columns"].items():
        for language, names in languages.items():
            for rank, name in enumerate(names):
                found.setdefault(name, []).append(_Name(role, rank, english=language == "en"))
    return {name: tuple(roles) for name, roles in found.items()}


def split_unit(cell: str) -> tuple[str, str]:
    """Divide ``Amount (EUR)`` into its folded name and its currency (empty when it has none)."""
    text = cell.strip().strip("*\ufeff")
    unit = ""
    for code in _CODE.findall(text):
        if code in EXPONENTS and code not in _WORDS_TOO:
            unit, text = code, text.replace(code, " ", 1)
    if sign := _SIGN.search(text):
        unit, text = unit or unit_currency(sign[0]), _SIGN.sub(" ", text)
    parts = [part for part in fold(text).split() if part not in words("euro")]
    if not unit and len(parts) < len(fold(text).split()):
        unit = "EUR"
    return " ".join(parts), unit


def read_header(cells: Sequence[str]) -> Header:
    """Return what each of ``cells`` names, as far as we know the words."""
    split = [split_unit(cell) for cell in cells]
    names = tuple(name for name, _ in split)
    chosen = _exact(names)
    chosen |= _loose(names, chosen)
    columns = Columns(**_without_clashes(chosen), description=_descriptions(names, chosen))
    return Header(names, columns, _header_currency(columns, split), _is_continental(names))


def _exact(names: Sequence[str]) -> dict[str, int]:
    """Return the best column for each role whose exact words are in the header."""
    best: dict[str, tuple[int, int]] = {}
    for at, name in enumerate(names):
        for known in _known_names().get(name, ()):
            best[known.role] = min(best.get(known.role, (known.rank, at)), (known.rank, at))
    return {role: at for role, (_, at) in best.items()}


def _loose(names: Sequence[str], chosen: Mapping[str, int]) -> dict[str, int]:
    """Return columns whose name merely contains a role's first words (``date of payment``)."""
    found: dict[str, int] = {}
    taken = set(chosen.values())
    for role in _LOOSE:
        if role in chosen:
            continue
        for at, name in enumerate(names):
            if at not in taken and role in name.split() and not _is_elsewhere(name):
                found[role] = at
                break
    return found


def _is_elsewhere(name: str) -> bool:
    return not words("elsewhere").isdisjoint(name.split())


def _without_clashes(chosen: Mapping[str, int]) -> dict[str, int]:
    """Drop what one word cannot be at the same time.

    A column in two roles keeps the first of them; debit and credit columns make an amount column
    needless, and one of them alone says nothing.
    """
    roles: dict[str, int] = {}
    for role in _SINGLE:
        at = chosen.get(role)
        if at is not None and at not in roles.values():
            roles[role] = at
    if "debit" in roles and "credit" in roles:
        roles.pop("amount", None)
    else:
        roles.pop("debit", None)
        roles.pop("credit", None)
    return roles


def _descriptions(names: Sequence[str], chosen: Mapping[str, int]) -> tuple[int, ...]:
    """Return every column that holds text about the row, best known word first."""
    taken = set(_without_clashes(chosen).values())
    ranked: list[tuple[int, int]] = []
    for at, name in enumerate(names):
        known = [word.rank for word in _known_names().get(name, ()) if word.role == "description"]
        if known and at not in taken:
            ranked.append((min(known), at))
    if not ranked:
        ranked = [(0, at) for at in _loose_descriptions(names) if at not in taken]
    return tuple(at for _, at in sorted(ranked))


def _loose_descriptions(names: Sequence[str]) -> Iterator[int]:
    return (at for at, name in enumerate(names) if "description" in name.split())


def _header_currency(columns: Columns, split: Sequence[tuple[str, str]]) -> str:
    for at in (columns.amount, columns.debit, columns.credit, columns.balance):
        if at is not None and split[at][1]:
            return split[at][1]
    return ""


def _is_continental(names: Sequence[str]) -> bool:
    """Tell whether a name is a word of another language and not of English."""
    known = [_known_names()[name] for name in names if name in _known_names()]
    return any(not any(word.english for word in roles) for roles in known)
