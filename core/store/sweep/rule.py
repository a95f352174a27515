"""What a rule of the sweep is: an invariant, a name, and a way to find the rows that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, bindparam

from core.audit.event import Head
from core.store.column_types import UtcDateTime
from core.store.vault import Vault


class Invariant(StrEnum):
    """What must hold at every moment, or (I1, I10) once whatever was wrong has ended."""

    I1 = "I1"  # what came in reaches an end
    I2 = "I2"  # one key, one effect
    I3 = "I3"  # sent at most once, or at least once, as its class says
    I4 = "I4"  # one conversation, one thing after the other
    I5 = "I5"  # nothing outside without a live approval of that very thing
    I6 = "I6"  # nothing of one user in another's
    I7 = "I7"  # money adds up
    I8 = "I8"  # the trail is whole
    I9 = "I9"  # nothing secret outside its field
    I10 = "I10"  # what was interrupted goes on
    I11 = "I11"  # everything has an end
    I12 = "I12"  # every figure stands on a fact


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule may look at.

    ``patience`` is how long something may be under way; ``anchor`` is the head of the trail that
    was kept outside the database, where there is one.
    """

    connection: Connection
    vault: Vault
    now: datetime
    patience: timedelta
    anchor: Head | None = None

    @property
    def long_ago(self) -> datetime:
        """What began before this has had its time."""
        return self.now - self.patience


# Gives the names of the rows that break a rule; or the query for them, of which the first column
# is the name. It may use `LONG_AGO`, and is written out once: making it anew takes longer than
# running it on a small database.
Look = Select[Any] | Callable[[Asked], Iterator[str]]
# The moment before which whatever began has had its time.
LONG_AGO = bindparam("long_ago", type_=UtcDateTime())


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``name`` is for the log and for a page that explains it."""

    invariant: Invariant
    name: str
    look: Look


@dataclass(frozen=True, slots=True)
class Breach:
    """One row that breaks a rule, by its own id."""

    invariant: Invariant
    rule: str
    subject: str
