"""What the executor can do outside: each action prepares, performs, looks up and tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from core.approvals.approval import Approval, ApprovalState, Proposal
from core.approvals.payload import Payload
from core.facts import Answer, Fact
from core.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Ready:
    """Nothing stands in the way. ``payload`` is read off ``request``, the thing really sent."""

    request: Any
    payload: Payload


@dataclass(frozen=True, slots=True)
class Stale:
    """The world has changed since the user was asked; ``facts`` tell what was and what is."""

    reason: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Performed:
    """What the provider said, in a state of ours and in its own words and numbers."""

    state: ApprovalState  # executed | failed | unknown
    reason: str = ""
    reference: str = ""
    receipt: Mapping[str, Any] = field(default_factory=dict)


class Action(Protocol):
    """One kind of thing that can be done outside after an approval."""

    @property
    def name(self) -> str:
        """Return the action's name, as proposals carry it."""
        ...

    @property
    def is_idempotent(self) -> bool:
        """Tell whether the provider does it once for each key, however often it is asked."""
        ...

    def prepare(self, uow: UnitOfWork, approval: Approval, *, now: datetime) -> Ready | Stale:
        """Build the request from the approval and from the books as they are now."""
        ...

    def perform(self, ready: Ready, *, key: str) -> Performed:
        """Do it, once for each ``key`` however often it is called; no transaction is open."""
        ...

    def look_up(self, approval: Approval) -> Performed | None:
        """Ask the provider what became of the key; nothing when it has never heard of it.

        Raises when the provider gives no answer: that is not the same as never.
        """
        ...

    def record(
        self, uow: UnitOfWork, approval: Approval, performed: Performed, *, now: datetime
    ) -> None:
        """Change our own records to what is known now, in the settling transaction."""
        ...

    def tell(self, approval: Approval, *, facts: tuple[Fact, ...] = ()) -> Answer:
        """Return the answer for the approval's recorded state: facts, and the phrase of it."""
        ...


@runtime_checkable
class Renews(Protocol):
    """An action that can be proposed anew when its terms have changed since it was approved."""

    def renewed(self, uow: UnitOfWork, approval: Approval, *, now: datetime) -> Proposal | None:
        """Return the proposal at the terms of today; nothing when there is nothing to propose."""
        ...
