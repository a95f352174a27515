"""An alert: one thing worth saying unasked, said once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.errors import FinanceError
from core.facts import Answer, Fact
from core.ids import UserId


class AlertMoveRefused(FinanceError):
    """The alert cannot go from the state it is in to the one asked for."""

    code = "alert.move_refused"


class AlertKind(StrEnum):
    """What an alert is about; the value is the key of its phrase."""

    BUDGET_WARNING = "budget_80"  # the budget's own warning, 80 % unless the user chose another
    BUDGET_SPENT = "budget_100"
    PRICE_RISE = "price_rise"
    LOW_BALANCE = "low_balance"
    CHARGED_TWICE = "possible_duplicate"
    HIGH_CHARGE = "high_charge"
    LARGE_FIRST_CHARGE = "large_entry"
    BILL_DUE = "bill_due"
    BILL_LATE = "bill_late"
    TRIAL_ENDS = "trial_ends"
    PAY_MISSING = "pay_missing"
    HABIT_FULL = "habit_full"
    HABIT_OVER = "habit_over"
    GOAL_MILESTONE = "goal_milestone"
    GOAL_REACHED = "goal_reached"
    PRICE_MARK = "price_mark"
    LARGE_CHARGE = "large_charge"
    REFUND = "refund"
    PORTFOLIO_UP = "portfolio_up"
    PORTFOLIO_DOWN = "portfolio_down"
    BANK_SIGN_IN = "bank_sign_in"
    BANK_SILENT = "bank_silent"
    BANK_REVOKED = "bank_revoked"
    BANK_ENDS = "bank_ends"
    BANK_ACCOUNTS = "bank_accounts"
    PIN_SET = "pin_set"
    KEY_ISSUED = "key_issued"
    CHAT_UNLINKED = "chat_unlinked"


class AlertState(StrEnum):
    """How far an alert has come.

    ``held`` is told later if it is still true then, else it has ``lapsed``; ``muted`` is only kept.
    """

    RAISED = "raised"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    HELD = "held"
    LAPSED = "lapsed"
    MUTED = "muted"


ALERT_MOVES: Mapping[AlertState, frozenset[AlertState]] = {
    AlertState.RAISED: frozenset({AlertState.SENT, AlertState.ACKNOWLEDGED}),
    AlertState.SENT: frozenset({AlertState.ACKNOWLEDGED}),
    AlertState.ACKNOWLEDGED: frozenset(),
    AlertState.HELD: frozenset({AlertState.RAISED, AlertState.LAPSED, AlertState.MUTED}),
    AlertState.LAPSED: frozenset(),
    AlertState.MUTED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert to one user; ``id`` is empty until it is stored.

    ``dedupe_key`` says what it is about and in which period: raised once, it is never raised
    again. ``subject`` is the handle of the budget or subscription. ``facts`` are the figures as
    they were, and so also the answer to "why did you warn me?". ``held_for`` is why it was not
    told when it was found, "" when it was; ``told_at`` when its message was written.
    """

    user_id: UserId
    kind: AlertKind
    dedupe_key: str
    subject: str
    facts: tuple[Fact, ...]
    state: AlertState = AlertState.RAISED
    id: str = ""
    held_for: str = ""
    found_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def answer(self) -> Answer:
        """The alert as facts for a phrase."""
        return Answer(f"alert.{self.kind}", self.facts, subjects=(self.subject,))


def move(alert: Alert, to: AlertState) -> Alert:
    """Return the alert in state ``to``; raise `AlertMoveRefused` when it cannot go there."""
    if to not in ALERT_MOVES[alert.state]:
        raise AlertMoveRefused(state=alert.state, to=to)
    return replace(alert, state=to)
