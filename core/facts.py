"""Facts: the only source of every figure that a reply may show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.money import Money
from core.period import Period


class FactKind(StrEnum):
    """What kind of value a fact holds, which decides how it is written."""

    MONEY = "money"
    PERCENT = "percent"
    COUNT = "count"
    DATE = "date"
    DURATION = "duration"
    NAME = "name"


# Papers that are pictures: a channel that carries no pictures gets the answer's words alone.
PICTURES = frozenset({"chart", "dashboard"})

FactValue = Money | Decimal | int | date | Period | str


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure with its evidence.

    ``name`` is the placeholder that phrases use (``{spent}``); ``id`` (``f3``) is unique in a
    turn and given by the runner. ``value``: `Money` for money, `Decimal` per cent (12.5 means
    12.5 %) for percent, int for count, date for date (or aware datetime, for a moment),
    `Period` or whole days (int) for duration, str for name (foreign text is bounded before).
    ``rows`` are the ids of the journal entries behind it, at most 50; ``row_count`` is how many
    there really are. ``as_of`` is when the source was last known to be true. ``is_guess`` marks a
    name that nobody has confirmed: it is shown with a question mark.
    """

    name: str
    kind: FactKind
    value: FactValue
    label: str = ""
    as_of: datetime | None = None
    rows: tuple[int, ...] = ()
    row_count: int = 0
    id: str = ""
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row of an answer: named facts that belong together, about one subject."""

    facts: tuple[Fact, ...]
    subject: str = ""  # handle of what the row is about: "entry:12", "budget:3", "account:4"
    shape: str = ""  # phrase variant for this row, "" for the answer's own row phrase


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool found or did, as facts; never sentences.

    ``shape`` names the phrase (``show_spending.total``). ``options`` carry the shapes of
    optional tail phrases (``show_spending.more``), each rendered from the same facts.
    """

    shape: str
    facts: tuple[Fact, ...] = ()
    lines: tuple[Line, ...] = ()
    options: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    attachments: tuple[str, ...] = ()  # object keys of files to send
    subjects: tuple[str, ...] = field(default=())  # handles this answer is about, newest last
    papers: tuple[Paper, ...] = ()  # what is drawn and sent once this answer stands


@dataclass(frozen=True, slots=True)
class Paper:
    """A picture or document that goes with an answer and takes too long to make within a turn.

    It is asked for in the transaction that keeps the answer; ``wanted`` is plain JSON values.
    """

    kind: str
    wanted: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the user may answer with one tap or one number.

    ``phrase`` is the label's phrase key and ``fields`` its placeholders, or ``text`` is foreign
    text shown as it is (a merchant's name). ``send`` is what counts as typed when it is chosen.
    """

    send: str
    phrase: str = ""
    text: str = ""
    fields: tuple[tuple[str, str], ...] = ()


def money(name: str, value: Money, **more: object) -> Fact:
    """Make a money fact."""
    return Fact(name, FactKind.MONEY, value, **more)  # type: ignore[arg-type]


def count(name: str, value: int, **more: object) -> Fact:
    """Make a count fact."""
    return Fact(name, FactKind.COUNT, value, **more)  # type: ignore[arg-type]


def percent(name: str, value: Decimal, **more: object) -> Fact:
    """Make a percent fact (12.5 means 12.5 %)."""
    return Fact(name, FactKind.PERCENT, value, **more)  # type: ignore[arg-type]


def day(name: str, value: date, **more: object) -> Fact:
    """Make a date fact."""
    return Fact(name, FactKind.DATE, value, **more)  # type: ignore[arg-type]


def span(name: str, value: Period, **more: object) -> Fact:
    """Make a duration fact from a period."""
    return Fact(name, FactKind.DURATION, value, **more)  # type: ignore[arg-type]


def named(name: str, value: str, **more: object) -> Fact:
    """Make a name fact; the caller has bounded foreign text."""
    return Fact(name, FactKind.NAME, value, **more)  # type: ignore[arg-type]
