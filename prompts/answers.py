"""The shape of what tools return, as this room sees it: protocols, so that words import no room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol


class MoneyLike(Protocol):
    """An exact amount: ``plain`` is ``-1234.50`` with the currency's own decimals."""

    @property
    def plain(self) -> str:
        """Return the amount as a machine writes it."""
        ...

    @property
    def currency(self) -> str:
        """Return the ISO 4217 code."""
        ...


class PeriodLike(Protocol):
    """Days from ``start`` up to but not including ``end``."""

    @property
    def start(self) -> date:
        """Return the first day."""
        ...

    @property
    def end(self) -> date:
        """Return the day after the last."""
        ...

    @property
    def grain(self) -> str:
        """Return how the period was meant: day, week, month, year, span."""
        ...


class FactLike(Protocol):
    """A named value of a kind, as tools return it."""

    @property
    def name(self) -> str:
        """Return the placeholder that phrases use."""
        ...

    @property
    def kind(self) -> str:
        """Return money, percent, count, date, duration or name."""
        ...

    @property
    def value(self) -> object:
        """Return the value; its type goes with the kind."""
        ...

    @property
    def as_of(self) -> datetime | None:
        """Return when the source was last known to be true."""
        ...

    @property
    def is_guess(self) -> bool:
        """Tell whether it is a name that nobody has confirmed."""
        ...


class LineLike(Protocol):
    """One row of an answer: facts about one subject."""

    @property
    def facts(self) -> Sequence[FactLike]:
        """Return the row's named values."""
        ...

    @property
    def subject(self) -> str:
        """Return the handle of what the row is about, "" when it cannot be chosen."""
        ...

    @property
    def shape(self) -> str:
        """Return the row's phrase key, "" for the answer's own row phrase."""
        ...


class ChoiceLike(Protocol):
    """An answer the user may give with one tap or one number."""

    @property
    def send(self) -> str:
        """Return what counts as typed."""
        ...

    @property
    def phrase(self) -> str:
        """Return the label's phrase key, "" when ``text`` is the label."""
        ...

    @property
    def text(self) -> str:
        """Return the label when it is foreign text."""
        ...

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        """Return the placeholders of the label's phrase."""
        ...


class AnswerLike(Protocol):
    """What a tool found or did, as facts."""

    @property
    def shape(self) -> str:
        """Return the phrase key of the head."""
        ...

    @property
    def facts(self) -> Sequence[FactLike]:
        """Return the named values of the head and the tails."""
        ...

    @property
    def lines(self) -> Sequence[LineLike]:
        """Return the rows."""
        ...

    @property
    def options(self) -> Sequence[str]:
        """Return the phrase keys of the tails."""
        ...

    @property
    def choices(self) -> Sequence[ChoiceLike]:
        """Return what may be chosen."""
        ...


class Words(Protocol):
    """The phrases that dates and spans need (``date.today``, ``date.days``)."""

    @property
    def lang(self) -> str:
        """Return the language of the phrases."""
        ...

    def render(
        self, key: str, fields: Mapping[str, str | int] | None = None, profile: str = "web"
    ) -> str:
        """Return the phrase with its placeholders filled."""
        ...
